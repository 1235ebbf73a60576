#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""worked_example.py FILE: the worked example from the words of the protocol.

Takes the octets that are in Documentation/protocol.rst (or in a new record of
the same form) and computes everything that the document says of them: frames,
hashes, exporters, binder, claim, tree, authenticator, certificates, and the
statements of the TPMs. Nothing here knows the C code. Prints TAP.
"""

import datetime
import hashlib
import hmac
import re
import sys

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

EMPTY = b""
NAMES = {0x01: "request", 0x02: "authenticator", 0x10: "hello", 0x13: "result",
         0x14: "done"}
CURVES = {3: ec.SECP256R1(), 4: ec.SECP384R1()}
TPM_HASHES = {0x000b: "sha256", 0x000c: "sha384"}


def blocks(path):
    """Of a line ``NAME``...:: the indented lines below it"""
    found, name = {}, None
    with open(path, encoding="utf-8") as f:
        for line in f:
            head = re.match(r"``([a-z0-9.-]+)``.*::$", line.rstrip("\n"))
            if head:
                name = head.group(1)
                if name in found:
                    raise ValueError(f"two blocks {name}")
                found[name] = ""
            elif name and line.startswith("   "):
                found[name] += line[3:]
            elif line != "\n":
                name = None
    return found


class Reader:
    """Presentation language of RFC 8446 section 3, and TPM structures"""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        piece = self.data[self.at:self.at + n]
        if len(piece) != n:
            raise ValueError("too short")
        self.at += n
        return piece

    def number(self, n):
        return int.from_bytes(self.take(n), "big")

    def vector(self, n):
        return self.take(self.number(n))

    def end(self):
        if self.at != len(self.data):
            raise ValueError("octets left over")


def cbor(r):
    """RFC 8949: what evidence has, in its only encoding"""
    first = r.number(1)
    kind, n = first >> 5, first & 31
    if n >= 24:
        size = {24: 1, 25: 2, 26: 4, 27: 8}[n]
        n = r.number(size)
        if n < (24 if size == 1 else 1 << 4 * size):
            raise ValueError("not the shortest form")
    if kind == 0:
        return n
    if kind == 2:
        return r.take(n)
    if kind == 3:
        return r.take(n).decode("ascii")
    if kind == 4:
        return [cbor(r) for _ in range(n)]
    if kind != 5:
        raise ValueError("another type")
    items = [(cbor(r), cbor(r)) for _ in range(n)]
    if [k for k, _ in items] != sorted({k for k, _ in items}):
        raise ValueError("keys not in rising order")
    return dict(items)


def cbor_all(data):
    r = Reader(data)
    value = cbor(r)
    r.end()
    return value


def sha256(*parts):
    return hashlib.sha256(EMPTY.join(parts)).digest()


def hkdf_expand_label(name, secret, label, context, length):
    """RFC 8446 section 7.1"""
    info = (length.to_bytes(2, "big") + bytes([6 + len(label)]) + b"tls13 " + label +
            bytes([len(context)]) + context)
    out, block, count = EMPTY, EMPTY, 0
    while len(out) < length:
        count += 1
        block = hmac.new(secret, block + info + bytes([count]), name).digest()
        out += block
    return out[:length]


class Tpm:
    """Structures of TPM 2.0 part 2, those that evidence has"""

    @staticmethod
    def name(public):
        return public[2:4] + hashlib.new(TPM_HASHES[int.from_bytes(public[2:4], "big")],
                                         public).digest()

    @staticmethod
    def public(public):
        """TPMT_PUBLIC of a key on a curve: attributes and key"""
        r = Reader(public)
        if r.number(2) != 0x0023:
            raise ValueError("not ECC")
        r.number(2)
        attributes = r.number(4)
        r.vector(2)
        if r.number(2) != 0x0010:
            raise ValueError("a symmetric part")
        if r.number(2) != 0x0010:
            r.number(2)
        curve = CURVES[r.number(2)]
        if r.number(2) != 0x0010:
            raise ValueError("a KDF")
        x, y = r.vector(2), r.vector(2)
        r.end()
        return attributes, ec.EllipticCurvePublicNumbers(
            int.from_bytes(x, "big"), int.from_bytes(y, "big"), curve).public_key()

    @staticmethod
    def signed(public, signature, data):
        """TPMT_SIGNATURE by ECDSA"""
        r = Reader(signature)
        if r.number(2) != 0x0018:
            return False
        name = TPM_HASHES[r.number(2)]
        der = utils.encode_dss_signature(int.from_bytes(r.vector(2), "big"),
                                         int.from_bytes(r.vector(2), "big"))
        r.end()
        return verified(Tpm.public(public)[1], der, data, name)

    @staticmethod
    def statement(data):
        """TPMS_ATTEST"""
        r = Reader(data)
        s = {"magic": r.number(4), "type": r.number(2), "signer": r.vector(2),
             "extra": r.vector(2), "clock": r.number(8), "resets": r.number(4),
             "restarts": r.number(4), "safe": r.number(1), "firmware": r.number(8)}
        if s["type"] == 0x8018:
            start = r.at
            if r.number(4) != 1:
                raise ValueError("more than one bank")
            s["bank"], bits = r.number(2), r.vector(1)
            s["select"] = data[start:r.at]
            s["pcrs"] = [i for i in range(8 * len(bits)) if bits[i // 8] >> i % 8 & 1]
            s["digest"] = r.vector(2)
        else:
            s["name"] = r.vector(2)
            r.vector(2)
        r.end()
        return s


def verified(key, signature, data, name):
    try:
        key.verify(signature, data, ec.ECDSA(getattr(hashes, name.upper())()))
        return True
    except InvalidSignature:
        return False


def issued(der, anchors):
    """By one of the CAs; and it is an end entity"""
    leaf = x509.load_der_x509_certificate(der)
    constraints = leaf.extensions.get_extension_for_class(x509.BasicConstraints).value
    for anchor in anchors:
        try:
            leaf.verify_directly_issued_by(anchor)
            return not constraints.ca
        except (InvalidSignature, ValueError):
            pass
    return False


def names(der):
    alt = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(
        x509.SubjectAlternativeName).value
    return ["dns:" + n for n in alt.get_values_for_type(x509.DNSName)]


class Example:
    """The document's blocks, and a case for each thing said of them"""

    def __init__(self, text, quiet=False):
        self.text, self.quiet = text, quiet
        self.count = self.failed = 0
        self.name = "sha384" if "SHA384" in self.text["suite"] else "sha256"
        self.size = hashlib.new(self.name).digest_size
        self.secret = self.octets("exporter-secret")

    def octets(self, name):
        return bytes.fromhex(re.sub(r"/\*.*?\*/|\s", "", self.text[name], flags=re.S))

    def ok(self, holds, claim):
        self.count += 1
        self.failed += not holds
        if not self.quiet:
            print(f"{'' if holds else 'not '}ok {self.count} - {claim}")

    def same(self, name, value):
        self.ok(name in self.text and self.octets(name) == value, name)

    def exporter(self, label, context, length):
        """RFC 8446 section 7.5"""
        derived = hkdf_expand_label(self.name, self.secret, label,
                                    hashlib.new(self.name, EMPTY).digest(), self.size)
        return hkdf_expand_label(self.name, derived, b"exporter",
                                 hashlib.new(self.name, context).digest(), length)

    def hash(self, *parts):
        return hashlib.new(self.name, EMPTY.join(parts)).digest()

    def frame(self, name):
        r = Reader(self.octets(name))
        kind, body = r.number(1), r.vector(4)
        r.end()
        if NAMES[kind] != name.split(".")[1]:
            raise ValueError(f"{name} has type {kind:#x}")
        return body

    def anchors(self, which):
        return x509.load_pem_x509_certificates(self.text["anchors-" + which].encode())

    def policy(self, side):
        return dict(line.split(" = ") for line in
                    self.text["policy-" + side].splitlines()[1:])


def other(side):
    return "server" if side == "client" else "client"


def parse_hello(body):
    r = Reader(body)
    hello = {"version": r.number(1), "roles": r.number(1), "modes": r.number(1),
             "consumer": r.number(1), "uid": r.number(4), "profile": r.vector(1)}
    media, hello["media"] = Reader(r.vector(2)), []
    while media.at < len(media.data):
        hello["media"].append(media.vector(1).decode("ascii"))
    r.vector(2)
    r.take(32)
    r.end()
    return hello


def parse_request(body):
    r = Reader(body)
    kind, inner = r.number(1), Reader(r.vector(3))
    r.end()
    request = {"kind": kind, "context": inner.vector(1)}
    extensions = Reader(inner.vector(2))
    inner.end()
    while extensions.at < len(extensions.data):
        number = extensions.number(2)
        request[number] = extensions.vector(2)
    seal = Reader(request[0xff5f])
    for field, size in (("version", 1), ("exchange", 8), ("mode", 1), ("hash_alg", 1)):
        request[field] = seal.number(size)
    request["select"] = seal.vector(1)
    seal.take(17)
    seal.vector(1)
    seal.end()
    return request


def parse_authenticator(body):
    r = Reader(body)
    auth = {}
    for kind, name in ((11, "certificate"), (15, "verify"), (20, "finished")):
        start = r.at
        if r.number(1) != kind:
            raise ValueError(f"no {name}")
        auth[name + "-body"] = r.vector(3)
        auth[name] = body[start:r.at]
    r.end()
    inner = Reader(auth["certificate-body"])
    auth["context"], entries = inner.vector(1), Reader(inner.vector(3))
    inner.end()
    auth["chain"], auth["extensions"] = [], []
    while entries.at < len(entries.data):
        auth["chain"].append(entries.vector(3))
        auth["extensions"].append(entries.vector(2))
    ext = Reader(auth["extensions"][0])
    if ext.number(2) != 0xff00:
        raise ValueError("not cmw_attestation")
    data = Reader(ext.vector(2))
    ext.end()
    auth["cmw"] = data.vector(2)
    data.end()
    verify = Reader(auth["verify-body"])
    auth["scheme"], auth["signature"] = verify.number(2), verify.vector(2)
    verify.end()
    return auth


def check_negotiation(e):
    e.same("client-hello", bytes.fromhex("ff5e 0002 01 01"))
    ee = e.octets("encrypted-extensions")
    e.ok(len(ee) == 6 and ee[:5] == bytes.fromhex("ff5e 0002 01") and ee[5] < 8,
         "encrypted-extensions")
    for side in ("client", "server"):
        hello = parse_hello(e.frame(side + ".hello"))
        e.ok((hello["version"], hello["roles"], hello["profile"]) == (1, 3, b"seal1") and
             hello["modes"] & 1 and "application/vnd.seal.tpm2-evidence+cbor" in
             hello["media"], side + ".hello: both attest and ask, by evidence")


def check_end(e):
    sent = {"client": ("hello", "request", "authenticator", "result"),
            "server": ("hello", "request", "result", "authenticator")}
    transcript = sha256(*(e.octets(f"{side}.{name}") for side in ("client", "server")
                          for name in sent[side]))
    for side in ("client", "server"):
        e.ok(e.frame(side + ".done") == b"\1" + transcript, side + ".done: transcript")
        # Of the other side's evidence, for as long as its policy says.
        r = Reader(e.frame(side + ".result"))
        result = (r.number(1), r.number(8), r.number(2), r.number(4), r.vector(2))
        r.end()
        e.ok(result == (1 if side == "server" else 2, 0, 0, 300, EMPTY), side + ".result")


class Direction:
    """One side proves itself to the other"""

    def __init__(self, e, side):
        self.e, self.side = e, side
        self.request = e.frame(other(side) + ".request")
        self.asked = parse_request(self.request)
        self.auth = parse_authenticator(e.frame(side + ".authenticator"))
        self.leaf = self.auth["chain"][0]
        self.cert = x509.load_der_x509_certificate(self.leaf)
        media, value, ind = cbor_all(self.auth["cmw"])
        e.ok(media == "application/vnd.seal.tpm2-evidence+cbor" and ind == 4,
             side + ": a record of evidence")
        self.evidence = cbor_all(value)

    def same(self, name, value):
        self.e.same(f"{self.side}.{name}", value)

    def ok(self, holds, claim):
        self.e.ok(holds, f"{self.side}: {claim}")

    def check_authenticator(self):
        e, auth = self.e, self.auth
        label = b"EXPORTER-" + self.side.encode() + b" authenticator "
        context = e.exporter(label + b"handshake context", EMPTY, e.size)
        key = e.exporter(label + b"finished key", EMPTY, e.size)
        self.same("ea-context", context)
        self.same("ea-key", key)
        self.ok(auth["context"] == self.asked["context"] and len(auth["context"]) == 32,
                "the context is that of the request")
        self.ok(self.asked["kind"] == (13 if self.side == "client" else 17),
                "the request's type is that of the other side")
        digest = e.hash(context, self.request, auth["certificate"])
        self.same("ea-hash", digest)
        signed = b"\x20" * 64 + b"Exported Authenticator" + b"\0" + digest
        self.ok(auth["scheme"] == 0x0403 and
                verified(self.cert.public_key(), auth["signature"], signed, "sha256"),
                "CertificateVerify is signed by the key of the certificate")
        mac = hmac.new(key, e.hash(context, self.request, auth["certificate"],
                                   auth["verify"]), e.name).digest()
        self.same("ea-finished", mac)
        self.ok(auth["finished-body"] == mac, "Finished")
        self.ok(issued(self.leaf, e.anchors("x509")), "the certificate is of the CA for TLS")

    def spki(self):
        return self.cert.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    def check_claim(self):
        e = self.e
        relying = parse_authenticator(e.frame(other(self.side) + ".authenticator"))
        context = (b"SEALbind" + bytes([1, 1 if self.side == "client" else 2]) +
                   self.asked["mode"].to_bytes(2, "big") +
                   self.asked["exchange"].to_bytes(8, "big") +
                   sha256(e.octets("client.hello"), e.octets("server.hello")) +
                   sha256(self.request) + sha256(self.leaf) + sha256(relying["chain"][0]) +
                   sha256(self.spki()))
        self.ok(len(context) == 180 and self.asked["exchange"] == 0 and
                self.asked["mode"] == 1, "a first exchange, by evidence")
        self.same("context", context)
        ekm = e.exporter(b"EXPERIMENTAL-SEAL-binder", context, 32)
        self.same("ekm", ekm)
        binder = sha256(b"SEAL-binder-v1\0", context, ekm)
        self.same("binder", binder)
        name = Tpm.name(self.evidence[5]) if 5 in self.evidence else EMPTY
        if name:
            self.same("tik-name", name)
        self.same("claims", self.evidence[9])
        self.claim = sha256(b"SEAL-quote-v1\0", binder, len(name).to_bytes(2, "big"), name,
                            sha256(self.evidence[9]))
        self.same("claim", self.claim)
        hello = parse_hello(e.frame(self.side + ".hello"))
        self.ok(cbor_all(self.evidence[9]) == {
            1: hello["consumer"], 2: hello["uid"], 3: 1 if self.side == "client" else 2},
            "the claims are those of its hello")

    def check_tree(self):
        n, index, path = self.evidence[11]
        at = sha256(b"\0", self.claim)
        self.same("leaf", at)
        self.ok(1 <= n <= 65536 and n == 1 << len(path) and index < n, "the shape of the batch")
        if path:
            self.same("path", EMPTY.join(path))
        for level, sibling in enumerate(path):
            at = sha256(b"\1", sibling, at) if index >> level & 1 else sha256(b"\1", at, sibling)
        self.data = sha256(b"\2", n.to_bytes(4, "big"), at)
        self.same("qualifying", self.data)

    def check_quote(self):
        quote, sig, public = (self.evidence[i] for i in (1, 2, 3))
        self.same("quote", quote)
        s = Tpm.statement(quote)
        self.ok((s["magic"], s["type"]) == (0xff544347, 0x8018), "a quote that a TPM made")
        self.ok(Tpm.signed(public, sig, quote), "the AK signed it")
        self.ok(s["extra"] == self.data, "for this connection")
        self.ok(s["select"] == self.asked["select"], "over the PCRs that were asked for")
        (bank, values), = self.evidence[8].items()
        self.ok(bank == s["bank"] and sorted(values) == s["pcrs"] and
                sha256(*(values[i] for i in s["pcrs"])) == s["digest"],
                "the values sent are the ones that were quoted")
        wanted = {k: v for k, v in self.e.policy(other(self.side)).items()
                  if k.startswith("pcr-")}
        self.ok(wanted and all(values[int(k[4:])].hex() == v for k, v in wanted.items()),
                "and those that the policy wants")

    def check_keys(self):
        ak_name = Tpm.name(self.evidence[3])
        attributes, key = Tpm.public(self.evidence[3])
        chain = self.evidence[4]
        # restricted and sign, fixedTPM, fixedParent, sensitiveDataOrigin
        self.ok(attributes & 0x00070032 == 0x00050032, "the AK is one")
        self.ok(issued(chain[0], self.e.anchors("ak")) and
                x509.load_der_x509_certificate(chain[0]).public_key() == key and
                names(chain[0]) == names(self.leaf) ==
                [self.e.policy(other(self.side))["peer"]],
                "enrolled for the host that the certificate names")
        usage = x509.load_der_x509_certificate(chain[0]).extensions.get_extension_for_class(
            x509.ExtendedKeyUsage).value
        self.ok([u.dotted_string for u in usage] == ["2.23.133.8.3"], "as an attestation key")
        if 5 not in self.evidence:
            self.ok(6 not in self.evidence and 7 not in self.evidence, "its TLS key is in a file")
            return
        self.check_tls_key(ak_name)

    def check_tls_key(self, ak_name):
        tik, certify, sig = (self.evidence[i] for i in (5, 6, 7))
        attributes, key = Tpm.public(tik)
        name = Tpm.name(tik)
        data = sha256(b"SEAL-certify-v1\0", len(ak_name).to_bytes(2, "big"), ak_name,
                      len(name).to_bytes(2, "big"), name)
        self.same("certify", data)
        s = Tpm.statement(certify)
        self.ok((s["magic"], s["type"]) == (0xff544347, 0x8017) and s["extra"] == data and
                s["name"] == name and Tpm.signed(self.evidence[3], sig, certify),
                "the AK certified the TLS key")
        self.ok(attributes & 0x00070032 == 0x00040032 and key == self.cert.public_key(),
                "which is born in its TPM, and is the certificate's")

    def check(self):
        self.check_authenticator()
        self.check_claim()
        self.check_tree()
        self.check_quote()
        self.check_keys()


def check(e):
    check_negotiation(e)
    check_end(e)
    both = [Direction(e, side) for side in ("client", "server")]
    for d in both:
        d.check()
    latest = max(d.cert.not_valid_before_utc for d in both)
    e.ok(all(d.cert.not_valid_after_utc > latest + datetime.timedelta(hours=1)
             for d in both), "both certificates are valid at one time")


def with_a_flip(text, name):
    """One bit of one digit, where the digest of the name says"""
    at = [m.start() for m in re.finditer(r"[0-9a-f]", re.sub(
        r"/\*.*?\*/", lambda m: "/" * len(m.group()), text[name], flags=re.S))]
    choice = hashlib.sha256(name.encode()).digest()
    where = at[int.from_bytes(choice[:4], "big") % len(at)]
    digit = "%x" % (int(text[name][where], 16) ^ 1 << choice[4] % 4)
    return {**text, name: text[name][:where] + digit + text[name][where + 1:]}


def notices(text):
    e = Example(text, quiet=True)
    try:
        check(e)
    except (ValueError, KeyError, IndexError):
        return True
    return e.failed != 0


def check_flips(e):
    """A document that nobody can change unseen: one digit of each block"""
    octets = [name for name, text in e.text.items()
              if re.fullmatch(r"(\s|/\*.*?\*/|[0-9a-f])*", text, flags=re.S)]
    missed = [name for name in octets if not notices(with_a_flip(e.text, name))]
    e.ok(len(octets) > 30 and not missed,
         f"a changed digit in each of {len(octets)} blocks is seen " + " ".join(missed))


def main():
    e = Example(blocks(sys.argv[1]))
    check(e)
    check_flips(e)
    print(f"1..{e.count}")
    return e.failed != 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ValueError, KeyError, IndexError) as error:
        print(f"Bail out! {type(error).__name__}: {error}")
        sys.exit(1)
