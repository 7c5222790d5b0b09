"""A strict reader over bad_keys.json and good_keys.json, written apart from bad_keys.py.

It names the error the crate should give. Keys in PEM, DER and JWK are read by
the code below; only the JSON reader is shared with check.py.
"""

import base64
import binascii
import collections
import json
import re

from check import Json, Rejected, loose_base64, reject, strict_base64
from ref import VECTORS

OIDS = {"2a864886f70d010101": "rsa", "2a864886f70d01010a": "pss", "2a8648ce3d0201": "Ec", "2b656e": "Okp", "2b6570": "Okp"}
TYPES = {"RSA": "Rsa", "EC": "Ec", "OKP": "Okp", "oct": "Oct"}
PRIMES = [p for p in range(2, 752) if all(p % d for d in range(2, p))]


def fail(name):
    reject(f"Key({name})")


# --- DER --------------------------------------------------------------------

def element(data):
    """Tag, content and what follows."""
    if len(data) < 2:
        fail("Der")
    tag, length, at = data[0], data[1], 2
    if length >= 0x80:
        count = length & 0x7F
        length, at = int.from_bytes(data[2:2 + count], "big"), 2 + count
        if count == 0 or len(data) < at or length < 0x80 or data[2] == 0:
            fail("Der")
    if len(data) < at + length:
        fail("Der")
    return tag, data[at:at + length], data[at + length:]


def elements(data):
    out = []
    while data:
        tag, content, data = element(data)
        out.append((tag, content))
    return out


def sequence(data):
    tag, content, rest = element(data)
    if tag != 0x30 or rest:
        fail("Der")
    return elements(content)


def integer(item):
    tag, content = item
    if tag != 2 or not content or content[0] & 0x80 or (len(content) > 1 and content[0] == 0 and content[1] < 0x80):
        fail("Der")
    return int.from_bytes(content, "big")


def integers(items, count):
    if len(items) != count:
        fail("Der")
    return list(map(integer, items))


def algorithm(content):
    items = elements(content)
    if not items or items[0][0] != 6:
        fail("Der")
    name = OIDS.get(items[0][1].hex())
    if name not in ("rsa", "pss"):
        fail(f"WrongType({name})")
    if name == "pss":
        fail("RsaPss")
    if items[1:] != [(5, b"")]:
        fail("Der")


def pkcs1_private(data):
    items = sequence(data)
    if items and integer(items[0]) == 1:
        fail("MultiPrime")
    values = integers(items, 9)
    if values[0] != 0:
        fail("Der")
    return values[1:]


def pkcs1_public(data):
    return integers(sequence(data), 2)


def pkcs8(data):
    items = sequence(data)
    if [t for t, _ in items[:3]] != [2, 0x30, 4] or integer(items[0]) not in (0, 1):
        fail("Der")
    algorithm(items[1][1])
    return pkcs1_private(items[2][1])


def spki(data):
    items = sequence(data)
    if [t for t, _ in items] != [0x30, 3]:
        fail("Der")
    algorithm(items[0][1])
    if items[1][1][:1] != b"\0":
        fail("Der")
    return pkcs1_public(items[1][1][1:])


def any_der(data):
    """(kind, reader) from the shape of the outermost SEQUENCE."""
    if data.startswith(b"-----BEGIN "):
        fail("UnexpectedFormat(Pem)")
    if data.startswith(b"MII"):
        fail("UnexpectedFormat(Base64Der)")
    tags = [t for t, _ in sequence(data)]
    if tags == [0x30, 4]:
        fail("EncryptedPrivateKey")
    if tags == [0x30, 0x30, 3]:
        fail("Certificate")
    if tags[:3] == [2, 0x30, 4]:
        return "private", pkcs8
    if tags[:1] == [0x30]:
        return "public", spki
    if not tags:
        fail("Der")
    return ("private", pkcs1_private) if len(tags) > 3 else ("public", pkcs1_public)


# --- PEM --------------------------------------------------------------------

LABELS = {
    "PRIVATE KEY": ("private", pkcs8), "RSA PRIVATE KEY": ("private", pkcs1_private),
    "PUBLIC KEY": ("public", spki), "RSA PUBLIC KEY": ("public", pkcs1_public),
}


FORMATS = {"PRIVATE KEY": "Pkcs8", "RSA PRIVATE KEY": "Pkcs1Private", "PUBLIC KEY": "Spki", "RSA PUBLIC KEY": "Pkcs1Public",
           "CERTIFICATE REQUEST": "CertificateRequest"}


def shape(data):
    tags = tuple(t for t, _ in elements(element(data)[1]))[:4]
    return {(0x30, 3): "Spki", (2, 2): "Pkcs1Public", (2, 2, 2, 2): "Pkcs1Private", (2, 0x30, 4): "Pkcs8"}.get(tags)


def any_pem(text):
    m = re.fullmatch(r"-----BEGIN ([A-Z0-9 ]+)-----\r?\n(.*)\r?\n-----END ([A-Z0-9 ]+)-----\s*", text, re.DOTALL)
    if re.fullmatch(r"MII[A-Za-z0-9+/]*=*", text):
        fail("UnexpectedFormat(Base64Der)")
    if not m or m.group(1) != m.group(3):
        fail("Pem")
    label, body = m.group(1), m.group(2)
    for name, error in (("ENCRYPTED PRIVATE KEY", "EncryptedPrivateKey"), ("CERTIFICATE", "Certificate"), ("EC PRIVATE KEY", "WrongType(Ec)"), ("OPENSSH PRIVATE KEY", "UnexpectedFormat(OpenSshPrivate)")):
        if label == name:
            fail(error)
    if body.startswith("Proc-Type: 4,ENCRYPTED"):
        fail("EncryptedPrivateKey")
    if label not in FORMATS:
        fail("Pem")
    try:
        body = re.sub(r"[\r\n]", "", body)
        data = base64.b64decode(body, validate=True)
    except binascii.Error:
        fail("Pem")
    if base64.b64encode(data).decode() != body:
        fail("Pem")
    content = shape(data)
    if content and content != FORMATS[label]:
        fail(f"LabelMismatch {{ label: {FORMATS[label]}, content: {content} }}")
    return (*LABELS[label], data)


# --- JWK --------------------------------------------------------------------

def member(jwk, name, type_=str, required=False):
    if name not in jwk:
        if required:
            fail("Jwk")
        return None
    if not isinstance(jwk[name], type_):
        fail("Jwk")
    return jwk[name]


def number(jwk, name):
    try:
        return int.from_bytes(strict_base64(member(jwk, name, required=True), name), "big")
    except Rejected:
        fail("Jwk")


UNKNOWN = "an unknown value"


def any_jwk(text, kind):
    try:
        jwk = Json(text.removeprefix("\ufeff")).document()
    except Rejected:
        fail("Jwk")
    if "keys" in jwk:
        fail("UnexpectedFormat(JwkSet)")
    kty = member(jwk, "kty", required=True)
    if kty != ("oct" if kind == "dir" else "RSA"):
        fail(f"WrongType({TYPES[kty]})")
    member(jwk, "kid")
    use, alg, ops = member(jwk, "use"), member(jwk, "alg"), member(jwk, "key_ops", list)
    if use not in (None, "enc"):
        fail(f'Use("{use if use == "sig" else UNKNOWN}")')
    if alg not in ((None, "dir", "A256GCM") if kind == "dir" else (None, "RSA-OAEP-256")):
        known = re.fullmatch(r"dir|RSA1_5|RSA-OAEP(-\d+)?|[RPH]S\d+|A\d+(GCM|KW|GCMKW|CBC-HS\d+)", alg)
        fail(f'Algorithm("{alg if known else UNKNOWN}")')
    if ops is not None:
        if not all(isinstance(op, str) for op in ops):
            fail("Jwk")
        ours = {"public": {"encrypt", "wrapKey"}, "private": {"decrypt", "unwrapKey"}, "dir": {"encrypt", "decrypt"}}[kind]
        if not ours & set(ops):
            fail(f'Operations("{ops[0] if ops else "nothing"}")')
    if kind == "dir":
        try:
            return strict_base64(member(jwk, "k", required=True), "k")
        except Rejected:
            fail("Jwk")
    public = [number(jwk, "n"), number(jwk, "e")]
    if kind == "public":
        if "d" in jwk:
            fail("PrivateInsteadOfPublic")
        return public
    if "d" not in jwk:
        fail("PublicInsteadOfPrivate")
    if jwk.get("oth"):
        fail("MultiPrime")
    rest = ("p", "q", "dp", "dq", "qi")
    if not all(name in jwk for name in rest):
        fail("MissingPrimes")
    return public + [number(jwk, name) for name in ("d", *rest)]


# --- numbers ----------------------------------------------------------------

def check_rsa(values):
    n, e = values[:2]
    if n.bit_length() < 2048:
        fail("ModulusTooSmall")
    if n.bit_length() > 8192:
        fail("ModulusTooLarge")
    if e % 2 == 0 or not 3 <= e < 1 << 33:
        fail("PublicExponent")
    if any(n % p == 0 for p in PRIMES):
        fail("SmallFactor")
    if len(values) > 2:
        d, p, q, dp, dq, qi = values[2:]
        lengths = sorted((p.bit_length(), q.bit_length()))
        if sum(lengths) - n.bit_length() not in (0, 1):
            fail("Inconsistent")
        if 3 * lengths[0] < n.bit_length() or lengths[1] > 4096:
            fail("PrimeLength")
        far = abs(p - q) > 1 << n.bit_length() // 2 - 100
        right = n == p * q and p > 1 < q and far and d < n and e * d % (p - 1) == 1 and e * d % (q - 1) == 1
        if not (right and dp == d % (p - 1) and dq == d % (q - 1) and qi < p and qi * q % p == 1):
            fail("Inconsistent")
        if not (is_prime(p) and is_prime(q)):
            fail("NotPrime")


def is_prime(n):
    """Euler's criterion with Jacobi's symbol (Solovay and Strassen), which no composite passes for half of all bases."""
    return all(jacobi(base, n) % n == pow(base, n // 2, n) for base in PRIMES[:20])


def jacobi(a, n):
    sign = 1
    while a:
        while a % 2 == 0:
            a //= 2
            if n % 8 in (3, 5):
                sign = -sign
        a, n = n, a
        if a % 4 == n % 4 == 3:
            sign = -sign
        a %= n
    return sign if n == 1 else 0


def read(key):
    kind, form, data = key["kind"], key["format"], key["data"]
    try:
        if not data and form != "bytes":
            fail("Empty")
        if form == "jwk":
            values = any_jwk(data, kind)
        elif form == "bytes":
            values = loose_base64(data)
        else:
            found, reader, der = any_pem(data) if form == "pem" else (*any_der(loose_base64(data)), loose_base64(data))
            if found != kind:
                fail("PrivateInsteadOfPublic" if kind == "public" else "PublicInsteadOfPrivate")
            values = reader(der)
        if kind != "dir":
            check_rsa(values)
        elif len(values) != 32:
            fail("SymmetricLength")
    except Rejected as e:
        return str(e)
    return "ok"


def main():
    wrong = 0
    for name in ("bad_keys.json", "good_keys.json"):
        keys = json.loads((VECTORS / name).read_text(encoding="ascii"))["keys"]
        for key in keys:
            got = read(key)
            if got != key["expect"]:
                wrong += 1
                print("KEY", key["id"], got, key["expect"])
        print(f"{name}: {len(keys)} as said")
        for expect, count in collections.Counter(k["expect"] for k in keys).items():
            print(f"  {count:4} {expect}")
    if wrong:
        raise SystemExit(f"{wrong} keys are not what they say")


if __name__ == "__main__":
    main()
