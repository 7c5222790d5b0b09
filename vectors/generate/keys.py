"""Writes vectors/keys.json. A key that is in the file already is kept."""

import base64
import hashlib
import json
import secrets

from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import rsa

from ref import SOURCE, VECTORS, b64u, b64u_int, dump

COMMENT = (
    "TEST KEYS. The private halves are published here: anyone has them. "
    "Never use one for anything but tests."
)

RSA_KEYS = [
    ("rsa2048-a", 2048, 65537, "the smallest size RFC 7518 section 4.3 allows"),
    ("rsa2048-b", 2048, 65537, "another key of the same size, for 'the wrong key'"),
    ("rsa3072", 3072, 65537, "a common larger size"),
    ("rsa4096", 4096, 65537, "a common larger size"),
    ("rsa2056", 2056, 65537, "a size that is no power of two and no multiple of 64 bits"),
    ("rsa2048-e3", 2048, 3, "public exponent 3"),
    ("rsa8192", 8192, 65537, "the largest size the crate takes"),
]
DIR_KEYS = ["dir-a", "dir-b"]


def rsa_entry(name, bits, e, shows):
    key = rsa.generate_private_key(public_exponent=e, key_size=bits)
    public = key.public_key()
    numbers = key.private_numbers()
    n = numbers.public_numbers.n
    assert n.bit_length() == bits

    def private_pem(fmt):
        return key.private_bytes(s.Encoding.PEM, fmt, s.NoEncryption()).decode()

    def public_pem(fmt):
        return public.public_bytes(s.Encoding.PEM, fmt).decode()

    jwk_public = {"kty": "RSA", "n": b64u_int(n), "e": b64u_int(e)}
    jwk_private = dict(
        jwk_public,
        d=b64u_int(numbers.d),
        p=b64u_int(numbers.p),
        q=b64u_int(numbers.q),
        dp=b64u_int(numbers.dmp1),
        dq=b64u_int(numbers.dmq1),
        qi=b64u_int(numbers.iqmp),
    )
    canonical = json.dumps(jwk_public, sort_keys=True, separators=(",", ":"))
    spki_der = public.public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo)
    return {
        "id": name,
        "bits": bits,
        "e": e,
        "shows": shows,
        "source": SOURCE,
        "pkcs8_pem": private_pem(s.PrivateFormat.PKCS8),
        "pkcs1_pem": private_pem(s.PrivateFormat.TraditionalOpenSSL),
        "spki_pem": public_pem(s.PublicFormat.SubjectPublicKeyInfo),
        "pkcs1_public_pem": public_pem(s.PublicFormat.PKCS1),
        "spki_der_b64": base64.b64encode(spki_der).decode(),
        "jwk_private": jwk_private,
        "jwk_public": jwk_public,
        "thumbprint": b64u(hashlib.sha256(canonical.encode()).digest()),
    }


def dir_entry(name):
    key = secrets.token_bytes(32)
    return {"id": name, "hex": key.hex(), "jwk": {"kty": "oct", "k": b64u(key)}}


def main():
    path = VECTORS / "keys.json"
    old = json.loads(path.read_text(encoding="ascii")) if path.exists() else {}
    have = {k["id"]: k for k in old.get("keys", []) + old.get("dir_keys", [])}

    out = {"comment": COMMENT, "keys": [], "dir_keys": []}
    for name, bits, e, shows in RSA_KEYS:
        out["keys"].append(have.get(name) or rsa_entry(name, bits, e, shows))
    for name in DIR_KEYS:
        out["dir_keys"].append(have.get(name) or dir_entry(name))
    dump("keys.json", out)


if __name__ == "__main__":
    main()
