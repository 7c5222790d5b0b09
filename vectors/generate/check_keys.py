"""A strict reader over bad_keys.json, good_keys.json and key_texts.json, written apart from the generators.

It names the error the crate should give. Keys in PEM, DER and JWK are read by
the code below; only the JSON reader is shared with check.py.
"""

import base64
import binascii
import collections
import functools
import json
import re

from check import TOO_MANY_NAMES, Json, Rejected, loose_base64, reject, strict_base64
from ref import VECTORS, named

HASHES = {"2b0e03021a": "RSA-OAEP", "608648016503040201": "RSA-OAEP-256", "608648016503040202": "RSA-OAEP-384",
          "608648016503040203": "RSA-OAEP-512"}
TYPES = {"RSA": "Rsa", "RSA-HSM": "RsaHsm", "EC": "Ec", "EC-HSM": "Ec", "OKP": "Okp", "oct": "Oct", "oct-HSM": "Oct"}
PRIMES = [p for p in range(2, 752) if all(p % d for d in range(2, p))]
SPACE = " \t\n\r\f"


def fail(name):
    reject(f"Key({name})")


# --- what a text is -----------------------------------------------------------

# How texts begin: "^" where nothing may stand before it, which is true of all.
LOOKS = [(re.compile(pattern, re.DOTALL), name) for pattern, name in (
    (rb"\xff\xfe|\xfe\xff|[-{M]\0|\0[-{M]", "Utf16"),
    (rb"\xfe\xed\xfe\xed|(\xce){4}|/u3\+7Q|zs7Ozg", "JavaKeystore"),
    (rb"(null|undefined|None|nil|NULL|\(null\)|<nil>|<no value>)\Z|\$|\{\s*\{", "Unset"),
    (rb'\{\s*"[^"]*"\s*=|\{\s*[^\s"\\{}\x80-\xff]|\[\s*[^\s\d{\["\]-]|[Aa]rray|map\[|&\{|Some\(', "PrintedObject"),
    (rb"\[\s*[\d-]", "ByteArray"),
    (rb"\[", "JsonArray"),
    (rb"[\"']|\{\s*\\", "JsonString"),
    (rb"<.*<?(RSAKeyValue|Modulus>)", "XmlRsaKeyValue"),
    (rb"<", "Html"),
    (rb"MI[A-Za-z0-9_-]*[-_][A-Za-z0-9_-]*(?<!-)\Z", "Base64UrlDer"),
    (rb"MI.*(?<!-)\Z", "Base64Der"),
    (rb"eyJ.*\.", "Token"),
    (rb"-----BEGIN ", "Pem"),
    (rb"-----BEGIN[%+]|%7[Bb]|%5B|%22", "PercentEncoded"),
    (rb"openssh-key-v1\0", "OpenSshPrivate"),
    (rb"ssh-|ecdsa-sha2-|---- BEGIN SSH2 ", "OpenSshPublic"),
    (rb"PuTTY-User-Key-File-", "Putty"),
    (rb"(0x)?30[ :]?82|\\x30\\x82", "HexDer"),
    (b"0(\xef\xbf\xbd|\xc2\x82|\xe2\x80\x9a)", "DerAsText"),
    (rb"LS0tLS1C|Ci0tLS0t|DQotLS0t|77u/LS0t|QmFnIEF0", "Base64Pem"),
    (rb"eyJ|eyAi|eyAg|ewo|ew0K|ewki|77u/ey|W3si|Wwo", "Base64Json"),
    (rb"TUlJ|ZXlK|TFMwdExTMUN|MzA4M|c3NoLXJz|PFJTQUtl|PD94bWwg", "Base64Text"),
    (rb"(?=[^\n]{,255}\Z)([A-Za-z]:[\\/]|\.{0,2}/|~/|file:|https?://|[^ ]*\.(pem|key|der|json|crt|cer|p12|pfx|pub)\Z)", "Path"),
)]
MEMBERS = {"keys": "JwkSet", "kty": "Jwk", "jwks_uri": "Metadata", "jwks": "JsonWrapper", "jwk": "JsonWrapper",
           "key": "JsonWrapper", "ciphertext": "Token"}


def names(text):
    """The names of the outermost object, and where each value begins, also of an object that isn't read to its end."""
    depth, last = 0, None
    for m in re.finditer(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]', text, re.DOTALL):
        token = m.group()
        if depth == 1 and token == ":" and last:
            yield json.loads(last, strict=False), text[m.end():].lstrip()
        last = token if token[0] == '"' else None
        depth += (token in "{[") - (token in "}]")
        if depth == 0:
            return


def holds_key(value):
    if value.startswith("{"):
        return bool({"kty", "keys"} & {name for name, _ in names(value)})
    return value.startswith(('"-----BEGIN ', '"MII'))


def looks_like(data):
    data = data.strip(SPACE.encode()).removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xef\xbf\xbd" * 2)
    for pattern, name in LOOKS:
        if pattern.match(data):
            return name
    if data.startswith(b"{"):
        if len(data) == 1:
            return None
        members = dict(reversed(list(names(data.decode("utf-8", "replace")))))
        found = [format_ for name, format_ in MEMBERS.items() if name in members]
        return found[0] if found else "JsonWrapper" if any(map(holds_key, members.values())) else "JsonObject"
    if b"-BEGIN " in data:
        try:
            data.decode()
            return "Pem"
        except UnicodeDecodeError:
            pass
    return None


def unreadable(data, wanted, otherwise):
    if not data.strip(SPACE.encode()).removeprefix(b"\xef\xbb\xbf").strip(SPACE.encode()):
        fail("Empty")
    found = looks_like(data)
    fail(f"UnexpectedFormat({found})" if found and found not in wanted else otherwise)


def within(text, limit=65536):
    text = text.strip(SPACE).removeprefix("\ufeff")
    if len(text.encode()) > limit:
        fail("TooLong")
    return text


# --- base64 -------------------------------------------------------------------

def standard_base64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def base64_fault(text):
    m = re.search(rf"[^A-Za-z0-9+/={SPACE}]", text)
    if not m:
        return "PlusAsBlank" if plus_lost(text) else "Padding"
    return {"%": "Percent", "\\": "Backslash", '"': "Quote", "'": "Quote", "-": "UrlSafe", "_": "UrlSafe"}.get(m.group(), "Character")


def plus_lost(text):
    return text.startswith("MI") and " " in text.strip(SPACE) and "+" not in text


INSIDE = {"Pem": "Base64Pem", **dict.fromkeys(("Jwk", "JwkSet", "JsonWrapper", "JsonObject", "JsonArray", "Metadata"), "Base64Json"),
          **{name: name for name in ("Pkcs12", "JavaKeystore", "CertificateRequest", "Pkcs7", "Utf16")}}


def base64_der(text):
    """The bytes, and the error that an error over them becomes."""
    text = within(text)
    found = looks_like(text.encode())
    if found not in (None, "Base64Der") and text[0] not in "\"'":
        fail(f"UnexpectedFormat({found})")
    der = standard_base64(re.sub(rf"[{SPACE}]", "", text))
    if der is None:
        fault = base64_fault(text)
        if fault == "UrlSafe" and text.endswith("-----"):
            otherwise = "Pem"
        elif fault == "Padding" and not text.startswith("MI") and "=" not in text.rstrip("="):
            otherwise = "Der"
        else:
            otherwise = f"Base64({fault})"
        unreadable(text.encode(), ("Base64Der", "JsonString"), otherwise)

    def over(error):
        m = re.fullmatch(r"Key\(UnexpectedFormat\((\w+)\)\)", error)
        if m:
            return f"Key(UnexpectedFormat({INSIDE.get(m[1], 'Base64Text')}))"
        garbled = error[4:-1] in ("Der", "NegativeInteger", "SmallFactor", "Inconsistent")
        return "Key(Base64(PlusAsBlank))" if garbled and plus_lost(text) else error
    return der, over


# --- DER --------------------------------------------------------------------

def element(data):
    """Tag, content and what follows."""
    if len(data) < 2:
        fail("Der")
    tag, length, at = data[0], data[1], 2
    if tag & 0x1F == 0x1F:
        fail("Der")
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


def integers(data, count):
    """RSAPublicKey or RSAPrivateKey: what is wrong with their INTEGERs is said as far as it is known."""
    items = sequence(data)
    try:
        if len(items) != count:
            fail("Der")
        return list(map(integer, items))
    except Rejected:
        if all(tag == 2 for tag, _ in items):
            if any(content[:1] >= b"\x80" for _, content in items):
                fail("NegativeInteger")
            if len(items) >= 4 and (len(items) < 9 or b"" in [content for _, content in items]):
                fail("MissingPrimes")
        raise


def oid(item):
    if item[0] != 6:
        fail("Der")
    return item[1].hex()


def algorithm(content):
    items = elements(content)
    if not items or len(items) > 2:
        fail("Der")
    name, parameters = oid(items[0]), items[1:]
    match name:
        case "2a864886f70d010101":
            if parameters != [(5, b"")]:
                fail("AlgorithmParameters")
        case "2a864886f70d010107":
            if parameters:
                oaep(*parameters[0])
        case "2a864886f70d01010a":
            fail("RsaPss")
        case "2a8648ce3d0201":
            fail("WrongType(Ec)")
        case _ if re.fullmatch("2b65[0-7].", name):
            fail("WrongType(Okp)")
        case _:
            fail("WrongType(Other)")


def oaep(tag, content):
    """RSAES-OAEP-params, RFC 4055 section 4.1: hash, mask function and label, each in its own context tag."""
    items = elements(content)
    if tag != 0x30 or [t for t, _ in items] != sorted({t for t, _ in items} & {0xa0, 0xa1, 0xa2}):
        fail("Der")
    fields = {t: sequence(c) for t, c in items}
    hash_ = oid(fields[0xa0][0]) if 0xa0 in fields else "2b0e03021a"
    mask = "2b0e03021a"
    if 0xa1 in fields:
        mask = oid(fields[0xa1][0])
        if mask == "2a864886f70d010108":
            if len(fields[0xa1]) < 2 or fields[0xa1][1][0] != 0x30:
                fail("Der")
            mask = oid(elements(fields[0xa1][1][1])[0])
    label = fields.get(0xa2, [(6, bytes.fromhex("2a864886f70d010109")), (4, b"")])
    plain = oid(label[0]) == "2a864886f70d010109" and label[1:] == [(4, b"")]
    name = HASHES.get(hash_) if hash_ == mask and plain else None
    if name != "RSA-OAEP-256":
        fail(f"OaepParameters({named(name)})")


def pkcs1_private(data):
    items = sequence(data)
    if len(items) == 10 and items[0] == (2, b"\1") and items[9][0] == 0x30:
        fail("MultiPrime")
    values = integers(data, 9)
    if values[0] != 0:
        fail("Der")
    return values[1:]


def pkcs1_public(data):
    return integers(data, 2)


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
    if items[1][1][:1] != b"\0":
        fail("Der")
    algorithm(items[0][1])
    return pkcs1_public(items[1][1][1:])


def certificate(data):
    """RFC 5280 section 4.1, up to the key; what is before it is skipped by its tag."""
    tag, body, rest = element(data)
    if rest:
        try:
            after, _, more = element(rest)
        except Rejected:
            fail("Der")
        fail("UnexpectedFormat(TrustedCertificate)" if after == 0x30 and not more and shape(rest) != "Certificate" else "Der")
    _, tbs, _ = element(body)
    if tbs[:1] == b"\xa0":
        tbs = element(tbs)[2]
    for expected in (2, 0x30, 0x30, 0x30, 0x30):
        tag, _, following = element(tbs)
        if tag != expected:
            fail("Der")
        tbs = following
    length = len(tbs) - len(element(tbs)[2])
    return spki(tbs[:length])


SHAPES = {(0x30, 3): "Spki", (2, 2): "Pkcs1Public", (2, 2, 2, 2): "Pkcs1Private", (0x30, 4): "EncryptedPkcs8",
          (2, 0x30): "Pkcs12", (2, 0x30, 0x30): "Pkcs12"}


def shape(data):
    """The format, from the tags of the first four elements of the outermost SEQUENCE."""
    try:
        tag, content, _ = element(data)
        tags = []
        while content and len(tags) < 4:
            inner, value, content = element(content)
            tags.append((inner, value))
    except Rejected:
        return None
    first = tuple(t for t, _ in tags)
    if tag != 0x30:
        return None
    if first == (0x30, 0x30, 3):
        inner = [t for t, _ in elements(tags[0][1])[:4]]
        return "CertificateRequest" if inner[:3] == [2, 0x30, 0x30] and inner[3:] != [0x30] else "Certificate"
    if first[:3] == (2, 0x30, 4):
        return "Pkcs8"
    if first[:2] == (2, 4):
        return "EcPrivate"
    if len(first) == 2 and first[0] == 6 and first[1] & 0xc0 == 0x80:
        return "Pkcs7"
    return SHAPES.get(first)


ELSEWHERE = {"EncryptedPkcs8": "EncryptedPrivateKey", "Certificate": "Certificate", "EcPrivate": "WrongType(Ec)",
             "Spki": "PublicInsteadOfPrivate", "Pkcs1Public": "PublicInsteadOfPrivate",
             "Pkcs8": "PrivateInsteadOfPublic", "Pkcs1Private": "PrivateInsteadOfPublic"}
READERS = {"public": {"Spki": spki, "Pkcs1Public": pkcs1_public}, "private": {"Pkcs8": pkcs8, "Pkcs1Private": pkcs1_private},
           "certificate": {"Certificate": certificate}}


def any_der(data, kind):
    if len(data) > 65536:
        fail("TooLong")
    found = shape(data)
    if found is None:
        unreadable(data, (), "Der")
    if found in READERS[kind]:
        return READERS[kind][found](data)
    if kind == "certificate" and found in READERS["public"]:
        fail(f"UnexpectedFormat({found})")
    fail(ELSEWHERE.get(found, f"UnexpectedFormat({found})"))


# --- PEM --------------------------------------------------------------------

LABELS = {
    "PUBLIC KEY": "Spki", "RSA PUBLIC KEY": "Pkcs1Public", "RSA PRIVATE KEY": "Pkcs1Private", "PRIVATE KEY": "Pkcs8",
    "ENCRYPTED PRIVATE KEY": "EncryptedPkcs8", "EC PRIVATE KEY": "EcPrivate", "CERTIFICATE": "Certificate",
    "X509 CERTIFICATE": "Certificate", "TRUSTED CERTIFICATE": "TrustedCertificate", "PKCS7": "Pkcs7", "CMS": "Pkcs7",
    "CERTIFICATE REQUEST": "CertificateRequest", "NEW CERTIFICATE REQUEST": "CertificateRequest", "PKCS12": "Pkcs12",
    "OPENSSH PRIVATE KEY": "OpenSshPrivate", "PGP PUBLIC KEY BLOCK": "OpenPgp", "PGP PRIVATE KEY BLOCK": "OpenPgp",
    "PGP MESSAGE": "OpenPgp",
}
QUOTES = "\"'`\u201c\u201d\u2018\u2019"


def begin(line):
    """The label of a BEGIN line, or None."""
    m = re.match(r"([^-]*)-----BEGIN(.*)", line)
    if not m:
        return None
    before, rest = m.groups()
    if before[-1:] and before[-1] in QUOTES:
        fail("Quoted")
    if rest[:1] in ("%", "+"):
        fail("UnexpectedFormat(PercentEncoded)")
    if rest[:1] != " ":
        return None
    m = re.fullmatch(r"([^-]*)-----(.*)", rest[1:])
    if m and m[2]:
        fail({"\\": "EscapedLineBreaks", "%": "UnexpectedFormat(PercentEncoded)"}.get(m[2][0], "NoLineBreaks"))
    if before:
        return None
    if not m:
        fail("Pem")
    return m[1]


def end(line, label):
    """Whether this is the END line, which may be damaged."""
    m = re.match(r"([^-]*)(-+)(.*)", line)
    if not m:
        return False
    if len(m[2]) < 5 and not m[3].startswith("END "):
        fail("Base64(UrlSafe)")
    if len(m[2]) != 5 or not m[3].startswith("END "):
        fail("Pem")
    if m[1]:
        fail("NoLineBreaks")
    if m[3] == f"END {label}-----":
        return True
    fail("Quoted" if m[3][-1] in QUOTES else "Pem")


def any_pem(text):
    text = within(text)
    lines = iter([line.strip(SPACE) for line in re.split("[\r\n]", text)])
    label = next((label for label in (begin(line.strip(SPACE + "\ufeff")) for line in lines) if label is not None), None)
    if label is None:
        unreadable(text.encode(), ("Pem",), "Pem")
    format_ = LABELS.get(label)
    if format_ in ("OpenSshPrivate", "OpenPgp"):
        fail(f"UnexpectedFormat({format_})")
    body = []
    for line in lines:
        if ":" in line:
            fail("EncryptedPrivateKey" if "ENCRYPTED" in line else "Pem")
        if "\\" in line:
            fail("EscapedLineBreaks")
        if end(line, label):
            break
        body.append(line)
    else:
        fail("Pem")
    if any(line.strip(SPACE + "\ufeff").startswith("-----BEGIN ") for line in lines):
        fail("SeveralBlocks")
    if not format_:
        fail("PemLabel")
    joined = re.sub(r"[ \t\v\f]", "", "".join(body))
    lost = "+" not in joined and any(re.search(r"[ \t\v\f]", line) for line in body)
    der = standard_base64(joined)
    if der is None:
        fault = base64_fault(joined)
        fail(f"Base64({'PlusAsBlank' if fault == 'Padding' and lost else fault})")
    if format_ == "TrustedCertificate":
        fail("UnexpectedFormat(TrustedCertificate)")
    content = shape(der)
    if content is None:
        fail("Base64(PlusAsBlank)" if lost else "Der")
    if content != format_:
        fail(f"UnexpectedFormat({content})" if content in ("Pkcs7", "Pkcs12") else
             f"LabelMismatch {{ label: {format_}, content: {content} }}")
    return der


# --- JWK --------------------------------------------------------------------

def json_error(text, error):
    """What is wrong with JSON that Json rejects."""
    if error.startswith("DuplicateParameter"):
        fail(error.replace("DuplicateParameter", "DuplicateMember"))
    if error == TOO_MANY_NAMES:
        fail("TooManyMembers")
    if re.search(rf",[{SPACE}]*[}}\]]", re.sub(r'"(\\.|[^"\\])*"', '""', text)):
        fail("TrailingComma")
    fail("JsonEnd" if text.startswith("{") and not text.endswith("}") else "Json")


CRT = ("p", "q", "dp", "dq", "qi")


class Jwk:
    """The members that are not null, those before a fault included, and what is wrong with the text."""

    def __init__(self, text, of_set=False):
        """An entry of a set is not looked at once more for what else it may be."""
        self.fault, reader = None, Json("")
        otherwise = (lambda _data, _wanted, error: fail(error)) if of_set else unreadable
        try:
            text = within(text)
            reader = Json(text)
            try:
                reader.document()
            except Rejected as e:
                try:
                    json_error(text, str(e))
                except Rejected as named_:
                    otherwise(text.encode(), ("Jwk", "JsonObject"), str(named_)[4:-1])
            if reader.outer.get("kty") is None:
                otherwise(text.encode(), ("Jwk", "JsonObject"), 'MissingMember("kty")')
        except Rejected as e:
            self.fault = str(e)
        self.members = {name: value for name, value in reader.outer.items() if value is not None}

    def string(self, name, required=False):
        if name not in self.members:
            if required:
                fail(f'MissingMember("{name}")')
            return None
        if not isinstance(self.members[name], str):
            fail(f'MemberType("{name}")')
        return self.members[name]

    def decoded(self, name):
        value = self.string(name, required=True)
        try:
            return strict_base64(value, name)
        except Rejected:
            if re.search(rf"[{SPACE}]", value):
                fail(f'MemberBlanks("{name}")')
            if re.search("[+/=]", value):
                fail(f'MemberStandardBase64("{name}")')
            fail(f'Member{"Hex" if re.fullmatch("[0-9a-fA-F:x]*", value) else "Base64"}("{name}")')

    def number(self, name):
        return int.from_bytes(self.decoded(name), "big")

    def check_hexadecimal(self, name):
        if re.fullmatch("[0-9a-fA-F]{64,}", self.members[name]):
            fail(f'MemberHex("{name}")')

    def is_private(self):
        return any(name in self.members for name in ("d", "k", *CRT)) or self.members.get("oth", []) != []

    def is_rsa(self):
        kty = self.members.get("kty")
        return kty in ("RSA", "RSA-HSM") if isinstance(kty, str) else "n" in self.members or "p" in self.members

    def check_type(self, *wanted):
        if self.fault:
            reject(self.fault)
        kty = self.string("kty", required=True)
        if TYPES.get(kty) not in wanted:
            fail(f"WrongType({TYPES.get(kty, 'Other')})")

    def check_use(self, algorithms, operations):
        use, alg = self.string("use"), None
        if use not in (None, "enc"):
            fail(f"Use({named(use)})")
        alg = self.string("alg")
        if alg not in (None, *algorithms):
            fail(f"Algorithm({named(alg)})")
        ops = self.members.get("key_ops", [])
        if not isinstance(ops, list) or not all(isinstance(op, str) for op in ops) or len(set(ops)) < len(ops) or len(ops) > 64:
            fail('MemberType("key_ops")')
        signing = [op for op in ops if op in ("sign", "verify")]
        if use and signing:
            fail(f"Operations({named(signing[0])})")
        if ops and not set(operations) & set(ops):
            known = [op for op in ops if "unregistered" not in named(op)]
            fail(f"Operations({named(known[0] if known else None)})")

    def check_key_id(self):
        if len((self.string("kid") or "").encode()) > 1024:
            fail("KeyIdTooLong")

    def read(self, kind):
        getattr(self, kind)()
        self.check_key_id()

    def public(self):
        if self.is_rsa() and self.is_private():
            fail("PrivateInsteadOfPublic")
        self.check_type("Rsa", "RsaHsm")
        self.check_use(("RSA-OAEP-256",), ("encrypt", "wrapKey"))
        if "n" not in self.members and isinstance(self.members.get("x5c"), list) and self.members["x5c"]:
            fail("KeyInCertificate")
        check_rsa([self.number("n"), self.number("e")])
        self.check_hexadecimal("n")

    def private(self):
        self.check_type("Rsa")
        self.check_use(("RSA-OAEP-256",), ("decrypt", "unwrapKey"))
        if "d" not in self.members:
            fail("PublicInsteadOfPrivate")
        if self.members.get("oth", []) != []:
            fail("MultiPrime")
        if any(name not in self.members for name in CRT):
            fail("MissingPrimes")
        rest = [self.number(name) for name in ("d", *CRT)]
        values = [self.number("n"), self.number("e"), *rest]
        self.check_hexadecimal("n")
        check_rsa(values)

    def dir(self):
        self.check_type("Oct")
        self.check_use(("dir", "A256GCM"), ("encrypt", "decrypt"))
        k = self.decoded("k")
        self.check_hexadecimal("k")
        if len(k) != 32:
            fail("SymmetricLength")


def any_jwk(text, kind):
    jwk = Jwk(text)
    try:
        jwk.read(kind)
    except Rejected as e:
        # Of a public key, the half is wrong and not its operations.
        if kind == "private" and str(e).startswith("Key(Operations") and not jwk.is_private():
            fail("PublicInsteadOfPrivate")
        raise


# --- sets -------------------------------------------------------------------

class Set(Json):
    """A reader that leaves the value of `keys` unread."""

    def member(self, name, depth):
        if name == "keys" and depth == 2:
            self.peek()
            return self.skim()
        return self.value(depth)

    def skim(self):
        """The text up to the end of the string, the brackets or the scalar that is next."""
        start, depth = self.at, 0
        while True:
            m = re.compile(r'"(?:[^"\\]|\\.)*"|[{\[]|[}\]]|[^"{}\[\],:\x00-\x20]+|.', re.DOTALL).match(self.text, self.at)
            if not m or depth == 0 and m.group() in '"}],:' or depth == 0 and m.group() <= " ":
                reject("HeaderSyntax")
            if m.group() == '"':
                reject("HeaderSyntax")
            self.at = m.end()
            depth += (m.group() in "{[") - (m.group() in "}]")
            if depth == 0:
                return self.text[start:self.at]


def entries(text):
    try:
        outer = Set(text).document()
    except Rejected as e:
        try:
            json_error(text, str(e))
        except Rejected as named_:
            unreadable(text.encode(), ("JwkSet", "JsonObject"), str(named_)[4:-1])
    if "keys" not in outer:
        unreadable(text.encode(), ("JwkSet", "JsonObject"), 'MissingMember("keys")')
    if not outer["keys"].startswith("["):
        fail('MemberType("keys")')
    reader, out = Set(outer["keys"]), []
    try:
        reader.items("]", lambda: (reader.peek(), out.append(reader.skim())))
    except Rejected:
        out.append(None)
    return out


def for_another_purpose(reason):
    return reason.split("(")[0] in ("WrongType", "Use", "Algorithm", "Operations", "MultiPrime")


def any_set(text, kind):
    """The entries that are skipped, each with the reason."""
    text, skipped, count = within(text, 1 << 20), [], 0
    for index, entry in enumerate(entries(text)):
        if index == 1000:
            fail("TooManyKeys")
        if entry is None:
            json_error(text, "HeaderSyntax")
        jwk = Jwk(entry, of_set=True)
        try:
            jwk.read(kind)
            count += 1
        except Rejected as e:
            reason = str(e)[4:-1]
            if kind == "public" and reason == "PrivateInsteadOfPublic" or kind == "dir" and reason == "KeyIdTooLong":
                raise
            if kind == "public" and jwk.is_private():
                reason = "PrivateInsteadOfPublic"
            faulty = jwk.fault or reason.startswith(("Missing" "Member(", "Member"))
            if kind == "private" and not faulty and not for_another_purpose(reason):
                raise
            key_id = jwk.members.get("kid")
            known = isinstance(key_id, str) and not jwk.fault and len(key_id.encode()) <= 1024
            skipped.append([index, key_id if known else None, reason])
    if not count and skipped:
        first = ([s for s in skipped if not for_another_purpose(s[2])] or skipped)[0][2]
        reject(f"NoUsableKey {{ skipped: {min(len(skipped), 255)}, first: {first} }}")
    if not count:
        fail("EmptySet")
    return skipped


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
        if 0 in values[3:]:
            fail("MissingPrimes")
        check_private(*values)


def check_private(n, e, d, p, q, dp, dq, qi):
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


@functools.cache
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


# --- over the files -----------------------------------------------------------

def read(key):
    """The error, or "ok"; of a set, also what is skipped."""
    kind, form, data = key["kind"], key["format"], key["data"]
    over, skipped = str, None
    try:
        match form:
            case "jwk":
                any_jwk(data, kind)
            case "jwks":
                skipped = any_set(data, kind)
            case "bytes":
                if len(loose_base64(data)) != 32:
                    fail("SymmetricLength")
            case _:
                if form == "base64":
                    data, over = base64_der(data)
                else:
                    data = any_pem(data) if form == "pem" else loose_base64(data)
                check_rsa(any_der(data, kind))
    except Rejected as e:
        return over(str(e)), skipped
    return "ok", skipped


def main(*files):
    wrong = 0
    for name in files or ("bad_keys.json", "good_keys.json", "key_texts.json"):
        keys = json.loads((VECTORS / name).read_text(encoding="ascii"))["keys"]
        for key in keys:
            got, skipped = read(key)
            if got != key["expect"] or got == "ok" and key.get("skipped", skipped) != skipped:
                wrong += 1
                print("KEY", key["id"], got, key["expect"], skipped if got == "ok" else "")
        print(f"{name}: {len(keys)} as said")
        for expect, count in collections.Counter(k["expect"] for k in keys).items():
            print(f"  {count:4} {expect}")
    if wrong:
        raise SystemExit(f"{wrong} keys are not what they say")


if __name__ == "__main__":
    main()
