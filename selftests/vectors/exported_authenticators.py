#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Exported authenticators from the words of RFC 9261 and RFC 8446.

exported_authenticators.py             computes every value of the published
                                       vectors again, as TAP
exported_authenticators.py --make DIR  prints new ones, with the certificates
                                       and keys NAME.der, NAME.key of DIR

Nothing here knows the C code. Signatures are RFC 6979's, so that they too have
one value only; who checks vectors with another signer verifies them instead.
"""

import hashlib
import hmac
import json
import os
import sys

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = os.path.join(HERE, "exported_authenticators.json")

# HandshakeType: RFC 8446 section 4, RFC 9261 section 8.3
CERTIFICATE, CERTIFICATE_REQUEST, CERTIFICATE_VERIFY = 11, 13, 15
CLIENT_CERTIFICATE_REQUEST, FINISHED = 17, 20

# SignatureScheme: RFC 8446 section 4.2.3
SCHEMES = {
    0x0403: (ec.SECP256R1(), hashes.SHA256()),
    0x0503: (ec.SECP384R1(), hashes.SHA384()),
}

RESULTS = ("handshake_context", "finished_key", "certificate", "transcript",
           "signed", "signature", "certificate_verify", "finished",
           "authenticator")


def vector(length, data):
    """<0..2^(8*length)-1> of RFC 8446 section 3.4"""
    return len(data).to_bytes(length, "big") + data


def message(kind, body):
    """Handshake of RFC 8446 section 4: type, uint24 length, body"""
    return bytes([kind]) + vector(3, body)


def extension(number, data):
    return number.to_bytes(2, "big") + vector(2, data)


def hkdf_expand(name, key, info, length):
    """RFC 5869 section 2.3"""
    out, block, count = b"", b"", 0
    while len(out) < length:
        count += 1
        block = hmac.new(key, block + info + bytes([count]), name).digest()
        out += block
    return out[:length]


def hkdf_expand_label(name, secret, label, context, length):
    """RFC 8446 section 7.1"""
    info = length.to_bytes(2, "big")
    info += vector(1, b"tls13 " + label) + vector(1, context)
    return hkdf_expand(name, secret, info, length)


def tls_exporter(name, exporter_secret, label, context, length):
    """RFC 8446 section 7.5"""
    size = hashlib.new(name).digest_size
    derived = hkdf_expand_label(name, exporter_secret, label,
                                hashlib.new(name, b"").digest(), size)
    return hkdf_expand_label(name, derived, b"exporter",
                             hashlib.new(name, context).digest(), length)


def authenticator_keys(name, sender, exporter_secret):
    """RFC 9261 section 5.1: of the sender's side, empty context, Hash.length"""
    size = hashlib.new(name).digest_size
    label = b"EXPORTER-" + sender.encode() + b" authenticator "
    return [tls_exporter(name, exporter_secret, label + last, b"", size)
            for last in (b"handshake context", b"finished key")]


def certificate_message(context, certificates, first_extensions):
    """RFC 8446 section 4.4.2, RFC 9261 section 5.2.1"""
    entries = b""
    for number, der in enumerate(certificates):
        entries += vector(3, der)
        entries += vector(2, b"" if number else first_extensions)
    return message(CERTIFICATE, vector(1, context) + vector(3, entries))


def key_of(v):
    return ec.derive_private_key(int(v["private_key"], 16),
                                 SCHEMES[v["scheme"]][0])


def sign(v, signed):
    return key_of(v).sign(signed, ec.ECDSA(SCHEMES[v["scheme"]][1],
                                           deterministic_signing=True))


def construct(v):
    """RFC 9261 sections 5 and 6: every value from the inputs of a vector"""
    name = v["hash"]
    request = bytes.fromhex(v["request"])
    context = bytes.fromhex(v["context"])
    keys = authenticator_keys(name, v["sender"],
                              bytes.fromhex(v["exporter_secret"]))
    extensions = b"".join(extension(e["type"], bytes.fromhex(e["data"]))
                          for e in v["extensions"])
    chain = [bytes.fromhex(c) for c in v["certificates"]]
    certificate = certificate_message(context, chain, extensions)

    transcript = signed = signature = verify = b""
    if chain:
        transcript = hashlib.new(name, keys[0] + request + certificate).digest()
        signed = b"\x20" * 64 + b"Exported Authenticator" + b"\0" + transcript
        signature = sign(v, signed)
        verify = message(CERTIFICATE_VERIFY,
                         v["scheme"].to_bytes(2, "big") + vector(2, signature))
    covered = keys[0] + request + certificate + verify
    mac = hmac.new(keys[1], hashlib.new(name, covered).digest(), name).digest()
    finished = message(FINISHED, mac)
    # Section 6: an empty authenticator is Finished alone.
    whole = certificate + verify + finished if chain else finished
    values = (*keys, certificate, transcript, signed, signature, verify,
              finished, whole)
    return {k: x.hex() for k, x in zip(RESULTS, values)}


def signature_holds(v):
    """With the key of the certificate, as a receiver has it"""
    if not v["certificates"]:
        return v["signature"] == ""
    leaf = x509.load_der_x509_certificate(bytes.fromhex(v["certificates"][0]))
    try:
        leaf.public_key().verify(bytes.fromhex(v["signature"]),
                                 bytes.fromhex(v["signed"]),
                                 ec.ECDSA(SCHEMES[v["scheme"]][1]))
    except InvalidSignature:
        return False
    return True


def request_is_legal(v):
    """RFC 9261 section 4; and 5.2.1: nothing is sent that was not asked for"""
    raw = bytes.fromhex(v["request"])
    if not raw:
        return v["sender"] == "server"
    kind = {"client": CERTIFICATE_REQUEST,
            "server": CLIENT_CERTIFICATE_REQUEST}[v["sender"]]
    context = bytes.fromhex(v["context"])
    asked, at = {}, 4 + 1 + len(context) + 2
    if raw[:at - 2] != (bytes([kind]) + (len(raw) - 4).to_bytes(3, "big") +
                        vector(1, context)):
        return False
    while at < len(raw):
        size = int.from_bytes(raw[at + 2:at + 4], "big")
        asked[int.from_bytes(raw[at:at + 2], "big")] = raw[at + 4:at + 4 + size]
        at += 4 + size
    schemes = asked.get(13, b"")[2:]
    offered = [int.from_bytes(schemes[i:i + 2], "big")
               for i in range(0, len(schemes), 2)]
    return at == len(raw) and v["scheme"] in offered and \
        all(e["type"] in asked for e in v["extensions"])


def bind_expat(v):
    """draft-fossati-seat-expat-04 section 5.1: Hash(public_key || exported), where
    Hash is that of the suite and public_key, which the draft gives no form, the
    DER SubjectPublicKeyInfo of the end entity"""
    leaf = x509.load_der_x509_certificate(bytes.fromhex(v["certificate"]))
    spki = leaf.public_key().public_bytes(
        serialization.Encoding.DER,
        serialization.PublicFormat.SubjectPublicKeyInfo)
    exported = tls_exporter(v["hash"], bytes.fromhex(v["exporter_secret"]),
                            b"EXPORTER-cmw-attestation",
                            bytes.fromhex(v["context"]), 32)
    return {"spki": spki.hex(), "exported": exported.hex(),
            "binding": hashlib.new(v["hash"], spki + exported).hexdigest()}


def check():
    with open(FILE, encoding="ascii") as f:
        known = json.load(f)
    vectors = known["vectors"]
    count, failed = 0, 0
    for v in known["expat"]:
        holds = all(v[k] == x for k, x in bind_expat(v).items())
        count += 1
        failed += not holds
        print(f"{'' if holds else 'not '}ok {count} - expat: {v['name']}")
    for v in vectors:
        computed = construct(v)
        wrong = [k for k in RESULTS if computed[k] != v[k]]
        for claim, holds in (
                ("computed again" + "".join(" " + k for k in wrong), not wrong),
                ("the signature is that of the certificate", signature_holds(v)),
                ("the request is legal and was kept to", request_is_legal(v))):
            count += 1
            failed += not holds
            print(f"{'' if holds else 'not '}ok {count} - {v['name']}: {claim}")
    print(f"1..{count}")
    return failed != 0


def seal_request():
    """Documentation/protocol.rst, "AuthRequest": PCR 0 to 7 of SHA-256"""
    select = bytes.fromhex("00000001" "000b" "03" "ff0000")
    return (bytes([1]) + bytes(8) + bytes([1, 1]) + vector(1, select) +
            bytes([0]) + bytes(16) + vector(1, b""))


def make_request(sender, context, scheme, seal):
    extensions = extension(13, vector(2, scheme.to_bytes(2, "big")))
    if seal:
        extensions += extension(0xff00, b"")
        extensions += extension(0xff5f, seal_request())
    kind = CERTIFICATE_REQUEST if sender == "client" else \
        CLIENT_CERTIFICATE_REQUEST
    return message(kind, vector(1, context) + vector(2, extensions))


def cmw(evidence):
    """A CBOR record [type, value, 4] of RFC 9999, short forms only"""
    media = b"application/vnd.seal.tpm2-evidence+cbor"
    return (b"\x83" + b"\x78" + bytes([len(media)]) + media + b"\x58" +
            bytes([len(evidence)]) + evidence + b"\x04")


# The first is that of RFC 8448 section 3.
SECRETS = {
    "sha256": "fe22f881176eda18eb8f44529e6792c50c9a3f89452f68d8ae311b4309d3cf50",
    "sha384": hashlib.sha384(b"exporter_secret").hexdigest(),
}


def load(directory, name):
    with open(os.path.join(directory, name + ".der"), "rb") as f:
        der = f.read().hex()
    with open(os.path.join(directory, name + ".key"), encoding="ascii") as f:
        return der, f.read().strip()


def make_vector(directory, name, sender, kind):
    scheme = 0x0503 if kind in ("plain", "spontaneous") else 0x0403
    leaf, key = load(directory, "p384" if scheme == 0x0503 else "p256")
    authority, _ = load(directory, "ca")
    context = hashlib.sha256(f"{name} {sender} {kind}".encode()).digest()
    v = {
        "name": f"{sender}, {name}, {kind}",
        "hash": name,
        "sender": sender,
        "exporter_secret": SECRETS[name],
        "request": "",
        "context": context.hex(),
        "certificates": [leaf, authority],
        "private_key": key,
        "scheme": scheme,
        "extensions": [],
    }
    if kind != "spontaneous":
        v["request"] = make_request(sender, context, scheme,
                                    kind != "plain").hex()
    if kind == "evidence":
        v["extensions"] = [{"type": 0xff00,
                            "data": vector(2, cmw(bytes(range(64)))).hex()}]
    if kind == "empty":
        v["certificates"] = []
    v.update(construct(v))
    return v


def make_expat(directory, name, key):
    v = {
        "name": f"{name}, a key on {key}",
        "hash": name,
        "exporter_secret": SECRETS[name],
        "context": bytes(range(32)).hex(),
        "certificate": load(directory, key)[0],
    }
    v.update(bind_expat(v))
    return v


def make(directory):
    kinds = [(sender, kind) for kind in ("evidence", "plain", "empty")
             for sender in ("client", "server")] + [("server", "spontaneous")]
    return {
        "title": "Exported authenticators in TLS, RFC 9261, over TLS 1.3",
        "about": [
            "exporter_secret is that of RFC 8446 section 7.1. hash is that of "
            "the cipher suite.",
            "sender is whose authenticator it is; request is the whole message "
            "of the other side, empty for a spontaneous one.",
            "extensions are those of the first CertificateEntry. certificates "
            "are DER, end entity first; private_key is the scalar of its key.",
            "signed is what CertificateVerify signs, signature is that of RFC "
            "6979, so implementations with other nonces verify it.",
            "empty: an authenticated refusal. certificate is then the message "
            "that Finished is computed over and that is not sent.",
            "expat: what evidence is bound to in draft-fossati-seat-expat-04: "
            "exported is TLS-Exporter(\"EXPORTER-cmw-attestation\", context, "
            "32), binding is the hash of the suite over spki || exported, spki "
            "that of the certificate in DER.",
        ],
        "vectors": [make_vector(directory, name, sender, kind)
                    for name in SECRETS for sender, kind in kinds],
        "expat": [make_expat(directory, name, key)
                  for name in SECRETS for key in ("p256", "p384")],
    }


if len(sys.argv) == 3 and sys.argv[1] == "--make":
    json.dump(make(sys.argv[2]), sys.stdout, indent=1)
    print()
else:
    sys.exit(check())
