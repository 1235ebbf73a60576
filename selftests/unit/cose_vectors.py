#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""cose_vectors.py [--write] FILE: COSE_Sign1 messages, made again from RFC 9052
with another library than ours, and compared with FILE, as TAP. Signatures are
those of RFC 6979, so that there is one right answer."""

import hashlib
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

ALGS = {-7: (ec.SECP256R1, hashes.SHA256, 32), -35: (ec.SECP384R1, hashes.SHA384, 48)}


def head(major, n):
    for bits, code in ((8, 24), (16, 25), (32, 26), (64, 27)):
        if n < 24:
            return bytes([major << 5 | n])
        if n < 1 << bits:
            return bytes([major << 5 | code]) + n.to_bytes(bits // 8, "big")
    raise ValueError(n)


def encode(v):
    if isinstance(v, int):
        return head(0, v) if v >= 0 else head(1, -1 - v)
    if isinstance(v, bytes):
        return head(2, len(v)) + v
    if isinstance(v, str):
        return head(3, len(v.encode())) + v.encode()
    if isinstance(v, list):
        return head(4, len(v)) + b"".join(encode(i) for i in v)
    pairs = sorted((encode(k), encode(i)) for k, i in v.items())
    return head(5, len(pairs)) + b"".join(k + i for k, i in pairs)


def sign1(alg, content, kid, aad, payload):
    curve, hash_, size = ALGS[alg]
    secret = int.from_bytes(hashlib.sha384(b"seal test %d" % alg).digest()[:size], "big")
    key = ec.derive_private_key(secret, curve())
    header = {1: alg}
    if content:
        header[3] = content
    if kid:
        header[4] = kid
    protected = encode(header)
    structure = encode(["Signature1", protected, aad, payload])
    der = key.sign(structure, ec.ECDSA(hash_(), deterministic_signing=True))
    r, s = utils.decode_dss_signature(der)
    raw = r.to_bytes(size, "big") + s.to_bytes(size, "big")
    point = key.public_key().public_numbers()
    public = point.x.to_bytes(size, "big") + point.y.to_bytes(size, "big")
    digest = (hashlib.sha256 if size == 32 else hashlib.sha384)(structure).digest()
    return public, digest, head(6, 18) + encode([protected, {}, payload, raw])


CASES = [
    ("es256", -7, 0, b"", b"", b"payload"),
    ("es256-all-headers", -7, 263, b"key of the verifier", b"", b"payload"),
    ("es256-external", -7, 263, b"kid", b"external", b"\xa0"),
    ("es256-long", -7, 0, b"", b"a" * 300, b"p" * 1000),
    ("es384", -35, 0, b"", b"", b"payload"),
    ("es384-external", -35, 65535, b"k" * 64, b"external", b"p" * 24),
]


def text():
    lines = ["# SPDX-License-Identifier: GPL-2.0-or-later",
             "# name, algorithm, Content-Format, kid, external_aad, public key, digest, message"]
    for name, alg, content, kid, aad, payload in CASES:
        public, digest, message = sign1(alg, content, kid, aad, payload)
        words = (b.hex() or "-" for b in (kid, aad, public, digest, message))
        lines.append(" ".join([name, str(alg), str(content), *words]))
    return "\n".join(lines) + "\n"


def main():
    if sys.argv[1] == "--write":
        with open(sys.argv[2], "w", encoding="ascii") as f:
            f.write(text())
        return
    with open(sys.argv[1], encoding="ascii") as f:
        have = f.read().splitlines()[2:]
    want = text().splitlines()[2:]
    for i, line in enumerate(want, 1):
        same = i <= len(have) and have[i - 1] == line
        print(f"{'ok' if same else 'not ok'} {i} - {line.split()[0]}: the same octets again")
    print(f"{'ok' if len(have) == len(want) else 'not ok'} {len(want) + 1} - and no others")
    print(f"1..{len(want) + 1}")


main()
