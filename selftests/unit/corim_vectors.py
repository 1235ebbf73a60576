#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""corim_vectors.py [--write] FILE: manifests as draft-ietf-rats-corim has them, made
apart from what reads them, with what must come of each: the states, or the octet and
the reason of a refusal. Compared with FILE, as TAP. corim_vectors.py --file NAME OUT
[KEY.pem] writes a single one, and the key that signed it."""

import hashlib
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

NOW = 1800000000
SIGNERS = {-7: (ec.SECP256R1, hashes.SHA256, 32), -35: (ec.SECP384R1, hashes.SHA384, 48)}


class Tag:
    def __init__(self, number, value):
        self.number, self.value = number, value


class Raw(bytes):
    """Octets that are there already."""


class Pairs(list):
    """A map in this order, whatever it holds."""


class Inside:
    """A byte string around an item."""
    def __init__(self, value):
        self.value = value


class At:
    """The item that the refusal is about."""
    def __init__(self, value):
        self.value = value


def head(major, n):
    for bits, code in ((8, 24), (16, 25), (32, 26), (64, 27)):
        if n < 24:
            return bytes([major << 5 | n])
        if n < 1 << bits:
            return bytes([major << 5 | code]) + n.to_bytes(bits // 8, "big")
    raise ValueError(n)


def join(parts):
    """Pieces as (octets, place of the mark or None), one behind the other."""
    octets, place = b"", None
    for piece, mark in parts:
        if mark is not None:
            place = len(octets) + mark
        octets += piece
    return octets, place


def item(v):
    if isinstance(v, At):
        return item(v.value)[0], 0
    if isinstance(v, Raw):
        return bytes(v), None
    if isinstance(v, Tag):
        return join([(head(6, v.number), None), item(v.value)])
    if isinstance(v, Inside):
        inner = item(v.value)
        return join([(head(2, len(inner[0])), None), inner])
    if isinstance(v, int):
        return (head(0, v) if v >= 0 else head(1, -1 - v)), None
    if isinstance(v, bytes):
        return head(2, len(v)) + v, None
    if isinstance(v, str):
        return head(3, len(v.encode())) + v.encode(), None
    if isinstance(v, Pairs):
        return join([(head(5, len(v)), None)] + [item(i) for pair in v for i in pair])
    if isinstance(v, list):
        return join([(head(4, len(v)), None)] + [item(i) for i in v])
    pairs = sorted((item(k)[0], k, i) for k, i in v.items())
    return join([(head(5, len(pairs)), None)] + [item(i) for _, k, v in pairs for i in (k, v)])


def pcr(name, n, bank="sha256"):
    return hashlib.new(bank, b"%s %d" % (name.encode(), n)).digest()


def digest(name, n):
    return [[1, pcr(name, n)]]


def by_key(n, mval):
    return {0: n, 1: mval}


CLASS = {0: {1: "ACME Inc.", 2: "Rack"}}
CLASS_TEXT = 'vendor="ACME Inc." model="Rack"'


def comid(*triples, tag="tag"):
    return Tag(506, Inside({1: {0: tag}, 4: {0: list(triples)}}))


def corim(*tags, **more):
    return Tag(501, {0: "manifest", 1: list(tags), **{int(k[1:]): v for k, v in more.items()}})


def one(mval, env=None, key=0):
    """A manifest with a single measurement."""
    return corim(comid([env or CLASS, [by_key(key, mval)]]))


def measured(m, env=None):
    return corim(comid([env or CLASS, [m]]))


GOOD = {2: digest("a", 0)}
META = {0: {0: "ACME signer"}}
HEADERS = {1: -7, 3: "application/rim+cbor", 8: Inside(META)}


def secret(alg):
    curve, _, size = SIGNERS[alg]
    return ec.derive_private_key(
        int.from_bytes(hashlib.sha384(b"seal corim %d" % alg).digest()[:size], "big"), curve())


def signed(payload, headers=None, alg=-7, unprotected=None, wrong=False, **part):
    _, hash_, size = SIGNERS[alg]
    protected = Inside(headers or HEADERS)
    body = item(payload)[0]
    structure = item(["Signature1", item(protected.value)[0], b"", body])[0]
    r, s = utils.decode_dss_signature(
        secret(alg).sign(structure, ec.ECDSA(hash_(), deterministic_signing=True)))
    raw = (r ^ wrong).to_bytes(size, "big") + s.to_bytes(size, "big")
    return Tag(18, [protected, unprotected or {}, part.get("instead", Inside(payload)),
                    At(raw) if wrong else raw])


def point(alg):
    size = SIGNERS[alg][2]
    n = secret(alg).public_key().public_numbers()
    return n.x.to_bytes(size, "big") + n.y.to_bytes(size, "big")


def state(env, **values):
    return env + "|" + ",".join(f"{k[1:]}={v.hex()}" for k, v in values.items())


ONE = [state(CLASS_TEXT, p0=pcr("a", 0))]
OID = bytes([0x60, 0x86, 0x48, 0x01])	# 2.16.840.1
UUID = bytes(range(16))
UUID_TEXT = "uuid:00010203-0405-0607-0809-0a0b0c0d0e0f"


def refused(name, value, why, **how):
    return (name, value, why, how)


def deep(n):
    v = 0
    for _ in range(n):
        v = [v]
    return v


# name, manifest, states or reason, what else the reader is told
CASES = [
    ("one-pcr", one(GOOD), ONE, {}),
    ("wrapped-500", Tag(500, one(GOOD)), ONE, {}),
    ("two-pcrs", corim(comid([CLASS, [by_key(0, GOOD), by_key(7, {2: digest("a", 7)})]])),
     [state(CLASS_TEXT, p0=pcr("a", 0), p7=pcr("a", 7))], {}),
    ("two-states", corim(comid([CLASS, [by_key(0, GOOD)]],
                               [CLASS, [by_key(0, {2: digest("b", 0)})]])),
     ONE + [state(CLASS_TEXT, p0=pcr("b", 0))], {}),
    ("two-sets", corim(comid(*[[CLASS, [{1: {14: {0: digest(n, 0), 7: digest(n, 7)}}}]]
                               for n in "ab"])),
     [state(CLASS_TEXT, p0=pcr(n, 0), p7=pcr(n, 7)) for n in "ab"], {}),
    ("part-of-a-set", corim(comid([CLASS, [by_key(0, GOOD)]],
                                  [CLASS, [by_key(0, GOOD), by_key(7, {2: digest("a", 7)})]])),
     ONE + [state(CLASS_TEXT, p0=pcr("a", 0), p7=pcr("a", 7))], {}),
    ("another-pcr", corim(comid([CLASS, [by_key(4, {2: digest("a", 4)})]],
                                [CLASS, [by_key(4, {2: digest("b", 4)})]], tag="another")),
     [state(CLASS_TEXT, p4=pcr(n, 4)) for n in "ab"], {}),
    ("two-tags", corim(comid([CLASS, [by_key(0, GOOD)]]),
                       comid([{1: Tag(37, UUID)}, [by_key(23 - 9, {2: digest("b", 14)})]],
                             tag=UUID)),
     ONE + [state("instance=" + UUID_TEXT, p14=pcr("b", 14))], {}),
    ("registers", measured({1: {14: {0: digest("a", 0), 1: digest("a", 1), 9: digest("a", 9)}}}),
     [state(CLASS_TEXT, p0=pcr("a", 0), p1=pcr("a", 1), p9=pcr("a", 9))], {}),
    ("registers-of-two-banks", measured({1: {14: {
        4: [[1, pcr("a", 4)], [7, pcr("a", 4, "sha384")]],
        5: [[-43, pcr("a", 5, "sha384")], ["sha-256", pcr("a", 5)]]}}}),
     [state(CLASS_TEXT, p4=pcr("a", 4), p5=pcr("a", 5)) + "+"], {}),
    ("registers-sha384", measured({1: {14: {
        4: [[1, pcr("a", 4)], [7, pcr("a", 4, "sha384")]],
        5: [["SHA-384", pcr("a", 5, "sha384")], [-16, pcr("a", 5)]]}}}),
     [state(CLASS_TEXT, p4=pcr("a", 4, "sha384"), p5=pcr("a", 5, "sha384")) + "+"],
     {"bank": "sha384"}),
    ("raw-value", one({4: Tag(560, pcr("a", 0))}), ONE, {}),
    ("unknown-hash-beside", one({2: [["my-alg", b"\1\2"], [8, bytes(64)], [1, pcr("a", 0)]]}),
     [ONE[0] + "+"], {}),
    ("all-of-an-environment",
     measured(by_key(0, GOOD), {0: {0: Tag(111, OID), 1: 'A "B" \\C', 2: "M", 3: 1, 4: 2 ** 40},
                                1: Tag(550, b"\1" + UUID), 2: Tag(560, b"\xff")}),
     [state('class-id=oid:2.16.840.1 vendor="A \\"B\\" \\\\C" model="M" layer=1 '
            "index=1099511627776 instance=ueid:01" + UUID.hex() + " group=bytes:ff",
            p0=pcr("a", 0))], {}),
    ("class-by-octets", measured(by_key(0, GOOD), {0: {0: Tag(560, b"x" * 64)}}),
     [state("class-id=bytes:" + "78" * 64, p0=pcr("a", 0))], {}),
    ("class-by-uuid", measured(by_key(0, GOOD), {0: {0: Tag(37, UUID)}}),
     [state("class-id=" + UUID_TEXT, p0=pcr("a", 0))], {}),
    ("small-oid", measured(by_key(0, GOOD), {0: {0: Tag(111, bytes([0x2b, 0x06]))}}),
     [state("class-id=oid:1.3.6", p0=pcr("a", 0))], {}),
    ("maps-in-any-order",
     Tag(501, Pairs([(1, [Tag(506, Inside(Pairs([
         (4, Pairs([(0, [[CLASS, [Pairs([(1, GOOD), (0, 0)])]]])])), (1, {0: "tag"})])))]),
         (0, UUID)])), ONE, {}),
    ("what-binds-nothing",
     Tag(501, {0: "manifest", 1: [Tag(506, Inside({
         0: "en", 1: {0: "tag", 1: 3}, 2: [{0: "ACME", 1: Tag(32, "https://acme.example"),
                                            2: [0, 2]}],
         4: {0: [[CLASS, [by_key(0, GOOD)]]]}}))],
               4: {0: Tag(1, NOW), 1: Tag(1, NOW)},
               5: [{0: "ACME", 1: Raw(b"\xf9\x3e\x00"), 2: [Raw(b"\xf5"), -1]}]}), ONE, {}),
    ("signed-es256", signed(one(GOOD)), ONE, {"key": -7}),
    ("signed-es384", signed(one(GOOD), {**HEADERS, 1: -35}, alg=-35), ONE, {"key": -35}),
    ("signed-older-tags", Tag(500, Tag(502, signed(one(GOOD)))), ONE, {"key": -7}),
    ("signed-all-headers",
     signed(one(GOOD), {1: -7, 3: "application/rim+cbor", 4: b"kid", 33: b"cert", 34: [-16, b"h"],
                        8: Inside({0: {0: "n"}, 1: {0: Tag(1, NOW), 1: Tag(1, NOW)}}),
                        15: {1: "n", 2: "s", 4: NOW, 5: NOW, 6: NOW}}, unprotected={4: b"k"}),
     ONE, {"key": -7}),

    refused("empty", Raw(b""), "empty", at=0),
    refused("not-cbor", At(Raw(b"[policy x]\n")), "not a CoRIM"),
    refused("a-bare-comid", At(comid([CLASS, [by_key(0, GOOD)]])), "not a CoRIM"),
    refused("more-behind", Raw(item(one(GOOD))[0] + b"\0"), "octets behind the end",
            at=len(item(one(GOOD))[0])),
    refused("more-inside", corim(Tag(506, Raw(head(2, len(item({1: {0: "t"}, 4: {0: [[
        CLASS, [by_key(0, GOOD)]]]}})[0]) + 1) + item({1: {0: "t"}, 4: {0: [[
            CLASS, [by_key(0, GOOD)]]]}})[0] + b"\0"))), "octets behind the end",
        at=len(item(Raw(b""))[0]) + len(item(corim(Tag(506, Inside({1: {0: "t"}, 4: {0: [[
            CLASS, [by_key(0, GOOD)]]]}}))))[0])),
    refused("no-tags", Tag(501, {0: "manifest", 1: At([])}), "an empty array"),
    refused("no-id", Tag(501, At({1: [comid([CLASS, [by_key(0, GOOD)]])]})),
            "a map without one of its mandatory keys"),
    refused("empty-comid", corim(Tag(506, At(b""))), "an empty byte string"),
    refused("coswid", corim(At(Tag(505, b"\xa0"))), "a CoSWID tag: only CoMID can be imported"),
    refused("cotl", corim(At(Tag(508, b"\xa0"))),
            "a list of tags (CoTL): only CoMID can be imported"),
    refused("another-tag", corim(At(Tag(507, b"\xa0"))), "a tag that is not a CoMID"),
    refused("not-tagged", corim(At({})), "wanted a tagged tag"),
    refused("profile", Tag(501, Pairs([(0, "m"), (At(3), Tag(32, "https://acme.example")),
                                       (1, [])])),
            "a profile, by which values may mean something else"),
    refused("dependent", Tag(501, Pairs([(At(2), [])])),
            "dependent manifests: this one is not whole"),
    refused("a-member-more", Tag(501, Pairs([(0, "m"), (At(-1), 0)])),
            "a member of a CoRIM that we do not know"),
    refused("a-text-for-a-key", Tag(501, Pairs([(At("id"), 0)])),
            "a member of a CoRIM that we do not know"),
    refused("id-twice", Tag(501, Pairs([(0, "m"), (At(0), "n")])), "a key of the map twice"),
    refused("not-yet-valid", corim(comid([CLASS, [by_key(0, GOOD)]]),
                                   k4=Pairs([(0, At(Tag(1, NOW + 1))), (1, Tag(1, NOW + 9))])),
            "not valid yet"),
    refused("no-longer-valid", corim(comid([CLASS, [by_key(0, GOOD)]]),
                                     k4={1: At(Tag(1, NOW - 1))}), "no longer valid"),
    refused("valid-for-ever", corim(comid([CLASS, [by_key(0, GOOD)]]), k4=At({0: Tag(1, NOW)})),
            "a map without one of its mandatory keys"),
    refused("validity-in-fractions", corim(comid([CLASS, [by_key(0, GOOD)]]),
                                           k4={1: At(Tag(1, Raw(b"\xf9\x3e\x00")))}),
            "wanted a time in whole seconds"),
    refused("validity-by-text", corim(comid([CLASS, [by_key(0, GOOD)]]),
                                      k4={1: At(Tag(0, "2030-01-01T00:00:00Z"))}),
            "wanted a time in whole seconds"),
    refused("linked-tags", corim(Tag(506, Inside(Pairs([(1, {0: "t"}), (At(3), [])])))),
            "linked tags: whether this one is whole cannot be said"),
    refused("no-identity", corim(Tag(506, Inside(At({4: {0: [[CLASS, [by_key(0, GOOD)]]]}})))),
            "a map without one of its mandatory keys"),
    refused("identity-by-number", corim(Tag(506, Inside({1: {0: At(7)}, 4: {}}))),
            "wanted the identifier of a tag"),
    refused("no-references", corim(Tag(506, Inside({1: {0: "t"}, 4: At({})}))),
            "a map without one of its mandatory keys"),
    *[refused(f"triples-{n}", corim(Tag(506, Inside({1: {0: "t"}, 4: Pairs([
        (0, [[CLASS, [by_key(0, GOOD)]]]), (At(n), [])])}))), why) for n, why in (
            (1, "endorsed values: only reference values can be imported"),
            (2, "identity keys: only reference values can be imported"),
            (3, "attestation keys: sealctl admit pins them; "
                "only reference values can be imported"),
            (4, "trust dependencies: only reference values can be imported"),
            (5, "domain memberships: only reference values can be imported"),
            (6, "links to CoSWID tags: only reference values can be imported"),
            (7, "triples that we do not know"),
            (8, "conditional series: only reference values can be imported"),
            (10, "conditional endorsements: only reference values can be imported"),
            (99, "triples that we do not know"))],
    refused("no-triple", corim(Tag(506, Inside({1: {0: "t"}, 4: {0: At([])}}))),
            "an empty array"),
    refused("triple-of-three", corim(comid(At([CLASS, [by_key(0, GOOD)], 0]))),
            "a reference triple that has not two members"),
    refused("no-measurement", corim(comid([CLASS, At([])])), "an empty array"),
    refused("empty-environment", measured(by_key(0, GOOD), At({0: {}})),
            "an environment that says nothing"),
    refused("environment-with-more", measured(by_key(0, GOOD), Pairs([(At(3), 0)])),
            "a member of an environment that we do not know"),
    refused("class-with-more", measured(by_key(0, GOOD), {0: Pairs([(At(5), 0)])}),
            "a member of a class that we do not know"),
    refused("class-by-a-number", measured(by_key(0, GOOD), {0: {0: At(Tag(551, 7))}}),
            "an identifier of a kind that we do not know"),
    refused("class-by-a-long-id", measured(by_key(0, GOOD), {0: {0: At(Tag(560, b"x" * 65))}}),
            "an identifier of a kind that we do not know"),
    refused("odd-uuid", measured(by_key(0, GOOD), {0: {0: At(Tag(37, UUID[1:]))}}),
            "an identifier of a kind that we do not know"),
    *[refused(f"odd-oid-{i}", measured(by_key(0, GOOD), {0: {0: At(Tag(111, b))}}),
              "an identifier of a kind that we do not know")
      for i, b in enumerate((b"", b"\x80\x01", b"\x2b\x86", b"\x2b" + b"\xff" * 9 + b"\x7f"))],
    refused("instance-by-key", measured(by_key(0, GOOD), {1: At(Tag(554, "key"))}),
            "an identifier of a kind that we do not know"),
    refused("empty-vendor", measured(by_key(0, GOOD), {0: {1: At("")}}),
            "wanted a name of 1 to 100 printable characters of ASCII"),
    refused("vendor-with-a-newline", measured(by_key(0, GOOD), {0: {1: At("A\nmode = never")}}),
            "wanted a name of 1 to 100 printable characters of ASCII"),
    refused("long-vendor", measured(by_key(0, GOOD), {0: {1: At("A" * 101)}}),
            "wanted a name of 1 to 100 printable characters of ASCII"),
    refused("layer-by-text", measured(by_key(0, GOOD), {0: {3: At("1")}}), "wanted a number"),
    refused("names-too-long", measured(by_key(0, GOOD), At({
        0: {0: Tag(560, b"x" * 64), 1: '"' * 100, 2: '"' * 100}, 1: Tag(560, b"x" * 64)})),
            "an environment with names too long to be of use"),
    refused("key-that-is-a-text", measured({0: At("pcr-0"), 1: GOOD}),
            "an element that is not a PCR by its number"),
    refused("key-that-is-a-uuid", measured({0: At(Tag(37, UUID)), 1: GOOD}),
            "an element that is not a PCR by its number"),
    *[refused(f"pcr-{n}", measured({0: At(n), 1: GOOD}), why) for n, why in (
        (16, "a value for a PCR that anybody can reset"),
        (23, "a value for a PCR that anybody can reset"),
        (24, "an index that is not that of a PCR"),
        (2 ** 40, "an index that is not that of a PCR"))],
    refused("pcr-twice", corim(comid([CLASS, [by_key(0, GOOD), {0: At(0), 1: GOOD}]])),
            "a PCR twice in one triple: other states are other triples"),
    refused("pcr-twice-in-registers", corim(comid([CLASS, [
        by_key(1, GOOD), {1: {14: {0: digest("a", 0), At(1): digest("a", 1)}}}]])),
        "a PCR twice in one triple: other states are other triples"),
    refused("authorized-by", measured(Pairs([(0, 0), (1, GOOD), (At(2), [])])),
            "authorized-by: a policy cannot say whose word a PCR is"),
    refused("measurement-with-more", measured(Pairs([(0, 0), (1, GOOD), (At(3), 0)])),
            "a member of a measurement that we do not know"),
    refused("no-value", measured(At({0: 0})), "a map without one of its mandatory keys"),
    refused("no-value-inside", measured(At({0: 0, 1: {}})), "a measurement without a value"),
    refused("no-number", measured(At({1: GOOD})), "a value without the number of its PCR"),
    refused("number-and-registers", measured({0: At(0), 1: {14: {0: digest("a", 0)}}}),
            "an element and its registers: of which are the PCRs?"),
    *[refused(f"value-{n}", one(Pairs([(2, digest("a", 0)), (At(n), 0)])), why) for n, why in (
        (0, "a version: a PCR says nothing of it"),
        (1, "a security version number: a PCR says nothing of it"),
        (3, "flags: a PCR says nothing of them"),
        (5, "a value with a mask: a PCR is equal or it is not"),
        (6, "a MAC address: a PCR says nothing of it"),
        (7, "an IP address: a PCR says nothing of it"),
        (8, "a serial number: a PCR says nothing of it"),
        (9, "a UEID: a PCR says nothing of it"),
        (10, "a UUID: a PCR says nothing of it"),
        (11, "a name: a PCR says nothing of it"),
        (12, "a measured value of a kind that we do not know"),
        (13, "keys: a PCR says nothing of them"),
        (15, "a range of numbers: a PCR is equal or it is not"))],
    refused("digest-and-raw", one({2: digest("a", 0), 4: At(Tag(560, pcr("a", 0)))}),
            "a digest and a raw value for one PCR"),
    refused("raw-and-mask", one({4: At(Tag(563, [pcr("a", 0), bytes(32)]))}),
            "a value with a mask: a PCR is equal or it is not"),
    refused("raw-too-short", one({4: At(Tag(560, bytes(31)))}),
            "a raw value that is not one of a PCR of that bank"),
    refused("raw-not-tagged", one({4: At(pcr("a", 0))}),
            "a raw value that is not one of a PCR of that bank"),
    refused("digest-too-short", one({2: [At([1, bytes(31)])]}),
            "not a digest: wanted an algorithm and its value"),
    refused("digest-of-three", one({2: [At([1, bytes(32), 0])]}),
            "not a digest: wanted an algorithm and its value"),
    refused("digest-by-text", one({2: [At([1, "0" * 64])]}),
            "not a digest: wanted an algorithm and its value"),
    refused("no-digest", one({2: At([])}),
            "no digest of the bank that is wanted: see --bank"),
    refused("digest-of-another-bank", one({2: At([[7, bytes(48)]])}),
            "no digest of the bank that is wanted: see --bank"),
    refused("digest-twice", one({2: [[1, bytes(32)], At(["sha-256", bytes(32)])]}),
            "two digests by one algorithm"),
    refused("registers-by-text", measured({1: {14: Pairs([
        (0, digest("a", 0)), (At("my-ir"), digest("a", 1))])}}), "a register that is not a PCR"),
    refused("no-registers", measured({1: {14: At({})}}), "a map of no registers"),
    refused("register-of-another-bank", measured({1: {14: {0: At([[7, bytes(48)]])}}}),
            "no digest of the bank that is wanted: see --bank"),
    refused("longer-head", Tag(501, Pairs([(0, At(Raw(b"\x18\x07")))])),
            "not an item of CBOR in its shortest form"),
    refused("indefinite", Tag(501, Pairs([(5, At(Raw(b"\x9f\x00\xff")))])),
            "not an item of CBOR in its shortest form"),
    refused("break", Tag(501, Pairs([(5, At(Raw(b"\xff")))])), "not an item of CBOR"),
    refused("deep", Tag(501, Pairs([(5, deep(20))])), "nested too deeply", at=5 + 13),

    refused("signed-without-key", Tag(18, At(Raw(item(signed(one(GOOD)))[0][1:]))),
            "signed: the key of its signer is needed"),
    refused("unsigned-with-key", At(one(GOOD)), "not signed, and a signer's key was given",
            key=-7),
    refused("signed-tag-around-nothing", Tag(502, At(one(GOOD))), "wanted a COSE_Sign1"),
    refused("signature-false", signed(one(GOOD), wrong=True), "not signed by that key", key=-7),
    refused("another-algorithm", signed(one(GOOD), {**HEADERS, 1: At(-35)}),
            "another algorithm than that of the signer's key (ES256 or ES384)", key=-7),
    refused("another-curve", signed(one(GOOD), {**HEADERS, 1: At(-7)}),
            "another algorithm than that of the signer's key (ES256 or ES384)", key=-35),
    refused("no-algorithm", signed(one(GOOD), At({3: "application/rim+cbor"})),
            "a map without one of its mandatory keys", key=-7),
    refused("critical", signed(one(GOOD), Pairs([(1, -7), (At(2), [1])])), "a critical header",
            key=-7),
    refused("another-content", signed(one(GOOD), {1: -7, 3: At("application/eat+cwt")}),
            "signed content that is not application/rim+cbor", key=-7),
    refused("content-by-number", signed(one(GOOD), {1: -7, 3: At(263)}),
            "signed content that is not application/rim+cbor", key=-7),
    refused("hash-envelope", signed(one(GOOD), Pairs([(1, -7), (At(258), -16)])),
            "only a hash of the manifest is signed, not itself", key=-7),
    refused("another-header", signed(one(GOOD), Pairs([(1, -7), (At(99), 0)])),
            "a protected header that we do not know", key=-7),
    refused("another-claim", signed(one(GOOD), {**HEADERS, 15: Pairs([(1, "n"), (At(7), 0)])}),
            "a claim on the signature that we do not know", key=-7),
    refused("meta-with-more", signed(one(GOOD), {
        1: -7, 3: "application/rim+cbor", 8: Inside(Pairs([(0, {}), (At(2), 0)]))}),
            "a member of corim-meta that we do not know", key=-7),
    refused("signature-ended", signed(one(GOOD), {**HEADERS, 15: {1: "n", 4: At(NOW - 1)}}),
            "no longer valid", key=-7),
    refused("signature-to-come", signed(one(GOOD), {**HEADERS, 15: {1: "n", 5: At(NOW + 1)}}),
            "not valid yet", key=-7),
    refused("signature-time-odd", signed(one(GOOD), {**HEADERS, 15: {1: "n", 5: At("now")}}),
            "wanted a time in whole seconds", key=-7),
    refused("meta-ended", signed(one(GOOD), {
        1: -7, 3: "application/rim+cbor",
        8: Inside({0: {0: "n"}, 1: {1: At(Tag(1, NOW - 1))}})}), "no longer valid", key=-7),
    refused("detached", signed(one(GOOD), instead=At(Raw(b"\xf6"))),
            "a detached payload, or none", key=-7),
    refused("no-unprotected", Tag(18, [Inside(HEADERS), At(0), b"", b""]),
            "wanted a map of unprotected headers", key=-7),
    refused("no-signature", Tag(18, [Inside(HEADERS), {}, b"", At(0)]), "wanted a signature",
            key=-7),
    refused("signed-three", Tag(18, At([Inside(HEADERS), {}, b""])),
            "a COSE_Sign1 that has not four members", key=-7),
    refused("signed-inside-refused", signed(corim(At(Tag(505, b"\xa0")))),
            "a CoSWID tag: only CoMID can be imported", key=-7),
]

# Too long for FILE: with --file only.
MORE = [
    ("many-sets", corim(comid(*[[CLASS, [{1: {14: {0: digest(f"{n}", 0), 7: digest("a", 7)}}}]]
                                for n in range(33)])), [], {}),
    ("many-states", corim(comid(*[[CLASS, [by_key(0, {2: digest(f"{n}", 0)})]]
                                  for n in range(65)])), [], {}),
]


def line(case):
    name, value, result, how = case
    octets, at = item(value)
    if isinstance(result, str):
        result = f"!{how.get('at', at)} {result}"
    else:
        result = ";".join(result)
    key = point(how["key"]).hex() if "key" in how else "-"
    return "\t".join([name, how.get("bank", "sha256"), key, str(NOW), result, octets.hex()])


def text():
    return "\n".join(["# SPDX-License-Identifier: GPL-2.0-or-later",
                      "# name, bank, key of the signer, time, states or refusal, manifest",
                      *[line(case) for case in CASES]]) + "\n"


def write_one(name, path, key_path):
    case = next(c for c in CASES + MORE if c[0] == name)
    with open(path, "wb") as f:
        f.write(item(case[1])[0])
    if key_path:
        with open(key_path, "wb") as f:
            f.write(secret(case[3]["key"]).public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))


def main():
    if sys.argv[1] == "--file":
        write_one(sys.argv[2], sys.argv[3], sys.argv[4] if len(sys.argv) > 4 else None)
        return
    if sys.argv[1] == "--write":
        with open(sys.argv[2], "w", encoding="ascii") as f:
            f.write(text())
        return
    with open(sys.argv[1], encoding="ascii") as f:
        have = f.read().splitlines()[2:]
    want = text().splitlines()[2:]
    for i, wanted in enumerate(want, 1):
        same = i <= len(have) and have[i - 1] == wanted
        print(f"{'ok' if same else 'not ok'} {i} - {wanted.split()[0]}: the same octets again")
    print(f"{'ok' if len(have) == len(want) else 'not ok'} {len(want) + 1} - and no others")
    print(f"1..{len(want) + 1}")


main()
