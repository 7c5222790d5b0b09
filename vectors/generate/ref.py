"""What keys.py, bad_keys.py and negative.py share: encodings, DER, RSA and GCM.

Nothing here uses the crate. RSA is plain Python integers; AES-GCM and key
generation are those of the Python package `cryptography`.
"""

import base64
import collections
import hashlib
import json
import pathlib

import cryptography
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

VECTORS = pathlib.Path(__file__).resolve().parent.parent
SOURCE = f"Python cryptography {cryptography.__version__}"


# --- encodings -------------------------------------------------------------

def b64u(data):
    """base64url without padding, RFC 7515 section 2."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text):
    """The reverse of b64u, for text that this project wrote itself."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def to_bytes(n):
    """The shortest big-endian form; one byte 00 for zero."""
    return n.to_bytes(max(1, (n.bit_length() + 7) // 8), "big")


def b64u_int(n):
    """Base64urlUInt, RFC 7518 section 2."""
    return b64u(to_bytes(n))


def pem(label, der, headers=""):
    """One PEM block as RFC 7468 has it, lines of 64."""
    text = base64.b64encode(der).decode()
    lines = "\n".join(text[i:i + 64] for i in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{headers}{lines}\n-----END {label}-----\n"


def counts(entries):
    """How many entries there are, of each kind: a reader that sees fewer has lost some."""
    groups = collections.Counter(entry.get("class") or entry.get("made") for entry in entries)
    groups["authentic"] = sum(entry.get("authentic", False) for entry in entries)
    return {"all": len(entries), **{name: count for name, count in sorted(groups.items(), key=str) if name and count}}


def dump(name, value):
    """Writes vectors/<name>, the same bytes for the same value."""
    text = json.dumps(value, indent=1, ensure_ascii=True) + "\n"
    (VECTORS / name).write_text(text, encoding="ascii", newline="\n")
    return len(text)


# --- names -----------------------------------------------------------------

# What an error may name, of the IANA registry "JSON Object Signing and Encryption (JOSE)".
REGISTERED = frozenset("""
    alg jku jwk kid x5u x5c x5t x5t#S256 typ cty crit enc zip epk apu apv iv tag p2s p2c b64 url nonce iss sub aud iat exp
    ppt svt jwt client_id
    kty use key_ops crv x y d n e p q dp dq qi oth k keys
    sig sign verify encrypt decrypt wrapKey unwrapKey deriveKey deriveBits
    HS256 HS384 HS512 RS256 RS384 RS512 ES256 ES384 ES512 ES256K PS256 PS384 PS512 EdDSA Ed25519 none
    RSA1_5 RSA-OAEP RSA-OAEP-256 RSA-OAEP-384 RSA-OAEP-512 A128KW A192KW A256KW A128GCMKW A192GCMKW A256GCMKW dir
    ECDH-ES ECDH-ES+A128KW ECDH-ES+A192KW ECDH-ES+A256KW PBES2-HS256+A128KW PBES2-HS384+A192KW PBES2-HS512+A256KW
    A128CBC-HS256 A192CBC-HS384 A256CBC-HS512 A128GCM A192GCM A256GCM
""".split())


def named(name):
    """What an error says in the place of a name."""
    return f'"{name if name in REGISTERED else "an unregistered value"}"'


# --- DER -------------------------------------------------------------------

def tlv(tag, body):
    n = len(body)
    if n < 0x80:
        length = bytes([n])
    else:
        length = to_bytes(n)
        length = bytes([0x80 | len(length)]) + length
    return bytes([tag]) + length + body


def der_int(n):
    body = to_bytes(n)
    return tlv(0x02, b"\0" + body if body[0] & 0x80 else body)


def der_seq(*items):
    return tlv(0x30, b"".join(items))


RSA_ENCRYPTION = bytes.fromhex("06092a864886f70d010101")  # 1.2.840.113549.1.1.1
RSASSA_PSS = bytes.fromhex("06092a864886f70d01010a")      # 1.2.840.113549.1.1.10
NULL = b"\x05\x00"


def pkcs1_public(n, e):
    return der_seq(der_int(n), der_int(e))


def pkcs1_private(version, *integers, tail=b""):
    """RSAPrivateKey: n, e, d, p, q, dp, dq, qinv."""
    return der_seq(der_int(version), *map(der_int, integers), tail)


def spki(public, algorithm=RSA_ENCRYPTION + NULL):
    return der_seq(der_seq(algorithm), tlv(0x03, b"\0" + public))


def pkcs8(private, algorithm=RSA_ENCRYPTION + NULL):
    return der_seq(der_int(0), der_seq(algorithm), tlv(0x04, private))


# --- keys ------------------------------------------------------------------

class Rsa:
    """An RSA key pair as integers."""

    NAMES = ("n", "e", "d", "p", "q", "dp", "dq", "qi")

    def __init__(self, jwk):
        for name in self.NAMES:
            setattr(self, name, int.from_bytes(unb64u(jwk[name]), "big"))
        self.k = (self.n.bit_length() + 7) // 8

    def integers(self, **changes):
        """n, e, d, p, q, dp, dq, qi in PKCS#1's order, some of them changed."""
        return [changes.get(name, getattr(self, name)) for name in self.NAMES]

    def raw_public(self, m):
        return pow(m, self.e, self.n).to_bytes(self.k, "big")

    def raw_private(self, c):
        return pow(c, self.d, self.n).to_bytes(self.k, "big")


def load_keys():
    """id -> Rsa and id -> bytes, from keys.json."""
    data = json.loads((VECTORS / "keys.json").read_text(encoding="ascii"))
    rsa = {k["id"]: Rsa(k["jwk_private"]) for k in data["keys"]}
    direct = {k["id"]: bytes.fromhex(k["hex"]) for k in data["dir_keys"]}
    return rsa, direct


# --- OAEP and GCM ----------------------------------------------------------

def mgf1(seed, length, name="sha256"):
    out = b""
    counter = 0
    while len(out) < length:
        out += hashlib.new(name, seed + counter.to_bytes(4, "big")).digest()
        counter += 1
    return out[:length]


def xor(a, b):
    assert len(a) == len(b)
    return bytes(x ^ y for x, y in zip(a, b))


def gcm_seal(key, iv, aad, plaintext):
    """Ciphertext and 16-octet tag. Any IV of 8 bytes or more, any AES key size."""
    seal = Cipher(algorithms.AES(key), modes.GCM(iv)).encryptor()
    seal.authenticate_additional_data(aad)
    ciphertext = seal.update(plaintext) + seal.finalize()
    return ciphertext, seal.tag


def gcm_any_iv(key, iv, aad, plaintext):
    """GCM for an IV of any length, NIST SP 800-38D section 7.1, on integers."""
    block = lambda b: (lambda e: e.update(b) + e.finalize())(Cipher(algorithms.AES(key), modes.ECB()).encryptor())
    h = int.from_bytes(block(bytes(16)), "big")

    def multiply(x):
        z, v = 0, h
        for i in range(127, -1, -1):
            if x >> i & 1:
                z ^= v
            v = v >> 1 ^ (0xE1 << 120 if v & 1 else 0)
        return z

    def ghash(data):
        y = 0
        for i in range(0, len(data), 16):
            y = multiply(y ^ int.from_bytes(data[i:i + 16], "big"))
        return y

    fill = lambda b: b + bytes(-len(b) % 16)
    bits = lambda b: (8 * len(b)).to_bytes(8, "big")
    if len(iv) == 12:
        j0 = iv + b"\0\0\0\1"
    else:
        j0 = ghash(fill(iv) + bytes(8) + bits(iv)).to_bytes(16, "big")

    def keystream(length):
        counter, out = int.from_bytes(j0[12:], "big"), b""
        while len(out) < length:
            counter = (counter + 1) & 0xFFFFFFFF
            out += block(j0[:12] + counter.to_bytes(4, "big"))
        return out[:length]

    ct = xor(plaintext, keystream(len(plaintext)))
    s = ghash(fill(aad) + fill(ct) + bits(aad) + bits(ct)).to_bytes(16, "big")
    return ct, xor(s, block(j0))


# --- bytes that are the same on every run ----------------------------------

def fixed(label, length):
    """Bytes that look random and depend on the label only."""
    return hashlib.shake_256(b"jwe-primitives vectors: " + label.encode()).digest(length)
