"""Writes vectors/bad_keys.json and vectors/good_keys.json from keys.json.

The same keys.json gives the same files: every number that is not from
keys.json is found by a search that starts at bytes fixed by a label.
"""

import base64
import datetime
import functools
import hashlib
import json
from math import gcd, lcm, prod

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization as s
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, x25519
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

import check_keys
import which
from ref import (
    NULL, RSASSA_PSS, b64u, b64u_int, counts, der_int, der_seq, dump, fixed, load_keys, named, to_bytes, pem,
    pkcs1_private, pkcs1_public, pkcs8, spki, tlv, unb64u,
)

KEYS, DIRECT = load_keys()
A = KEYS["rsa2048-a"]
PASSWORD = b"password"
BAD = []
GOOD = []


def detail(expect, fmt, name, data):
    """Some errors also say what was found, as far as it is a registered name."""
    jwk = json.loads(data) if fmt == "jwk" and expect[4:-1] in ("Use", "Algorithm", "Operations", "WrongType") else {}
    match expect:
        case "Key(Use)":
            found = named(jwk["use"])
        case "Key(Algorithm)":
            found = named(jwk["alg"])
        case "Key(Operations)":
            found = named(jwk["key_ops"][0])
        case "Key(WrongType)":
            found = jwk.get("kty", "EC" if name.startswith("p256") else "OKP").capitalize()
        case _:
            return expect
    return f"{expect[:-1]}({found}))"


def put(name, kind, fmt, data, expect, source, shows):
    expect = detail(expect, fmt, name, data)
    entry = {
        "id": name, "source": source, "shows": shows, "kind": kind, "format": fmt,
        "data": b64u(data) if isinstance(data, bytes) else data, "expect": expect,
    }
    (GOOD if expect == "ok" else BAD).append(which.completed(entry))


# --- numbers ---------------------------------------------------------------

SMALL = [p for p in range(3, 2000, 2) if all(p % d for d in range(3, int(p**0.5) + 1, 2))]


def is_prime(n):
    if any(n % p == 0 for p in SMALL):
        return False
    d, r = n - 1, 0
    while d % 2 == 0:
        d, r = d // 2, r + 1
    for base in SMALL[:30]:
        x = pow(base, d, n)
        if x in (1, n - 1):
            continue
        for _ in range(r - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def odd(label, bits):
    """An odd number of exactly so many bits, the two highest set."""
    n = int.from_bytes(fixed(label, (bits + 7) // 8), "big") & ((1 << bits) - 1)
    return n | 3 << (bits - 2) | 1


def prime(label, bits, e=65537):
    n = odd(label, bits)
    while not (is_prime(n) and gcd(n - 1, e) == 1):
        n += 2
    assert n.bit_length() == bits
    return n


class Pair:
    """A key from its primes; every number can be set to something else."""

    def __init__(self, p, q, e=65537, **changes):
        self.n, self.e, self.p, self.q = p * q, e, p, q
        self.d = pow(e, -1, lcm(p - 1, q - 1)) if "d" not in changes else 0
        for name, value in changes.items():
            setattr(self, name, value)
        self.dp = changes.get("dp", self.d % (p - 1) if p > 1 else 0)
        self.dq = changes.get("dq", self.d % (q - 1) if q > 1 else 0)
        self.qi = changes["qi"] if "qi" in changes else pow(q, -1, p)

    def integers(self):
        return [self.n, self.e, self.d, self.p, self.q, self.dp, self.dq, self.qi]


def of(**changes):
    """The numbers of rsa2048-a, some of them changed."""
    return A.integers(**changes)


NAMES = ("n", "e", "d", "p", "q", "dp", "dq", "qi")


def jwk_of(integers, **more):
    return {"kty": "RSA", **{k: b64u_int(v) for k, v in zip(NAMES, integers)}, **more}


def text(value):
    return json.dumps(value, separators=(",", ":"))


def private(name, integers, expect, source, shows):
    """One defect in the three private forms."""
    p1 = pkcs1_private(0, *integers)
    put(f"{name}-pkcs1-pem", "private", "pem", pem("RSA PRIVATE KEY", p1), expect, source, shows)
    put(f"{name}-pkcs8-der", "private", "der", pkcs8(p1), expect, source, shows)
    put(f"{name}-jwk", "private", "jwk", text(jwk_of(integers)), expect, source, shows)


def public(name, n, e, expect, source, shows):
    """One defect in the three public forms."""
    p1 = pkcs1_public(n, e)
    put(f"{name}-public-spki-pem", "public", "pem", pem("PUBLIC KEY", spki(p1)), expect, source, shows)
    put(f"{name}-public-pkcs1-der", "public", "der", p1, expect, source, shows)
    put(f"{name}-public-jwk", "public", "jwk", text(jwk_of([n, e])), expect, source, shows)


P1 = pkcs1_private(0, *of())
P8 = pkcs8(P1)
PUB1 = pkcs1_public(A.n, A.e)
SPKI = spki(PUB1)
PRIV_JWK = jwk_of(of())
PUB_JWK = jwk_of([A.n, A.e])
OCT_JWK = {"kty": "oct", "k": b64u(DIRECT["dir-a"])}


# --- text and DER that is none ----------------------------------------------

def bad_pem():
    src, exp = "RFC 7468", "Key(Pem)"
    good_private, good_public = pem("PRIVATE KEY", P8), pem("PUBLIC KEY", SPKI)
    for kind, good, label in (("private", good_private, "PRIVATE KEY"), ("public", good_public, "PUBLIC KEY")):
        def case(name, data, shows):
            put(f"pem-{name}-{kind}", kind, "pem", data, exp, src, shows)
        put(f"pem-empty-{kind}", kind, "pem", "", "Key(Empty)", src, "no text at all")
        case("no-block", "not a key\n", "text without a PEM block")
        put(f"pem-bare-base64-{kind}", kind, "pem", "".join(good.splitlines()[1:-1]), "Key(UnexpectedFormat(Base64Der))", src,
            "the base64 body without its BEGIN and END lines")
        case("no-end-line", good.rsplit("-----END", 1)[0], "the END line is missing")
        case("no-begin-line", good.split("\n", 1)[1], "the BEGIN line is missing")
        case("labels-differ", good.replace(f"END {label}", "END RSA KEY"), "BEGIN and END name different labels")
        case("four-dashes", good.replace(f"-----BEGIN {label}-----", f"----BEGIN {label}----"), "four dashes instead of five")
        lines = good.splitlines()
        lines[2] = "*" + lines[2][1:]
        put(f"pem-foreign-character-{kind}", kind, "pem", "\n".join(lines) + "\n", "Key(Base64(Character))", src,
            "a character outside base64 in the body")
        lines = good.splitlines()
        lines[-2] = lines[-2] + "="
        put(f"pem-too-much-padding-{kind}", kind, "pem", "\n".join(lines) + "\n", "Key(Base64(Padding))", src,
            "one padding character more than the body needs")
        put(f"pem-unknown-label-{kind}", kind, "pem", good.replace(label, "JWE KEY"), "Key(PemLabel)", src,
            "a label that names no key format")
        put(f"pem-lower-case-label-{kind}", kind, "pem", good.replace(label, label.lower()), "Key(PemLabel)", src,
            "labels are case-sensitive")
    put("pem-openssh-label-private", "private", "pem",
        pem("OPENSSH PRIVATE KEY", b"openssh-key-v1\0" + fixed("openssh", 64)), "Key(UnexpectedFormat(OpenSshPrivate))", "PROTOCOL.key of OpenSSH",
        "a key in OpenSSH's own format")
    put("pem-certificate-request-label-public", "public", "pem", pem("CERTIFICATE REQUEST", SPKI),
        "Key(LabelMismatch { label: CertificateRequest, content: Spki })", "RFC 7468 section 7",
        "a label of PKIX that holds no key")


def bad_der():
    src, exp = "X.690 (DER), RFC 8017 A.1, RFC 5958, RFC 5280", "Key(Der)"

    def case(name, kind, data, shows, found=exp):
        put(f"der-{name}", kind, "der", data, found, src, shows)

    forms = (("spki", "public", SPKI), ("pkcs1-public", "public", PUB1),
             ("pkcs8", "private", P8), ("pkcs1", "private", P1))
    for name, kind, good in forms:
        assert good[1] == 0x82
        case(f"trailing-byte-{name}", kind, good + b"\0", "one octet 00 after the outermost SEQUENCE")
        case(f"truncated-{name}", kind, good[:-1], "the last octet is missing")
        case(f"outer-length-short-{name}", kind, good[:2] + (len(good) - 5).to_bytes(2, "big") + good[4:],
             "the outermost length is one too small")
        case(f"indefinite-length-{name}", kind, b"\x30\x80" + good[4:] + b"\0\0", "BER's indefinite length")
        case(f"long-length-{name}", kind, b"\x30\x83\0" + good[2:], "a length with a leading octet 00")
        case(f"set-for-sequence-{name}", kind, b"\x31" + good[1:], "SET in the place of SEQUENCE")
    for kind in ("private", "public"):
        put(f"der-empty-{kind}", kind, "der", b"", "Key(Empty)", src, "no octets at all")
        case(f"one-byte-{kind}", kind, b"\x30", "a tag with no length")
        case(f"empty-sequence-{kind}", kind, b"\x30\0", "a SEQUENCE of nothing")
        case(f"huge-length-{kind}", kind, b"\x30\x84\xff\xff\xff\xff", "a length of 4 GiB with nothing behind")
        case(f"noise-{kind}", kind, fixed("noise", 64), "no DER at all")
        put(f"der-pem-text-{kind}", kind, "der",
            (pem("PRIVATE KEY", P8) if kind == "private" else pem("PUBLIC KEY", SPKI)).encode(),
            "Key(UnexpectedFormat(Pem))", src, "PEM text given to the DER constructor")
        put(f"der-base64-text-{kind}", kind, "der", base64.b64encode(P8 if kind == "private" else SPKI),
            "Key(UnexpectedFormat(Base64Der))", src, "base64 text given to the DER constructor")

    n = to_bytes(A.n)
    case("negative-modulus-public", "public", der_seq(tlv(2, n), der_int(A.e)), "the sign octet of the modulus is missing",
         "Key(NegativeInteger)")
    case("non-minimal-modulus-public", "public", der_seq(tlv(2, b"\0\0" + n), der_int(A.e)),
         "an INTEGER with an octet 00 too many")
    case("negative-exponent-public", "public", der_seq(der_int(A.n), tlv(2, b"\xfd")), "e = -3", "Key(NegativeInteger)")
    case("empty-integer-public", "public", der_seq(der_int(A.n), b"\x02\0"), "an INTEGER of no octets")
    case("missing-exponent-public", "public", der_seq(der_int(A.n)), "RSAPublicKey without its exponent")
    case("third-integer-public", "public", der_seq(der_int(A.n), der_int(A.e), der_int(1)), "an INTEGER behind the exponent")
    case("trailing-in-bit-string", "public", spki(PUB1 + b"\0"), "an octet after RSAPublicKey inside the BIT STRING")
    alg = SPKI[4:4 + 2 + SPKI[5]]
    case("unused-bits", "public", der_seq(alg, tlv(3, b"\x01" + PUB1)), "a BIT STRING with one unused bit")
    case("empty-bit-string", "public", der_seq(alg, b"\x03\0"), "a BIT STRING of no octets")
    case("trailing-in-spki", "public", der_seq(alg, tlv(3, b"\0" + PUB1), NULL), "an element behind the BIT STRING")
    case("trailing-in-octet-string", "private", pkcs8(P1 + b"\0"), "an octet after RSAPrivateKey inside the OCTET STRING")
    case("missing-qinv-private", "private", der_seq(der_int(0), *map(der_int, of()[:7])), "RSAPrivateKey without its coefficient",
         "Key(MissingPrimes)")
    case("trailing-in-pkcs1-private", "private", pkcs1_private(0, *of(), tail=NULL), "an element behind the coefficient")
    case("negative-prime-private", "private",
         der_seq(der_int(0), *map(der_int, of()[:3]), tlv(2, to_bytes(A.p)), *map(der_int, of()[4:])),
         "the sign octet of p is missing", "Key(NegativeInteger)")

    def label(name, kind, pem_label, der, shows, found=None):
        put(f"pem-{name}", kind, "pem", pem(pem_label, der), found or exp, "RFC 7468", shows)

    def mismatch(label, content):
        return f"Key(LabelMismatch {{ label: {label}, content: {content} }})"

    label("pkcs1-under-pkcs8-label", "private", "PRIVATE KEY", P1, "PKCS#1 under the label of PKCS#8",
          mismatch("Pkcs8", "Pkcs1Private"))
    label("pkcs8-under-pkcs1-label", "private", "RSA PRIVATE KEY", P8, "PKCS#8 under the label of PKCS#1",
          mismatch("Pkcs1Private", "Pkcs8"))
    label("pkcs1-under-spki-label", "public", "PUBLIC KEY", PUB1, "PKCS#1 under the label of SPKI",
          mismatch("Spki", "Pkcs1Public"))
    label("spki-under-pkcs1-label", "public", "RSA PUBLIC KEY", SPKI, "SPKI under the label of PKCS#1",
          mismatch("Pkcs1Public", "Spki"))
    label("trailing-byte-spki", "public", "PUBLIC KEY", SPKI + b"\0", "one octet 00 after the SPKI, inside the PEM body")
    label("trailing-byte-pkcs8", "private", "PRIVATE KEY", P8 + b"\0", "one octet 00 after the PKCS#8, inside the PEM body")


# --- JWK -------------------------------------------------------------------

def bad_jwk():
    for kind, good, member in (("private", PRIV_JWK, "n"), ("public", PUB_JWK, "n"), ("dir", OCT_JWK, "k")):
        good_text = text(good)

        def raw(name, data, exp, shows, source="RFC 7517 section 4"):
            put(f"jwk-{name}-{kind}", kind, "jwk", data, f"Key({exp})", source, shows)

        def member_is(name, key, value, exp, shows, source="RFC 7517 section 4"):
            raw(name, text({**good, key: value}), f'{exp}("{key}")', shows, source)

        raw("empty", "", "Empty", "no text at all")
        raw("null", "null", "UnexpectedFormat(Unset)", "JSON, and no object")
        raw("array", f"[{good_text}]", "UnexpectedFormat(JsonArray)", "the JWK inside an array")
        raw("set", text({"keys": [good]}), "UnexpectedFormat(JwkSet)", "a JWK Set in the place of a JWK", "RFC 7517 section 5")
        raw("unclosed", good_text[:-1], "JsonEnd", "the closing brace is missing")
        raw("trailing-comma", good_text[:-1] + ",}", "TrailingComma", "a comma before the closing brace", "RFC 8259 section 4")
        raw("two-objects", good_text + "{}", "Json", "a second object behind the first")
        put(f"jwk-bom-{kind}", kind, "jwk", "\ufeff" + good_text, "ok", "RFC 8259 section 8.1", "a byte order mark before it")
        raw("lone-surrogate", good_text[:-1] + ',"x":"\\ud800"}', "Json", "a lone surrogate in a member nobody reads",
            "RFC 8259 section 8.2")
        raw("deep", good_text[:-1] + ',"x":' + "[" * 5000 + "]" * 5000 + "}", "Json", "5000 arrays inside each other")
        raw("many-members", text({**good, **{f"m{i}": i for i in range(64)}}), "TooManyMembers", "more than 64 members")
        raw("duplicate-same", good_text[:-1] + f',"{member}":"{good[member]}"}}', f'DuplicateMember("{member}")',
            f"{member} twice, the same value")
        raw("duplicate-escaped", good_text[:-1] + f',"\\u{ord(member):04x}":"{good[member]}"}}', f'DuplicateMember("{member}")',
            f"{member} twice, once written as an escape")
        raw("duplicate-kty", good_text[:-1] + ',"kty":"EC"}', 'DuplicateMember("kty")', "kty twice")
        raw("duplicate-unknown", good_text[:-1] + ',"foreign":1,"foreign":2}', 'DuplicateMember("an unregistered value")',
            "a member nobody reads, twice")
        raw("no-kty", text({k: v for k, v in good.items() if k != "kty"}), 'MissingMember("kty")', "kty is missing",
            "RFC 7517 section 4.1")
        member_is("kty-number", "kty", 1, "MemberType", "kty is a number", "RFC 7517 section 4.1")
        member_is("kty-null", "kty", None, "MissingMember", "kty is null", "RFC 7517 section 4.1")
        raw(f"no-{member}", text({k: v for k, v in good.items() if k != member}), f'MissingMember("{member}")',
            f"{member} is missing", "RFC 7518 section 6")
        member_is(f"{member}-number", member, 5, "MemberType", f"{member} is a number", "RFC 7518 section 6")
        member_is(f"{member}-null", member, None, "MissingMember", f"{member} is null", "RFC 7518 section 6")
        value = good[member]
        pad = "=" * (-len(value) % 4)
        assert pad
        b64 = "RFC 7515 section 2"
        member_is(f"{member}-padded", member, value + pad, "MemberStandardBase64", "base64 padding", b64)
        member_is(f"{member}-standard-alphabet", member, "+/" + value[2:], "MemberStandardBase64",
                  "characters of standard base64", b64)
        member_is(f"{member}-white-space", member, value[:10] + " " + value[10:], "MemberBlanks", "a space inside", b64)
        member_is(f"{member}-newline", member, value + "\n", "MemberBlanks", "a newline behind", b64)
        low = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(value[-1])
        changed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[low | 1]
        assert changed != value[-1] and unb64u(value[:-1] + changed) == unb64u(value)
        member_is(f"{member}-trailing-bits", member, value[:-1] + changed, "MemberBase64",
                  "unused bits of the last character are set", b64)
        member_is(f"{member}-length-1-mod-4", member, value[:len(value) // 4 * 4] + "A", "MemberBase64",
                  "a length no base64 text has", b64)
        member_is("use-number", "use", 1, "MemberType", "use is a number", "RFC 7517 section 4.2")
        member_is("alg-number", "alg", 1, "MemberType", "alg is a number", "RFC 7517 section 4.4")
        member_is("kid-number", "kid", 1, "MemberType", "kid is a number", "RFC 7517 section 4.5")
        ops = "RFC 7517 section 4.3"
        member_is("key-ops-string", "key_ops", "encrypt", "MemberType", "key_ops is a string", ops)
        member_is("key-ops-of-number", "key_ops", ["encrypt", "decrypt", 1], "MemberType", "key_ops has a number in it", ops)
    for kind, good in (("private", PRIV_JWK), ("public", PUB_JWK)):
        put(f"jwk-no-e-{kind}", kind, "jwk", text({k: v for k, v in good.items() if k != "e"}), 'Key(MissingMember("e"))',
            "RFC 7518 section 6.3.1", "e is missing")
        put(f"jwk-e-number-{kind}", kind, "jwk", text({**good, "e": 65537}), 'Key(MemberType("e"))', "RFC 7518 section 6.3.1",
            "e is a number")
    for name in NAMES[2:]:
        put(f"jwk-{name}-number-private", "private", "jwk", text({**PRIV_JWK, name: 5}), f'Key(MemberType("{name}"))',
            "RFC 7518 section 6.3.2", f"{name} is a number")
        value = PRIV_JWK[name]
        put(f"jwk-{name}-foreign-character-private", "private", "jwk", text({**PRIV_JWK, name: "*" + value[1:]}),
            f'Key(MemberBase64("{name}"))', "RFC 7515 section 2", f"a foreign character in {name}")


# --- the wrong kind of key --------------------------------------------------

def encrypted():
    """PBES2 (RFC 8018) and OpenSSL's old PEM encryption, with fixed salts."""
    exp = "Key(EncryptedPrivateKey)"
    salt, iv, rounds = fixed("salt", 16), fixed("iv", 16), 2048
    hmac_sha256 = bytes.fromhex("06082a864886f70d0209")
    kdf = der_seq(bytes.fromhex("06092a864886f70d01050c"),
                  der_seq(tlv(4, salt), der_int(rounds), der_seq(hmac_sha256 + NULL)))
    aes = der_seq(bytes.fromhex("060960864801650304012a"), tlv(4, iv))
    pbes2 = der_seq(bytes.fromhex("06092a864886f70d01050d"), der_seq(kdf, aes))

    def cbc(key, iv, data):
        fill = 16 - len(data) % 16
        enc = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
        return enc.update(data + bytes([fill]) * fill) + enc.finalize()

    der = der_seq(pbes2, tlv(4, cbc(hashlib.pbkdf2_hmac("sha256", PASSWORD, salt, rounds, 32), iv, P8)))
    text_pem = pem("ENCRYPTED PRIVATE KEY", der)
    legacy_key = hashlib.md5(PASSWORD + iv[:8]).digest()
    legacy = pem("RSA PRIVATE KEY", cbc(legacy_key, iv, P1),
                 f"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,{iv.hex().upper()}\n\n")
    for blob in (text_pem, legacy):
        assert s.load_pem_private_key(blob.encode(), PASSWORD).private_numbers().d == A.d
    src = "RFC 5958 section 3, RFC 8018"
    put("encrypted-pkcs8-pem", "private", "pem", text_pem, exp, src, "rsa2048-a under the password 'password'")
    put("encrypted-pkcs8-der", "private", "der", der, exp, src, "rsa2048-a under the password 'password'")
    put("encrypted-pkcs1-pem", "private", "pem", legacy, exp, "RFC 1421 section 4.6.1.1",
        "OpenSSL's old encryption of PKCS#1; the label says nothing of it, the headers do")


def certificate():
    exp, src = "Key(Certificate)", "RFC 5280; RFC 7468 section 5"
    numbers = rsa.RSAPrivateNumbers(A.p, A.q, A.d, A.dp, A.dq, A.qi, rsa.RSAPublicNumbers(A.e, A.n))
    key = numbers.private_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "rsa2048-a")])
    day = datetime.datetime(2020, 1, 1)
    cert = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(1).not_valid_before(day).not_valid_after(day.replace(year=2040))
            .sign(key, hashes.SHA256(), rsa_padding=padding.PKCS1v15()))
    der = cert.public_bytes(s.Encoding.DER)
    put("certificate-pem", "public", "pem", pem("CERTIFICATE", der), exp, src,
        "a certificate is no key: nothing here would check it")
    put("certificate-der", "public", "der", der, exp, src, "a certificate is no key: nothing here would check it")
    put("certificate-pem-private", "private", "pem", pem("CERTIFICATE", der), exp, src,
        "a certificate where a private key is due")


def not_rsa():
    exp = "Key(WrongType)"
    p256 = ec.derive_private_key(int.from_bytes(fixed("p256", 32), "big") >> 1, ec.SECP256R1())
    keys = {
        "p256": p256,
        "ed25519": ed25519.Ed25519PrivateKey.from_private_bytes(fixed("ed25519", 32)),
        "x25519": x25519.X25519PrivateKey.from_private_bytes(fixed("x25519", 32)),
    }
    for name, key in keys.items():
        def private_bytes(encoding):
            return key.private_bytes(encoding, s.PrivateFormat.PKCS8, s.NoEncryption())

        def public_bytes(encoding):
            return key.public_key().public_bytes(encoding, s.PublicFormat.SubjectPublicKeyInfo)
        src = "RFC 5480" if name == "p256" else "RFC 8410"
        shows = f"a key of {name}"
        put(f"{name}-spki-pem", "public", "pem", public_bytes(s.Encoding.PEM).decode(), exp, src, shows)
        put(f"{name}-spki-der", "public", "der", public_bytes(s.Encoding.DER), exp, src, shows)
        put(f"{name}-pkcs8-pem", "private", "pem", private_bytes(s.Encoding.PEM).decode(), exp, src, shows)
        put(f"{name}-pkcs8-der", "private", "der", private_bytes(s.Encoding.DER), exp, src, shows)
    sec1 = p256.private_bytes(s.Encoding.PEM, s.PrivateFormat.TraditionalOpenSSL, s.NoEncryption())
    put("p256-sec1-pem", "private", "pem", sec1.decode(), exp, "RFC 5915", "EC PRIVATE KEY")

    point = p256.public_key().public_numbers()
    scalar = p256.private_numbers().private_value
    ec_public = {"kty": "EC", "crv": "P-256", "x": b64u(point.x.to_bytes(32, "big")),
                 "y": b64u(point.y.to_bytes(32, "big"))}
    okp = {"kty": "OKP", "crv": "X25519", "x": b64u(keys["x25519"].public_key().public_bytes_raw())}
    put("ec-jwk-public", "public", "jwk", text(ec_public), exp, "RFC 7518 section 6.2", "kty is EC")
    put("ec-jwk-private", "private", "jwk", text({**ec_public, "d": b64u(scalar.to_bytes(32, "big"))}), exp,
        "RFC 7518 section 6.2", "kty is EC")
    put("okp-jwk-public", "public", "jwk", text(okp), exp, "RFC 8037", "kty is OKP")
    put("okp-jwk-private", "private", "jwk", text({**okp, "d": b64u(fixed("x25519", 32))}), exp, "RFC 8037", "kty is OKP")
    for kind in ("public", "private"):
        put(f"oct-jwk-{kind}", kind, "jwk", text(OCT_JWK), exp, "RFC 7518 section 6.4",
            "a symmetric key where an RSA key is due")
    put("rsa-jwk-public-for-dir", "dir", "jwk", text(PUB_JWK), exp, "RFC 7518 section 6.3",
        "a published RSA key where a symmetric key is due")
    put("rsa-jwk-private-for-dir", "dir", "jwk", text(PRIV_JWK), exp, "RFC 7518 section 6.3",
        "an RSA key where a symmetric key is due")

    exp, src = "Key(RsaPss)", "RFC 4055 section 3.1, RFC 8017 A.2.3"
    sha256 = der_seq(bytes.fromhex("0609608648016503040201") + NULL)
    params = der_seq(tlv(0xa0, sha256), tlv(0xa1, der_seq(bytes.fromhex("06092a864886f70d010108"), sha256)),
                     tlv(0xa2, der_int(32)))
    for name, algorithm in (("pss", RSASSA_PSS), ("pss-with-parameters", RSASSA_PSS + params)):
        public_der, private_der = spki(PUB1, algorithm), pkcs8(P1, algorithm)
        assert s.load_der_public_key(public_der) and s.load_der_private_key(private_der, None)
        shows = "id-RSASSA-PSS: a key for signatures"
        put(f"{name}-spki-pem", "public", "pem", pem("PUBLIC KEY", public_der), exp, src, shows)
        put(f"{name}-spki-der", "public", "der", public_der, exp, src, shows)
        put(f"{name}-pkcs8-pem", "private", "pem", pem("PRIVATE KEY", private_der), exp, src, shows)
        put(f"{name}-pkcs8-der", "private", "der", private_der, exp, src, shows)


def wrong_half():
    src = "RFC 8017 A.1, RFC 5958, RFC 5280, RFC 7518 section 6.3"
    exp, shows = "Key(PrivateInsteadOfPublic)", "a private key where a public one is due"
    put("private-pkcs1-pem-as-public", "public", "pem", pem("RSA PRIVATE KEY", P1), exp, src, shows)
    put("private-pkcs8-pem-as-public", "public", "pem", pem("PRIVATE KEY", P8), exp, src, shows)
    put("private-pkcs1-der-as-public", "public", "der", P1, exp, src, shows)
    put("private-pkcs8-der-as-public", "public", "der", P8, exp, src, shows)
    put("private-jwk-as-public", "public", "jwk", text(PRIV_JWK), exp, src, shows)
    put("private-jwk-d-only-as-public", "public", "jwk", text(jwk_of(of()[:3])), exp, src, shows + " (n, e, d)")
    exp, shows = "Key(PublicInsteadOfPrivate)", "a public key where a private one is due"
    put("public-pkcs1-pem-as-private", "private", "pem", pem("RSA PUBLIC KEY", PUB1), exp, src, shows)
    put("public-spki-pem-as-private", "private", "pem", pem("PUBLIC KEY", SPKI), exp, src, shows)
    put("public-pkcs1-der-as-private", "private", "der", PUB1, exp, src, shows)
    put("public-spki-der-as-private", "private", "der", SPKI, exp, src, shows)
    put("public-jwk-as-private", "private", "jwk", text(PUB_JWK), exp, src, shows)


# --- the wrong numbers ------------------------------------------------------

def sizes():
    src = "RFC 7518 section 4.3"
    exp = "Key(ModulusTooSmall)"
    for name, key, bits in (
        ("modulus-1024", Pair(prime("1024 p", 512), prime("1024 q", 512)), 1024),
        ("modulus-2047", Pair(prime("2047 p", 1024), prime("2047 q", 1023)), 2047),
    ):
        assert key.n.bit_length() == bits
        private(name, key.integers(), exp, src, f"a good key of {bits} bits")
        public(name, key.n, key.e, exp, src, f"a good key of {bits} bits")
    public("modulus-512", odd("512", 512), 65537, exp, src, "a modulus of 512 bits")
    public("modulus-of-1", 1, 65537, exp, src, "n = 1")

    exp = "Key(ModulusTooLarge)"
    src = "RFC 7516 section 11.4 and cost: RSA is cubic in the size"
    for bits in (8193, 8200, 16384 * 8):
        n = odd(f"{bits}", bits)
        shows = f"any odd number of {bits} bits; the size is looked at before anything costs time"
        public(f"modulus-{bits}", n, 65537, exp, src, shows)
        if bits < 10000:
            half = [odd(f"{bits} {i}", bits // 2) for i in range(5)]
            private(f"modulus-{bits}", [n, 65537, odd(f"{bits} d", bits - 1), *half], exp, src,
                    shows + "; the other numbers don't fit it")
    n = odd("131072", 131072)
    put("modulus-131072-pkcs1-der", "private", "der", pkcs1_private(0, n, 65537, 3, 5, 7, 1, 1, 1), exp, src,
        "a modulus of 16 KiB in a private key")


def exponents():
    exp, src = "Key(PublicExponent)", "RFC 8017 section 3.1; `rsa` takes e from 2 to 2^33 - 1"
    group = lcm(A.p - 1, A.q - 1)
    large = (1 << 33) + 1
    while gcd(large, group) != 1:
        large += 2
    above_n = 65537 + group * (A.n // group + 1)
    above_n += 0 if above_n % 2 else group
    assert above_n >= A.n and above_n % 2
    exact = {
        "e-0": (0, "e = 0"), "e-1": (1, "e = 1: the ciphertext is the message"), "e-2": (2, "e = 2"),
        "e-65536": (65536, "an even e"), "e-above-2-33": (large, f"e = {large}, odd and with an inverse"),
        "e-above-n": (above_n, "e > n, congruent to 65537: it would work"),
        "e-is-n": (A.n, "e = n"),
    }
    for name, (e, shows) in exact.items():
        public(name, A.n, e, exp, src, shows)
    for name in ("e-1", "e-above-2-33", "e-above-n"):
        e, shows = exact[name]
        private(name, Pair(A.p, A.q, e).integers(), exp, src, shows + "; everything else fits")
    for name in ("e-0", "e-65536"):
        e, shows = exact[name]
        private(name, of(e=e), exp, src, shows)


def inconsistent():
    exp, src = "Key(Inconsistent)", "RFC 8017 section 3.2"
    group = lcm(A.p - 1, A.q - 1)
    n = A.n

    def case(name, integers, shows):
        private(name, integers, exp, src, shows)

    square = Pair(A.p, A.p, qi=1)
    assert square.n.bit_length() == 2048
    case("p-is-q", square.integers(), "n = p * p; everything that has an inverse fits")
    other = n + 2
    while any(other % factor == 0 for factor in SMALL):
        other += 2
    case("n-is-not-pq", of(n=other), f"n = p * q + {other - n}")
    case("d-wrong", of(d=A.d ^ 2), "one bit of d is changed; the CRT values are right")
    case("d-0", of(d=0), "d = 0; the CRT values are right")
    case("d-above-n", of(d=A.d + group * (n // group + 1)), "d > n, congruent to the right one: it would work")
    case("dp-wrong", of(dp=A.dp ^ 2), "one bit of dp is changed")
    case("dq-wrong", of(dq=A.dq ^ 2), "one bit of dq is changed")
    case("qinv-wrong", of(qi=A.qi ^ 2), "one bit of qinv is changed")
    case("p-of-2000-bits", of(p=odd("p of 2000 bits", 2000)), "p is too long to be a factor")
    case("p-close-to-q", Pair(*close_primes()).integers(), "q - p = 2^924, where more than that is required (FIPS 186-5 A.1.3)")
    case("p-q-swapped", of(p=A.q, q=A.p), "p and q changed places, dp, dq and qinv did not")
    case("dp-dq-swapped", of(dp=A.dq, dq=A.dp), "dp and dq changed places")
    case("primes-of-another-key", of(**{k: getattr(KEYS["rsa2048-b"], k) for k in ("p", "q", "dp", "dq", "qi")}),
         "n, e and d of rsa2048-a, the rest of rsa2048-b")
    even = odd("even p", 1024) - 1
    while gcd(65537, even - 1) != 1 or gcd(even, A.q) != 1:
        even += 2
    key = Pair(even, A.q)
    assert key.n.bit_length() == 2048 and key.n % 2 == 0
    private("modulus-even", key.integers(), "Key(SmallFactor)", src, "an even p; every congruence holds")
    key = Pair(prime("p beside 3", 2046), 3)
    assert key.n.bit_length() == 2048
    private("modulus-multiple-of-3", key.integers(), "Key(SmallFactor)", src, "q is 3; every congruence holds")
    public("modulus-even", n + 1, 65537, "Key(SmallFactor)", src, "an even modulus")


@functools.cache
def close_primes():
    """Two primes that differ by exactly 2^(nlen/2 - 100)."""
    p, far = odd("close", 1024), 1 << 924
    while any(p % f == 0 or (p + far) % f == 0 for f in SMALL) or not (is_prime(p) and is_prime(p + far)):
        p += 2
    return p, p + far


def lengths():
    exp, src = "Key(PrimeLength)", "RSA_generate_key(3) of OpenSSL: three primes at most below 4096 bits"

    def case(name, p, q, shows):
        private(f"primes-{name}", Pair(p, q).integers(), exp, src, shows)

    for p, q in ((1366, 682), (1500, 548), (548, 1500), (1900, 148)):
        case(f"{p}-{q}-bits", prime(f"of {p} bits", p), prime(f"of {q} bits", q), f"primes of {p} and {q} bits")
    case("2039-bits-and-757", prime("of 2039 bits", 2039), 757, "q is 757")
    n = A.n
    case_1 = Pair(1, n, d=A.d, dp=1, dq=A.d, qi=1), Pair(n, 1, d=A.d, dp=A.d, dq=1, qi=1)
    private("p-1", case_1[0].integers(), exp, src, "p = 1, q = n")
    private("q-1", case_1[1].integers(), exp, src, "p = n, q = 1")
    # Mersenne primes. One form: the key is long.
    key = Pair(2**4253 - 1, 2**3217 - 1)
    put("primes-4253-3217-bits-jwk", "private", "jwk", text(jwk_of(key.integers())), exp, "DESIGN.md",
        "a prime of more than 4096 bits")


def all_prime(k, *factors):
    """The first numbers a * k + b that are all prime, for odd k from here on."""
    while True:
        numbers = [a * k + b for a, b in factors]
        if all(n % f for n in numbers for f in SMALL) and all(map(is_prime, numbers)):
            return numbers
        k += 2


def composite():
    exp, src = "Key(NotPrime)", "RFC 8017 section 3.1: the factors are primes"
    # Each search starts where the product has 1024 bits.
    s, _ = all_prime((0xb0 << 504) + odd("s", 480), (1, 0), (2, -1))
    twice = all_prime((0xe0 << 330) + odd("1:2:3", 300), (6, 1), (12, 1), (18, 1))
    thrice = all_prime((0x80 << 327) + odd("1:3:5", 300), (60, 43), (180, 127), (300, 211))
    # Which exponents fit is chance.
    exponents = [e for e in range(3, 200, 2) if gcd(e, s * (2 * s - 1) - 1) == 1 and gcd(e, A.q - 1) == 1]
    made = {
        "s-2s-1": (s * (2 * s - 1), [*exponents[:2], 65537], "p = s(2s - 1)"),
        "carmichael-1-2-3": (prod(twice), [65537], "p is a Carmichael number (6k + 1)(12k + 1)(18k + 1)"),
        "carmichael-1-3-5": (prod(thrice), [65537], "p is a Carmichael number whose factors are all 3 modulo 4"),
        "two-primes": (prime("half of p", 512) * prime("other half of p", 512), [65537], "p is the product of two primes"),
    }
    for name, (p, public_exponents, shows) in made.items():
        assert p.bit_length() == (p * A.q).bit_length() - 1024 == 1024
        assert pow(2, p - 1, p) == 1 or "Carmichael" not in shows
        for e in public_exponents:
            private(f"composite-{name}-e{e}", Pair(p, A.q, e).integers(), exp, src, f"{shows}, e = {e}; every congruence holds")
    q = made["carmichael-1-3-5"][0]
    private("composite-q", Pair(A.p, q).integers(), exp, src, "q is a Carmichael number; every congruence holds")
    p = made["carmichael-1-2-3"][0]
    private("composite-p-and-q", Pair(p, q).integers(), exp, src, "p and q are Carmichael numbers; every congruence holds")


def several_primes():
    exp, src = "Key(MultiPrime)", "RFC 8017 A.1.2, RFC 7518 section 6.3.2.7"
    p, q, r = (prime(f"multi {i}", 683) for i in range(3))
    n, e = p * q * r, 65537
    assert 2048 <= n.bit_length() <= 2049
    d = pow(e, -1, lcm(p - 1, q - 1, r - 1))
    ints = [n, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)]
    third = [r, d % (r - 1), pow(p * q, -1, r)]
    der = pkcs1_private(1, *ints, tail=der_seq(der_seq(*map(der_int, third))))
    oth = [dict(zip("rdt", map(b64u_int, third)))]
    shows = "a good key of three primes"
    put("multi-prime-pkcs1-pem", "private", "pem", pem("RSA PRIVATE KEY", der), exp, src, shows)
    put("multi-prime-pkcs1-der", "private", "der", der, exp, src, shows)
    put("multi-prime-pkcs8-der", "private", "der", pkcs8(der), exp, src, shows)
    put("multi-prime-jwk", "private", "jwk", text(jwk_of(ints, oth=oth)), exp, src, shows)
    put("empty-oth-jwk", "private", "jwk", text({**PRIV_JWK, "oth": []}), "ok", src, "an empty oth beside two good primes")

    exp, src = "Key(MissingPrimes)", "RFC 7518 section 6.3.2"
    put("no-primes-jwk", "private", "jwk", text(jwk_of(of()[:3])), exp, src, "n, e and d only")
    put("no-crt-jwk", "private", "jwk", text(jwk_of(of()[:5])), exp, src, "n, e, d, p and q only")
    for name in NAMES[3:]:
        put(f"no-{name}-jwk", "private", "jwk", text({k: v for k, v in PRIV_JWK.items() if k != name}), exp, src,
            f"{name} is missing")
        put(f"empty-{name}-jwk", "private", "jwk", text({**PRIV_JWK, name: ""}), exp, src, f"{name} has no octets")
        short = {"qi": "qinv"}.get(name, name)
        private(f"{short}-0", of(**{name: 0}), exp, "openssl/openssl #10634, #16479", f"{short} = 0: no division by it")
    crt = {"dp": 0, "dq": 0, "qi": 0}
    private("crt-0", of(**crt), exp, "openssl/openssl #10634, #16479", "dp, dq and qinv are 0")
    private("primes-and-crt-0", of(p=0, q=0, **crt), exp, "openssl/openssl #10634, #16479", "all but n, e and d are 0")
    src = "RFC 8017 A.1.2"
    for name, integers in (("of-no-octets", [b""] * 5), ("missing", [])):
        der = der_seq(der_int(0), *map(der_int, of()[:3]), *(tlv(2, octets) for octets in integers))
        put(f"primes-{name}-pkcs1-der", "private", "der", der, exp, src, f"INTEGERs {name.replace('-', ' ')} behind d")
        put(f"primes-{name}-pkcs8-pem", "private", "pem", pem("PRIVATE KEY", pkcs8(der)), exp, src,
            f"INTEGERs {name.replace('-', ' ')} behind d")


# --- keys for something else ------------------------------------------------

def purposes():
    goods = (("public", PUB_JWK), ("private", PRIV_JWK), ("dir", OCT_JWK))
    other = {"public": ["decrypt", "unwrapKey"], "private": ["encrypt", "wrapKey"], "dir": ["deriveBits"]}
    algorithms_ = {"public": ["RSA-OAEP", "RSA-OAEP-512", "RSA1_5", "RS256", "PS256", "A256GCM", "dir", "rsa-oaep-256", ""],
                   "dir": ["A128GCM", "A192GCM", "A256KW", "A256GCMKW", "A128CBC-HS256", "HS256", "RSA-OAEP-256", "a256gcm", ""]}
    algorithms_["private"] = algorithms_["public"]
    for kind, good in goods:
        for use in ("sig", "ENC", ""):
            put(f"use-{use or 'empty'}-{kind}", kind, "jwk", text({**good, "use": use}), "Key(Use)",
                "RFC 7517 section 4.2", f"use is {use!r}")
        for alg in algorithms_[kind]:
            put(f"alg-{alg or 'empty'}-{kind}", kind, "jwk", text({**good, "alg": alg}), "Key(Algorithm)",
                "RFC 7517 section 4.4; RFC 8725 section 3.1", f"alg is {alg!r}")
        put(f"key-ops-empty-{kind}", kind, "jwk", text({**good, "key_ops": []}), "ok", "dotnet JsonWebKey: an unset list",
            "key_ops is []")
        for ops in (["sign"], ["verify"], ["deriveKey"], other[kind]):
            put(f"key-ops-{'-'.join(ops)}-{kind}", kind, "jwk", text({**good, "key_ops": ops}),
                "Key(Operations)", "RFC 7517 section 4.3", f"key_ops is {text(ops)}")
    for length in (0, 1, 16, 24, 31, 33, 48, 64):
        key = fixed("symmetric", length)
        source, shows = "RFC 7518 section 5.3", f"a key of {length} octets for A256GCM"
        put(f"dir-{length}-bytes", "dir", "bytes", key, "Key(SymmetricLength)", source, shows)
        put(f"dir-{length}-jwk", "dir", "jwk", text({"kty": "oct", "k": b64u(key)}), "Key(SymmetricLength)", source, shows)


# --- keys that must work ----------------------------------------------------

def good():
    def case(name, kind, fmt, data, source, shows):
        put(name, kind, fmt, data, "ok", source, shows)

    forms = (("pkcs8", "private", "PRIVATE KEY", P8), ("pkcs1", "private", "RSA PRIVATE KEY", P1),
             ("spki", "public", "PUBLIC KEY", SPKI), ("pkcs1-public", "public", "RSA PUBLIC KEY", PUB1))
    for name, kind, label, der in forms:
        case(f"{name}-pem", kind, "pem", pem(label, der), "RFC 7468", "lines end in LF")
        case(f"{name}-pem-crlf", kind, "pem", pem(label, der).replace("\n", "\r\n"), "RFC 7468", "lines end in CRLF")
        case(f"{name}-pem-no-final-newline", kind, "pem", pem(label, der).rstrip("\n"), "RFC 7468",
             "nothing after the END line")
        case(f"{name}-der", kind, "der", der, "RFC 8017 A.1, RFC 5958, RFC 5280", "plain DER")
    group, phi = lcm(A.p - 1, A.q - 1), (A.p - 1) * (A.q - 1)
    short, long = pow(A.e, -1, group), pow(A.e, -1, phi)
    assert long != short and long < A.n
    src = "RFC 8017 section 3.2; FIPS 186-5 A.1.1"
    for name, ints, shows in (
        ("d-mod-lambda", of(d=short), "d is the inverse of e modulo lcm(p - 1, q - 1)"),
        ("d-mod-phi", of(d=long), "d is the inverse of e modulo (p - 1)(q - 1)"),
        ("p-below-q", Pair(*sorted((A.p, A.q))).integers(), "p < q, and the CRT values fit"),
        ("p-above-q", Pair(*sorted((A.p, A.q), reverse=True)).integers(), "p > q, and the CRT values fit"),
    ):
        case(f"{name}-pkcs1-der", "private", "der", pkcs1_private(0, *ints), src, shows)
        case(f"{name}-jwk", "private", "jwk", text(jwk_of(ints)), src, shows)
    src = "FIPS 186-5 A.1.3; python-rsa"
    for p, q in ((1088, 960), (1025, 1023), (1200, 848), (1365, 683)):
        key = Pair(prime(f"of {p} bits", p), prime(f"of {q} bits", q))
        case(f"primes-{p}-{q}-bits-jwk", "private", "jwk", text(jwk_of(key.integers())), src, f"primes of {p} and {q} bits")
    p, _ = close_primes()
    q = p + (1 << 924) + 2
    while not is_prime(q) or gcd(q - 1, 65537) > 1:
        q += 2
    case("primes-just-far-enough-jwk", "private", "jwk", text(jwk_of(Pair(p, q).integers())), src,
         f"q - p = 2^924 + {q - p - (1 << 924)}")
    for kind, value, ours in (("public", PUB_JWK, "encrypt"), ("private", PRIV_JWK, "decrypt")):
        wrap = {"encrypt": "wrapKey", "decrypt": "unwrapKey"}[ours]
        for name, more in (
            ("plain", {}), ("use-enc", {"use": "enc"}), ("alg", {"alg": "RSA-OAEP-256"}),
            (f"key-ops-{ours}", {"key_ops": [ours]}), (f"key-ops-{wrap}", {"key_ops": ["sign", wrap]}),
            ("unknown-members", {"x5t": "AA", "example": {"a": [1, None, True]}}),
        ):
            case(f"jwk-{name}-{kind}", kind, "jwk", text({**value, **more}), "RFC 7517 section 4", "a JWK that allows our use")
        case(f"jwk-spaced-{kind}", kind, "jwk", json.dumps(value, indent=2), "RFC 8259 section 2", "white space")
        case(f"jwk-reversed-{kind}", kind, "jwk", text(dict(reversed(value.items()))), "RFC 8259 section 4",
             "members in another order")
        case(f"jwk-escaped-{kind}", kind, "jwk", text(value).replace('"n"', '"\\u006e"').replace('"RSA"', '"R\\u0053A"'),
             "RFC 8259 section 7", "a name and a value written with escapes")
    case("jwk-plain-dir", "dir", "jwk", text(OCT_JWK), "RFC 7518 section 6.4", "a key of 32 octets")
    case("jwk-use-enc-dir", "dir", "jwk", text({**OCT_JWK, "use": "enc"}), "RFC 7517 section 4.2", "use is enc")
    case("jwk-key-ops-dir", "dir", "jwk", text({**OCT_JWK, "key_ops": ["encrypt", "decrypt"]}), "RFC 7517 section 4.3",
         "key_ops has both of ours")
    case("bytes-dir", "dir", "bytes", DIRECT["dir-a"], "RFC 7518 section 5.3", "32 octets")


def main():
    for part in (bad_pem, bad_der, bad_jwk, encrypted, certificate, not_rsa, wrong_half, sizes, exponents, inconsistent,
                 lengths, composite, several_primes, purposes, good):
        part()
    for name, keys in (("bad_keys.json", BAD), ("good_keys.json", GOOD)):
        ids = [k["id"] for k in keys]
        assert len(set(ids)) == len(ids), [i for i in ids if ids.count(i) > 1]
        assert all(k["format"] != "pem" or k["data"].isascii() for k in keys)
        size = dump(name, {"counts": counts(keys), "keys": keys})
        print(f"{name}: {len(keys)} keys, {size} bytes")
    check_keys.main("bad_keys.json", "good_keys.json")


if __name__ == "__main__":
    main()
