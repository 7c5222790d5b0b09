"""Writes vectors/negative.json, accept.json and rfc7516_a1.json from keys.json.

The same keys.json gives the same files: keys, seeds and IVs are bytes fixed
by a label. RSA and OAEP are plain Python integers, so that every byte of EM
can be set. Ends by running check.py over what it wrote.
"""

import hashlib
import hmac
import json
import zlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

import check
from ref import b64u, b64u_int, counts, dump, fixed, gcm_any_iv, gcm_seal, load_keys, mgf1, named, to_bytes, unb64u, xor

KEYS, DIRECT = load_keys()
RSA, DIR = "rsa2048-a", "dir-a"
PLAIN = b'{"amount":"10.00","currency":"EUR"}'
NEGATIVE = []
ACCEPT = []


# --- building tokens --------------------------------------------------------

def js(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def alg_of(key):
    return "dir" if key in DIRECT else "RSA-OAEP-256"


def head(key, **more):
    return js({"alg": alg_of(key), "enc": "A256GCM", **more})


def oaep_encode(k, message, label, *, y=0, hash_name="sha256", mgf_name=None, oaep_label=b"", separator=1, edit=None):
    """EME-OAEP, RFC 8017 section 7.1.1 step 2, with every byte open to change."""
    size = hashlib.new(hash_name).digest_size
    l_hash = hashlib.new(hash_name, oaep_label).digest()
    db = bytearray(l_hash + bytes(k - len(message) - 2 * size - 2) + bytes([separator]) + message)
    if edit:
        edit(db, size)
    seed = fixed(f"{label} seed", size)
    mgf_name = mgf_name or hash_name
    masked_db = xor(bytes(db), mgf1(seed, len(db), mgf_name))
    return bytes([y]) + xor(seed, mgf1(masked_db, size, mgf_name)) + masked_db


def wrap(key, message, label, **options):
    rsa = KEYS[key]
    em = int.from_bytes(oaep_encode(rsa.k, message, label, **options), "big")
    assert em < rsa.n
    return rsa.raw_public(em)


def wrap_pkcs1(key, message, label):
    """RSAES-PKCS1-v1_5."""
    rsa = KEYS[key]
    fill = bytes(b or 1 for b in fixed(f"{label} fill", rsa.k - len(message) - 3))
    return rsa.raw_public(int.from_bytes(b"\0\2" + fill + b"\0" + message, "big"))


class Token:
    """Five parts. Bytes are encoded when the token is written, text is not."""

    def __init__(self, header, ek, iv, ct, tag):
        self.header, self.ek, self.iv, self.ct, self.tag = header, ek, iv, ct, tag

    def text(self, **changes):
        parts = (changes.get(name, getattr(self, name)) for name in ("header", "ek", "iv", "ct", "tag"))
        return ".".join(p if isinstance(p, str) else b64u(p) for p in parts)


def make(label, header, key, *, plaintext=PLAIN, cek=None, ek=None, iv=None, aad=None, header_text=None, seal=gcm_seal):
    """A token that authenticates; each argument replaces one ingredient."""
    if header_text is None:
        header_text = b64u(header.encode() if isinstance(header, str) else header)
    if cek is None:
        cek = DIRECT[key] if key in DIRECT else fixed(f"{label} cek", 32)
    if ek is None:
        ek = b"" if key in DIRECT else wrap(key, cek, label)
    if iv is None:
        iv = fixed(f"{label} iv", 12)
    aad = header_text.encode() if aad is None else aad
    ct, tag = seal(cek, iv, aad, plaintext)
    return Token(header_text, ek, iv, ct, tag)


def cbc_hmac(hash_name):
    """AES-CBC with HMAC, RFC 7518 section 5.2.2.1."""
    def seal(cek, iv, aad, plaintext):
        half = len(cek) // 2
        fill = 16 - len(plaintext) % 16
        enc = Cipher(algorithms.AES(cek[half:]), modes.CBC(iv)).encryptor()
        ct = enc.update(plaintext + bytes([fill]) * fill) + enc.finalize()
        al = (8 * len(aad)).to_bytes(8, "big")
        return ct, hmac.digest(cek[:half], aad + iv + ct + al, hash_name)[:half]
    return seal


def b64_with_both(make_bytes):
    """The first of make_bytes(0), make_bytes(1), ... whose text has both - and _."""
    for i in range(100000):
        value = make_bytes(i)
        data = value if isinstance(value, bytes) else value.encode()
        if {"-", "_"} <= set(b64u(data)):
            return value
    raise AssertionError


# --- collecting -------------------------------------------------------------

def key_ref(key, kid=None):
    ref = {"dir" if key in DIRECT else "rsa": key}
    if kid is not None:
        ref["kid"] = kid
    return ref


def neg(class_, name, source, shows, key, token, expect, stage, *, authentic=True, kid=None):
    """One vector. token: text, or a recipe; expect: a name, or a list of them."""
    entry = {"id": name, "class": class_, "source": source, "shows": shows, "key": key_ref(key, kid)}
    entry["recipe" if isinstance(token, dict) else "token"] = token
    expect = detailed(expect, token) if isinstance(expect, str) else expect
    entry["expect" if isinstance(expect, str) else "expect_any"] = expect
    entry["stage"] = stage
    entry["authentic"] = authentic
    NEGATIVE.append(entry)


def detailed(expect, token):
    """The error with the name that it carries: what Python's reader of JSON finds in the header."""
    member = {"UnsupportedAlgorithm": "alg", "UnsupportedEncryption": "enc"}.get(expect)
    if not member and expect not in ("DuplicateParameter", "ParameterType"):
        return expect
    twice = []

    def pairs(members):
        names = [name for name, _ in members]
        twice.extend(name for i, name in enumerate(names) if name in names[:i])
        return members
    members = json.loads(unb64u(token.split(".")[0]), object_pairs_hook=pairs, parse_int=str.encode, parse_float=str.encode)
    header = dict(members)
    if expect == "DuplicateParameter":
        return f"{expect}({named(twice[0])})"
    if expect == "ParameterType":
        member = next(name for name, value in members if name in ("kid", "typ", "cty") and not isinstance(value, str))
        return f"{expect}({named(member)})"
    if member not in header:
        return f'{expect}("absent")'
    return f"{expect}({named(header[member] if isinstance(header[member], str) else None)})"


def repeat(prefix, unit, count, suffix):
    return {"op": "repeat", "prefix": prefix, "unit": unit, "count": count, "suffix": suffix}


def short(key):
    return "dir" if key in DIRECT else "rsa"


# --- classes, in the order of the table -------------------------------------

def short_tag():
    cls = "short tag"
    src = "CVE-2023-37464, CVE-2025-54887, CVE-2018-1000539; RFC 7518 section 5.3"
    for key in (DIR, RSA):
        t = make(f"{cls} {key}", head(key), key)
        for size in (0, 1, 4, 8, 12, 15):
            neg(cls, f"tag-{size}-bytes-{short(key)}", src, f"the true tag cut to {size} octets", key,
                t.text(tag=t.tag[:size]), "PartLength(Tag)", "parse")
        neg(cls, f"tag-17-bytes-{short(key)}", src, "the true tag with 00 behind", key,
            t.text(tag=t.tag + b"\0"), "PartLength(Tag)", "parse")
        neg(cls, f"tag-32-bytes-{short(key)}", src, "the true tag twice", key,
            t.text(tag=t.tag * 2), "PartLength(Tag)", "parse")


def tag_boundary():
    cls, src = "tag boundary", "RFC 7516 section 5.2 step 16; fixed in go-jose, Nimbus, jose4j, panva/jose"
    for key in (DIR, RSA):
        t = make(f"{cls} {key}", head(key), key)
        name = short(key)
        neg(cls, f"last-ciphertext-byte-in-tag-{name}", src, "the last ciphertext octet moved into the tag", key,
            t.text(ct=t.ct[:-1], tag=t.ct[-1:] + t.tag), "PartLength(Tag)", "parse")
        neg(cls, f"first-tag-byte-in-ciphertext-{name}", src, "the first tag octet moved into the ciphertext", key,
            t.text(ct=t.ct + t.tag[:1], tag=t.tag[1:]), "PartLength(Tag)", "parse")
        neg(cls, f"all-in-ciphertext-{name}", src, "ciphertext and tag in the ciphertext, the tag empty", key,
            t.text(ct=t.ct + t.tag, tag=b""), "PartLength(Tag)", "parse")
        neg(cls, f"all-in-tag-{name}", src, "ciphertext and tag in the tag, the ciphertext empty", key,
            t.text(ct=b"", tag=t.ct + t.tag), "PartLength(Tag)", "parse")
        neg(cls, f"changed-places-{name}", src, "ciphertext and tag changed places", key,
            t.text(ct=t.tag, tag=t.ct), "PartLength(Tag)", "parse", authentic=False)


def iv():
    cls, src = "IV", "cjose, jwcrypto; RFC 7518 section 5.3"
    for key in (DIR, RSA):
        name = short(key)
        for size in (0, 1, 4, 8, 11, 13, 16, 32):
            seal = gcm_any_iv if size < 8 else gcm_seal
            t = make(f"{cls} {size} {key}", head(key), key, iv=fixed(f"iv {size}", size), seal=seal)
            neg(cls, f"iv-{size}-bytes-{name}", src, f"sealed under an IV of {size} octets", key, t.text(),
                "PartLength(Iv)", "parse")
        t = make(f"{cls} {key}", head(key), key)
        for extra, size in ((b"\0", 13), (bytes(4), 16)):
            neg(cls, f"iv-with-{len(extra)}-zero-behind-{name}", src,
                f"the right IV with 00 behind, {size} octets in all", key, t.text(iv=t.iv + extra), "PartLength(Iv)", "parse")
        neg(cls, f"iv-flipped-{name}", src, "one bit of the IV is changed", key,
            t.text(iv=bytes([t.iv[0] ^ 1]) + t.iv[1:]), "Decryption", "decrypt", authentic=False)


def cek_length():
    cls, src = "CEK length", "go-jose #265, cjose, jwtinfo #48; RFC 7518 section 5.3"
    for size in (0, 1, 16, 24, 31, 33, 64):
        message = fixed(f"{cls} {size}", size)
        aes = message if size in (16, 24) else message[:32].ljust(32, b"\0")
        note = {16: "AES-128 under it", 24: "AES-192 under it"}.get(size, "AES-256 under it, cut or filled with 00")
        t = make(f"{cls} {size}", head(RSA), RSA, cek=aes, ek=wrap(RSA, message, f"{cls} {size}"))
        neg(cls, f"cek-{size}-bytes", src, f"a CEK of {size} octets; the content is sealed with {note}", RSA, t.text(),
            "Decryption", "decrypt")
    cek = fixed(f"{cls} 32", 32)
    for name, message, shows in (
        ("cek-32-and-zero-behind", cek + b"\0", "32 octets with 00 behind; the content is sealed under the 32"),
        ("cek-32-and-zero-in-front", b"\0" + cek, "32 octets with 00 in front; the content is sealed under the 32"),
        ("cek-16-zeros-16", cek[:16] + bytes(15), "16 octets with 15 times 00 behind; sealed under 32 octets"),
    ):
        aes = cek if len(message) == 33 else message.ljust(32, b"\0")
        t = make(f"{cls} {name}", head(RSA), RSA, cek=aes, ek=wrap(RSA, message, f"{cls} {name}"))
        neg(cls, name, src, shows, RSA, t.text(), "Decryption", "decrypt")
    for key in ("rsa3072",):
        for size in (16, 33):
            message = fixed(f"{cls} {size} {key}", size)
            t = make(f"{cls} {size} {key}", head(key), key, cek=message[:32], ek=wrap(key, message, f"{cls} {size} {key}"))
            neg(cls, f"cek-{size}-bytes-{key}", src, f"a CEK of {size} octets", key, t.text(), "Decryption", "decrypt")


def first_label(prefix, test):
    """The first of prefix 0, prefix 1, ... for which test says yes."""
    return next(label for label in (f"{prefix} {i}" for i in range(100000)) if test(label))


def encrypted_key_framing():
    cls, src = "encrypted key framing", "CVE-2020-14967, CVE-2022-38493; RFC 8017 section 7.1.2 step 1"
    length = "PartLength(EncryptedKey)"
    key, rsa = RSA, KEYS[RSA]
    t = make(cls, head(key), key)

    def case(name, token, shows, expect=length, stage="decrypt", authentic=True, on=RSA):
        neg(cls, f"ek-{name}", src, shows, on, token, expect, stage, authentic=authentic)

    case("zero-in-front", t.text(ek=b"\0" + t.ek), "00 in front: the same integer")
    case("two-zeros-in-front", t.text(ek=b"\0\0" + t.ek), "00 00 in front: the same integer")
    case("zero-behind", t.text(ek=t.ek + b"\0"), "00 behind", authentic=False)
    case("first-byte-gone", t.text(ek=t.ek[1:]), "the first octet is gone", authentic=False)
    case("last-byte-gone", t.text(ek=t.ek[:-1]), "the last octet is gone", authentic=False)
    cek = fixed(f"{cls} zero", 32)
    label = first_label(f"{cls} leading zero", lambda s: wrap(key, cek, s)[0] == 0)
    z = make(label, head(key), key, cek=cek)
    case("leading-zero-gone", z.text(ek=z.ek[1:]), "the representative starts with 00, which is left out: the same integer")
    case("empty", t.text(ek=b""), "no octets", authentic=False)
    case("two-blocks", t.text(ek=t.ek * 2), "the encrypted key twice", authentic=False)
    case("1024-bytes", t.text(ek=t.ek * 4), "as long as the longest key allows, and not as this key", authentic=False)
    case("1025-bytes", t.text(ek=bytes(1025 - 256) + t.ek), "longer than any key; the same integer", stage="parse")
    case("64-kib", repeat(f"{t.header}.", "A", 87040, f"{b64u(bytes(2) + t.ek)}." + t.text().split(".", 2)[2]),
         "64 KiB of 00 in front: the same integer", stage="parse")
    case("of-2056-bit-key", make(f"{cls} 2056", head(key), "rsa2056").text(), "made for a key of 2056 bits", authentic=False)
    case("of-3072-bit-key", make(f"{cls} 3072", head(key), "rsa3072").text(), "made for a key of 3072 bits", authentic=False)
    case("of-2048-bit-key-2056", make(f"{cls} 2048", head(key), key).text(), "made for a key of 2048 bits", authentic=False,
         on="rsa2056")

    opaque = ("Decryption", "decrypt")
    n = rsa.n
    case("all-ff", t.text(ek=b"\xff" * 256), "all FF: above n", *opaque, authentic=False)
    case("all-00", t.text(ek=bytes(256)), "all 00", *opaque, authentic=False)
    for name, value in (("n", n), ("n-minus-1", n - 1), ("n-plus-1", n + 1), ("1", 1), ("2", 2)):
        case(f"is-{name}", t.text(ek=value.to_bytes(256, "big")), f"the representative {name}", *opaque, authentic=False)
    room = (1 << 2048) - n
    label = first_label(f"{cls} above n", lambda s: int.from_bytes(wrap(key, cek, s), "big") < room)
    a = make(label, head(key), key, cek=cek)
    above = int.from_bytes(a.ek, "big") + n
    case("plus-n", a.text(ek=above.to_bytes(256, "big")), "representative + n: congruent to the right one", *opaque)


def oaep():
    cls, src = "OAEP", "RFC 8017 section 7.1.2 step 3, Manger's attack, RUSTSEC-2023-0071, CVE-2022-4304"
    for key, full in ((RSA, True), ("rsa3072", False), ("rsa2056", False)):
        suffix = "" if full else f"-{key}"

        def case(name, shows, authentic=True, cek=None, message=None, **options):
            label = f"{cls} {name} {key}"
            cek = cek or fixed(f"{label} cek", 32)
            ek = wrap(key, cek if message is None else message, label, **options)
            t = make(label, head(key), key, cek=cek, ek=ek)
            neg(cls, f"oaep-{name}{suffix}", src, shows, key, t.text(), "Decryption", "decrypt", authentic=authentic)

        top = to_bytes(KEYS[key].n)[0]
        for y in (1, 2, 0x40, 0x7F, top - 1) if full else (1, top - 1):
            if 0 < y < top:
                case(f"y-{y:02x}", f"EM starts with {y:02X} in the place of 00", y=y)
        at = lambda i, v: lambda db, size: db.__setitem__(i if i >= 0 else len(db) + i, v)
        case("lhash-first-bit", "one bit of the first octet of lHash is changed",
             edit=lambda db, size: db.__setitem__(0, db[0] ^ 0x80))
        case("label", "a label: lHash is the hash of 'label'", oaep_label=b"label")
        ps = KEYS[key].k - 2 * 32 - 2 - 32   # bytes of PS
        case("ps-first", "01 at the first octet of PS", edit=at(32, 1))
        case("no-01", "00 in the place of 01", separator=0)
        if not full:
            continue
        case("lhash-last-bit", "one bit of the last octet of lHash is changed",
             edit=lambda db, size: db.__setitem__(31, db[31] ^ 1))
        case("lhash-zero", "lHash is all 00", edit=lambda db, size: db.__setitem__(slice(0, 32), bytes(32)))
        for name, v in (("01", 1), ("02", 2), ("ff", 0xFF)):
            for place, i in (("first", 32), ("middle", 32 + ps // 2), ("last", 32 + ps - 1)):
                if (name, place) != ("01", "first"):
                    case(f"ps-{place}-{name}", f"{name.upper()} at the {place} octet of PS", edit=at(i, v))
        case("ps-all-ff", "PS is all FF", edit=lambda db, size: db.__setitem__(slice(32, 32 + ps), b"\xff" * ps))
        for v in (2, 0x81, 0xFF):
            case(f"separator-{v:02x}", f"{v:02X} in the place of 01", separator=v)
        case("mgf1-sha1", "SHA-256 with MGF1 over SHA-1", mgf_name="sha1")
        case("sha1", "SHA-1 and MGF1 over SHA-1", hash_name="sha1")
        case("sha1-mgf1-sha256", "SHA-1 with MGF1 over SHA-256", hash_name="sha1", mgf_name="sha256")
        case("sha384", "SHA-384", hash_name="sha384")
        case("sha512", "SHA-512", hash_name="sha512")
        case("wrong-cek", "a valid encrypted key; the content is sealed under another CEK", authentic=False,
             message=fixed("another cek", 32))
        case("cek-one-bit", "a valid encrypted key; one bit of the CEK differs", authentic=False,
             cek=fixed("bit", 32), message=bytes([fixed("bit", 32)[0] ^ 1]) + fixed("bit", 32)[1:])
        cek = fixed("zero cek", 32)
        t = make(f"{cls} zero cek", head(key), key, cek=bytes(32), ek=wrap(key, cek, f"{cls} y zero", y=1))
        neg(cls, "oaep-y-01-content-under-zero-cek", src, "Y = 01, and the content is sealed under an all-zero CEK", key,
            t.text(), "Decryption", "decrypt", authentic=False)
        t = make(f"{cls} em zero", head(key), key, cek=bytes(32), ek=bytes(256))
        neg(cls, "oaep-em-zero-content-under-zero-cek", src, "EM = 0, and the content is sealed under an all-zero CEK", key,
            t.text(), "Decryption", "decrypt")
        t = make(f"{cls} raw", head(key), key, cek=cek, ek=KEYS[key].raw_public(int.from_bytes(cek, "big")))
        neg(cls, "oaep-raw-rsa", src, "the CEK itself raised to e, no padding", key, t.text(), "Decryption", "decrypt")


def rsa1_5():
    cls, src = "RSA1_5", "Bleichenbacher, ROBOT, Marvin; CVE-2026-28490; RFC 8725 section 3.2"
    cek = fixed(f"{cls} cek", 32)
    ek = wrap_pkcs1(RSA, cek, cls)
    header = js({"alg": "RSA1_5", "enc": "A256GCM"})
    t = make(cls, header, RSA, cek=cek, ek=ek)
    neg(cls, "rsa1-5", src, "a valid RSA1_5 token", RSA, t.text(), "UnsupportedAlgorithm", "parse")
    bad = bytearray(ek)
    bad[-1] ^= 1
    neg(cls, "rsa1-5-bad-padding", src, "RSA1_5 with padding that is wrong: the same error", RSA, t.text(ek=bytes(bad)),
        "UnsupportedAlgorithm", "parse", authentic=False)
    neg(cls, "rsa1-5-empty-key", src, "RSA1_5 with an empty encrypted key: the same error", RSA, t.text(ek=b""),
        "UnsupportedAlgorithm", "parse", authentic=False)
    t = make(f"{cls} oaep", header, RSA)
    neg(cls, "rsa1-5-header-oaep-key", src, "RSA1_5 in the header, RSA-OAEP-256 in the encrypted key", RSA, t.text(),
        "UnsupportedAlgorithm", "parse")
    t = make(f"{cls} hidden", head(RSA), RSA, cek=cek, ek=ek)
    neg(cls, "rsa1-5-key-oaep-header", src, "RSA-OAEP-256 in the header, RSA1_5 in the encrypted key", RSA, t.text(),
        "Decryption", "decrypt")
    t = make(f"{cls} cbc", js({"alg": "RSA1_5", "enc": "A128CBC-HS256"}), RSA, cek=cek, ek=ek, iv=fixed(cls, 16),
             seal=cbc_hmac("sha256"))
    neg(cls, "rsa1-5-a128cbc-hs256", "RFC 7516 A.2", "the pair of RFC 7516 A.2", RSA, t.text(), "UnsupportedAlgorithm", "parse")


def deflate(data):
    z = zlib.compressobj(9, zlib.DEFLATED, -15)
    return z.compress(data) + z.flush()


def compression_bomb():
    cls = "compression bomb"
    src = "CVE-2024-28176, CVE-2024-28180, CVE-2024-33664; RFC 8725 section 3.6"
    rejection = ("Compression", "parse")
    for key in (DIR, RSA):
        t = make(f"{cls} small {key}", head(key, zip="DEF"), key, plaintext=deflate(PLAIN))
        neg(cls, f"zip-def-{short(key)}", src, "a true token with a small compressed plaintext", key, t.text(), *rejection)
    big = deflate(bytes(32 << 20))
    t = make(f"{cls} big", head(DIR, zip="DEF"), DIR, plaintext=big)
    neg(cls, "zip-def-32-mib", src, f"a true token; {len(big)} octets inflate to 32 MiB of 00", DIR, t.text(), *rejection)
    for name, value in (("null", None), ("empty", ""), ("number", 1), ("true", True), ("false", False), ("array", []),
                        ("array-of-def", ["DEF"]), ("object", {}), ("none", "none"), ("lower-case", "def"), ("gzip", "GZIP")):
        t = make(f"{cls} {name}", head(DIR, zip=value), DIR)
        neg(cls, f"zip-{name}", src, f"zip is {js(value)}; nothing is compressed", DIR, t.text(), *rejection)
    t = make(f"{cls} escaped", '{"alg":"dir","enc":"A256GCM","\\u007aip":"DEF"}', DIR, plaintext=deflate(PLAIN))
    neg(cls, "zip-escaped-name", src, "zip written with an escape", DIR, t.text(), *rejection)
    t = make(f"{cls} first", '{"zip":"DEF","alg":"dir","enc":"A256GCM"}', DIR, plaintext=deflate(PLAIN))
    neg(cls, "zip-first-member", src, "zip before alg and enc", DIR, t.text(), *rejection)


def iteration_count():
    cls = "iteration count"
    src = "CVE-2022-36083, CVE-2023-52428; RFC 7518 section 4.8"
    salt = fixed("p2s", 16)
    for alg, hash_name, size in (("PBES2-HS256+A128KW", "sha256", 16), ("PBES2-HS512+A256KW", "sha512", 32)):
        for count in (1000, 2**31 - 1, 2**63, -1, 0):
            header = js({"alg": alg, "enc": "A256GCM", "p2s": b64u(salt), "p2c": count})
            cek = fixed(f"{cls} {alg} {count}", 32)
            ek = fixed("pbes2", 40)
            if count == 1000:
                kek = hashlib.pbkdf2_hmac(hash_name, DIRECT[DIR], alg.encode() + b"\0" + salt, count, size)
                ek = aes_key_wrap(kek, cek)
            t = make(f"{cls} {alg} {count}", header, DIR, cek=cek, ek=ek)
            shows = "a true token, its password the key" if count == 1000 else "no work is done"
            neg(cls, f"{alg.lower().replace('+', '-')}-p2c-{count}", src, f"{alg} with p2c {count}: {shows}", DIR, t.text(),
                "UnsupportedAlgorithm", "parse", authentic=count == 1000)
    header = js({"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2s": b64u(salt), "p2c": 2**31 - 1})
    neg(cls, "pbes2-to-rsa-key", src, "PBES2 with p2c 2^31 - 1 to an RSA key", RSA,
        make(f"{cls} rsa", header, RSA, ek=fixed("pbes2", 40)).text(), "UnsupportedAlgorithm", "parse", authentic=False)


def key_wrap_panic():
    cls, src = "key wrap panic", "CVE-2026-34986, jose2go #39; RFC 3394"
    header = js({"alg": "A256KW", "enc": "A256GCM"})
    cek = fixed(f"{cls} cek", 32)
    ek = aes_key_wrap(DIRECT[DIR], cek)
    t = make(cls, header, DIR, cek=cek, ek=ek)
    neg(cls, "a256kw", src, "a true token, the key as its KEK", DIR, t.text(), "UnsupportedAlgorithm", "parse")
    for size in (0, 1, 7, 8, 15, 16, 39):
        neg(cls, f"a256kw-{size}-bytes", src, f"an encrypted key of {size} octets", DIR, t.text(ek=ek[:size]),
            "UnsupportedAlgorithm", "parse", authentic=False)
    for alg in ("A128KW", "A192KW", "A128GCMKW", "A256GCMKW"):
        t = make(f"{cls} {alg}", js({"alg": alg, "enc": "A256GCM", "iv": b64u(bytes(12)), "tag": b64u(bytes(16))}), DIR, ek=b"")
        neg(cls, f"{alg.lower()}-empty-key", src, f"{alg} with an empty encrypted key", DIR, t.text(),
            "UnsupportedAlgorithm", "parse")
    neg(cls, "a256kw-empty-key-to-rsa-key", src, "A256KW with an empty encrypted key to an RSA key", RSA,
        make(f"{cls} rsa", header, RSA, ek=b"").text(), "UnsupportedAlgorithm", "parse", authentic=False)


def other_modes():
    cls = "other modes"
    src = "CVE-2016-9121, CVE-2016-9123, CVE-2017-12972; RFC 7518 sections 4 and 5"
    # alg
    p256_x = int("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296", 16)
    p256_y = int("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5", 16)
    for name, y in (("ecdh-es", p256_y), ("ecdh-es-point-off-curve", p256_y + 1)):
        epk = {"kty": "EC", "crv": "P-256", "x": b64u_int(p256_x), "y": b64u_int(y)}
        for alg in ("ECDH-ES", "ECDH-ES+A256KW"):
            t = make(f"{cls} {name} {alg}", js({"alg": alg, "enc": "A256GCM", "epk": epk}), DIR, ek=b"")
            neg(cls, f"{name}{'-a256kw' if '+' in alg else ''}", src, f"{alg} with an epk", DIR, t.text(),
                "UnsupportedAlgorithm", "parse")
    wrong = "a true token but for its alg, which is "
    for alg in ("RSA-OAEP-384", "RSA-OAEP-512"):
        hash_name = "sha" + alg[-3:]
        cek = fixed(f"{cls} {alg}", 32)
        t = make(f"{cls} {alg}", js({"alg": alg, "enc": "A256GCM"}), RSA, cek=cek,
                 ek=wrap(RSA, cek, f"{cls} {alg}", hash_name=hash_name))
        neg(cls, f"alg-{alg.lower()}", src, f"a true token of {alg}", RSA, t.text(), "UnsupportedAlgorithm", "parse")
    names = {
        "none": "none", "rs256": "RS256", "hs256": "HS256", "lower-case": "rsa-oaep-256", "upper-case-dir": "DIR",
        "title-case": "Rsa-Oaep-256", "space-behind": "RSA-OAEP-256 ", "space-in-front": " RSA-OAEP-256",
        "nul-behind": "RSA-OAEP-256\0", "dir-nul-behind": "dir\0", "prefix": "RSA-OAEP-25", "longer": "RSA-OAEP-2560",
        "empty": "", "hyphen": "RSA\u2010OAEP\u2010256", "full-width": "\uff52\uff33\uff21-OAEP-256", "enc-name": "A256GCM",
        "number": 1, "null": None, "true": True, "array": ["RSA-OAEP-256"], "array-of-dir": ["dir"], "empty-array": [],
        "object": {"RSA-OAEP-256": 1}, "float": 1.5, "list-text": "RSA-OAEP-256,dir", "star": "*",
    }
    for name, value in names.items():
        key = DIR if isinstance(value, str) and value.strip("\0").lower() == "dir" or value == ["dir"] else RSA
        t = make(f"{cls} alg {name}", js({"alg": value, "enc": "A256GCM"}), key)
        neg(cls, f"alg-{name}", src, wrong + json.dumps(value), key, t.text(), "UnsupportedAlgorithm", "parse")
    for key in (DIR, RSA):
        t = make(f"{cls} no alg {key}", '{"enc":"A256GCM"}', key)
        neg(cls, f"alg-missing-{short(key)}", src, "no alg: the key's own is not taken", key, t.text(),
            "UnsupportedAlgorithm", "parse")
        t = make(f"{cls} other case {key}", js({"ALG": alg_of(key), "enc": "A256GCM"}), key)
        neg(cls, f"alg-name-upper-case-{short(key)}", src, "ALG in the place of alg", key, t.text(),
            "UnsupportedAlgorithm", "parse")
    t = make(f"{cls} empty object", "{}", RSA)
    neg(cls, "header-empty-object", src, "a header without members", RSA, t.text(), "UnsupportedAlgorithm", "parse")
    t = make(f"{cls} nested", js({"header": {"alg": "dir"}, "enc": "A256GCM"}), DIR)
    neg(cls, "alg-in-nested-object", src, "alg inside another member only", DIR, t.text(), "UnsupportedAlgorithm", "parse")

    # enc
    rejection = ("UnsupportedEncryption", "parse")
    for enc, size in (("A128GCM", 16), ("A192GCM", 24)):
        cek = fixed(f"{cls} {enc}", size)
        t = make(f"{cls} {enc}", js({"alg": "RSA-OAEP-256", "enc": enc}), RSA, cek=cek)
        neg(cls, f"enc-{enc.lower()}-rsa", src, f"a true token of {enc}", RSA, t.text(), *rejection)
        t = make(f"{cls} {enc} dir", js({"alg": "dir", "enc": enc}), DIR, cek=DIRECT[DIR][:size])
        neg(cls, f"enc-{enc.lower()}-dir", src, f"{enc} under the first {size} octets of the key", DIR, t.text(), *rejection)
    for enc, size, hash_name in (("A128CBC-HS256", 32, "sha256"), ("A192CBC-HS384", 48, "sha384"), ("A256CBC-HS512", 64, "sha512")):
        cek = fixed(f"{cls} {enc}", size)
        header = js({"alg": "RSA-OAEP-256", "enc": enc})
        t = make(f"{cls} {enc}", header, RSA, cek=cek, iv=fixed(enc, 16), seal=cbc_hmac(hash_name))
        neg(cls, f"enc-{enc.lower()}", src, f"a true token of {enc}", RSA, t.text(), *rejection)
        neg(cls, f"enc-{enc.lower()}-empty-ciphertext", src, f"{enc} with no ciphertext", RSA, t.text(ct=b""), *rejection,
            authentic=False)
        neg(cls, f"enc-{enc.lower()}-half-block", src, f"{enc} with half a block of ciphertext", RSA, t.text(ct=t.ct[:8]), *rejection,
            authentic=False)
    t = make(f"{cls} cbc dir", js({"alg": "dir", "enc": "A128CBC-HS256"}), DIR, iv=fixed("cbc dir", 16), seal=cbc_hmac("sha256"))
    neg(cls, "enc-a128cbc-hs256-dir", src, "a true token of A128CBC-HS256 under the key of A256GCM", DIR, t.text(), *rejection)
    names = {
        "lower-case": "a256gcm", "space-behind": "A256GCM ", "nul-behind": "A256GCM\0", "empty": "", "prefix": "A256GC",
        "kw": "A256GCMKW", "longer": "A256GCM-SIV", "xc20p": "XC20P", "none": "none", "dir": "dir", "number": 256,
        "null": None, "true": True, "array": ["A256GCM"], "object": {"A256GCM": 1}, "full-width": "\uff21256GCM",
    }
    for name, value in names.items():
        t = make(f"{cls} enc {name}", js({"alg": "dir", "enc": value}), DIR)
        neg(cls, f"enc-{name}", src, f"a true token but for its enc, which is {json.dumps(value)}", DIR, t.text(), *rejection)
    for key in (DIR, RSA):
        t = make(f"{cls} no enc {key}", js({"alg": alg_of(key)}), key)
        neg(cls, f"enc-missing-{short(key)}", src, "no enc: no default", key, t.text(), *rejection)
    t = make(f"{cls} ENC", '{"alg":"dir","ENC":"A256GCM"}', DIR)
    neg(cls, "enc-name-upper-case", src, "ENC in the place of enc", DIR, t.text(), *rejection)


def sign_encrypt_confusion():
    cls, src = "sign/encrypt confusion", "CVE-2022-3102, CVE-2023-51774, CVE-2026-29000; RFC 8725 section 3.12"
    payload = b64u(PLAIN)
    for alg in ("none", "HS256", "RS256"):
        header = b64u(js({"alg": alg}).encode())
        signed = f"{header}.{payload}"
        if alg == "none":
            signature = b""
        elif alg == "HS256":
            signature = hmac.digest(DIRECT[DIR], signed.encode(), "sha256")
        else:
            signature = fixed("signature", 256)
        key = DIR if alg == "HS256" else RSA
        neg(cls, f"jws-{alg.lower()}", src, f"a JWS of three parts, alg {alg}", key, f"{signed}.{b64u(signature)}", "PartCount",
            "parse", authentic=False)
    header = b64u(head(RSA).encode())
    neg(cls, "jws-with-jwe-header", src, "three parts under the header of a JWE", RSA, f"{header}.{payload}.{payload}", "PartCount",
        "parse", authentic=False)
    for alg in ("none", "HS256", "RS256"):
        t = make(f"{cls} {alg}", js({"alg": alg, "enc": "A256GCM"}), DIR)
        neg(cls, f"jwe-with-alg-{alg.lower()}", src, f"five parts, sealed, with alg {alg}", DIR, t.text(), "UnsupportedAlgorithm",
            "parse")


def polyglot():
    cls, src = "polyglot", "CVE-2022-39227; RFC 7516 section 7.1"
    for key in (DIR, RSA):
        name = short(key)
        t = make(f"{cls} {key}", head(key), key)
        text = t.text()
        members = dict(zip(("protected", "encrypted_key", "iv", "ciphertext", "tag"), text.split(".")))
        if key in DIRECT:
            del members["encrypted_key"]
        general = {k: v for k, v in members.items() if k != "encrypted_key"}
        general["recipients"] = [{k: v for k, v in members.items() if k == "encrypted_key"}]
        neg(cls, f"json-flattened-{name}", src, "the JSON serialisation, flattened", key, js(members), "PartCount", "parse")
        neg(cls, f"json-general-{name}", src, "the JSON serialisation, general", key, js(general), "PartCount", "parse")
        front = {text: 1, **members}
        neg(cls, f"json-with-compact-name-{name}", src, "JSON whose first name is a compact token", key, js(front),
            "Base64(Header)", "parse")
        neg(cls, f"json-quoted-token-{name}", src, "the token as a JSON string", key, js(text), "Base64(Header)", "parse")
        neg(cls, f"bearer-{name}", "RFC 6750", "'Bearer ' in front", key, "Bearer " + text, "Base64(Header)", "parse")
        for space_name, space in (("space", " "), ("tab", "\t"), ("newline", "\n"), ("crlf", "\r\n"), ("nul", "\0"),
                                  ("no-break-space", "\u00a0"), ("bom", "\ufeff")):
            neg(cls, f"{space_name}-before-{name}", src, f"{space_name} before the token", key, space + text, "Base64(Header)",
                "parse")
            neg(cls, f"{space_name}-behind-{name}", src, f"{space_name} behind the token", key, text + space,
                ["Base64(Tag)", "PartLength(Tag)"], "parse")
        for space_name, space in (("space", " "), ("newline", "\n"), ("crlf", "\r\n")):
            spaced = text.split(".")
            where = (("Base64(Header)", "parse"), (["Base64(EncryptedKey)", "PartLength(EncryptedKey)"], "any"),
                     (["Base64(Iv)", "PartLength(Iv)"], "parse"), ("Base64(Ciphertext)", "decrypt"))
            for i, (part, (expect, stage)) in enumerate(zip(("header", "key", "iv", "ciphertext"), where)):
                changed = [p + space if i == j else p for j, p in enumerate(spaced)]
                if part == "header":
                    changed = make(f"{cls} {key}", head(key), key, header_text=changed[0]).text().split(".")
                neg(cls, f"{space_name}-after-{part}-{name}", src, f"{space_name} before the dot that ends the {part}", key,
                    ".".join(changed), expect, stage)
        lines = "\n".join(text[i:i + 64] for i in range(0, len(text), 64))
        neg(cls, f"wrapped-lines-{name}", src, "the token in lines of 64", key, lines,
            "Base64(Header)" if len(t.header) >= 64 else ["Base64(EncryptedKey)", "Base64(Iv)", "Base64(Ciphertext)",
                                                           "PartLength(EncryptedKey)", "PartLength(Iv)"],
            "any", authentic=len(t.header) < 64)


def parts():
    cls, src = "parts", "CVE-2019-18848, CVE-2025-27144; RFC 7516 section 5.2 step 1"
    for key in (DIR, RSA):
        name = short(key)
        t = make(f"{cls} {key}", head(key), key)
        p = t.text().split(".")

        def case(what, token, shows, expect="PartCount", stage="parse", authentic=False):
            neg(cls, f"parts-{what}-{name}", src, shows, key, token, expect, stage, authentic=authentic)

        for count in (1, 2, 3, 4):
            case(count, ".".join(p[:count]), f"the first {count} of five parts")
        case("4-no-key", ".".join(p[:1] + p[2:]), "the encrypted key and its dot are missing", authentic=key in DIRECT)
        half = len(p[3]) // 4 * 2
        case("6-split-ciphertext", ".".join(p[:3] + [p[3][:half], p[3][half:], p[4]]), "a dot inside the ciphertext",
             stage="any", authentic=True)
        case("6-empty-behind-ciphertext", ".".join(p[:4] + ["", p[4]]), "an empty part before the tag", stage="any", authentic=True)
        case("6-empty-before-ciphertext", ".".join(p[:3] + ["", *p[3:]]), "an empty part before the ciphertext", stage="any",
             authentic=True)
        case("7", ".".join(p[:4] + ["AAAA", "AAAA", p[4]]), "two parts before the tag", stage="any")
        case("final-dot", ".".join(p) + ".", "a dot behind the token", ["PartCount", "PartLength(Tag)"], "any", True)
        case("first-dot", "." + ".".join(p), "a dot before the token", ["PartCount", "HeaderSyntax"], "any", True)
        case("two-tokens", ".".join(p) + "." + ".".join(p), "the token twice, joined by a dot", "PartCount", "any", True)
        case("million-dots-inside", repeat(".".join(p[:4]), ".", 10**6, p[4]), "a million dots before the tag", stage="any",
             authentic=True)
    neg(cls, "parts-0", src, "no text at all", DIR, "", "PartCount", "parse", authentic=False)
    for count in (1, 2, 3):
        neg(cls, f"dots-{count}", src, f"{count} dots and nothing else", DIR, "." * count, "PartCount", "parse", authentic=False)
    neg(cls, "dots-4", src, "five empty parts", DIR, "....", "HeaderSyntax", "parse", authentic=False)
    neg(cls, "dots-5", src, "six empty parts", DIR, ".....", ["PartCount", "HeaderSyntax"], "any", authentic=False)
    neg(cls, "dots-million", src, "a million dots", DIR, repeat("", ".", 10**6, ""), ["PartCount", "HeaderSyntax"], "any",
        authentic=False)
    header = b64u(head(DIR).encode())
    neg(cls, "header-and-million-dots", src, "a good header and a million dots", DIR, repeat(header, ".", 10**6, ""),
        ["PartCount", "PartLength(Iv)", "PartLength(Tag)"], "any", authentic=False)
    neg(cls, "no-dots-16-mib", src, "16 MiB without a dot", DIR, repeat("", "A", 16 << 20, ""), "PartCount", "parse",
        authentic=False)


def oversize():
    cls, src = "oversize", "CVE-2025-61920; RFC 7516 section 11"
    for key in (DIR, RSA):
        for name, size in (("header-over-limit", 16388), ("header-16-mib", 16 << 20)):
            prefix, suffix = '{"alg":"%s",' % alg_of(key), '  "enc":"A256GCM"}'
            prefix += " " * (-len(prefix) % 3)
            blanks = (size - len(b64u(prefix.encode())) - len(b64u(suffix.encode()))) // 4
            text = b64u(prefix.encode()) + "ICAg" * blanks + b64u(suffix.encode())
            assert len(text) == size
            t = make(f"{cls} {name} {key}", None, key, header_text=text)
            rest = t.text().split(".", 1)[1]
            neg(cls, f"{name}-{short(key)}", src, f"a true token with a header part of {len(text)} characters, white space for the most part",
                key, repeat(b64u(prefix.encode()), "ICAg", blanks, f"{b64u(suffix.encode())}.{rest}"), "HeaderTooLong", "parse")
    t = make(f"{cls} noise", head(DIR), DIR)
    rest = t.text().split(".", 1)[1]
    neg(cls, "header-16-mib-no-base64", src, "a header part of 16 MiB of '*': its length is judged before its text", DIR,
        repeat("", "*", 16 << 20, "." + rest), "HeaderTooLong", "parse", authentic=False)
    neg(cls, "header-16385", src, "one character above the limit", DIR, repeat("", "A", 16385, "." + rest), "HeaderTooLong",
        "parse", authentic=False)
    for name, text in (("65-members", head(DIR)[:-1] + "".join(f',"m{i}":{i}' for i in range(63)) + "}"),
                       ("65-names-open", head(DIR)[:-1] + "".join(f',"m{i}":{i}' for i in range(31)) + ',"n":{'
                        + ",".join(f'"n{i}":{i}' for i in range(31)) + "}}"),
                       ("1500-members", head(DIR)[:-1] + "".join(f',"{i}":0' for i in range(1500)) + "}")):
        t65 = make(f"{cls} {name}", text, DIR)
        neg(cls, f"{name}-dir", src, "more than 64 member names open at once: finding a duplicate would cost too much", DIR, t65.text(),
            "HeaderTooLong", "parse")
    header = t.header
    ivct = t.text().split(".")
    neg(cls, "encrypted-key-16-mib", src, "an encrypted key of 16 MiB of text", RSA,
        repeat(b64u(head(RSA).encode()) + ".", "A", 16 << 20, "." + ".".join(ivct[2:])), "PartLength(EncryptedKey)", "parse",
        authentic=False)
    neg(cls, "iv-16-mib", src, "an IV of 16 MiB of text", DIR, repeat(f"{header}..", "A", 16 << 20, "." + ".".join(ivct[3:])),
        "PartLength(Iv)", "parse", authentic=False)
    neg(cls, "tag-16-mib", src, "a tag of 16 MiB of text", DIR, repeat(".".join(ivct[:4]) + ".", "A", 16 << 20, ""),
        "PartLength(Tag)", "parse", authentic=False)
    long_name = js({"alg": "dir", "enc": "A256GCM", "n" * 9000: 1, "s": "v" * 3500})
    assert len(b64u(long_name.encode())) > 16384
    t = make(f"{cls} long name", long_name, DIR)
    p = t.text()
    neg(cls, "header-long-name", src, "a true token with a member name of 9000 letters", DIR, p, "HeaderTooLong", "parse")


def json_class():
    cls, src = "JSON", "CVE-2025-53864, CVE-2023-1370; RFC 8259; RFC 7515 section 4"
    good = '{"alg":"dir","enc":"A256GCM"}'
    open_ = '{"alg":"dir","enc":"A256GCM"'
    syntax, twice, types = "HeaderSyntax", "DuplicateParameter", "ParameterType"

    def case(name, header, shows, expect=syntax, key=DIR, authentic=True, source=src):
        t = make(f"{cls} {name}", header, key)
        neg(cls, f"json-{name}", source, shows, key, t.text(), expect, "parse", authentic=authentic)

    # no object
    for name, text in (("null", "null"), ("true", "true"), ("number", "1"), ("array", "[]"), ("string", '""'), ("empty", ""),
                       ("blank", " "), ("array-of-header", f"[{good}]"), ("header-as-string", json.dumps(good)),
                       ("bare-word", "dir"), ("nul", "\0")):
        case(name, text, f"the header is {text!r}")
        if name in ("null", "number", "array", "string"):
            case(f"{name}-rsa", text, f"the header is {text!r}", key=RSA)
    # ends
    for name, text in (("two-objects", good + good), ("object-behind", good + "{}"), ("word-behind", good + " x"),
                       ("comma-behind", good + ","), ("brace-behind", good + "}"), ("nul-behind", good + "\0"),
                       ("comment-behind", good + "//x"), ("brace-missing", open_), ("string-open", open_[:-1]),
                       ("brace-in-front", "{" + good), ("form-feed-behind", good + "\f"), ("vertical-tab-in-front", "\v" + good),
                       ("no-break-space-behind", good + "\u00a0"), ("line-separator-behind", good + "\u2028")):
        case(name, text, name.replace("-", " "))
    # members
    for name, text in (
        ("trailing-comma", open_ + ",}"), ("leading-comma", "{," + good[1:]), ("two-commas", good.replace(",", ",,")),
        ("comma-missing", good.replace(",", " ")), ("colon-missing", good.replace('"alg":', '"alg" ')),
        ("equals-for-colon", good.replace('"alg":', '"alg"=')), ("two-colons", good.replace('"alg":', '"alg"::')),
        ("semicolon-for-comma", good.replace(",", ";")), ("value-missing", open_ + ',"x":}'), ("name-only", open_ + ',"x"}'),
        ("name-unquoted", good.replace('"alg"', "alg")), ("single-quotes", good.replace('"', "'")),
        ("value-unquoted", good.replace('"dir"', "dir")), ("name-number", open_ + ",1:1}"), ("name-null", open_ + ",null:1}"),
        ("comment-block", "{/* */" + good[1:]), ("comment-line", "{//\n" + good[1:]), ("comment-hash", "{#\n" + good[1:]),
        ("form-feed-inside", "{\f" + good[1:]), ("no-break-space-inside", "{\u00a0" + good[1:]),
        ("bracket-for-brace", good[:-1] + "]"), ("array-unclosed", open_ + ',"x":[1}'), ("array-trailing-comma", open_ + ',"x":[1,]}'),
        ("array-comma-missing", open_ + ',"x":[1 2]}'), ("array-leading-comma", open_ + ',"x":[,1]}'),
        ("object-trailing-comma", open_ + ',"x":{"y":1,}}'),
        ("crossed-brackets", open_ + ',"x":[{]}}'), ("elided", open_ + ',"x":[1,,2]}'),
    ):
        case(name, text, name.replace("-", " "))
    # literals and numbers
    for name, text in (
        ("true-capital", "True"), ("null-short", "nul"), ("null-long", "nulll"), ("null-capital", "NULL"), ("none", "None"),
        ("undefined", "undefined"), ("nan", "NaN"), ("infinity", "Infinity"), ("minus-infinity", "-Infinity"),
        ("leading-zero", "01"), ("minus-leading-zero", "-01"), ("double-zero", "00"), ("plus", "+1"), ("point-first", ".5"),
        ("point-last", "1."), ("exponent-empty", "1e"), ("exponent-plus-empty", "1e+"), ("point-exponent", "1.e1"),
        ("hex", "0x10"), ("minus-only", "-"), ("two-minus", "--1"), ("underscore", "1_000"), ("comma-decimal", "1,5"),
        ("two-points", "1.2.3"), ("suffix-n", "1n"), ("fraction-exponent", "1e1.5"), ("arabic-digit", "\u0661"), ("spaced", "- 1"),
    ):
        case(f"value-{name}", open_ + f',"x":{text}}}', f"a value {text!r} that JSON doesn't have")
    # strings
    for name, text in (
        ("raw-newline", "a\nb"), ("raw-tab", "a\tb"), ("raw-nul", "a\0b"), ("raw-1f", "a\x1fb"), ("escape-x", "\\x41"),
        ("escape-quote", "\\'"), ("escape-0", "\\0"), ("escape-u-short", "\\u12"), ("escape-u-foreign", "\\u12g4"),
        ("escape-u-brace", "\\u{41}"), ("escape-capital-u", "\\U0041"), ("escape-newline", "\\\n"), ("escape-a", "\\a"),
        ("escape-u-sign", "\\u+041"), ("escape-u-space", "\\u 041"), ("escape-u-underscore", "\\u0_41"),
    ):
        case(f"string-{name}", open_ + f',"x":"{text}"}}', f"a string with {name.replace('-', ' ')}")
        if name in ("raw-newline", "escape-x"):
            case(f"name-{name}", open_ + f',"{text}":1}}', f"a name with {name.replace('-', ' ')}")
    case("string-ends-in-backslash", open_ + ',"x":"a\\"}', "the last quote is escaped")
    for name, text in (("high", "\\ud800"), ("low", "\\udc00"), ("reversed", "\\udc00\\ud800"), ("two-high", "\\ud800\\ud800"),
                       ("high-and-letter", "\\ud800a"), ("high-and-escape", "\\ud800\\n"), ("high-and-bmp", "\\ud83d\\u0041"),
                       ("pair-and-low", "\\ud83d\\ude00\\ude00"), ("last-high", "\\udbff")):
        case(f"lone-surrogate-{name}", open_ + f',"x":"{text}"}}', "a lone surrogate in a value nobody reads")
    case("lone-surrogate-in-name", open_ + ',"\\udead":1}', "a lone surrogate in a name")
    case("lone-surrogate-in-kid", open_ + ',"kid":"\\udead"}', "a lone surrogate in kid")
    case("lone-surrogate-nested", open_ + ',"x":{"y":["\\udead"]}}', "a lone surrogate deep inside")
    # encoding
    case("bom", "\ufeff" + good, "a byte order mark in front", source="RFC 8259 section 8.1")
    case("bom-rsa", "\ufeff" + head(RSA), "a byte order mark in front", source="RFC 8259 section 8.1", key=RSA)
    case("utf-16", good.encode("utf-16-le"), "UTF-16, little-endian")
    case("utf-16-bom", good.encode("utf-16"), "UTF-16 with a byte order mark")
    for name, raw_utf8 in (("ff", b"\xff"), ("continuation", b"\x80"), ("truncated", b"\xc3"), ("overlong-slash", b"\xc0\xaf"),
                          ("overlong-nul", b"\xc0\x80"), ("overlong-3", b"\xe0\x80\xaf"), ("surrogate", b"\xed\xa0\x80"),
                          ("cesu-pair", b"\xed\xa0\xbd\xed\xb8\x80"), ("above-10ffff", b"\xf4\x90\x80\x80"),
                          ("five-octets", b"\xf8\x88\x80\x80\x80"), ("latin-1", "caf\u00e9".encode("latin-1"))):
        case(f"utf-8-{name}", open_.encode() + b',"x":"' + raw_utf8 + b'"}', f"no UTF-8 in a value: {raw_utf8.hex()}",
             source="RFC 7515 section 5.2 step 3; RFC 3629")
    case("utf-8-ff-in-name", open_.encode() + b',"\xff":1}', "no UTF-8 in a name", source="RFC 3629")
    case("utf-8-ff-outside", b"\xff" + good.encode(), "no UTF-8 before the object", source="RFC 3629")
    case("utf-8-overlong-name", b'{"\xc1\xa1lg":"dir","enc":"A256GCM"}', "alg with an overlong 'a'", source="RFC 3629")
    # depth
    for depth in (17, 18, 100):
        case(f"depth-{depth}-arrays", open_ + ',"x":' + "[" * (depth - 1) + "]" * (depth - 1) + "}",
             f"arrays to depth {depth}, the object itself counted")
    case("depth-17-objects", open_ + ',"x":' + '{"x":' * 15 + "{}" + "}" * 16, "objects to depth 17")
    case("depth-17-mixed", open_ + ',"x":' + '[{"x":' * 8 + "1" + "}]" * 8 + "}", "arrays and objects to depth 17")
    case("depth-5000-arrays", open_ + ',"x":' + "[" * 5000 + "]" * 5000 + "}", "arrays to depth 5001")
    case("depth-2000-objects", open_ + ',"x":' + '{"":' * 2000 + "1" + "}" * 2000 + "}", "objects to depth 2001")
    case("depth-before-alg", '{"x":' + "[" * 17 + "]" * 17 + ',"alg":"dir","enc":"A256GCM"}', "depth 18 before alg")
    for count, expect in ((12000, syntax), (20000 // 3 * 3 + 3, "HeaderTooLong")):
        text = b64u(b"[" * count)
        t = make(f"{cls} brackets {count}", None, DIR, header_text=text)
        neg(cls, f"json-brackets-{count}", src, f"{count} times [ and nothing else" + (
            ": longer than the limit; with a higher limit HeaderSyntax" if count > 12288 else ""), DIR,
            repeat("", "W1tb", count // 3, "." + t.text().split(".", 1)[1]), expect, "parse")
    t = make(f"{cls} braces", None, DIR, header_text=b64u(b'{"a":' * 2400))
    neg(cls, "json-open-objects-2400", src, '2400 times {"a": and nothing else', DIR,
        repeat("", b64u(b'{"a":' * 3), 800, "." + t.text().split(".", 1)[1]), syntax, "parse")
    # twice
    for name, text, shows in (
        ("enc-same", '{"alg":"dir","enc":"A256GCM","enc":"A256GCM"}', "enc twice, the same"),
        ("enc-other-last", '{"alg":"dir","enc":"A256GCM","enc":"A128GCM"}', "enc twice, the wrong one last"),
        ("enc-other-first", '{"alg":"dir","enc":"A128GCM","enc":"A256GCM"}', "enc twice, the wrong one first"),
        ("enc-escaped", '{"alg":"dir","enc":"A256GCM","\\u0065nc":"A256GCM"}', "enc twice, once written with an escape"),
        ("enc-escaped-first", '{"\\u0065\\u006e\\u0063":"A128GCM","alg":"dir","enc":"A256GCM"}', "enc twice, all escapes first"),
        ("alg-same", '{"alg":"dir","alg":"dir","enc":"A256GCM"}', "alg twice, the same"),
        ("alg-other-first", '{"alg":"RSA1_5","alg":"dir","enc":"A256GCM"}', "alg twice, the wrong one first"),
        ("alg-other-last", '{"alg":"dir","enc":"A256GCM","alg":"RSA-OAEP-256"}', "alg twice, the wrong one last"),
        ("alg-escaped", '{"alg":"dir","\\u0061lg":"dir","enc":"A256GCM"}', "alg twice, once written with an escape"),
        ("kid", '{"alg":"dir","enc":"A256GCM","kid":"a","kid":"b"}', "kid twice"),
        ("unknown", '{"alg":"dir","enc":"A256GCM","x":1,"x":2}', "an unknown member twice"),
        ("unknown-null", '{"alg":"dir","enc":"A256GCM","x":null,"x":null}', "an unknown member twice, null"),
        ("empty-name", '{"alg":"dir","enc":"A256GCM","":1,"":2}', "the empty name twice"),
        ("nested", '{"alg":"dir","enc":"A256GCM","x":{"y":1,"y":1}}', "twice in a nested object"),
        ("nested-in-array", '{"alg":"dir","enc":"A256GCM","x":[1,{"y":1,"z":2,"\\u0079":1}]}', "twice in an object in an array"),
        ("nested-deep", '{"alg":"dir","enc":"A256GCM","x":[[[{"a":{"b":{"c":1,"d":2,"c":3}}}]]]}', "twice at depth 7"),
        ("emoji-escaped", '{"alg":"dir","enc":"A256GCM","\U0001f600":1,"\\ud83d\\ude00":2}', "once as UTF-8, once as a pair of escapes"),
        ("slash-escaped", '{"alg":"dir","enc":"A256GCM","a/b":1,"a\\/b":2}', "once with \\/ for /"),
        ("newline-escaped", '{"alg":"dir","enc":"A256GCM","\\n":1,"\\u000a":2}', "two escapes of the same character"),
        ("hex-case", '{"alg":"dir","enc":"A256GCM","\\u00e9":1,"\\u00E9":2}', "one escape in both cases of hex"),
        ("far-apart", js({"alg": "dir", "enc": "A256GCM", "x": 0})[:-1] + "".join(f',"m{i}":{i}' for i in range(50)) + ',"x":1}',
         "twice with 50 members between"),
    ):
        case(f"duplicate-{name}", text, shows, twice)
    case("duplicate-enc-rsa", head(RSA)[:-1] + ',"\\u0065nc":"A256GCM"}', "enc twice, once written with an escape", twice, key=RSA)
    # types
    for member in ("kid", "typ", "cty"):
        for name, value in (("number", "1"), ("null", "null"), ("true", "true"), ("array", '["a"]'), ("object", '{"a":"b"}')):
            case(f"{member}-{name}", open_ + f',"{member}":{value}}}', f"{member} is {value}", types,
                 source="RFC 7515 section 4.1")


def crit():
    cls, src = "crit", "CVE-2025-59420, libjwt #283; RFC 7516 section 4.1.13"
    for name, value, more in (
        ("exp", ["exp"], {}), ("exp-present", ["exp"], {"exp": 1}), ("empty", [], {}), ("string", "exp", {}), ("alg", ["alg"], {}),
        ("number", [1], {}), ("unknown-present", ["http://example.com/x"], {"http://example.com/x": True}),
        ("kid", ["kid"], {"kid": "a"}), ("null", None, {}), ("object", {}, {}), ("true", True, {}), ("false", False, {}),
        ("empty-string", "", {}), ("empty-name", [""], {}), ("twice", ["exp", "exp"], {"exp": 1}), ("crit", ["crit"], {}),
        ("zip", ["zip"], {}), ("b64", ["b64"], {"b64": True}), ("nested", [["exp"]], {}), ("number-only", 0, {}),
    ):
        for key in (DIR, RSA) if name in ("exp", "empty", "string", "alg", "number", "unknown-present", "null") else (DIR,):
            t = make(f"{cls} {name} {key}", head(key, crit=value, **more), key)
            neg(cls, f"crit-{name}-{short(key)}", src, f"crit is {js(value)}", key, t.text(), "Critical", "parse")
    for name, text in (("escaped-name", '{"alg":"dir","enc":"A256GCM","\\u0063rit":["exp"]}'),
                       ("first-member", '{"crit":["exp"],"alg":"dir","enc":"A256GCM"}')):
        neg(cls, f"crit-{name}", src, name.replace("-", " "), DIR, make(f"{cls} {name}", text, DIR).text(), "Critical", "parse")


def aad_dropped():
    cls, src = "AAD dropped", "apisix #13404, guest-components #583; RFC 7516 section 5.1 step 14"
    opaque = ("Decryption", "decrypt")
    for key in (DIR, RSA):
        name, header = short(key), head(key)
        plain = b64u(header.encode())

        def case(what, shows, header_text=plain, authentic=True, **options):
            t = make(f"{cls} {what} {key}", None, key, header_text=header_text, **options)
            neg(cls, f"aad-{what}-{name}", src, shows, key, t.text(), *opaque, authentic=authentic)

        case("empty", "the tag is made with empty AAD", aad=b"")
        case("json", "the AAD is the JSON text, not its base64url", aad=header.encode())
        case("final-dot", "the AAD has a dot behind", aad=plain.encode() + b".", authentic=False)
        case("padded", "the AAD is the padded base64", aad=plain.encode() + b"=" * (-len(plain) % 4) + b"=", authentic=False)
        spaced = b64u(json.dumps(json.loads(header)).encode())
        case("spaced-header", "sealed under the header without spaces, sent with them", header_text=spaced, aad=plain.encode())
        case("unspaced-header", "sealed under the header with spaces, sent without them", aad=spaced.encode(), authentic=False)
        turned = b64u(js(dict(reversed(json.loads(header).items()))).encode())
        case("reordered-header", "sealed under alg, enc; sent as enc, alg", header_text=turned, aad=plain.encode())
        escaped = b64u(header.replace('"alg"', '"\\u0061lg"').encode())
        case("escaped-header", "sealed under the plain header, sent with an escape", header_text=escaped, aad=plain.encode())
        more = b64u(head(key, kid="a").encode())
        case("added-member", "a member was added after sealing", header_text=more, aad=plain.encode(), authentic=False)
        case("dropped-member", "a member was taken away after sealing", aad=more.encode(), authentic=False)
        case("changed-member", "kid was changed after sealing", header_text=b64u(head(key, kid="b").encode()), aad=more.encode(),
             authentic=False)
        other = "dir" if key == RSA else "RSA-OAEP-256"
        case("another-header", "sealed under another protected header", aad=b64u(js({"alg": other, "enc": "A256GCM"}).encode()).encode(),
             authentic=False)
        with_json_aad = plain.encode() + b"." + b64u(b"aad").encode()
        case("json-serialisation-aad", "the AAD of the JSON serialisation, with its own aad member", aad=with_json_aad, authentic=False)


def downgrade_of_the_key():
    cls, src = "downgrade of the key", "Keycloak #50934; RFC 8725 section 3.1"
    for key in (RSA, "rsa3072"):
        cek = fixed(f"{cls} sha1 {key}", 32)
        t = make(f"{cls} sha1 {key}", js({"alg": "RSA-OAEP", "enc": "A256GCM"}), key, cek=cek,
                 ek=wrap(key, cek, f"{cls} sha1 {key}", hash_name="sha1"))
        neg(cls, f"rsa-oaep-sha1-{key}", src, "a true token of RSA-OAEP (SHA-1) to an RSA-OAEP-256 key", key, t.text(),
            "UnsupportedAlgorithm", "parse")
    mismatch = ("AlgorithmMismatch", "decrypt")
    t = make(f"{cls} dir", head(DIR), DIR)
    neg(cls, "dir-token-to-rsa-key", src, "a true dir token, given to an RSA key", RSA, t.text(), *mismatch)
    t = make(f"{cls} zero", head(DIR), DIR, cek=bytes(32))
    neg(cls, "dir-token-under-zero-key-to-rsa-key", src, "a dir token under an all-zero key, given to an RSA key", RSA, t.text(),
        *mismatch)
    public = hashlib.sha256(to_bytes(KEYS[RSA].n)).digest()
    t = make(f"{cls} public", head(DIR), DIR, cek=public)
    neg(cls, "dir-token-under-hash-of-public-key", src, "a dir token under the hash of the modulus, given to that RSA key", RSA,
        t.text(), *mismatch, authentic=False)
    t = make(f"{cls} rsa", head(RSA), RSA)
    neg(cls, "rsa-token-to-dir-key", src, "a true RSA-OAEP-256 token, given to a dir key", DIR, t.text(), *mismatch)
    t = make(f"{cls} rsa under dir", head(RSA), RSA, cek=DIRECT[DIR])
    neg(cls, "rsa-token-with-dir-cek-to-dir-key", src, "an RSA-OAEP-256 token whose CEK is the dir key, given to that key", DIR,
        t.text(), *mismatch)
    t = make(f"{cls} rsa empty", head(RSA), RSA, cek=DIRECT[DIR], ek=b"")
    neg(cls, "rsa-token-empty-key-to-dir-key", src, "RSA-OAEP-256 with an empty encrypted key, sealed under the dir key it is given to",
        DIR, t.text(), ["AlgorithmMismatch", "PartLength(EncryptedKey)"], "any")
    t = make(f"{cls} ek", head(DIR), DIR)
    for size in (1, 16, 32, 40, 256):
        neg(cls, f"dir-encrypted-key-{size}-bytes", "RFC 7516 section 5.2 step 10", f"a true dir token with {size} octets as encrypted key",
            DIR, t.text(ek=fixed("dir ek", size)), "PartLength(EncryptedKey)", "parse")
    neg(cls, "dir-encrypted-key-to-rsa-key", "RFC 7516 section 5.2 step 10", "dir with a true RSA-OAEP-256 encrypted key, given to that RSA key",
        RSA, make(f"{cls} both", head(DIR), RSA).text(), "PartLength(EncryptedKey)", "parse")
    # kid
    kid_src, no = "RFC 7516 section 4.1.6", ("KeyIdMismatch", "decrypt")
    for key in (DIR, RSA):
        for name, mine, theirs in (("other", "key-1", "key-2"), ("empty", "key-1", ""), ("case", "key-1", "KEY-1"),
                                   ("space-behind", "key-1", "key-1 "), ("prefix", "key-1", "key-"), ("longer", "key-1", "key-10"),
                                   ("nul-behind", "key-1", "key-1\0"), ("nfd", "caf\u00e9", "cafe\u0301"), ("not-unescaped", "\\u006b", "k")):
            t = make(f"{cls} kid {name} {key}", head(key, kid=theirs), key)
            neg(cls, f"kid-{name}-{short(key)}", kid_src, f"the key's id is {mine!a}, the token's {theirs!a}", key, t.text(), *no, kid=mine)


def key_in_the_message():
    cls, src = "key in the message", "CVE-2018-0114, CVE-2026-27962; RFC 8725 section 3.10"
    opaque = ("Decryption", "decrypt")
    evil = fixed("evil key", 32)
    oct_jwk = {"kty": "oct", "k": b64u(evil)}
    t = make(f"{cls} oct", head(DIR, jwk=oct_jwk), DIR, cek=evil)
    neg(cls, "jwk-oct-used-for-dir", src, "sealed under the symmetric key in jwk", DIR, t.text(), *opaque)
    b = KEYS["rsa2048-b"]
    names = ("n", "e", "d", "p", "q", "dp", "dq", "qi")
    private = {"kty": "RSA", **{k: b64u_int(getattr(b, k)) for k in names}}
    public = {k: private[k] for k in ("kty", "n", "e")}
    for name, jwk in (("public", public), ("private", private)):
        t = make(f"{cls} {name}", head(RSA, jwk=jwk), "rsa2048-b")
        neg(cls, f"jwk-{name}-of-another-key", src, f"encrypted to the {name} key in jwk, given to rsa2048-a", RSA, t.text(), *opaque)
    for name, value in (("jku", "https://keys.invalid/jwks.json"), ("x5u", "https://keys.invalid/cert.pem"),
                        ("x5c", [b64u(b"no certificate")]), ("x5t", b64u(bytes(20))), ("x5t#S256", b64u(bytes(32)))):
        t = make(f"{cls} {name}", head(RSA, **{name: value}), "rsa2048-b")
        neg(cls, f"{name.replace('#', '-').lower()}-wrong-key", src, f"{name} present, encrypted to rsa2048-b, given to rsa2048-a", RSA,
            t.text(), *opaque, authentic=False)


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def trailing(text, mask):
    return text[:-1] + ALPHABET[ALPHABET.index(text[-1]) | mask]


def base64_malleability():
    cls, src = "base64 malleability", "GHSA-hxm8-2xgr-2p9m, joserfc #51; RFC 7515 section 2"
    for key in (DIR, RSA):
        alg = alg_of(key)

        def header_of(rest):
            """A header of 3m + rest bytes whose text has - and _."""
            return b64_with_both(lambda i: next(
                h for j in range(3) if len(h := js({"alg": alg, "enc": "A256GCM", "x": "~" * (i % 7) + ">?" * (i + 1) + "." * j})) % 3 == rest))

        def token(rest):
            """A ciphertext of 3m + rest bytes; encrypted key, IV, ciphertext and tag each have - and _ in their text."""
            label = f"{cls} {key}"
            cek = DIRECT.get(key) or fixed(f"{label} cek", 32)
            ek = b"" if key in DIRECT else b64_with_both(lambda i: wrap(key, cek, f"{label} {i}"))
            both = lambda data: {"-", "_"} <= set(b64u(data))
            for i in range(100000):
                iv_ = fixed(f"{label} iv {i}", 12)
                if both(iv_):
                    t = make(label, header_of(rest), key, cek=cek, ek=ek, iv=iv_, plaintext=PLAIN.ljust(63 + rest))
                    if both(t.ct) and both(t.tag):
                        return t
            raise AssertionError

        t1, t2, t0 = token(1), token(2), token(0)
        parts_ = (("header", "Header"), ("ek", "EncryptedKey"), ("iv", "Iv"), ("ct", "Ciphertext"), ("tag", "Tag"))
        for attr, part in parts_:
            if attr == "ek" and key == DIR:
                for name, text in (("padding", "="), ("two-padding", "=="), ("space", " "), ("newline", "\n")):
                    neg(cls, f"b64-{name}-encryptedkey-dir", src, f"{text!r} as the encrypted key", key, t1.text(ek=text),
                        ["Base64(EncryptedKey)", "PartLength(EncryptedKey)"], "parse")
                continue
            stage = "decrypt" if attr == "ct" else "parse"
            exact, either = f"Base64({part})", [f"Base64({part})", f"PartLength({part})"]

            def case(name, base, change, shows, authentic=True):
                old = getattr(base, attr)
                old = old if isinstance(old, str) else b64u(old)
                new = change(old)
                assert new != old, name
                if attr == "header":
                    text = make(f"{cls} {key}", None, key, header_text=new).text()
                else:
                    text = base.text(**{attr: new})
                fixed_size = attr in ("ek", "iv", "tag") and len(new) != len(old)
                neg(cls, f"b64-{name}-{part.lower()}-{short(key)}", src, shows, key, text, either if fixed_size else exact,
                    "any" if fixed_size and attr == "ek" else stage, authentic=authentic)

            case("one-padding", t1, lambda s: s + "=", "= behind")
            case("two-padding", t1, lambda s: s + "==", "== behind")
            if attr in ("header", "ct"):
                case("right-padding-1", t2, lambda s: s + "=", "the padding the length asks for: =")
            case("four-padding", t0, lambda s: s + "====", "==== behind")
            if attr != "iv":
                case("trailing-low-bit", t1, lambda s: trailing(s, 1), "the lowest unused bit is set")
                case("trailing-high-bit", t1, lambda s: trailing(s, 8), "the highest of four unused bits is set")
                case("trailing-all-bits", t1, lambda s: trailing(s, 15), "all four unused bits are set")
            if attr in ("header", "ct"):
                case("trailing-low-bit-of-2", t2, lambda s: trailing(s, 1), "the lower of two unused bits is set")
                case("trailing-high-bit-of-2", t2, lambda s: trailing(s, 2), "the higher of two unused bits is set")
                case("length-1-mod-4", t0, lambda s: s + "A", "one character more than a whole number of octets")
            elif attr == "iv":
                case("length-1-mod-4", t0, lambda s: s + "A", "one character more than a whole number of octets")
            else:
                case("length-1-mod-4", t0, lambda s: s[:-1], "one character less than the octets need", attr == "tag")
            case("plus", t1, lambda s: s.replace("-", "+"), "+ for -")
            case("slash", t1, lambda s: s.replace("_", "/"), "/ for _")
            case("plus-and-slash", t1, lambda s: s.replace("-", "+").replace("_", "/"), "the standard alphabet")
            for name, c in (("newline", "\n"), ("crlf", "\r\n"), ("space", " "), ("tab", "\t"), ("star", "*"), ("nul", "\0"),
                            ("e-acute", "\u00e9"), ("kelvin-sign", "\u212a"), ("comma", ","), ("percent", "%3D"[:1])):
                case(f"{name}-inside", t1, lambda s: s[:8] + c + s[8:], f"{name} inside")
                if name in ("newline", "space", "star"):
                    case(f"{name}-first", t1, lambda s: c + s, f"{name} in front")
                    case(f"{name}-last", t1, lambda s: s + c, f"{name} behind")
            case("padding-inside", t1, lambda s: s[:8] + "=" + s[8:], "= inside")
            case("star-for-a-character", t1, lambda s: s[:8] + "*" + s[9:], "* in the place of a character", attr == "header")
            case("padding-for-a-character", t1, lambda s: s[:-1] + "=", "= in the place of the last character", attr in ("header", "tag"))


def plaintext_before_its_tag():
    cls, src = "plaintext before its tag", "RUSTSEC-2023-0096; NIST SP 800-38D section 7.2"
    opaque = ("Decryption", "decrypt")
    for key in (DIR, RSA):
        t = make(f"{cls} {key}", head(key), key)
        flip = lambda b, i, m=1: bytes(x ^ m if j == i % len(b) else x for j, x in enumerate(b))

        def case(name, shows, **changes):
            neg(cls, f"{name}-{short(key)}", src, shows, key, t.text(**changes), *opaque, authentic=False)

        case("tag-first-bit", "the first bit of the tag is changed", tag=flip(t.tag, 0, 0x80))
        case("tag-last-bit", "the last bit of the tag is changed", tag=flip(t.tag, -1))
        case("tag-first-12-right", "the first 12 octets of the tag are right", tag=t.tag[:12] + flip(t.tag, -1)[12:])
        case("tag-zero", "the tag is all 00", tag=bytes(16))
        case("tag-ff", "the tag is all FF", tag=b"\xff" * 16)
        case("tag-reversed", "the tag backwards", tag=t.tag[::-1])
        case("ciphertext-first-bit", "the first bit of the ciphertext is changed", ct=flip(t.ct, 0, 0x80))
        case("ciphertext-last-bit", "the last bit of the ciphertext is changed", ct=flip(t.ct, -1))
        case("ciphertext-cut", "the last octet of the ciphertext is gone", ct=t.ct[:-1])
        case("ciphertext-longer", "00 behind the ciphertext", ct=t.ct + b"\0")
        case("ciphertext-gone", "no ciphertext", ct=b"")
        case("ciphertext-block-gone", "the first block is gone", ct=t.ct[16:])
        other = make(f"{cls} other {key}", head(key), key)
        case("tag-of-another", "the tag of another message", tag=other.tag)
        case("iv-of-another", "the IV of another message", iv=other.iv)
        case("key-of-another", "the encrypted key of another message", ek=other.ek) if key == RSA else None
        long_ = make(f"{cls} long {key}", head(key), key, plaintext=PLAIN * 120)
        neg(cls, f"long-tag-last-bit-{short(key)}", src, f"{len(PLAIN) * 120} octets; the last bit of the tag is changed", key,
            long_.text(tag=flip(long_.tag, -1)), *opaque, authentic=False)
        empty = make(f"{cls} empty {key}", head(key), key, plaintext=b"")
        neg(cls, f"empty-tag-last-bit-{short(key)}", src, "an empty plaintext; the last bit of the tag is changed", key,
            empty.text(tag=flip(empty.tag, -1)), *opaque, authentic=False)
    for key, other in ((DIR, "dir-b"), (RSA, "rsa2048-b"), (RSA, "rsa2048-e3")):
        t = make(f"{cls} wrong key {other}", head(other), other)
        neg(cls, f"made-for-{other}", src, f"made for {other}, given to {key}", key, t.text(), *opaque, authentic=False)


# --- what must work ---------------------------------------------------------

def ok(name, source, shows, key, token, plaintext, cek, kid=None):
    entry = {"id": name, "source": source, "shows": shows, "key": key_ref(key, kid)}
    entry["recipe" if isinstance(token, dict) else "token"] = token
    entry.update(expect="opens", plaintext=b64u(plaintext), cek=b64u(cek))
    ACCEPT.append(entry)


def accept():
    def case(name, shows, key=DIR, header=None, source="RFC 7516 section 5.2", kid=None, plaintext=PLAIN, cek=None, **options):
        label = f"accept {name}"
        if key in DIRECT:
            cek = DIRECT[key]
        elif cek is None:
            cek = fixed(f"{label} cek", 32)
        t = make(label, head(key) if header is None else header, key, plaintext=plaintext, cek=cek, **options)
        ok(name, source, shows, key, t.text(), plaintext, cek, kid)

    for key in (*KEYS, *DIRECT):
        case(f"key-{key}", "a plain message", key)
        if key in (RSA, DIR, "rsa2056"):
            case(f"empty-plaintext-{key}", "an empty plaintext", key, plaintext=b"")
    for size in (1, 15, 16, 17, 31, 32, 33, 4096):
        case(f"plaintext-{size}-bytes", f"a plaintext of {size} octets", plaintext=fixed("plaintext", size))
    case("plaintext-all-values", "every octet once", plaintext=bytes(range(256)))
    unsigned = f"{b64u(js({'alg': 'none'}).encode())}.{b64u(js({'sub': 'admin'}).encode())}.".encode()
    for key in (DIR, RSA):
        case(f"plaintext-unsigned-jwt-{short(key)}", "the plaintext is an unsigned JWT: it comes back as bytes", key,
             head(key, cty="JWT"), "CVE-2022-3102, CVE-2023-51774", plaintext=unsigned)

    def headers(name, make_header, shows, source="RFC 8259"):
        for key in (DIR, RSA):
            case(f"header-{name}-{short(key)}", shows, key, make_header(key), source)

    headers("enc-first", lambda k: js({"enc": "A256GCM", "alg": alg_of(k)}), "enc before alg")
    headers("others-between", lambda k: js({"kid": "a", "enc": "A256GCM", "x": 1, "alg": alg_of(k), "y": []}), "other members between")
    headers("spaced", lambda k: json.dumps(json.loads(head(k))), "a space behind each colon and comma")
    headers("much-space", lambda k: "\r\n\t { \"alg\"\n:\t\"%s\" , \r\n \"enc\" : \"A256GCM\" } \n" % alg_of(k), "every kind of white space")
    headers("indented", lambda k: json.dumps(json.loads(head(k)), indent=4), "indented by four")
    headers("escaped-name", lambda k: head(k).replace('"alg"', '"\\u0061lg"'), "alg written with an escape")
    headers("escaped-value", lambda k: head(k).replace("GCM", "\\u0047CM"), "A256GCM written with an escape")
    headers("all-escaped", lambda k: "{%s}" % ",".join(
        ":".join('"%s"' % "".join("\\u%04X" % ord(c) for c in s) for s in pair) for pair in (("alg", alg_of(k)), ("enc", "A256GCM"))),
        "every character written as an escape")
    headers("kid-url", lambda k: head(k, kid="https://keys.example.com/v1/keys?id=7&x=%20#a"), "kid is a URL")
    headers("kid-non-ascii", lambda k: head(k, kid="Schl\u00fcssel \u9375 \U0001f511"), "kid has letters outside ASCII")
    headers("kid-escaped", lambda k: head(k)[:-1] + ',"kid":"Schl\\u00fcssel \\ud83d\\udd11 \\"\\\\\\/\\b\\f\\n\\r\\t"}', "kid has escapes of every kind")
    headers("kid-empty", lambda k: head(k, kid=""), "kid is empty")
    headers("kid-fingerprint", lambda k: head(k, kid=hashlib.sha256(k.encode()).hexdigest()), "kid is a SHA-256 in hex")
    headers("url", lambda k: head(k, kid="1a2b", url="/v1/cases"), "kid and url beside alg and enc")
    headers("typ-cty", lambda k: head(k, typ="JOSE", cty="application/json"), "typ and cty", "RFC 7516 sections 4.1.11, 4.1.12")
    headers("iat-exp", lambda k: head(k, iat=1700000000, exp=1, nbf=9e99), "claims copied into the header: nobody reads them", "RFC 7519 section 5.3")
    headers("deep-15-arrays", lambda k: head(k)[:-1] + ',"x":' + "[" * 15 + "]" * 15 + "}", "arrays to depth 16, the object itself counted")
    headers("deep-15-objects", lambda k: head(k)[:-1] + ',"x":' + '{"x":' * 14 + "{}" + "}" * 15, "objects to depth 16")
    headers("wide", lambda k: head(k, x={"a": [1, -0.5, 2e10, True, False, None, "s", [], {}], "b": {"alg": "none", "zip": 1, "crit": []}}),
            "an unknown member with every type of value, and names of ours inside")
    b = KEYS["rsa2048-b"]
    other = {"kty": "RSA", "n": b64u_int(b.n), "e": "AQAB"}
    headers("jwk", lambda k: head(k, jwk=other), "jwk present: never used", "RFC 7516 section 4.1.5")
    headers("jwk-oct", lambda k: head(k, jwk={"kty": "oct", "k": b64u(bytes(32))}), "jwk with a symmetric key: never used", "RFC 7516 section 4.1.5")
    headers("jku", lambda k: head(k, jku="https://keys.invalid/jwks.json"), "jku present: never fetched", "RFC 7516 section 4.1.4")
    headers("x5u", lambda k: head(k, x5u="https://keys.invalid/cert.pem"), "x5u present: never fetched", "RFC 7516 section 4.1.7")
    headers("x5c", lambda k: head(k, x5c=["MIIB", "not a certificate"]), "x5c present: never read", "RFC 7516 section 4.1.8")
    headers("x5t", lambda k: head(k, **{"x5t": b64u(bytes(20)), "x5t#S256": b64u(bytes(32))}), "x5t and x5t#S256 present", "RFC 7516 section 4.1.9")
    headers("other-modes-members", lambda k: head(k, p2s="AA", p2c=2**31 - 1, epk={"kty": "EC"}, apu="AA", apv="AA", iv="AA", tag="AA"),
            "parameters of modes that are not ours", "RFC 7518 section 4")
    open_ = lambda k: head(k)[:-1]
    headers("numbers", lambda k: open_(k) + ',"x":[0,-0,0.0,1e999,-1E-999,1E+2,123456789012345678901234567890,' + "9" * 400 + "]}",
            "numbers no machine type holds", "RFC 8259 section 6")
    headers("strings", lambda k: open_(k) + ',"x":"\x7f\u0080\u2028\u2029\ufeff\uffff\U0010ffff\\u0000\\u001f\\ud83d\\ude00"}',
            "characters that other grammars refuse", "RFC 8259 section 7")
    headers("names-alike", lambda k: open_(k) + ',"a":1,"A":2,"a ":3,"a\\u0000":4,"\u00e9":5,"e\u0301":6,"":7}', "names that differ in an octet only")
    headers("same-name-other-level", lambda k: open_(k) + ',"x":{"x":{"x":1},"y":1},"y":[{"x":1},{"x":1}]}', "one name in several objects")
    headers("alg-like-names", lambda k: open_(k) + ',"Alg":"none","ALG":"none","algo":"none","en":"x","Zip":"DEF","crit ":["exp"]}',
            "names that resemble ours")
    headers("64-members", lambda k: open_(k) + "".join(f',"m{i}":{i}' for i in range(62)) + "}", "64 members, as many as are read")

    for key in (DIR, RSA):
        name = short(key)
        case(f"kid-equal-{name}", "the same kid in key and token", key, head(key, kid="key-1"), kid="key-1")
        case(f"kid-equal-escaped-{name}", "the same kid, written with escapes", key, open_(key) + ',"kid":"\\u006bey-1\\ud83d\\udd11"}', kid="key-1\U0001f511")
        case(f"kid-none-in-token-{name}", "the key has a kid, the token none", key, kid="key-1")
        case(f"kid-none-in-key-{name}", "the token has a kid, the key none", key, head(key, kid="key-1"))

        prefix, suffix = '{"alg":"%s",' % alg_of(key), '"enc":"A256GCM"}'
        prefix += " " * (-len(prefix) % 3)
        suffix = " " * (-len(suffix) % 3) + suffix
        blanks = (16384 - len(b64u(prefix.encode())) - len(b64u(suffix.encode()))) // 4
        text = b64u(prefix.encode()) + "ICAg" * blanks + b64u(suffix.encode())
        assert len(text) == 16384
        label = f"accept header 16384 {key}"
        cek = DIRECT.get(key) or fixed(f"{label} cek", 32)
        t = make(label, None, key, header_text=text, cek=cek)
        ok(f"header-16384-{name}", "RFC 7516 section 11", "a header part as long as the limit", key,
           repeat(b64u(prefix.encode()), "ICAg", blanks, f"{b64u(suffix.encode())}.{t.text().split('.', 1)[1]}"), PLAIN, cek)

    src = "RFC 8017 section 7.1"
    for name, cek in (("zero", bytes(32)), ("ff", b"\xff" * 32), ("starts-00-01", b"\0\1" + fixed("cek", 30)), ("starts-01", b"\1" + fixed("cek", 31)),
                      ("ends-00", fixed("cek", 31) + b"\0"), ("all-01", b"\1" * 32)):
        case(f"cek-{name}", f"a CEK of special form: {name}", RSA, source=src, cek=cek)
    for key in (RSA, "rsa2056", "rsa3072"):
        cek = fixed(f"accept leading zero {key}", 32)
        label = first_label(f"accept leading zero {key}", lambda s: wrap(key, cek, s)[0] == 0)
        t = make(label, head(key), key, cek=cek)
        ok(f"ek-leading-zero-{key}", src, "the encrypted key starts with 00, and has its full length", key, t.text(), PLAIN, cek)


# --- RFC 7516 A.1 -----------------------------------------------------------

A1_TOKEN = (
    "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ."
    "OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGeipsEdY3mx_etLbbWSrFr05kLzcSr4qKAq7YN7e9jwQRb23nf"
    "a6c9d-StnImGyFDbSv04uVuxIp5Zms1gNxKKK2Da14B8S4rzVRltdYwam_lDp5XnZAYpQdb76FdIKLaVmqgfwX7XWRxv2322i-vDxRfqNzo_tETK"
    "zpVLzfiwQyeyPGLBIO56YJ7eObdv0je81860ppamavo35UgoRdbYaBcoh9QcfylQr66oc6vFWXRcZ_ZT2LawVCWTIy3brGPi6UklfCpIMfIjf7iG"
    "dXKHzg."
    "48V1_ALb6US04U3b."
    "5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A."
    "XFBoMYUZodetZdvTiFvSkQ"
)
A1_N = (
    "oahUIoWw0K0usKNuOR6H4wkf4oBUXHTxRvgb48E-BVvxkeDNjbC4he8rUWcJoZmds2h7M70imEVhRU5djINXtqllXI4DFqcI1DgjT9LewND8MW2K"
    "rf3Spsk_ZkoFnilakGygTwpZ3uesH-PFABNIUYpOiN15dsQRkgr0vEhxN92i2asbOenSZeyaxziK72UwxrrKoExv6kc5twXTq4h-QChLOln0_mtU"
    "ZwfsRaMStPs6mS6XrgxnxbWhojf663tuEQueGC-FCMfra36C9knDFGzKsNa7LZK2djYgyD3JR_MB_4NUJW_TqOQtwHYbxevoJArm-L5StowjzGy-"
    "_bq6Gw"
)
A1_D = (
    "kLdtIj6GbDks_ApCSTYQtelcNttlKiOyPzMrXHeI-yk1F7-kpDxY4-WY5NWV5KntaEeXS1j82E375xxhWMHXyvjYecPT9fpwR_M9gV8n9Hrh2anT"
    "pTD93Dt62ypW3yDsJzBnTnrYu1iwWRgBKrEYY46qAZIrA2xAwnm2X7uGR1hghkqDp0Vqj3kbSCz1XyfCs6_LehBwtxHIyh8Ripy40p24moOAbgxV"
    "w3rxT_vlt3UVe4WO3JkJOzlpUf-KTVI2Ptgm-dARxTEtE-id-4OJr0h-K-VFs3VSndVTIznSxfyrj8ILL6MG_Uv8YAu7VILSB3lOW085-4qE3Dzg"
    "rTjgyQ"
)
A1_P = (
    "1r52Xk46c-LsfB5P442p7atdPUrxQSy4mti_tZI3Mgf2EuFVbUoDBvaRQ-SWxkbkmoEzL7JXroSBjSrK3YIQgYdMgyAEPTPjXv_hI2_1eTSPVZfz"
    "L0lffNn03IXqWF5MDFuoUYE0hzb2vhrlN_rKrbfDIwUbTrjjgieRbwC6Cl0"
)
A1_CEK = bytes([
    177, 161, 244, 128, 84, 143, 225, 115, 63, 180, 3, 255, 107, 154, 212, 246,
    138, 7, 110, 91, 112, 46, 34, 105, 47, 130, 203, 46, 122, 234, 64, 252,
])
A1_PLAIN = b"The true sign of intelligence is not knowledge but imagination."


def rfc7516_a1():
    n, d, p = (int.from_bytes(unb64u(x), "big") for x in (A1_N, A1_D, A1_P))
    q = n // p
    assert p * q == n
    jwk = {"kty": "RSA", "n": A1_N, "e": "AQAB", "d": A1_D, "p": A1_P, "q": b64u_int(q), "dp": b64u_int(d % (p - 1)),
           "dq": b64u_int(d % (q - 1)), "qi": b64u_int(pow(q, -1, p))}
    header, ek, iv_, ct, tag = A1_TOKEN.split(".")
    # The encrypted key is RSAES-OAEP with SHA-1 of the CEK.
    em = pow(int.from_bytes(unb64u(ek), "big"), d, n).to_bytes(256, "big")
    seed = xor(em[1:21], mgf1(em[21:], 20, "sha1"))
    db = xor(em[21:], mgf1(seed, 235, "sha1"))
    assert em[0] == 0 and db == hashlib.sha1(b"").digest() + bytes(235 - 20 - 33) + b"\1" + A1_CEK
    # The CEK seals the plaintext to the ciphertext and the tag.
    assert gcm_seal(A1_CEK, unb64u(iv_), header.encode(), A1_PLAIN) == (unb64u(ct), unb64u(tag))
    dump("rfc7516_a1.json", {
        "source": "RFC 7516 appendix A.1",
        "shows": "RSA-OAEP is SHA-1: refused from the header. Its content is A256GCM, and opens under the CEK.",
        "token": A1_TOKEN,
        "cek_bytes": b64u(A1_CEK), "iv": iv_, "aad": header, "plaintext": b64u(A1_PLAIN), "jwk": jwk,
        "expect": 'UnsupportedAlgorithm("RSA-OAEP")', "stage": "parse",
    })


def self_test():
    """The GCM on integers is the library's where the library takes the IV."""
    key, aad = fixed("gcm key", 32), b"aad"
    for size in (8, 12, 13, 16, 32):
        iv_ = fixed("gcm iv", size)
        assert gcm_any_iv(key, iv_, aad, PLAIN) == gcm_seal(key, iv_, aad, PLAIN)


def main():
    self_test()
    for part in (short_tag, tag_boundary, iv, cek_length, encrypted_key_framing, oaep, rsa1_5, compression_bomb, iteration_count,
                 key_wrap_panic, other_modes, sign_encrypt_confusion, polyglot, parts, oversize, json_class, crit, aad_dropped,
                 downgrade_of_the_key, key_in_the_message, base64_malleability, plaintext_before_its_tag, accept):
        part()
    for vectors in (NEGATIVE, ACCEPT):
        ids = [v["id"] for v in vectors]
        assert len(set(ids)) == len(ids), [i for i in ids if ids.count(i) > 1]
    for name, vectors in (("negative.json", NEGATIVE), ("accept.json", ACCEPT)):
        print(f"{name}: {len(vectors)} vectors, {dump(name, {'counts': counts(vectors), 'vectors': vectors})} bytes")
    rfc7516_a1()
    check.main()


if __name__ == "__main__":
    main()
