# SPDX-License-Identifier: GPL-2.0-or-later
"""Structures of a TPM that does not exist: keys, quotes and signatures of any kind."""
import hashlib
import struct

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature

ALG = {"sha1": 4, "sha256": 11, "sha384": 12, "sha512": 13}
HASH = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384,
        "sha512": hashes.SHA512}
RSASSA, RSAPSS, ECDSA = 0x14, 0x16, 0x18
AK_ATTRIBUTES = 0x00050072


def vec(data):
    return struct.pack(">H", len(data)) + data


class Ak:
    """An attestation key: kind is "rsa2048" and so on, "p256" or "p384"."""

    def __init__(self, kind, scheme=None, hash_name="sha256", attributes=AK_ATTRIBUTES):
        self.hash = hash_name
        if kind.startswith("rsa"):
            self.key = rsa.generate_private_key(65537, int(kind[3:]))
            self.scheme = scheme or RSASSA
        else:
            self.key = ec.generate_private_key({"p256": ec.SECP256R1,
                                                "p384": ec.SECP384R1}[kind]())
            self.scheme = ECDSA
        self.attributes = attributes

    def tpmt(self):
        n = self.key.public_key().public_numbers()
        is_rsa = isinstance(n, rsa.RSAPublicNumbers)
        out = struct.pack(">HHI", 1 if is_rsa else 0x23, ALG["sha256"], self.attributes)
        out += vec(b"") + struct.pack(">HHH", 0x10, self.scheme, ALG[self.hash])
        if is_rsa:
            size = self.key.key_size
            return out + struct.pack(">HI", size, 0) + vec(n.n.to_bytes(size // 8, "big"))
        size = (n.curve.key_size + 7) // 8
        curve = 3 if n.curve.key_size == 256 else 4
        return (out + struct.pack(">HH", curve, 0x10) + vec(n.x.to_bytes(size, "big")) +
                vec(n.y.to_bytes(size, "big")))

    def tpm2b(self):
        return vec(self.tpmt())

    def pem(self):
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def bare(self, data):
        alg = HASH[self.hash]()
        if self.scheme == ECDSA:
            return self.key.sign(data, ec.ECDSA(alg))
        if self.scheme == RSASSA:
            return self.key.sign(data, padding.PKCS1v15(), alg)
        return self.key.sign(data, padding.PSS(padding.MGF1(alg), alg.digest_size), alg)

    def sign(self, data):
        head = struct.pack(">HH", self.scheme, ALG[self.hash])
        if self.scheme != ECDSA:
            return head + vec(self.bare(data))
        r, s = decode_dss_signature(self.bare(data))
        size = (self.key.curve.key_size + 7) // 8
        return head + vec(r.to_bytes(size, "big")) + vec(s.to_bytes(size, "big"))


def selection(bank, pcrs, size=3):
    mask = sum(1 << i for i in pcrs)
    return struct.pack(">HB", ALG[bank], size) + mask.to_bytes(size, "little")


def quote(values, bank="sha256", hash_name="sha256", data=b"nonce", magic=0xff544347,
          kind=0x8018, safe=1, reset=7, restart=0, clock=1000, selections=None):
    """A TPMS_ATTEST over {pcr: value}."""
    digest = hashlib.new(hash_name, b"".join(values[i] for i in sorted(values))).digest()
    out = struct.pack(">IH", magic, kind) + vec(b"signer") + vec(data)
    out += struct.pack(">QIIB", clock, reset, restart, safe) + bytes(8)
    selections = selections or [selection(bank, values)]
    return out + struct.pack(">I", len(selections)) + b"".join(selections) + vec(digest)


class Log:
    """A crypto-agile boot log and the PCRs it gives."""

    def __init__(self, *banks):
        self.banks = banks or ("sha256",)
        self.pcrs = {b: {} for b in self.banks}
        head = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, len(self.banks))
        for bank in self.banks:
            head += struct.pack("<HH", ALG[bank], hashlib.new(bank).digest_size)
        head += b"\0"
        self.data = struct.pack("<II20sI", 0, 3, bytes(20), len(head)) + head

    def add(self, pcr, kind, data, measured=None):
        """measured: what is hashed, where it is not the data itself"""
        measured = data if measured is None else measured
        self.data += struct.pack("<III", pcr, kind, len(self.banks))
        for bank in self.banks:
            digest = hashlib.new(bank, measured).digest()
            old = self.pcrs[bank].get(pcr, bytes(len(digest)))
            self.pcrs[bank][pcr] = hashlib.new(bank, old + digest).digest()
            self.data += struct.pack("<H", ALG[bank]) + digest
        self.data += struct.pack("<I", len(data)) + data
        return self


GLOBAL = bytes.fromhex("61dfe48bca93d211aa0d00e098032b8c")


def variable(name, value, guid=GLOBAL):
    text = name.encode("utf-16-le")
    return guid + struct.pack("<QQ", len(name), len(value)) + text + value


class Ima:
    """A measurement list in both forms and the PCR 10 it gives."""

    def __init__(self, padded=False, bank="sha256"):
        self.text, self.binary, self.padded, self.bank = "", b"", padded, bank
        self.pcr = bytes(hashlib.new(bank).digest_size)

    def add(self, name, content, sig=None, alg="sha256", digest=None):
        digest = digest or hashlib.new(alg, content).digest()
        fields = [alg.encode() + b":\0" + digest, name.encode() + b"\0"]
        words = [f"{alg}:{digest.hex()}", name]
        if sig is not None:
            fields.append(sig)
            words.append(sig.hex())
        return self.entry("ima-ng" if sig is None else "ima-sig", fields, words)

    def entry(self, template, fields, words=()):
        """template: no hash covers it"""
        data = b"".join(struct.pack("<I", len(f)) + f for f in fields)
        sha1 = hashlib.sha1(data).digest()
        self.text += " ".join(["10", sha1.hex(), template, *words]) + "\n"
        self.binary += struct.pack("<I", 10) + sha1
        for part in (template.encode(), data):
            self.binary += struct.pack("<I", len(part)) + part
        ext = (sha1.ljust(len(self.pcr), b"\0") if self.padded
               else hashlib.new(self.bank, data).digest())
        self.pcr = hashlib.new(self.bank, self.pcr + ext).digest()
        return self

    def violate(self, name):
        self.text += f"10 {'00' * 20} ima-ng sha256:{'00' * 32} {name}\n"
        self.pcr = hashlib.new(self.bank, self.pcr + b"\xff" * len(self.pcr)).digest()


def ima_signature(key, content, version=2, kind=3):
    """
    security.ima: version 2 signs the digest, version 3 a hash over it and the kind,
    3 for the digest of a file and 6 for that of fs-verity.
    """
    digest = hashlib.sha256(content).digest()
    if version == 3:
        digest = hashlib.sha256(bytes([kind, 4]) + digest).digest()
    alg = Prehashed(hashes.SHA256())
    sig = (key.key.sign(digest, ec.ECDSA(alg)) if key.scheme == ECDSA
           else key.key.sign(digest, padding.PKCS1v15(), alg))
    return struct.pack(">BBBI", kind, version, 4, 0xabcdef01) + vec(sig)
