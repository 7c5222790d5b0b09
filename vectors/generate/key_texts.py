"""Writes vectors/key_texts.json: key texts as the world writes them.

Entries that are `made` by a `report` (rebuilt from a public bug report) or by
a `tool` (its recorded output) stay as they are; those made by this `script`
are replaced. The same keys.json gives the same file.
"""

import base64
import json

import which
from ref import (
    NULL, RSA_ENCRYPTION, VECTORS, b64u, b64u_int, counts, der_int, der_seq, dump, fixed, load_keys, to_bytes, pem, pkcs1_private,
    pkcs1_public, pkcs8, spki, tlv,
)

KEYS, DIRECT = load_keys()
A, B = KEYS["rsa2048-a"], KEYS["rsa2048-b"]
THUMBPRINTS = {k["id"]: k["thumbprint"] for k in json.loads((VECTORS / "keys.json").read_text())["keys"]}
NAMES = ("n", "e", "d", "p", "q", "dp", "dq", "qi")
P1, PUB1 = pkcs1_private(0, *A.integers()), pkcs1_public(A.n, A.e)
P8, SPKI = pkcs8(P1), spki(PUB1)
PRIVATE = pem("PRIVATE KEY", P8)
PUBLIC = pem("PUBLIC KEY", SPKI)
OCT = {"kty": "oct", "k": b64u(DIRECT["dir-a"])}
EC = {"kty": "EC", "crv": "P-256", "x": b64u(fixed("x", 32)), "y": b64u(fixed("y", 32))}
EC_SPKI = der_seq(der_seq(bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("06082a8648ce3d030107")),
                  tlv(3, b"\0\4" + fixed("x", 32) + fixed("y", 32)))
OUT = []


def jwk(key=A, count=8, **more):
    return {"kty": "RSA", **{name: b64u_int(getattr(key, name)) for name in NAMES[:count]}, **more}


PRIV, PUB = jwk(), jwk(count=2)


def text(value):
    return json.dumps(value, separators=(",", ":"))


def put(name, kind, fmt, data, expect, source, shows, says=None, **more):
    """`says` is a word that the error's text must have."""
    entry = {
        "id": name, "made": "script", "source": source, "shows": shows, "kind": kind, "format": fmt,
        "data": b64u(data) if isinstance(data, bytes) else data, "expect": expect,
    }
    if says:
        entry["says"] = says
    if expect == "ok" and fmt != "jwks" and kind != "dir":
        more.setdefault("thumbprint", THUMBPRINTS["rsa2048-a"])
    OUT.append({**entry, **more})


def jwks(*entries):
    return '{"keys":[' + ",".join(e if isinstance(e, str) else text(e) for e in entries) + "]}"


# --- kind 1: members that are not set ----------------------------------------

def unset():
    src = "dotnet JsonWebKey, php-jwt, Azure SDKs: a member that is not set is written as null"
    everything = ("use", "alg", "key_ops", "kid", "x5u", "x5c", "x5t", "x5t#S256", "oth")
    nulls = dict.fromkeys(everything)
    put("null-everywhere-public", "public", "jwk", text({**PUB, **nulls, **dict.fromkeys(NAMES[2:] + ("k", "crv", "x", "y"))}),
        "ok", src, "every optional member is null")
    put("null-everywhere-private", "private", "jwk", text({**PRIV, **nulls, **dict.fromkeys(("k", "crv", "x", "y"))}),
        "ok", src, "every optional member is null")
    put("null-everywhere-dir", "dir", "jwk", text({**OCT, **nulls, **dict.fromkeys(NAMES)}), "ok", src,
        "every optional member is null")
    for name in everything:
        put(f"null-{name}-private", "private", "jwk", text({**PRIV, name: None}), "ok", src, f"{name} is null")
    for name in NAMES[2:] + ("oth",):
        put(f"null-{name}-public", "public", "jwk", text({**PUB, name: None}), "ok", src, f"{name} is null")
    put("empty-oth-public", "public", "jwk", text({**PUB, "oth": []}), "ok", src, "oth is an empty array")
    put("empty-oth-private", "private", "jwk", text({**PRIV, "oth": []}), "ok", src, "oth is an empty array")
    put("empty-oth-spaced-private", "private", "jwk", text(PRIV)[:-1] + ',"oth": [ ] }', "ok", src, "oth is [ ]")
    put("null-d-private", "private", "jwk", text({**PUB, "d": None}), "Key(PublicInsteadOfPrivate)", src, "d is null")
    for name in NAMES[3:]:
        put(f"null-{name}-private", "private", "jwk", text({**PRIV, name: None}), "Key(MissingPrimes)", src, f"{name} is null")
    for name in ("kty", "n", "e"):
        put(f"null-{name}-is-missing", "public", "jwk", text({**PUB, name: None}), "Key(Jwk)", src, f"{name} is null")
    put("null-in-sets", "public", "jwks", jwks({**PUB, **dict.fromkeys(NAMES[2:]), "use": None, "kid": None}, "null"),
        "ok", src, "a key with null members, and a null for a key", kids=[None], skipped=[[1, None, "Jwk"]])
    put("null-in-private-sets", "private", "jwks",
        jwks({**PRIV, "oth": None, "kid": "a"}, {**PUB, "d": None, "kid": "b", "use": "sig"}), "ok", src,
        "null for oth, and a public signing key whose d is null", kids=["a"], skipped=[[1, "b", 'Use("sig")']])
    put("null-for-the-keys", "public", "jwks", '{"keys":null}', "Key(Jwk)", src, "no array at all")


# --- kind 2: foreign entries ---------------------------------------------------

def foreign():
    src = "RFC 7517 section 5: implementations SHOULD ignore JWKs within a JWK Set that they do not understand"
    many = {**PUB, **{f"m{i}": i for i in range(70)}, "kid": "many"}
    entries = [
        ("deep", text(EC)[:-1] + ',"kid":"deep","x":' + "[" * 40 + "]" * 40 + "}", None, "Jwk"),
        ("seventy members", many, None, "Jwk"),
        ("a duplicate name", text(EC)[:-1] + ',"kty":"EC"}', None, "Jwk"),
        ("a number", "5", None, "Jwk"),
        ("a string", '"] } \\" {"', None, "Jwk"),
        ("an array", "[{}]", None, "Jwk"),
        ("brackets that do not match", '{"a":[}]', None, "Jwk"),
        ("an unknown type", {"kty": "AKP", "kid": "pq"}, "pq", "WrongType(Other)"),
        ("EC", {**EC, "kid": "ec"}, "ec", "WrongType(Ec)"),
        ("OKP", {"kty": "OKP", "crv": "Ed25519", "x": b64u(fixed("okp", 32))}, None, "WrongType(Okp)"),
        ("no type", {"kid": "no type"}, None, "Jwk"),
        ("a signing key", {**jwk(B, 2), "use": "sig", "kid": "s"}, "s", 'Use("sig")'),
        ("for RSA-OAEP", {**jwk(B, 2), "alg": "RSA-OAEP", "kid": "o"}, "o", 'Algorithm("RSA-OAEP")'),
        ("for verify", {**jwk(B, 2), "key_ops": ["verify"]}, None, 'Operations("verify")'),
        ("a kid that is a number", {**jwk(B, 2), "kid": 5}, None, "Jwk"),
    ]
    skipped = []
    for index, (what, entry, kid, reason) in enumerate(entries):
        put(f"public-set-with-{what.replace(' ', '-')}", "public", "jwks", jwks(entry, {**PUB, "kid": "a"}), "ok", src,
            f"{what} before a good key", kids=["a"], skipped=[[0, kid, reason]])
        if what.startswith("a kid"):
            entry = {**jwk(B), "kid": 5}
        put(f"private-set-with-{what.replace(' ', '-')}", "private", "jwks", jwks({**PRIV, "kid": "a"}, entry), "ok", src,
            f"{what} after a good key", kids=["a"], skipped=[[1, kid, reason]])
        skipped.append([index, kid, reason])
    every = [entry for _, entry, _, _ in entries]
    put("public-set-with-all-of-them", "public", "jwks", jwks(*every, {**PUB, "kid": "a"}), "ok", src,
        "all of these entries", kids=["a"], skipped=skipped)
    put("set-of-foreign-keys", "public", "jwks", jwks(*every), "Key(EmptySet)", src, "no usable key", skipped=skipped)
    third = {"r": b64u_int(3), "d": b64u_int(1), "t": b64u_int(1)}
    private = [
        ("a public signing key", {**jwk(B, 2), "use": "sig"}, 'Use("sig")'),
        ("a signing key of n, e and d", {**jwk(B, 3), "use": "sig"}, 'Use("sig")'),
        ("a signing key of three primes", {**jwk(B), "oth": [third], "use": "sig"}, 'Use("sig")'),
        ("a key of three primes", {**jwk(B), "oth": [third]}, "MultiPrime"),
        ("a minimal key for RS256", {**jwk(B, 3), "alg": "RS256"}, 'Algorithm("RS256")'),
        ("a minimal key for sign", {**jwk(B, 3), "key_ops": ["sign"]}, 'Operations("sign")'),
        ("an oct key", OCT, "WrongType(Oct)"),
        ("an EC private key", {**EC, "d": b64u(fixed("d", 32))}, "WrongType(Ec)"),
    ]
    for what, entry, reason in private:
        put(f"private-set-with-{what.replace(' ', '-').replace(',', '')}", "private", "jwks", jwks(entry, {**PRIV, "kid": "a"}),
            "ok", src, what, kids=["a"], skipped=[[0, None, reason]])
    put("private-set-with-a-broken-key", "private", "jwks", jwks(PRIV, {**jwk(B), "dp": PRIV["dp"]}), "Key(Inconsistent)",
        src, "a key for this use that cannot be used is not foreign")
    put("private-set-with-a-public-key", "private", "jwks", jwks(PRIV, jwk(B, 2)), "Key(PublicInsteadOfPrivate)", src,
        "a key for this use that cannot be used is not foreign")
    put("set-with-an-open-bracket", "public", "jwks", jwks('{"a":[}', PUB), "Key(Jwk)", src, "no end of the entry can be found")
    put("private-set-with-a-minimal-key", "private", "jwks", jwks(PRIV, jwk(B, 3)), "Key(MissingPrimes)", src,
        "a key for this use that cannot be used is not foreign")
    put("set-with-other-members", "public", "jwks", '{"x":[1,{"keys":[]}],' + jwks(PUB)[1:-1] + ',"y":null}', "ok",
        "RFC 7517 section 5", "members beside keys", kids=[None], skipped=[])
    for name, data in (("unclosed", jwks(PUB)[:-1]), ("trailing", jwks(PUB) + "x"), ("keys-twice", jwks(PUB)[:-1] + ',"keys":[]}'),
                       ("keys-twice-escaped", jwks(PUB)[:-1] + ',"\\u006beys":[]}'), ("no-comma", jwks(text(PUB) + " " + text(PUB))),
                       ("trailing-comma", jwks(PUB, "")), ("object", '{"keys":{}}'), ("array", "[" + text(PUB) + "]"),
                       ("other-member-malformed", jwks(PUB)[:-1] + ',"x":01}'), ("unclosed-string", jwks(PUB, '"'))):
        put(f"set-{name}", "public", "jwks", data, "Key(Jwk)", "RFC 7517 section 5, RFC 8259", name.replace("-", " "))
    put("set-of-1001-entries", "public", "jwks", jwks(PUB, *["0"] * 1000), "Key(TooManyKeys)", "RFC 7517 section 5",
        "one entry more than a set may have", says="1000")
    put("set-of-1000-entries", "public", "jwks", jwks(PUB, *["0"] * 999), "ok", "RFC 7517 section 5",
        "as many entries as a set may have", kids=[None])


# --- kind 3: private material in a public place ----------------------------------

def private_material():
    src, exp = "RFC 7517 section 9.2", "Key(PrivateInsteadOfPublic)"
    for name in NAMES[2:]:
        put(f"public-with-{name}", "public", "jwk", text({**PUB, name: PRIV[name]}), exp, src, f"{name} beside n and e",
            says="private")
        put(f"public-set-with-{name}", "public", "jwks", jwks(PUB, {**jwk(B, 2), name: PRIV[name]}), exp, src,
            f"{name} in one entry of a served set", says="private")
    put("public-with-oth", "public", "jwk", text({**PUB, "oth": [{"r": "AQ"}]}), exp, src, "oth beside n and e")
    put("public-with-d-number", "public", "jwk", text({**PUB, "d": 5}), exp, src, "a d of a wrong type is one still")
    put("public-set-private-signing-key", "public", "jwks", jwks(PUB, {**jwk(B), "use": "sig"}), exp, src,
        "the private half of a signing key in a served set")
    put("public-set-with-oct", "public", "jwks", jwks({**OCT, "kid": "secret"}, PUB), "ok", src,
        "a secret in a served set", kids=[None], skipped=[[0, "secret", "PrivateInsteadOfPublic"]])
    put("public-set-with-ec-d", "public", "jwks", jwks({**EC, "d": b64u(fixed("d", 32)), "kid": "ec"}, PUB), "ok", src,
        "an EC private key in a served set", kids=[None], skipped=[[0, "ec", "PrivateInsteadOfPublic"]])
    put("public-set-with-okp-d", "public", "jwks", jwks({"kty": "OKP", "crv": "X25519", "x": "AA", "d": "AA"}, PUB), "ok",
        src, "an X25519 private key in a served set", kids=[None], skipped=[[0, None, "PrivateInsteadOfPublic"]])


# --- kinds 4 and 5: zeros, escapes, byte order marks -----------------------------

def spelling():
    src = "java BigInteger.toByteArray, go-jose before 2.1; RFC 7518 section 2 asks for the minimum"

    def padded(value, names, zeros=1):
        return {k: b64u(bytes(zeros) + to_bytes(getattr(A, k))) if k in names else v for k, v in value.items()}

    for name in NAMES:
        put(f"leading-zero-{name}", "private", "jwk", text(padded(PRIV, (name,))), "ok", src, f"one byte 00 before {name}")
    put("leading-zeros-all", "private", "jwk", text(padded(PRIV, NAMES, 3)), "ok", src, "three bytes 00 before each number")
    for name in NAMES[:2]:
        put(f"leading-zero-{name}-public", "public", "jwk", text(padded(PUB, (name,))), "ok", src, f"one byte 00 before {name}")
    put("leading-zeros-set", "public", "jwks", jwks(padded(PUB, ("n", "e"), 2)), "ok", src, "two bytes 00 before n and e",
        kids=[None])
    put("empty-n", "public", "jwk", text({**PUB, "n": ""}), "Key(ModulusTooSmall)", src, "no bytes at all")
    put("empty-e", "public", "jwk", text({**PUB, "e": ""}), "Key(PublicExponent)", src, "no bytes at all")

    def escaped(value, every=1):
        return "".join(f"\\u{ord(c):04x}" if i % every == 0 else c for i, c in enumerate(value))

    src = "RFC 8259 section 7: any character may be escaped"
    for kind, value in (("public", PUB), ("private", PRIV), ("dir", OCT)):
        data = "{" + ",".join(f'"{escaped(k)}":"{escaped(v, 5)}"' for k, v in value.items()) + "}"
        put(f"escapes-{kind}", kind, "jwk", data, "ok", src, "every fifth character of the values is escaped")
        data = "{" + ",".join(f'"{k}":"{escaped(v)}"' for k, v in value.items()) + "}"
        put(f"escapes-everywhere-{kind}", kind, "jwk", data, "ok", src, "every character of the values is escaped")
        data = text(value)
        put(f"bom-{kind}", kind, "jwk", "\ufeff" + data, "ok", "PowerShell Out-File, Windows Notepad", "a byte order mark")
    put("escaped-operations", "public", "jwk", text(PUB)[:-1] + ',"key_ops":["\\u0065ncrypt"],"use":"\\u0065nc","kid":"\\u00fc"}',
        "ok", src, "escapes in key_ops, use and kid")
    put("escaped-solidus", "public", "jwk", text({**PUB, "n": "@" + PUB["n"][1:]}).replace("@", "\\/"), "Key(Jwk)", src,
        "an escaped solidus is a solidus, which base64url does not have")
    put("escaped-null", "public", "jwk", text({**PUB, "n": "@" + PUB["n"][1:]}).replace("@", "\\u0000"), "Key(Jwk)", src,
        "an escaped NUL is a NUL")
    put("bom-twice", "public", "jwk", "\ufeff\ufeff" + text(PUB), "Key(Jwk)", "Unicode", "one mark is a mark, two are text")
    put("bom-set", "public", "jwks", "\ufeff" + jwks(PUB), "ok", "PowerShell", "a byte order mark", kids=[None])
    put("bom-base64", "public", "base64", "\ufeff" + base64.b64encode(SPKI).decode(), "ok", "PowerShell", "a byte order mark")
    put("bom-pem-private", "private", "pem", "\ufeff" + PRIVATE, "ok", "PowerShell", "a byte order mark")
    put("bom-before-text", "private", "pem", "\ufeffBag Attributes\n" + PRIVATE, "ok", "PowerShell", "a byte order mark")


# --- kind 6: PEM -----------------------------------------------------------------

def lax_pem():
    src = "RFC 7468 section 3, laxtextualmsg"
    forms = (("private", "PRIVATE KEY", P8), ("private", "RSA PRIVATE KEY", P1),
             ("public", "PUBLIC KEY", SPKI), ("public", "RSA PUBLIC KEY", PUB1))
    for kind, label, der in forms:
        good = pem(label, der)
        begin, *body, end = good.splitlines()
        name = label.lower().replace(" ", "-")
        flat = "".join(body)

        def case(what, data, shows):
            put(f"lax-{what}-{name}", kind, "pem", data, "ok", src, shows)

        def lines(*text_lines):
            return "\n".join(text_lines) + "\n"

        case("cr", good.replace("\n", "\r"), "lines end in CR")
        case("one-line-body", lines(begin, flat, end), "the body is one line")
        case("lines-of-76", lines(begin, *[flat[i:i + 76] for i in range(0, len(flat), 76)], end), "lines of 76")
        case("uneven", lines(begin, *[flat[i * i:(i + 1) ** 2] for i in range(50) if i * i < len(flat)], end), "uneven lines")
        case("indented", "".join(f"    {line}\n" for line in good.splitlines()), "every line is indented, as in YAML")
        case("indented-body", lines(begin, *[f"\t{line}" for line in body], end), "the body is indented by a tab")
        case("trailing-blanks", "".join(f"{line} \t\n" for line in good.splitlines()), "blanks at the end of each line")
        case("blank-lines", lines("", begin, "", *body, "", " ", end, ""), "blank lines before, inside and after")
        case("blanks-inside", lines(begin, *[" ".join(line) for line in body], end), "a blank between any two characters")
        case("form-feed", lines(begin, "\v", *body, "\f", end), "vertical tab and form feed")
        case("text-around", f"key: of a bank\n{good}-- \nsee -----END-----\n", "text before and after the block")
        case("crlf-mixed", "\r\n".join((begin, *body)) + "\n" + end, "CRLF and LF")
    put("pem-in-json-decoded", "private", "pem", PRIVATE.replace("\n", "\n\n"), "ok", src, "each line break twice")

    src, exp = "RFC 7468 section 2: one block", "Key(SeveralBlocks)"
    for name, data in (
        ("the-same-twice", PUBLIC + PUBLIC), ("private-then-public", PRIVATE + PUBLIC), ("public-then-private", PUBLIC + PRIVATE),
        ("certificate-first", pem("CERTIFICATE", b"0\0") + PRIVATE), ("parameters-first", pem("EC PARAMETERS", b"\6\0") + PRIVATE),
        ("unclosed-second", PRIVATE + "-----BEGIN PUBLIC KEY-----\nMII\n"),
    ):
        for kind in ("private", "public"):
            put(f"several-{name}-{kind}", kind, "pem", data, exp, src, name.replace("-", " "), says="more than one")

    for kind, good, label in (("private", PRIVATE, "PRIVATE KEY"), ("public", PUBLIC, "PUBLIC KEY")):
        def bad(what, data, exp, source, shows, says=None):
            put(f"pem-{what}-{kind}", kind, "pem", data, exp, source, shows, says)

        env = "an environment variable, a .env file or a secret store"
        bad("escaped-newlines", good.replace("\n", "\\n"), "Key(EscapedLineBreaks)", env, "the two characters \\n", "line break")
        bad("escaped-crlf", good.replace("\n", "\\r\\n"), "Key(EscapedLineBreaks)", env, "the four characters \\r\\n", "line break")
        bad("escaped-in-quotes", '"' + good.replace("\n", "\\n") + '"', "Key(EscapedLineBreaks)", env, "a JSON string", "line break")
        bad("escaped-assignment", "KEY=" + good.replace("\n", "\\n"), "Key(EscapedLineBreaks)", env, "a line of a .env file", "line break")
        bad("no-line-breaks", good.replace("\n", ""), "Key(NoLineBreaks)", env, "no line breaks", "line break")
        bad("spaces-for-line-breaks", good.replace("\n", " "), "Key(NoLineBreaks)", env, "blanks for line breaks", "line break")
        bad("no-line-break-before-end", good.replace("\n-----END", "-----END"), "Key(NoLineBreaks)", env,
            "the END line is joined to the body", "line break")
        bad("no-line-break-after-begin", good.replace("KEY-----\nM", "KEY-----M"), "Key(NoLineBreaks)", env,
            "the BEGIN line is joined to the body", "line break")
        bad("nothing-inside", f"-----BEGIN {label}-----\n-----END {label}-----\n", "Key(Der)", "RFC 7468", "no body")
        bad("two-begins", f"-----BEGIN {label}-----\n" + good, "Key(Pem)", "RFC 7468", "a BEGIN line inside the block")
        bad("header-line", good.replace("-----\n", "-----\nComment: mine\n", 1), "Key(Pem)", "RFC 7468 section 2",
            "a header line of RFC 1421")
        bad("end-only", f"-----END {label}-----\n", "Key(Pem)", "RFC 7468", "no BEGIN line")
        bad("padding-inside", good.replace("MII", "MI==\nI"), "Key(Pem)", "RFC 4648", "padding before the end")
        bad("url-safe-body", good.replace("/", "_").replace("+", "_"), "Key(Pem)", "RFC 7468", "base64url in the body")
        bad("utf-16", "\ufffd\ufffd" + "".join(c + "\0" for c in good), "Key(UnexpectedFormat(Utf16))", "PowerShell Out-File",
            "UTF-16 that was read as UTF-8 with replacement", "UTF-8")
        bad("utf-16-be", "".join("\0" + c for c in good), "Key(UnexpectedFormat(Utf16))", "PowerShell", "big-endian UTF-16", "UTF-8")
        der = good.encode("utf-16")
        put(f"der-utf-16-{kind}", kind, "der", der, "Key(UnexpectedFormat(Utf16))", "PowerShell Out-File", "UTF-16 with its mark",
            "UTF-8")
        put(f"der-utf-16-no-mark-{kind}", kind, "der", der[2:], "Key(UnexpectedFormat(Utf16))", "PowerShell", "UTF-16", "UTF-8")

    src = "RFC 7468 sections 4 to 13: the label names the content"
    contents = (("Spki", "PUBLIC KEY", SPKI), ("Pkcs1Public", "RSA PUBLIC KEY", PUB1),
                ("Pkcs8", "PRIVATE KEY", P8), ("Pkcs1Private", "RSA PRIVATE KEY", P1))
    for name, label, _ in contents:
        for other, _, der in contents:
            if name != other:
                for kind in ("public", "private"):
                    put(f"label-{name}-content-{other}-{kind}".lower(), kind, "pem", pem(label, der),
                        f"Key(LabelMismatch {{ label: {name}, content: {other} }})", src, f"{other} under the label {label}",
                        says=label)
    put("label-certificate-content-spki", "public", "pem", pem("CERTIFICATE", SPKI),
        "Key(LabelMismatch { label: Certificate, content: Spki })", src, "SPKI under the label CERTIFICATE", says="CERTIFICATE")


def other_formats():
    b64 = base64.b64encode
    for kind, der, good, value in (("public", SPKI, PUBLIC, PUB), ("private", P8, PRIVATE, PRIV)):
        forms = {"pem": ("Pem", good, "from_pem"), "base64": ("Base64Der", b64(der).decode(), "from_base64_der"),
                 "jwk": ("Jwk", text(value), "from_jwk"), "jwks": ("JwkSet", jwks(value), "from_jwks"),
                 "base64url": ("Base64UrlDer", b64u(der), "base64url"),
                 "ssh": ("OpenSshPublic", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC9 me@host\n", "ssh-keygen"),
                 "ssh2": ("OpenSshPublic", "---- BEGIN SSH2 PUBLIC KEY ----\nAAAAB3Nz\n---- END SSH2 PUBLIC KEY ----\n", "ssh-keygen")}
        for reader in ("pem", "base64", "jwk", "jwks", "der"):
            for name, (fmt, data, says) in forms.items():
                if name == reader:
                    continue
                data = data.encode() if reader == "der" else data
                put(f"{name}-given-to-{reader}-{kind}", kind, reader, data, f"Key(UnexpectedFormat({fmt}))",
                    "a reader for another format", f"{name} given to the {reader} reader", says)
        for reader in ("pem", "base64", "jwk", "jwks", "der"):
            for name, data in (("nothing", ""), ("blanks", " \r\n\t"), ("byte-order-mark", "\ufeff\n")):
                if reader == "der":
                    if name == "byte-order-mark":
                        continue  # no mark of DER
                    data = data.encode()
                put(f"{name}-given-to-{reader}-{kind}", kind, reader, data, "Key(Empty)", "a variable that is not set",
                    f"{name.replace('-', ' ')} where a key belongs")
        lines = b64(der).decode()
        put(f"base64-in-lines-{kind}", kind, "base64", "\r\n".join(lines[i:i + 76] for i in range(0, len(lines), 76)) + "\r\n",
            "ok", "base64(1), openssl base64: lines of 76 or 64", "base64 with line breaks")
        put(f"jks-{kind}", kind, "der", bytes.fromhex("feedfeed00000002") + fixed("jks", 40), "Key(UnexpectedFormat(JavaKeystore))",
            "keytool -storetype JKS", "the first bytes of a JKS", "keytool")
        put(f"jks-base64-{kind}", kind, "base64", b64(bytes.fromhex("feedfeed00000002") + fixed("jks", 40)).decode(),
            "Key(UnexpectedFormat(JavaKeystore))", "kubectl get secret", "base64 of a JKS", "keytool")
        put(f"garbage-base64-{kind}", kind, "base64", "not base64 at all", "Key(Base64)", "RFC 4648", "no base64")
        put(f"too-long-pem-{kind}", kind, "pem", "x" * 65_536 + "\n" + good, "Key(TooLong)", "bounded work", "more than 64 KiB", "long")


# --- kind 7: JWK -----------------------------------------------------------------

def jwk_faults():
    src = "RFC 7517 section 4"
    ec_d = {**EC, "d": b64u(fixed("d", 32))}
    okp = {"kty": "OKP", "crv": "Ed25519", "x": b64u(fixed("okp", 32))}
    for kind, value, found, says in (
        ("public", EC, "Ec", "EC"), ("private", ec_d, "Ec", "EC"), ("public", okp, "Okp", "OKP"), ("private", OCT, "Oct", "oct"),
        ("public", {"kty": "EC-HSM"}, "Ec", "EC"), ("public", {"kty": "AKP"}, "Other", "type"), ("dir", PUB, "Rsa", "RSA"),
        ("dir", EC, "Ec", "EC"), ("private", {**PRIV, "kty": "RSA-HSM"}, "RsaHsm", "HSM"), ("public", {**PUB, "kty": "rsa"}, "Other", "type"),
        ("public", OCT, "Oct", "oct"), ("dir", {**OCT, "kty": "OCT"}, "Other", "type"),
    ):
        put(f"type-{value['kty']}-{kind}", kind, "jwk", text(value), f"Key(WrongType({found}))", src, f"kty is {value['kty']}", says)
    put("rsa-hsm-minimal", "public", "jwk", text({**PUB, "kty": "RSA-HSM", "kid": "https://v.vault.azure.net/keys/k/1", "d": None}), "ok",
        "Azure Key Vault", "the public half of a key in an HSM")
    put("rsa-hsm-set", "public", "jwks", jwks({**PUB, "kty": "RSA-HSM"}), "ok", "Azure Key Vault", "in a set", kids=[None])
    for kind, value in (("public", PUB), ("private", PRIV), ("dir", OCT)):
        put(f"kid-1024-{kind}", kind, "jwk", text({**value, "kid": "x" * 1024}), "ok", src, "the longest kid")
        put(f"kid-1025-{kind}", kind, "jwk", text({**value, "kid": "x" * 1025}), "Key(KeyIdTooLong)", src, "one more", "kid")
        put(f"too-long-{kind}", kind, "jwk", text({**value, "x": "x" * 65_536}), "Key(TooLong)", src, "more than 64 KiB", "long")
        for use, found in (("sig", "sig"), ("tls", "an unknown value"), ("", "an unknown value")):
            put(f"found-use-{use or 'empty'}-{kind}", kind, "jwk", text({**value, "use": use}), f'Key(Use("{found}"))', src,
                f"use is {use!r}", found)
        for alg, found in (("RSA-OAEP", "RSA-OAEP"), ("RSA-OAEP-512", "RSA-OAEP-512"), ("PS256", "PS256"), ("HS256", "HS256"),
                           ("A128GCM", "A128GCM"), ("ECDH-ES", "ECDH-ES"), ("EdDSA", "EdDSA"), ("x", "an unknown value")):
            put(f"found-alg-{alg}-{kind}", kind, "jwk", text({**value, "alg": alg}), f'Key(Algorithm("{found}"))', src,
                f"alg is {alg!r}", found)
        ours = {"public": "encrypt", "private": "decrypt", "dir": "encrypt"}[kind]
        for ops, found in ((["sign"], "sign"), (["x", "verify"], "verify"), (["x"], "an unknown value"), ([], "nothing"), (["deriveKey"], "deriveKey")):
            put(f"found-ops-{'-'.join(ops) or 'empty'}-{kind}", kind, "jwk", text({**value, "key_ops": ops}), f'Key(Operations("{found}"))', src,
                f"key_ops is {text(ops)}", found)
        for name, ops in (("known", [ours, ours]), ("unknown", [ours, "x", "y", "x"]), ("escaped", [ours, "x", "@"])):
            data = text({**value, "key_ops": ops}).replace('"@"', '"\\u0078"')
            put(f"duplicate-ops-{name}-{kind}", kind, "jwk", data, "Key(Jwk)", "RFC 7517 section 4.3: MUST NOT be present",
                f"an operation twice: {name}")
        put(f"many-ops-{kind}", kind, "jwk", text({**value, "key_ops": [ours] + [f"x{i}" for i in range(64)]}), "Key(Jwk)",
            "bounded work", "more than 64 operations")
        put(f"use-contradicts-ops-{kind}", kind, "jwk", text({**value, "use": "enc", "key_ops": [ours, "sign"]}), 'Key(Operations("sign"))',
            "RFC 7517 section 4.3", "use is enc, and key_ops has sign", "sign")
        put(f"private-in-own-kind-{kind}", kind, "jwk", text({**value, "x5c": ["AA"], "ext": True, "key_hsm": None}), "ok",
            "WebCrypto, Azure", "members of others")


# --- kind 9: moduli ----------------------------------------------------------------

def moduli():
    src, exp = "NIST SP 800-89 section 5.3.3", "Key(SmallFactor)"

    def case(name, n, shows, exp=exp):
        says = "factor" if exp != "ok" else None
        more = {"thumbprint": None} if exp == "ok" else {}
        put(f"modulus-{name}-jwk", "public", "jwk", text({"kty": "RSA", "n": b64u_int(n), "e": "AQAB"}), exp, src, shows, says, **more)
        put(f"modulus-{name}-der", "public", "der", spki(pkcs1_public(n, 65537)), exp, src, shows, says, **more)

    def multiple(p, bits=2048):
        """A multiple of p with no other factor below 752."""
        primes = [q for q in range(2, 752) if all(q % d for d in range(2, q)) and q != p]
        m = (int.from_bytes(fixed(f"multiple {p}", bits // 8), "big") | 3 << (bits - 2)) // p
        while any(m % q == 0 for q in primes) or (m * p).bit_length() != bits:
            m -= 1
        return m * p

    case("2047-plus-1", (1 << 2047) + 1, "2^2047 + 1, a multiple of 3")
    case("all-ones", (1 << 2048) - 1, "2^2048 - 1, a multiple of 3, 5 and 17")
    for p in (2, 3, 5, 7, 11, 13, 127, 257, 743, 751):
        case(f"multiple-of-{p}", multiple(p), f"a multiple of {p} and of no other prime below 752")
    case("multiple-of-3-of-8192-bits", multiple(3, 8192), "a long multiple of 3")
    case("multiple-of-757", multiple(757), "757 is the first prime that is not tried", "ok")


# --- kind 10: certificates ---------------------------------------------------------

def certificates():
    src = "RFC 5280 section 4.1"
    oid = RSA_ENCRYPTION[:-1] + b"\x0b"  # sha256WithRSAEncryption
    algorithm = der_seq(oid, NULL)
    name = der_seq(tlv(0x31, der_seq(bytes.fromhex("0603550403"), tlv(0x0c, b"test"))))
    dates = der_seq(tlv(0x17, b"200101000000Z"), tlv(0x17, b"400101000000Z"))
    version, serial = tlv(0xa0, der_int(2)), der_int(1)
    extensions = tlv(0xa3, der_seq(der_seq(bytes.fromhex("0603551d13"), tlv(4, b"0\0"))))
    signature = tlv(3, b"\0" + bytes(256))

    def tbs(version=version, serial=serial, key=SPKI, tail=extensions, subject=name):
        return der_seq(version, serial, algorithm, name, dates, subject, key, tail)

    def cert(body, tail=b""):
        return der_seq(body, algorithm, signature, tail)

    good = cert(tbs())

    def case(what, der, expect, shows, says=None):
        put(f"certificate-{what}-der", "certificate", "der", der, expect, src, shows, says)
        put(f"certificate-{what}-pem", "certificate", "pem", pem("CERTIFICATE", der), expect, src, shows, says)

    case("v3", good, "ok", "version 3 with an extension; nobody signed it")
    case("v1", cert(tbs(version=b"", tail=b"")), "ok", "version 1 has no version")
    case("huge-serial", cert(tbs(serial=der_int(1 << 4000))), "ok", "a serial number of 501 bytes is skipped")
    case("negative-serial", cert(tbs(serial=tlv(2, b"\xff"))), "ok", "a negative serial number is skipped")
    case("empty-names", cert(tbs(subject=der_seq())), "ok", "an empty subject")
    case("unique-ids", cert(tbs(tail=tlv(0x81, b"\0") + tlv(0x82, b"\0") + extensions)), "ok", "unique identifiers")
    case("ec", cert(tbs(key=EC_SPKI)), "Key(WrongType(Ec))", "an EC key", "EC")
    pss = der_seq(der_seq(RSA_ENCRYPTION[:-1] + b"\x0a"), tlv(3, b"\0" + PUB1))
    case("pss", cert(tbs(key=pss)), "Key(RsaPss)", "an RSASSA-PSS key", "PSS")
    small = spki(pkcs1_public(A.n >> 1024 | 1, A.e))
    case("small", cert(tbs(key=small)), "Key(ModulusTooSmall)", "a key of 1024 bits", "2048")
    case("trailing-in-spki", cert(tbs(key=SPKI[:2] + (len(SPKI) - 2).to_bytes(2, "big") + SPKI[4:] + NULL)), "Key(Der)",
         "an element too many in the SPKI")
    case("pkcs1-for-spki", cert(tbs(key=PUB1)), "Key(Der)", "PKCS#1 in the place of the SPKI")
    case("pkcs8-for-spki", cert(tbs(key=P8)), "Key(Der)", "a private key in the place of the SPKI")
    case("certificate-for-spki", cert(tbs(key=good)), "Key(Der)", "a certificate in the place of the SPKI")
    case("trailing-element", cert(tbs(), NULL), "Key(Der)", "an element after the signature")
    case("no-signature", der_seq(tbs(), algorithm), "Key(Der)", "the signature is missing")
    case("no-spki", cert(der_seq(version, serial, algorithm, name, dates, name)), "Key(Der)", "the SPKI is missing")
    case("no-dates", cert(der_seq(version, serial, algorithm, name, name, SPKI)), "Key(Der)", "the dates are missing")
    case("serial-string", cert(tbs(serial=tlv(4, b"\1"))), "Key(Der)", "an OCTET STRING for a serial number")
    case("two-versions", cert(tbs(version=version + version)), "Key(Der)", "the version twice")
    put("certificate-trailing-byte", "certificate", "der", good + b"\0", "Key(Der)", src, "a byte after the certificate")
    for length in (0, 1, 2, 4, 5, 40, len(good) // 2, len(good) - 1):
        error = "Key(Der)" if length else "Key(Empty)"
        put(f"certificate-cut-to-{length}", "certificate", "der", good[:length], error, src, f"the first {length} bytes")
    for what, der in (("length-4gib", b"\x30\x84\xff\xff\xff\xff" + good[4:]), ("indefinite", b"\x30\x80" + good[4:] + b"\0\0"),
                      ("nested", b"\x30\x82\x10\x00" * 1000 + good), ("inner-length", good[:6] + b"\xff\xff" + good[8:]),
                      ("long-form", b"\x30\x83\0" + good[2:])):
        put(f"certificate-{what}", "certificate", "der", der, "Key(Der)", "X.690 (DER)", f"hostile lengths: {what}")
    put("certificate-chain", "certificate", "pem", pem("CERTIFICATE", good) * 2, "Key(SeveralBlocks)", src, "a chain", "more than one")
    put("certificate-x509-label", "certificate", "pem", pem("X509 CERTIFICATE", good), "ok", "RFC 7468 section 5.3", "an old label")
    put("certificate-with-text", "certificate", "pem", "subject=CN = test\n" + pem("CERTIFICATE", good), "ok", "openssl s_client",
        "text before the block")
    put("certificate-is-spki-pem", "certificate", "pem", PUBLIC, "Key(UnexpectedFormat(Spki))", src, "a public key", "from_pem")
    put("certificate-is-spki-der", "certificate", "der", SPKI, "Key(UnexpectedFormat(Spki))", src, "a public key", "from_der")
    put("certificate-is-private-pem", "certificate", "pem", PRIVATE, "Key(PrivateInsteadOfPublic)", src, "a private key", "private")
    put("certificate-is-private-der", "certificate", "der", P1, "Key(PrivateInsteadOfPublic)", src, "a private key", "private")
    put("certificate-pem-to-der", "certificate", "der", pem("CERTIFICATE", good).encode(), "Key(UnexpectedFormat(Pem))", src,
        "PEM text given to the DER reader", "pem")
    put("certificate-base64-to-der", "certificate", "der", base64.b64encode(good), "Key(UnexpectedFormat(Base64Der))", src,
        "base64 given to the DER reader", "base64")
    for kind in ("public", "private"):
        put(f"certificate-to-{kind}-der", kind, "der", good, "Key(Certificate)", src, "a certificate", "from_unverified_certificate")
        put(f"certificate-to-{kind}-pem", kind, "pem", pem("CERTIFICATE", good), "Key(Certificate)", src, "a certificate",
            "from_unverified_certificate")
        put(f"certificate-to-{kind}-base64", kind, "base64", base64.b64encode(good).decode(), "Key(Certificate)", src, "a certificate",
            "from_unverified_certificate")


def main():
    for part in (unset, foreign, private_material, spelling, lax_pem, other_formats, jwk_faults, moduli, certificates):
        part()
    kept = [k for k in json.loads((VECTORS / "key_texts.json").read_text(encoding="ascii"))["keys"] if k["made"] != "script"]
    entries = [which.completed(entry) for entry in kept + OUT]
    ids = [k["id"] for k in entries]
    assert len(set(ids)) == len(ids), [i for i in ids if ids.count(i) > 1]
    size = dump("key_texts.json", {"counts": counts(entries), "keys": entries})
    print(f"key_texts.json: {len(kept)} kept, {len(OUT)} made, {size} bytes")


if __name__ == "__main__":
    main()
