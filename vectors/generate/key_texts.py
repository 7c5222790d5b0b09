"""Writes vectors/key_texts.json: key texts as the world writes them.

Entries that are `made` by a `report` (rebuilt from a public bug report) or by
a `tool` (its recorded output) stay as they are; those made by this `script`
are replaced. The same keys.json gives the same file.
"""

import base64
import json

import check_keys
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
        put(f"null-{name}-is-missing", "public", "jwk", text({**PUB, name: None}), f'Key(MissingMember("{name}"))', src,
            f"{name} is null", f"`{name}`")
    put("null-in-sets", "public", "jwks", jwks({**PUB, **dict.fromkeys(NAMES[2:]), "use": None, "kid": None}, "null"),
        "ok", src, "a key with null members, and a null for a key", kids=[None], skipped=[[1, None, "Json"]])
    put("null-in-private-sets", "private", "jwks",
        jwks({**PRIV, "oth": None, "kid": "a"}, {**PUB, "d": None, "kid": "b", "use": "sig"}), "ok", src,
        "null for oth, and a public signing key whose d is null", kids=["a"], skipped=[[1, "b", 'Use("sig")']])
    put("null-for-the-keys", "public", "jwks", '{"keys":null}', 'Key(MemberType("keys"))', src, "no array at all", "array")


# --- kind 2: foreign entries ---------------------------------------------------

def foreign():
    src = "RFC 7517 section 5: implementations SHOULD ignore JWKs within a JWK Set that they do not understand"
    many = {**PUB, **{f"m{i}": i for i in range(70)}, "kid": "many"}
    entries = [
        ("EC", {**EC, "kid": "ec"}, "ec", "WrongType(Ec)"),
        ("deep", text(EC)[:-1] + ',"kid":"deep","deep":' + "[" * 40 + "]" * 40 + "}", None, "Json"),
        ("seventy members", many, None, "TooManyMembers"),
        ("a duplicate name", text(EC)[:-1] + ',"kty":"EC"}', None, 'DuplicateMember("kty")'),
        ("a number", "5", None, "Json"),
        ("a string", '"] } \\" {"', None, "Json"),
        ("an array", "[{}]", None, "Json"),
        ("brackets that do not match", '{"a":[}]', None, "JsonEnd"),
        ("an unknown type", {"kty": "AKP", "kid": "pq"}, "pq", "WrongType(Other)"),
        ("OKP", {"kty": "OKP", "crv": "Ed25519", "x": b64u(fixed("okp", 32))}, None, "WrongType(Okp)"),
        ("no type", {"kid": "no type"}, None, 'MissingMember("kty")'),
        ("a signing key", {**jwk(B, 2), "use": "sig", "kid": "s"}, "s", 'Use("sig")'),
        ("for RSA-OAEP", {**jwk(B, 2), "alg": "RSA-OAEP", "kid": "o"}, "o", 'Algorithm("RSA-OAEP")'),
        ("for verify", {**jwk(B, 2), "key_ops": ["verify"]}, None, 'Operations("verify")'),
        ("a kid that is a number", {**jwk(B, 2), "kid": 5}, None, 'MemberType("kid")'),
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
    put("set-of-foreign-keys", "public", "jwks", jwks(*every), f"NoUsableKey {{ skipped: {len(every)}, first: Json }}", src,
        "no usable key; the first is for something else, the second is faulty", says="15 skipped")
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
    put("set-with-an-open-bracket", "public", "jwks", jwks('{"a":[}', PUB), "Key(Json)", src, "no end of the entry can be found")
    put("private-set-with-a-minimal-key", "private", "jwks", jwks(PRIV, jwk(B, 3)), "Key(MissingPrimes)", src,
        "a key for this use that cannot be used is not foreign")
    put("set-with-other-members", "public", "jwks", '{"x":[1,{"keys":[]}],' + jwks(PUB)[1:-1] + ',"y":null}', "ok",
        "RFC 7517 section 5", "members beside keys", kids=[None], skipped=[])
    for name, data, error in (
        ("unclosed", jwks(PUB)[:-1], "JsonEnd"), ("trailing", jwks(PUB) + "x", "JsonEnd"),
        ("keys-twice", jwks(PUB)[:-1] + ',"keys":[]}', 'DuplicateMember("keys")'),
        ("keys-twice-escaped", jwks(PUB)[:-1] + ',"\\u006beys":[]}', 'DuplicateMember("keys")'),
        ("no-comma", jwks(text(PUB) + " " + text(PUB)), "Json"), ("trailing-comma", jwks(PUB, ""), "TrailingComma"),
        ("object", '{"keys":{}}', 'MemberType("keys")'), ("array", "[" + text(PUB) + "]", "UnexpectedFormat(JsonArray)"),
        ("other-member-malformed", jwks(PUB)[:-1] + ',"x":01}', "Json"), ("unclosed-string", jwks(PUB, '"'), "Json"),
        ("two-commas", '{"keys":[' + text(PUB) + ",," + text(PUB) + "]}", "Json"),
        ("two-of-them", jwks(PUB) + jwks(PUB), "Json"), ("seventy-other-members", text({**many, "keys": []}), "TooManyMembers"),
        ("deep-beside", jwks(PUB)[:-1] + ',"x":' + "[" * 40 + "]" * 40 + "}", "Json"),
    ):
        put(f"set-{name}", "public", "jwks", data, f"Key({error})", "RFC 7517 section 5, RFC 8259", name.replace("-", " "))
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
    put("escaped-solidus", "public", "jwk", text({**PUB, "n": "@" + PUB["n"][1:]}).replace("@", "\\/"), 'Key(MemberStandardBase64("n"))', src,
        "an escaped solidus is a solidus, which base64url does not have")
    put("escaped-null", "public", "jwk", text({**PUB, "n": "@" + PUB["n"][1:]}).replace("@", "\\u0000"), 'Key(MemberBase64("n"))', src,
        "an escaped NUL is a NUL")
    put("bom-twice", "public", "jwk", "\ufeff\ufeff" + text(PUB), "Key(Json)", "Unicode", "one mark is a mark, two are text")
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
        bad("escaped-in-quotes", '"' + good.replace("\n", "\\n") + '"', "Key(Quoted)", env, "a JSON string", "line break")
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
        bad("padding-inside", good.replace("MII", "MI==\nI"), "Key(Base64(Padding))", "RFC 4648", "padding before the end")
        bad("url-safe-body", good.replace("/", "_").replace("+", "-"), "Key(Base64(UrlSafe))", "RFC 7468", "base64url in the body",
            "base64url")
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
        put(f"garbage-base64-{kind}", kind, "base64", "not base64 at all", "Key(Der)", "RFC 4648", "no base64 of DER")
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
        unknown = "an unregistered value"
        for use, found in (("sig", "sig"), ("tls", unknown), ("", unknown)):
            put(f"found-use-{use or 'empty'}-{kind}", kind, "jwk", text({**value, "use": use}), f'Key(Use("{found}"))', src,
                f"use is {use!r}", found)
        for alg, found in (("RSA-OAEP", "RSA-OAEP"), ("RSA-OAEP-512", "RSA-OAEP-512"), ("PS256", "PS256"), ("HS256", "HS256"),
                           ("A128GCM", "A128GCM"), ("ECDH-ES", "ECDH-ES"), ("EdDSA", "EdDSA"), ("foreign", unknown)):
            put(f"found-alg-{alg}-{kind}", kind, "jwk", text({**value, "alg": alg}), f'Key(Algorithm("{found}"))', src,
                f"alg is {alg!r}", found)
        ours = {"public": "encrypt", "private": "decrypt", "dir": "encrypt"}[kind]
        for ops, found in ((["sign"], "sign"), (["foreign", "verify"], "verify"), (["foreign"], unknown), (["deriveKey"], "deriveKey")):
            put(f"found-ops-{'-'.join(ops)}-{kind}", kind, "jwk", text({**value, "key_ops": ops}), f'Key(Operations("{found}"))', src,
                f"key_ops is {text(ops)}", found)
        for name, ops in (("known", [ours, ours]), ("unknown", [ours, "x", "y", "x"]), ("escaped", [ours, "x", "@"])):
            data = text({**value, "key_ops": ops}).replace('"@"', '"\\u0078"')
            put(f"duplicate-ops-{name}-{kind}", kind, "jwk", data, 'Key(MemberType("key_ops"))', "RFC 7517 section 4.3: MUST NOT be present",
                f"an operation twice: {name}", "distinct")
        put(f"many-ops-{kind}", kind, "jwk", text({**value, "key_ops": [ours] + [f"x{i}" for i in range(64)]}),
            'Key(MemberType("key_ops"))', "bounded work", "more than 64 operations")
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

# --- kind 11: base64 that is soiled ------------------------------------------------

def faulty_base64():
    for kind, der in (("public", SPKI), ("private", P8)):
        good = base64.b64encode(der).decode()
        lines = [good[i:i + 64] for i in range(0, len(good), 64)]

        def case(name, data, expect, source, shows, says=None):
            put(f"base64-{name}-{kind}", kind, "base64", data, expect if expect == "ok" else f"Key({expect})", source, shows, says)

        src = "RFC 4648 section 4"
        cut = good[:len(good) // 4 * 4 - 2]
        case("cut", cut, "Base64(Padding)", src, "the last two characters are missing", "padd")
        case("unpadded", base64.b64encode(der + b"\0").decode().rstrip("="), "Base64(Padding)", "grafana/k6#4814 (kind)",
             "no padding; a byte follows the key, so that there would be some", "padd")
        case("padded-too-much", good + "==", "Base64(Padding)", src, "padding where none belongs", "padd")
        case("assignment", "KEY=" + good, "Base64(Padding)", "a line of a .env file", "a name before it", "misplaced")
        case("cut-to-four", good[:-40], "Der", src, "40 characters are missing: it decodes", "cut off")
        case("first-line-lost", "\n".join(lines[1:]), "Der", src, "the first line is missing: it decodes", "DER")
        case("first-character-lost", good[1:], "Der", src, "the first character is missing", "DER")
        case("semicolon", good + ";", "Base64(Character)", "a line of JavaScript", "a semicolon behind", "character")
        case("ellipsis", good[:40] + "…" + good[-40:], "Base64(Character)", "a document", "an ellipsis in the middle", "character")
        case("dots", good[:40] + "..." + good[-40:], "Base64(Character)", "a document", "three dots in the middle", "character")
        case("no-break-space", good[:64] + "\u00a0" + good[64:], "Base64(Character)", "an HTML page", "a no-break space", "character")
        case("html-entity", good.replace("+", "&#43;"), "Base64(Character)", "an HTML page", "an entity for the plus sign", "character")
        case("literal-n", "\\n".join(lines), "Base64(Backslash)", "a JSON string", "the two characters \\n", "\\n")
        case("literal-n-behind", good + "\\n", "Base64(Backslash)", "echo -e, a JSON string", "the two characters \\n behind", "\\n")
        case("literal-rn", "\\r\\n".join(lines), "Base64(Backslash)", "a JSON string", "the four characters \\r\\n", "\\r")
        case("escaped-solidus", good.replace("/", "\\/"), "Base64(Backslash)", "PHP's json_encode", "\\/ for each solidus", "\\/")
        case("continued-lines", " \\\n".join(lines), "Base64(Backslash)", "a shell script", "a backslash at the end of lines", "backslash")
        quoted = "percent-encoded"
        case("percent", good.replace("+", "%2B").replace("/", "%2F"), "Base64(Percent)", "a query", "percent encoding", quoted)
        case("percent-lower", good.replace("+", "%2b"), "Base64(Percent)", "a query", "percent encoding in small letters", quoted)
        case("blanks-for-plus", good.replace("+", " "), "Base64(PlusAsBlank)", "a form that was decoded twice",
             f"{good.count('+')} blanks for +", "blanks where +")
        four = good.replace("A", "+", -good.count("+") % 4)
        case("blanks-for-plus-and-decodable", four.replace("+", " "), "Base64(PlusAsBlank)", "a form that was decoded twice",
             f"{four.count('+')} blanks for +: it decodes", "blanks where +")
        case("blank-beside-plus", good[:50] + " " + good[50:], "ok", src, "a blank inside, and + is there")
        for name, (left, right) in {"quotes": '""', "single-quotes": "\'\'", "quote-behind": ("", '"')}.items():
            case(name, left + good + right, "Base64(Quote)", "a .env file, a JSON string", name.replace("-", " "), "quotation marks")
        case("python-bytes", f"b'{good}'", "Base64(Quote)", "Python's repr", "the text of a bytes object", "quotation marks")
        case("one-dash", good.replace("+", "-", 1), "Base64(UrlSafe)", "RFC 4648 section 5", "base64url in one place", "base64url")
        case("end-line-only", good + "\n-----END KEY-----", "Pem", "RFC 7468", "an END line without a BEGIN line", "BEGIN")
        body = "\n".join(["-----BEGIN PUBLIC KEY-----" if kind == "public" else "-----BEGIN PRIVATE KEY-----", *lines])
        end = body.split("\n")[0].replace("BEGIN", "END")
        for name, data, expect, says in (
            ("blanks-for-plus", body.replace("+", " ") + "\n" + end, "Base64(PlusAsBlank)", "blanks where +"),
            ("blanks-for-plus-and-decodable", body.replace(good, four).replace("\n".join(lines), four.replace("+", " ")) + "\n" + end,
             "Base64(PlusAsBlank)", "blanks where +"),
            ("semicolon", body + ";\n" + end, "Base64(Character)", "character"),
            ("redacted", body.split("\n")[0] + "\n...\n" + end, "Base64(Character)", "character"),
            ("line-lost", "\n".join(body.split("\n")[:-2]) + "\n" + end, "Der", "cut off"),
            ("quoted-body", body.replace("MII", '"MII') + '"\n' + end, "Base64(Quote)", "quotation marks"),
        ):
            put(f"pem-base64-{name}-{kind}", kind, "pem", data, f"Key({expect})", "RFC 7468 section 3", f"in PEM: {name.replace('-', ' ')}", says)


# --- kind 12: one encoding too many, or none of a key --------------------------------

def encoded_again():
    b64 = lambda data: base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()
    certificate = next(k["data"] for k in json.loads((VECTORS / "key_texts.json").read_text())["keys"] if k["id"] == "tool-cert.pem")
    pretty = json.dumps(PUB, indent=2)
    xml = f"<RSAKeyValue><Modulus>{b64(to_bytes(A.n))}</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>"
    secret = "a Kubernetes secret, a CI variable"
    texts = [
        # name, text, format, source, what the error says
        ("base64-of-pem", b64(PUBLIC), "Base64Pem", secret, "base64 of PEM"),
        ("base64-of-crlf-pem", b64(PUBLIC.replace("\n", "\r\n")), "Base64Pem", secret, "decode the base64 once"),
        ("base64-lines-of-pem", base64.encodebytes(PUBLIC.encode()).decode(), "Base64Pem", secret, "decode"),
        ("base64-of-pem-after-a-line", b64("\n" + PUBLIC), "Base64Pem", secret, "decode"),
        ("base64-of-pem-with-bom", b64("\ufeff" + PUBLIC), "Base64Pem", secret, "decode"),
        ("base64-of-certificate-pem", b64(certificate), "Base64Pem", "cert-manager#2264", "base64 of PEM"),
        ("base64-of-private-pem", b64(PRIVATE), "Base64Pem", secret, "decode"),
        ("base64-of-openssl-pem", b64("Bag Attributes\n    friendlyName: a\n" + PRIVATE), "Base64Pem", "openssl pkcs12", "decode"),
        ("base64-of-jwk", b64(text(PUB)), "Base64Json", secret, "base64 of JSON"),
        ("base64-of-spaced-jwk", b64(json.dumps(PUB).replace("{", "{ ", 1)), "Base64Json", secret, "decode"),
        ("base64-of-pretty-jwk", b64(pretty), "Base64Json", secret, "decode"),
        ("base64-of-pretty-crlf-jwk", b64(pretty.replace("\n", "\r\n")), "Base64Json", secret, "decode"),
        ("base64url-of-jwk", b64u(text(PUB).encode()), "Base64Json", "did:jwk", "decode"),
        ("base64-of-jwks", b64(jwks(PUB)), "Base64Json", "proconnect-identite#424", "from_jwks"),
        ("base64-of-array", b64("[" + text(PUB) + "]"), "Base64Json", secret, "decode"),
        ("base64-of-base64-of-der", b64(b64(SPKI)), "Base64Text", secret, "decode the base64 once"),
        ("base64-of-base64-of-pem", b64(b64(PUBLIC)), "Base64Text", "base64 twice: stringData and data", "decode"),
        ("base64-of-base64-of-jwk", b64(b64(text(PUB))), "Base64Text", secret, "decode"),
        ("base64-of-hex", b64(SPKI.hex()), "Base64Text", secret, "decode"),
        ("base64-of-xml", b64(xml), "Base64Text", secret, "decode"),
        ("hex", SPKI.hex(), "HexDer", "pyca/cryptography#11411", "hexadecimal"),
        ("hex-upper", SPKI.hex().upper(), "HexDer", "xxd -u", "hexadecimal"),
        ("hex-colons", SPKI.hex(":"), "HexDer", "openssl", "hexadecimal"),
        ("hex-blanks", SPKI.hex(" "), "HexDer", "hexdump", "hexadecimal"),
        ("hex-0x", "0x" + SPKI.hex(), "HexDer", "Solidity, SQL", "hexadecimal"),
        ("hex-backslash-x", "".join(f"\\x{byte:02x}" for byte in SPKI), "HexDer", "C, PostgreSQL", "hexadecimal"),
        ("list-of-numbers", str(list(SPKI)), "ByteArray", "Java's Arrays.toString, Rust's Debug", "numbers"),
        ("list-of-signed-numbers", str([byte - 256 * (byte > 127) for byte in SPKI]), "ByteArray", "Java's Arrays.toString", "numbers"),
        ("der-lossy", SPKI.decode("utf-8", "replace"), "DerAsText", "String::from_utf8_lossy, new String(bytes)", "as bytes"),
        ("der-latin-1", SPKI.decode("latin-1"), "DerAsText", "read as ISO 8859-1", "as bytes"),
        ("der-windows-1252", SPKI.decode("cp1252", "replace"), "DerAsText", "read as Windows-1252", "as bytes"),
        ("xml", xml, "XmlRsaKeyValue", ".NET's ToXmlString", "XML"),
        ("xml-with-declaration", f'<?xml version="1.0"?>\n{xml}', "XmlRsaKeyValue", ".NET", "XML"),
        ("xml-parameters", f"<RSAParameters><Exponent>AQAB</Exponent><Modulus>{b64(to_bytes(A.n))}</Modulus></RSAParameters>",
         "XmlRsaKeyValue", ".NET's XmlSerializer", "XML"),
        ("html", "<!DOCTYPE html>\n<html><head><title>404</title></head></html>\n", "Html", "a wrong address", "HTML"),
        ("html-after-a-line", "\n  <html>\n", "Html", "a wrong address", "page"),
        ("saml", '<EntityDescriptor entityID="a"><KeyDescriptor use="encryption"/></EntityDescriptor>', "Html", "SAML metadata", "XML"),
        ("putty", "PuTTY-User-Key-File-3: ssh-rsa\r\nEncryption: none\r\nComment: a\r\n", "Putty", "puttygen", "puttygen"),
        ("putty-2", "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: aes256-cbc\n", "Putty", "puttygen", "PuTTY"),
        ("ecdsa-ssh", "ecdsa-sha2-nistp256 AAAAE2VjZHNh me@host\n", "OpenSshPublic", "ssh-keygen", "ssh-keygen"),
        ("token", "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA", "Token", "a mistake", "token"),
        ("jws", "eyJhbGciOiJub25lIn0.e30.", "Token", "a mistake", "token"),
        ("encrypted-jwk", text({"protected": "eyJhbGciOiJQQkVTMi1IUzI1NitBMTI4S1cifQ", "encrypted_key": "AA", "iv": "AA",
                                "ciphertext": "AA", "tag": "AA"}), "Token", "RFC 7517 section 7", "encrypted"),
        ("json-string-of-jwk", json.dumps(text(PUB)), "JsonString", "EmbarkStudios/k8s-buildkite-plugin#39", "JSON string"),
        ("json-string-twice", json.dumps(json.dumps(text(PUB))), "JsonString", "JSON encoded three times", "string"),
        ("jwk-in-double-quotes", '"' + text(PUB) + '"', "JsonString", "docker run --env-file", "quotation marks"),
        ("jwk-in-single-quotes", "'" + text(PUB) + "'", "JsonString", "docker run --env-file", "quotation marks"),
        ("jwk-with-escaped-quotes", text(PUB).replace('"', '\\"'), "JsonString", "a shell script", "decode the string"),
        ("percent-encoded-jwk", text(PUB).replace("{", "%7B").replace('"', "%22"), "PercentEncoded", "a query", "percent"),
        ("percent-encoded-set", jwks(PUB).replace("{", "%7b").replace('"', "%22"), "PercentEncoded", "a query", "percent"),
        ("percent-encoded-pem", PUBLIC.replace(" ", "%20").replace("\n", "%0A").replace("+", "%2B"), "PercentEncoded", "a query", "percent"),
        ("form-encoded-pem", PUBLIC.replace("+", "%2B").replace(" ", "+").replace("\n", "%0A"), "PercentEncoded", "a form", "percent"),
        ("path", "/etc/keys/private.pem", "Path", "a path in the place of the file", "path"),
        ("relative-path", "keys/bank.pem", "Path", "a path in the place of the file", "path"),
        ("windows-path", "C:\\keys\\bank.cer", "Path", "a path in the place of the file", "path"),
        ("file-url", "file:///etc/keys/bank.pem", "Path", "a path in the place of the file", "path"),
        ("address", "https://bank.example/.well-known/jwks.json", "Path", "an address in the place of what it returns", "address"),
        ("address-without-ending", "http://localhost:8080/keys", "Path", "an address in the place of what it returns", "address"),
        ("null", "null", "Unset", "a variable that is not set", "not set"),
        ("undefined", "undefined", "Unset", "a variable that is not set, in JavaScript", "not set"),
        ("none", "None\n", "Unset", "a variable that is not set, in Python", "not set"),
        ("no-value", "<no value>", "Unset", "Go's text/template", "not set"),
        ("dollar-brace", "${BANK_KEY}", "Unset", "a placeholder", "placeholder"),
        ("dollar", "$BANK_KEY", "Unset", "a placeholder", "placeholder"),
        ("mustache", "{{ .Values.bankKey }}", "Unset", "Helm, Jinja", "placeholder"),
        ("openpgp", "-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: GnuPG v2\n\nmQENBF8AAAAB\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n",
         "OpenPgp", "gpg --export -a", "OpenPGP"),
        ("openpgp-without-version", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQOYBF8AAAAB\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----\n",
         "OpenPgp", "gpg --export-secret-keys -a", "OpenPGP"),
    ]
    printed = [
        ("python-dict", str(PUB), "openedx"), ("python-dict-of-set", str({"keys": [PUB]}), "openedx"),
        ("java-map", "{" + ", ".join(f"{k}={v}" for k, v in PUB.items()) + "}", "apache/knox#771"),
        ("java-map-of-set", "{keys=[{kty=RSA, e=AQAB}]}", "apache/knox#771"),
        ("javascript", "{ kty: 'RSA', n: '" + PUB["n"] + "', e: 'AQAB' }", "node's console.log"),
        ("ruby-symbols", "{:kty=>\"RSA\", :e=>\"AQAB\"}", "Ruby's inspect"),
        ("ruby-strings", "{\"kty\"=>\"RSA\", \"e\" => \"AQAB\"}", "Ruby's inspect"),
        ("php-print-r", "Array\n(\n    [kty] => RSA\n    [e] => AQAB\n)\n", "PHP's print_r"),
        ("php-var-export", "array (\n  'kty' => 'RSA',\n)", "PHP's var_export"),
        ("go-map", "map[e:AQAB kty:RSA]", "Go's fmt"), ("go-struct", "&{RSA AQAB}", "Go's fmt"),
        ("rust-option", 'Some("MIIBIjAN")', "Rust's Debug"), ("object-object", "[object Object]", "JavaScript's String()"),
        ("crypto-key", "[object CryptoKey]", "JavaScript's String()"), ("java-bytes", "[B@1b6d3586", "Java's toString"),
    ]
    texts += [(name, data, "PrintedObject", source, "printed") for name, data, source in printed]
    readers = [("public", "pem"), ("public", "base64"), ("public", "der"), ("public", "jwk"), ("public", "jwks"),
               ("certificate", "pem"), ("private", "base64")]
    everywhere = ("base64-of-pem", "base64-of-certificate-pem", "base64-of-jwk", "base64-of-base64-of-pem", "hex", "null", "path", "html")
    for name, data, found, source, says in texts:
        for kind, reader in readers:
            pem_only = found == "OpenPgp" or name in ("percent-encoded-pem", "form-encoded-pem")
            json_only = "jwk" in name or "set" in name or found in ("JsonString", "PrintedObject")
            if name not in everywhere and (kind != "public" or pem_only and reader != "pem" or json_only and reader in ("der", "pem")):
                continue
            if name not in everywhere and not pem_only and not json_only and reader in ("jwks", "der"):
                continue
            # There, the first character that does not belong is said.
            error = "Base64(Quote)" if reader == "base64" and data[0] in "\"'" else f"UnexpectedFormat({found})"
            put(f"{name}-given-to-{reader}-of-{kind}", kind, reader, data.encode() if reader == "der" else data,
                f"Key({error})", source, f"{name.replace('-', ' ')} given to the reader of {reader}",
                "quotation marks" if "Quote" in error else says)
    for name, data, expect, says in (
        ("base64-of-utf-16", b64(PUBLIC.encode("utf-16")), "UnexpectedFormat(Utf16)", "UTF-8"),
        ("base64-of-certificate", b64(base64.b64decode("".join(certificate.splitlines()[1:-1]))), "Certificate", "from_unverified_certificate_pem"),
        ("base64-of-jwk-after-a-line", b64("\n" + text(PUB)), "UnexpectedFormat(Base64Json)", "decode"),
        ("base64-of-three-lines-and-pem", b64("a\nb\nc\n" + PUBLIC), "UnexpectedFormat(Base64Pem)", "decode"),
        ("base64-of-path", b64("/etc/keys/a.pem"), "UnexpectedFormat(Base64Text)", "decode"),
        ("base64-of-modulus", b64(b"\0" + to_bytes(A.n)), "Der", "DER"),
        ("base64-of-two-keys", b64(SPKI) + b64(SPKI), "Der", "bytes follow"),
    ):
        put(f"{name}-given-to-base64", "public", "base64", data, f"Key({expect})", secret, name.replace("-", " "), says)
    for name, data, expect in (
        ("json-object", text({"apiVersion": "v1", "data": {"key": "LS0t"}}), "UnexpectedFormat(JsonObject)"),
        ("json-object-with-a-key", text({"keyId": "1", "keyMaterial": b64(SPKI)}), "UnexpectedFormat(JsonWrapper)"),
        ("json-object-with-pem", text({"type": "service_account", "private_key": PRIVATE}), "Quoted"),
    ):
        put(f"{name}-given-to-pem", "public", "pem", data, f"Key({expect})", "kubectl get secret -o json, Google Cloud", name.replace("-", " "))
    put("pem-after-text-given-to-jwk", "public", "jwk", "Bag Attributes\n" + PUBLIC, "Key(UnexpectedFormat(Pem))", "openssl pkcs12",
        "text before the block", "from_pem")
    put("pem-after-text-given-to-der", "public", "der", ("Bag Attributes\n" + PUBLIC).encode(), "Key(UnexpectedFormat(Pem))", "openssl pkcs12",
        "text before the block", "from_pem")


# --- kind 13: JSON that is no JWK ----------------------------------------------------

def json_faults():
    src = "RFC 8259"
    for kind, value in (("public", PUB), ("dir", OCT)):
        good = text(value)
        number = "k" if kind == "dir" else "n"

        def case(name, data, expect, source, shows, says=None):
            put(f"json-{name}-{kind}", kind, "jwk", data, f"Key({expect})", source, shows, says)

        case("trailing-comma-spaced", good[:-1] + " ,\n }", "TrailingComma", src, "a comma before the closing brace", "comma")
        case("trailing-comma-inside", good[:-1] + ',"key_ops":["encrypt",]}', "TrailingComma", src, "a comma before a closing bracket", "comma")
        case("cut", good[:-20], "JsonEnd", "a variable with a limit", "the end is missing", "cut off")
        case("semicolon", good + ";", "JsonEnd", "JavaScript", "a semicolon behind", "follows")
        case("comment", good[:-1] + "/* mine */}", "Json", src, "a comment", "JSON")
        case("hash-comment", "# mine\n" + good, "Json", src, "a comment before it", "JSON")
        case("assignment", "const jwk = " + good, "Json", "JavaScript", "an assignment", "JSON")
        case("xssi-prefix", ")]}',\n" + good, "Json", "Angular", "a prefix against script inclusion", "JSON")
        case("yaml", "".join(f"{k}: {v}\n" for k, v in value.items()), "Json", "YAML", "no braces", "JSON")
        case("toml", "".join(f'{k} = "{v}"\n' for k, v in value.items()), "Json", "TOML", "no braces", "JSON")
        case("line-break-inside", good.replace(value[number][10:12], value[number][10] + "\n", 1), "Json", src, "a line break in a string", "JSON")
        case("typographic-quotes", good.replace('"', "\u201d"), "Json", "a word processor", "typographic quotation marks", "JSON")
        case("two-lines", good + "\n" + good, "Json", "NDJSON", "two objects", "one JSON object")
        case("empty-object", "{}", 'MissingMember("kty")', "RFC 7517 section 4.1", "nothing", "`kty`")
        case("null", '{"kty":null}', 'MissingMember("kty")', "RFC 7517 section 4.1", "kty is null", "`kty`")
        case("error-response", text({"error": "invalid_client", "error_description": "x"}), 'MissingMember("kty")', "RFC 6749 section 5.2",
             "an error response", "`kty`")
        for style, change in (("pascal", str.capitalize), ("upper", str.upper)):
            case(f"{style}-case", text({change(k): v for k, v in value.items()}), 'MissingMember("kty")', "a .NET serializer without attributes",
                 f"names in {style} case", "case-sensitive")
        case("type-array", text({**value, "kty": [value["kty"]]}), 'MemberType("kty")', "RFC 7517 section 4.1", "kty is an array", "`kty`")
        for wrapper in ("jwk", "key", "publicKeyJwk", "public_key", "data", "value", "2026-01"):
            case(f"in-{wrapper}", text({"kid": "a", wrapper: value}), "UnexpectedFormat(JsonWrapper)",
                 "kelvinmo/simplejwt#52, DID documents, Azure Key Vault, KMS responses", f"the JWK under {wrapper}", "member")
        case("set-in-jwks", text({"jwks": {"keys": [value]}}), "UnexpectedFormat(JsonWrapper)", "RFC 7591 client metadata", "a set under jwks", "`keys`")
        octets = base64.urlsafe_b64decode(value[number] + "==")
        for name, text_of, error, says in (
            ("standard-base64", base64.b64encode(octets).decode(), "StandardBase64", "base64url"),
            ("standard-base64-unpadded", base64.b64encode(octets).decode().rstrip("="), "StandardBase64", "standard base64"),
            ("padded", value[number] + "=", "StandardBase64", "padding"),
            ("wrapped", "\n".join(value[number][i:i + 40] for i in range(0, len(value[number]), 40)), "Blanks", "blanks or line breaks"),
            ("trailing-line-break", value[number] + "\r\n", "Blanks", "blanks or line breaks"),
            ("blank-inside", value[number][:9] + " " + value[number][9:], "Blanks", "blanks"),
            ("passphrase", "correct horse battery staple", "Blanks", "blanks"),
            ("hex-colons", octets.hex(":"), "Hex", "hexadecimal"), ("hex-0x", "0x" + octets.hex(), "Hex", "hexadecimal"),
            ("hex-with-zeros", "00" + octets.hex(), "Hex", "hexadecimal"),
            ("percent", "%2B" + value[number][3:], "Base64", "not base64url"), ("redacted", "***", "Base64", "not base64url"),
            ("ellipsis", value[number][:20] + "…", "Base64", "not base64url"), ("dots", value[number][:20] + "...", "Base64", "not base64url"),
            ("quotes-inside", f'"{value[number]}"', "Base64", "not base64url"),
            ("literal-n", value[number][:20] + "\\n" + value[number][20:], "Base64", "not base64url"),
            ("cut", value[number][:-1], "Base64", "not base64url"), ("number", 5, "Type", "string"), ("true", True, "Type", "string"),
            ("list", list(octets), "Type", "string"), ("buffer", {"type": "Buffer", "data": [1]}, "Type", "string"),
        ):
            if (kind, name) == ("public", "standard-base64-unpadded"):
                continue  # the same text: there is one byte too many or too few
            case(f"member-{name}", text({**value, number: text_of}), f'Member{error}("{number}")', "cisco/node-jose#419, grafana/k6#4814 (kinds)",
                 f"{number}: {name.replace('-', ' ')}", says)
        for name in ("use", "alg", "kid"):
            for what, other in (("array", ["enc"]), ("object", {}), ("true", True)):
                case(f"{name}-{what}", text({**value, name: other}), f'MemberType("{name}")', "RFC 7517 section 4", f"{name} is an {what}", f"`{name}`")
        for what, other in (("string", "encrypt"), ("object", {"encrypt": True}), ("number", 3)):
            case(f"key-ops-{what}", text({**value, "key_ops": other}), 'MemberType("key_ops")', "RFC 7517 section 4.3", f"key_ops is a {what}", "array")
    for name, e, error in (("decimal", "65537", "Hex"), ("hex", "010001", "Hex"), ("0x", "0x10001", "Hex"), ("padded", "AQAB=", "StandardBase64"),
                           ("list", [1, 0, 1], "Type"), ("number", 65537, "Type")):
        put(f"json-e-{name}", "public", "jwk", text({**PUB, "e": e}), f'Key(Member{error}("e"))', "RFC 7518 section 6.3.1.2", f"e is {e!r}", "`e`")
    # A multiple of 3 in hexadecimal has a small factor as the number that it is in base64url, or it has not.
    for name, n in (("lower", to_bytes(A.n).hex()), ("upper", to_bytes(A.n).hex().upper()), ("decimal", str(A.n) + "0" * (-len(str(A.n)) % 4))):
        number = int.from_bytes(base64.urlsafe_b64decode(n), "big")
        small = any(number % p == 0 for p in range(2, 752))
        put(f"json-n-{name}", "public", "jwk", text({**PUB, "n": n}), "Key(SmallFactor)" if small else 'Key(MemberHex("n"))', "cisco/node-jose#172",
            "n in hexadecimal or decimal digits, read as base64url it is another number", "hexadecimal")
    put("json-n-hex-private", "private", "jwk", text({**PRIV, "n": to_bytes(A.n).hex()}), 'Key(MemberHex("n"))', "cisco/node-jose#172",
        "n in hexadecimal", "hexadecimal")
    put("json-k-hex", "dir", "jwk", text({**OCT, "k": DIRECT["dir-a"].hex()}), 'Key(MemberHex("k"))', "openssl rand -hex 32", "k in hexadecimal", "hexadecimal")
    put("json-k-ascii", "dir", "jwk", text({**OCT, "k": "0123456789abcdefghijklmnopqrstuv"}), "Key(SymmetricLength)", "a password of 32 letters",
        "32 letters that are not encoded", "43 characters")
    put("json-k-base64url-twice", "dir", "jwk", text({**OCT, "k": b64u(OCT["k"].encode())}), "Key(SymmetricLength)", "encoded twice",
        "base64url of base64url", "32 bytes")
    put("json-of-rsa-parameters", "public", "jwk", text({"Modulus": base64.b64encode(to_bytes(A.n)).decode(), "Exponent": "AQAB"}),
        'Key(MissingMember("kty"))', ".NET's RSAParameters", "the names of .NET", "`kty`")
    src = "RFC 7517 section 5"
    for name, data, expect, says in (
        ("empty-object", "{}", 'MissingMember("keys")', "`keys`"), ("upper-case", text({"Keys": [PUB]}), 'MissingMember("keys")', "case-sensitive"),
        ("data-array", text({"data": [PUB]}), 'MissingMember("keys")', "`keys`"), ("error", text({"error": "not found"}), 'MissingMember("keys")', "`keys`"),
        ("string", '"hello"', "UnexpectedFormat(JsonString)", "JSON string"), ("empty-array", "[]", "UnexpectedFormat(JsonArray)", "`keys`"),
        ("keys-string", text({"keys": text([PUB])}), 'MemberType("keys")', "array"), ("keys-object", text({"keys": PUB}), 'MemberType("keys")', "array"),
        ("keys-map", text({"keys": {"a": PUB}}), 'MemberType("keys")', "array"),
        ("in-jwks", text({"jwks": {"keys": [PUB]}}), "UnexpectedFormat(JsonWrapper)", "`keys`"),
        ("in-data", text({"data": {"keys": [PUB]}}), "UnexpectedFormat(JsonWrapper)", "`keys`"),
        ("in-key", text({"key": [PUB]}), "UnexpectedFormat(JsonWrapper)", "`keys`"),
        ("client-metadata", text({"client_id": "a", "jwks": {"keys": [PUB]}}), "UnexpectedFormat(JsonWrapper)", "`keys`"),
        ("x509-map", text({"a": PUBLIC}), "UnexpectedFormat(JsonWrapper)", "`keys`"),
        ("discovery", text({"issuer": "https://a", "authorization_endpoint": "https://a/b", "jwks_uri": "https://a/jwks"}),
         "UnexpectedFormat(Metadata)", "jwks_uri"),
        ("discovery-with-jwks", text({"jwks_uri": "https://a/jwks", "jwks": None}), "UnexpectedFormat(Metadata)", "jwks_uri"),
        ("cut", jwks(PUB)[:-30], "JsonEnd", "cut off"),
        ("comma-behind", '{"keys":[' + text(PUB) + "],}", "TrailingComma", "comma"),
        ("ndjson", text(PUB) + "\n" + text(PUB), "UnexpectedFormat(Jwk)", "from_jwk"),
        ("empty", '{"keys":[]}', "EmptySet", "no entries"),
    ):
        put(f"json-set-{name}", "public", "jwks", data, f"Key({expect})", src, name.replace("-", " "), says)
    put("json-discovery-to-jwk", "public", "jwk", text({"issuer": "https://a", "jwks_uri": "https://a/jwks"}), "Key(UnexpectedFormat(Metadata))", src,
        "the metadata of a server", "jwks_uri")


# --- kind 14: sets without a usable key ----------------------------------------------

def no_usable_key():
    src = "RFC 7517 section 5"
    sig, oaep = {**jwk(B, 2), "use": "sig", "kid": "s"}, {**PUB, "alg": "RSA-OAEP"}
    padded = {**PUB, "use": "enc", "n": PUB["n"] + "="}
    small = {"kty": "RSA", "n": b64u_int(A.n >> 1024 | 1), "e": "AQAB"}

    def case(name, kind, entries, first, shows, says):
        put(f"no-usable-{name}-{kind}", kind, "jwks", jwks(*entries), f"NoUsableKey {{ skipped: {min(len(entries), 255)}, first: {first} }}", src, shows, says)

    case("faulty", "public", [padded], 'MemberStandardBase64("n")', "the only key is faulty", "1 skipped, for instance: the member `n`")
    case("faulty-after-signing", "public", [sig, padded], 'MemberStandardBase64("n")', "a key for signatures before the faulty key", "standard base64")
    case("faulty-before-signing", "public", [padded, sig], 'MemberStandardBase64("n")', "a key for signatures after the faulty key", "2 skipped")
    case("signing", "public", [sig], 'Use("sig")', "only a key for signatures", "sig")
    case("for-others", "public", [EC, sig, oaep], "WrongType(Ec)", "keys for something else", "3 skipped")
    case("oaep", "public", [oaep], 'Algorithm("RSA-OAEP")', "a key for RSA-OAEP", "RSA-OAEP")
    case("small", "public", [sig, small], "ModulusTooSmall", "a key of 1024 bits", "2048")
    case("certificate", "public", [sig, {"kty": "RSA", "x5c": ["MIIC"]}], "KeyInCertificate", "a key that is in its certificate", "x5c")
    case("oct", "public", [OCT], "PrivateInsteadOfPublic", "a secret", "private or secret")
    case("strings", "public", [json.dumps(text(PUB))], "Json", "JWKs that are JSON strings", "JSON object")
    case("pems", "public", [json.dumps(PUBLIC)], "Json", "PEM in the place of JWKs", "JSON object")
    case("sets", "public", [jwks(PUB)], 'MissingMember("kty")', "a set in a set", "`kty`")
    case("wrapped", "public", [{"jwk": PUB}], 'MissingMember("kty")', "each JWK in another object", "`kty`")
    case("nulls", "public", ["null", "null"], "Json", "null for each key", "2 skipped")
    case("254", "public", [{"kty": "EC"}] * 254, "WrongType(Ec)", "254 keys for something else", "254 skipped")
    case("255", "public", [{"kty": "EC"}] * 255, "WrongType(Ec)", "as many as are counted", "255 or more skipped")
    case("1000", "public", [{"kty": "EC"}] * 999 + ["0"], "Json", "as many entries as a set may have", "255 or more skipped")
    case("faulty", "private", [{**jwk(B), "n": "=" + PUB["n"]}], 'MemberStandardBase64("n")', "the only key is faulty", "`n`")
    case("number", "private", [sig, {**PRIV, "e": 65537}], 'MemberType("e")', "e is a number", "`e`")
    case("oct", "private", [OCT], "WrongType(Oct)", "a shared key", "oct")
    case("three-primes", "private", [{**jwk(B), "oth": [{"r": "Aw", "d": "AQ", "t": "AQ"}]}], "MultiPrime", "a key of three primes", "two primes")
    case("rsa", "dir", [PUB], "WrongType(Rsa)", "an RSA key", "RSA")
    case("short", "dir", [PUB, {**OCT, "k": "AAAA"}], "SymmetricLength", "a short key after an RSA key", "32 bytes")
    case("padded", "dir", [{**OCT, "k": OCT["k"] + "="}], 'MemberStandardBase64("k")', "padding", "padding")
    case("hmac", "dir", [{**OCT, "alg": "HS256"}], 'Algorithm("HS256")', "a key for HMAC", "HS256")
    # Sets of shared keys that are read.
    other = {"kty": "oct", "k": b64u(DIRECT["dir-b"])}
    put("shared-set", "dir", "jwks", jwks({**OCT, "kid": "a"}, {**other, "kid": "b", "alg": "dir", "use": "enc"}), "ok", src, "two shared keys",
        kids=["a", "b"], skipped=[])
    put("shared-set-with-others", "dir", "jwks", jwks(PUB, {**OCT, "kid": "a", "key_ops": ["decrypt"]}, {**other, "alg": "HS256", "kid": "h"}, '"x"'),
        "ok", src, "a shared key among others", kids=["a"],
        skipped=[[0, None, "WrongType(Rsa)"], [2, "h", 'Algorithm("HS256")'], [3, None, "Json"]])
    put("shared-set-with-a-long-kid", "dir", "jwks", jwks({**OCT, "kid": "x" * 1025}, other), "Key(KeyIdTooLong)", src,
        "a kid that is too long, of a key for this use", "kid")
    put("shared-set-with-null-members", "dir", "jwks", jwks({**OCT, "use": None, "alg": None, "key_ops": None, "kid": None}), "ok", src,
        "null members", kids=[None], skipped=[])
    # A private set: what a faulty entry means for the others.
    for name, change, reason in (("padding", {"n": "=" + PUB["n"]}, 'MemberStandardBase64("n")'), ("no-n", {"n": None}, 'MissingMember("n")'),
                                 ("number", {"e": 65537}, 'MemberType("e")'), ("hex-p", {"p": to_bytes(A.p).hex(":")}, 'MemberHex("p")')):
        put(f"private-set-with-a-malformed-member-{name}", "private", "jwks", jwks({**PRIV, "kid": "a"}, {**jwk(B), "kid": "b", **change}), "ok", src,
            f"an entry that is malformed: {name}", kids=["a"], skipped=[[1, "b", reason]])


# --- kind 15: DER --------------------------------------------------------------------

def der_faults():
    src = "cryptosense/key-parsers#55, phpseclib/phpseclib#2041: no zero byte before the modulus"
    unsigned = lambda n: tlv(2, to_bytes(n))
    public = der_seq(unsigned(A.n), der_int(A.e))
    private = der_seq(der_int(0), unsigned(A.n), *map(der_int, A.integers()[1:]))
    every = der_seq(der_int(0), *map(unsigned, A.integers()))
    for name, kind, label, der in (
        ("public-pkcs1", "public", "RSA PUBLIC KEY", public), ("public-spki", "public", "PUBLIC KEY", spki(public)),
        ("private-pkcs1", "private", "RSA PRIVATE KEY", private), ("private-pkcs8", "private", "PRIVATE KEY", pkcs8(private)),
        ("private-all-numbers", "private", "RSA PRIVATE KEY", every),
    ):
        put(f"negative-{name}-pem", kind, "pem", pem(label, der), "Key(NegativeInteger)", src, "a modulus without its zero byte", "negative")
        put(f"negative-{name}-der", kind, "der", der, "Key(NegativeInteger)", src, "a modulus without its zero byte", "leading zero")
        put(f"negative-{name}-base64", kind, "base64", base64.b64encode(der).decode(), "Key(NegativeInteger)", src, "a modulus without its zero byte", "zero")
    src = "RustCrypto/RSA#91; RFC 8017 appendix A.1: the parameters are NULL"
    for name, more in (("absent", b""), ("octets", tlv(4, b"")), ("sequence", der_seq())):
        for kind, label, der in (("public", "PUBLIC KEY", spki(PUB1, RSA_ENCRYPTION + more)), ("private", "PRIVATE KEY", pkcs8(P1, RSA_ENCRYPTION + more))):
            put(f"parameters-{name}-{kind}-pem", kind, "pem", pem(label, der), "Key(AlgorithmParameters)", src, f"the parameters are {name}", "NULL")
            put(f"parameters-{name}-{kind}-der", kind, "der", der, "Key(AlgorithmParameters)", src, f"the parameters are {name}", "parameters")
    signed = der_seq(bytes.fromhex("06092a864886f70d010702"), tlv(0xa0, der_seq(der_int(1), tlv(4, bytes(300)))))
    src = "RFC 2315; openssl crl2pkcs7"
    for kind in ("public", "private", "certificate"):
        found, says = "Key(UnexpectedFormat(Pkcs7))", "openssl pkcs7"
        put(f"pkcs7-der-{kind}", kind, "der", signed, found, src, "certificates in PKCS#7", says)
        for label in ("PKCS7", "CMS", "CERTIFICATE"):
            put(f"pkcs7-{label.lower()}-{kind}", kind, "pem", pem(label, signed), found, src, f"PKCS#7 under the label {label}", says)
    put("pkcs7-base64", "public", "base64", base64.b64encode(signed).decode(), "Key(UnexpectedFormat(Pkcs7))", src, "base64 of PKCS#7", "PKCS#7")
    kept = {k["id"]: k["data"] for k in json.loads((VECTORS / "key_texts.json").read_text())["keys"] if k["made"] == "tool"}
    trusted = base64.b64decode("".join(kept["tool-cert_trusted.pem"].splitlines()[1:-1]))
    src, found, says = "pyca/cryptography#5242, rustls/rustls#2079", "Key(UnexpectedFormat(TrustedCertificate))", "openssl x509"
    put("trusted-der", "certificate", "der", trusted, found, src, "trust settings after the certificate", says)
    put("trusted-as-certificate", "certificate", "pem", pem("CERTIFICATE", trusted), found, src, "trust settings under the label CERTIFICATE", says)
    for kind in ("public", "private"):
        put(f"trusted-pem-{kind}", kind, "pem", kept["tool-cert_trusted.pem"], found, src, "trust settings after the certificate", says)
    certificate = base64.b64decode("".join(kept["tool-cert.pem"].splitlines()[1:-1]))
    put("two-certificates", "certificate", "der", certificate * 2, "Key(Der)", "RFC 5280", "another certificate after the certificate", "bytes follow")
    for kind in ("public", "private"):
        put(f"certificate-recorded-{kind}", kind, "pem", kept["tool-cert.pem"], "Key(Certificate)", "openssl x509",
            "a certificate", "read that with `from_unverified_certificate_pem`")
    p12 = pem("PKCS12", bytes(base64.urlsafe_b64decode(kept["tool-a.p12"] + "==")))
    put("pkcs12-pem", "private", "pem", p12, "Key(UnexpectedFormat(Pkcs12))", "a keystore in PEM", "a keystore under a label", "openssl pkcs12")
    put("certificate-cut-and-labelled", "certificate", "pem", pem("CERTIFICATE", certificate[:-9]), "Key(Der)", "RFC 5280", "the end is missing", "cut off")


# --- kind 16: RSAES-OAEP ---------------------------------------------------------------

def oaep():
    src = "RFC 4055 section 4.1"
    oid = RSA_ENCRYPTION[:-1]
    sha = {1: bytes.fromhex("06052b0e03021a"), 224: bytes.fromhex("0609608648016503040204"), 256: bytes.fromhex("0609608648016503040201"),
           384: bytes.fromhex("0609608648016503040202"), 512: bytes.fromhex("0609608648016503040203")}

    def parameters(hash_=None, mask=None, label=None, function=8, source=9, null=NULL):
        out = tlv(0xa0, der_seq(sha[hash_], null)) if hash_ else b""
        out += tlv(0xa1, der_seq(oid + bytes([function]), der_seq(sha[mask], null))) if mask else b""
        return der_seq(out, tlv(0xa2, der_seq(oid + bytes([source]), tlv(4, label))) if label is not None else b"")

    other = 'OaepParameters("an unregistered value")'
    for name, value, expect, says in (
        ("without-parameters", b"", "ok", None), ("sha-256", parameters(256, 256), "ok", None),
        ("sha-256-without-null", parameters(256, 256, null=b""), "ok", None), ("sha-256-empty-label", parameters(256, 256, b""), "ok", None),
        ("defaults", parameters(), 'OaepParameters("RSA-OAEP")', "RSA-OAEP,"), ("sha-1", parameters(1, 1), 'OaepParameters("RSA-OAEP")', "RSA-OAEP,"),
        ("sha-384", parameters(384, 384), 'OaepParameters("RSA-OAEP-384")', "RSA-OAEP-384"),
        ("sha-512", parameters(512, 512), 'OaepParameters("RSA-OAEP-512")', "RSA-OAEP-512"),
        ("sha-224", parameters(224, 224), other, "MGF1 with SHA-256"), ("sha-256-mgf1-sha-1", parameters(256, 1), other, "MGF1 with SHA-256"),
        ("sha-256-mgf1-default", parameters(256), other, "MGF1 with SHA-256"), ("default-mgf1-sha-256", parameters(None, 256), other, "SHA-256"),
        ("sha-512-mgf1-sha-256", parameters(512, 256), other, "SHA-256"), ("label", parameters(256, 256, b"TLS"), other, "label"),
        ("sha-384-label", parameters(384, 384, b"TLS"), other, "label"), ("defaults-label", parameters(label=b"a"), other, "label"),
        ("another-mask-function", parameters(256, 256, function=7), other, "MGF1"), ("another-label-source", parameters(256, 256, b"", source=7), other, "label"),
        ("null", NULL, "Der", "DER"), ("octets", tlv(4, b"\1"), "Der", "DER"), ("out-of-order", der_seq(parameters(None, 256)[2:], parameters(256)[2:]), "Der", None),
        ("a-fourth-field", der_seq(parameters(256, 256)[2:], tlv(0xa3, NULL)), "Der", None), ("hash-without-its-tag", der_seq(sha[256]), "Der", None),
    ):
        expect = expect if expect == "ok" else f"Key({expect})"
        public, private = spki(PUB1, oid + b"\7" + value), pkcs8(P1, oid + b"\7" + value)
        shows = f"a key made for RSAES-OAEP: {name.replace('-', ' ')}"
        put(f"oaep-key-{name}-public-pem", "public", "pem", pem("PUBLIC KEY", public), expect, src, shows, says)
        put(f"oaep-key-{name}-private-pem", "private", "pem", pem("PRIVATE KEY", private), expect, src, shows, says)
        put(f"oaep-key-{name}-public-der", "public", "der", public, expect, src, shows, says)
        put(f"oaep-key-{name}-private-der", "private", "der", private, expect, src, shows, says)


# --- kind 17: PEM in quotes, and on its way through other formats ------------------------

def quoted_pem():
    for kind, good in (("public", PUBLIC), ("private", PRIVATE)):
        flat, body = good.rstrip("\n"), good.replace("\n", "\\n")
        env = "docker run --env-file, a .env file, a JSON string"
        for name, data in (
            ("double", f'"{flat}"'), ("double-and-line-break", f'"{good}"\n'), ("single", f"'{flat}'"), ("single-escaped", f"'{body}'"),
            ("double-escaped-crlf", '"' + good.replace("\n", "\\r\\n") + '"'), ("assignment", f'KEY="{flat}"'),
            ("export-escaped", f'export KEY="{body}"'), ("yaml", f'key: "{body}"'), ("json-member", '{"key": "' + body + '"}'),
            ("python-bytes", f"b'{body}'"), ("backtick", f"`{flat}`"), ("typographic", f"\u201c{flat}\u201d"), ("behind-only", f'{flat}"'),
            ("behind-only-single", f"{flat}'"), ("indented", f'   "{flat}"'),
        ):
            put(f"quoted-{name}-{kind}", kind, "pem", data, "Key(Quoted)", env, f"quotation marks: {name.replace('-', ' ')}", "quotation marks")
        for name, data, expect, says in (
            ("escaped-twice", good.replace("\n", "\\\\n"), "EscapedLineBreaks", "line break"), ("escaped-cr", good.replace("\n", "\\r"), "EscapedLineBreaks", "line break"),
            ("html-breaks", good.replace("\n", "<br>"), "NoLineBreaks", "line break"), ("tabs", good.replace("\n", "\t"), "NoLineBreaks", "line break"),
            ("line-separators", good.replace("\n", "\u2028"), "NoLineBreaks", "line break"),
            ("name-before", f"KEY={good}", "Pem", "lines of their own"), ("quoted-mail", "> " + good.replace("\n", "\n> "), "Pem", "lines of their own"),
            ("diff", "+" + good.replace("\n", "\n+"), "Pem", "lines of their own"), ("four-dashes-at-the-end", flat[:-1], "Pem", "five dashes"),
            ("six-dashes", good.replace("-----", "------"), "Pem", "five dashes"), ("em-dashes", good.replace("-----", "\u2014\u2014-"), "Pem", "five dashes"),
            ("four-dashes-before-end", good.replace("-----END", "----END"), "Pem", "five dashes"), ("end-label-differs", good.replace("END ", "END RSA "), "Pem", "same label"),
            ("small-letters", good.replace("BEGIN", "begin").replace("END", "end"), "Pem", "BEGIN"),
            ("label-with-typo", good.replace(" KEY", " KYE"), "PemLabel", "label"), ("dsa", pem("DSA PRIVATE KEY", der_seq(der_int(0), der_int(5))), "PemLabel", "label"),
            ("crl", pem("X509 CRL", der_seq()), "PemLabel", "label"), ("parameters", pem("DH PARAMETERS", der_seq(der_int(23), der_int(5))), "PemLabel", "label"),
        ):
            if name in ("dsa", "crl", "parameters") and kind == "private":
                continue
            put(f"pem-{name}-{kind}", kind, "pem", data, f"Key({expect})", env, name.replace("-", " "), says)


# --- kind 18: certificates in a JWK, and private keys in public sets ----------------------

def x5c_and_private():
    src = "panva/jose#96, AspNet.Security.OpenIdConnect.Server#267"
    x5c = {"x5c": ["MIICsDCCAZigAwIBAgIGAV"], "x5t": "AA"}
    for name, value in (("only", {"kty": "RSA", **x5c}), ("use-enc", {"kty": "RSA", "use": "enc", "kid": "a", **x5c}), ("with-e", {"kty": "RSA", "e": "AQAB", **x5c}),
                        ("n-null", {**PUB, "n": None, **x5c}), ("chain", {"kty": "RSA", "x5c": ["MIIC", "MIID"]})):
        put(f"x5c-{name}", "public", "jwk", text(value), "Key(KeyInCertificate)", src, "the key is in its certificate", "from_unverified_certificate_der")
    for name, value, expect in (("empty", {"kty": "RSA", "x5c": []}, 'MissingMember("n")'), ("null", {"kty": "RSA", "x5c": None}, 'MissingMember("n")'),
                                ("string", {"kty": "RSA", "x5c": "MIIC"}, 'MissingMember("n")'), ("x5u", {"kty": "RSA", "x5u": "https://a"}, 'MissingMember("n")'),
                                ("no-kty", {"x5c": ["MIIC"]}, 'MissingMember("kty")'), ("ec", {"kty": "EC", "x5c": ["MIIC"]}, "WrongType(Ec)"),
                                ("sig", {"kty": "RSA", "use": "sig", "x5c": ["MIIC"]}, 'Use("sig")')):
        put(f"x5c-{name}", "public", "jwk", text(value), f"Key({expect})", src, f"no key in a certificate: {name}")
    put("x5c-private", "private", "jwk", text({"kty": "RSA", **x5c}), "Key(PublicInsteadOfPrivate)", src, "a certificate where a private key belongs")
    put("x5c-in-set", "public", "jwks", jwks({"kty": "RSA", "use": "enc", "kid": "c", **x5c}, {**PUB, "kid": "a"}), "ok", src, "a key in a certificate beside another",
        kids=["a"], skipped=[[0, "c", "KeyInCertificate"]])
    # RFC 7517 section 9.2: a private key in a public place, whatever else is wrong with it.
    src, exp = "RFC 7517 section 9.2", "Key(PrivateInsteadOfPublic)"
    twice = ',"foreign":1,"foreign":2}'
    without = {k: v for k, v in PRIV.items() if k != "kty"}
    malformed = {
        "foreign-twice": text(PRIV)[:-1] + twice, "no-kty": text(without), "no-kty-foreign-twice": text(without)[:-1] + twice, "n-twice": text(PRIV)[:-1] + ',"n":"AA"}',
        "kty-null": text({**PRIV, "kty": None}), "kty-number": text({**PRIV, "kty": 1}), "cut-after-q": text(PRIV).split(',"dp"')[0], "deep": text(PRIV)[:-1] + ',"x":' + "[" * 40 + "]" * 40 + "}",
        "many-members": text({**PRIV, **{f"m{i}": 0 for i in range(64)}}), "n-padded": text({**PRIV, "n": PRIV["n"] + "="}), "d-number": text({**PRIV, "d": 1}),
        "use-sig": text({**PRIV, "use": "sig"}), "for-rs256": text({**PRIV, "alg": "RS256"}), "p-only": text({"kty": "RSA", "p": PRIV["p"]}), "kid-long": text({**PRIV, "kid": "x" * 2000}),
        "ops-twice": text({**PRIV, "key_ops": ["encrypt", "encrypt"]}), "trailing-comma": text(PRIV)[:-1] + ",}",
    }
    for name, data in malformed.items():
        put(f"malformed-private-{name}", "public", "jwk", data, exp, src, f"a private key that is malformed: {name.replace('-', ' ')}", "private")
        if data.endswith("}"):
            put(f"malformed-private-in-set-{name}", "public", "jwks", jwks({**jwk(B, 2), "kid": "b"}, data), exp, src,
                f"a malformed private key in a public set: {name.replace('-', ' ')}", "private")
    put("malformed-private-foreign-first", "public", "jwk", '{"foreign":1,"foreign":2,' + text(PRIV)[1:], 'Key(DuplicateMember("an unregistered value"))', src,
        "nothing was read before the fault")
    put("malformed-oct-in-set", "public", "jwks", jwks(PUB, text({**OCT, "kid": "o"})[:-1] + twice), "ok", src, "a malformed secret in a public set", kids=[None],
        skipped=[[1, None, "PrivateInsteadOfPublic"]])
    # RFC 7517 section 4.3 and .NET: an unset list.
    src = "dotnet JsonWebKey: KeyOps is [] where it is not set"
    for kind, value in (("public", PUB), ("private", PRIV), ("dir", OCT)):
        for name, more in (("alone", {}), ("use-enc", {"use": "enc"}), ("alg", {"alg": "dir" if kind == "dir" else "RSA-OAEP-256"})):
            put(f"empty-ops-{name}-{kind}", kind, "jwk", text({**value, **more, "key_ops": []}), "ok", src, "key_ops is []")
        put(f"empty-ops-set-{kind}", kind, "jwks", jwks({**value, "kid": "a", "key_ops": []}), "ok", src, "key_ops is [] in a set", kids=["a"], skipped=[])
    for ops in (["encrypt"], ["decrypt"], ["decrypt", "encrypt"], ["sign", "decrypt"], ["wrapKey", "encrypt"]):
        put(f"oct-ops-{'-'.join(ops)}", "dir", "jwk", text({**OCT, "key_ops": ops}), "ok", "RFC 7517 section 4.3", f"key_ops is {text(ops)}")
    for ops in (["wrapKey"], ["unwrapKey", "wrapKey"], ["deriveBits"], ["verify", "sign"]):
        put(f"oct-ops-{'-'.join(ops)}", "dir", "jwk", text({**OCT, "key_ops": ops}), f'Key(Operations("{ops[0]}"))', "RFC 7517 section 4.3",
            f"key_ops is {text(ops)}", ops[0])


def main():
    for part in (unset, foreign, private_material, spelling, lax_pem, other_formats, jwk_faults, moduli, certificates, faulty_base64,
                 encoded_again, json_faults, no_usable_key, der_faults, oaep, quoted_pem, x5c_and_private):
        part()
    kept = [k for k in json.loads((VECTORS / "key_texts.json").read_text(encoding="ascii"))["keys"] if k["made"] != "script"]
    entries = [which.completed(entry) for entry in kept + OUT]
    ids = [k["id"] for k in entries]
    assert len(set(ids)) == len(ids), [i for i in ids if ids.count(i) > 1]
    first = {}
    twice = [(first[text_], k["id"]) for k in OUT if first.setdefault(text_ := (k["kind"], k["format"], k["data"]), k["id"]) != k["id"]]
    assert not twice, twice
    size = dump("key_texts.json", {"counts": counts(entries), "keys": entries})
    print(f"key_texts.json: {len(kept)} kept, {len(OUT)} made, {size} bytes")
    check_keys.main("key_texts.json")


if __name__ == "__main__":
    main()
