"""Two readers over negative.json and accept.json, written apart from negative.py.

`strict` follows the crate's rules and names the error. `lenient` breaks every
rule it can: it shows that a vector marked "authentic" is rejected for its
defect and for nothing else.
"""

import base64
import collections
import hashlib
import hmac
import json
import re
import zlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap

from ref import VECTORS, gcm_any_iv, load_keys, named

RSA, DIRECT = load_keys()
HEADER_LIMIT = 16384
LONGEST_KEY = 1024
DEPTH = 16
NAMES = 64
TOO_MANY_NAMES = "HeaderTooLong"


def text_of(vector):
    if "recipe" not in vector:
        return vector["token"]
    r = vector["recipe"]
    assert r["op"] == "repeat"
    return r["prefix"] + r["unit"] * r["count"] + r["suffix"]


# --- the strict reader ------------------------------------------------------

class Rejected(Exception):
    pass


def reject(name):
    raise Rejected(name)


def strict_base64(text, part):
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        reject(f"Base64({part})")
    data = base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4))
    if base64.b64encode(data).decode().replace("+", "-").replace("/", "_").rstrip("=") != text:
        reject(f"Base64({part})")
    return data


class Json:
    """RFC 8259, one object. Members come back as a list of pairs."""

    NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
    PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
    SPACE = re.compile(r"[ \t\n\r]*")
    SIMPLE = dict(zip('"\\/bfnrt', '"\\/\b\f\n\r\t'))

    def __init__(self, text):
        self.text, self.at, self.open = text, 0, 0
        self.outer = {}

    def take(self, pattern):
        m = pattern.match(self.text, self.at)
        if m is None:
            reject("HeaderSyntax")
        self.at = m.end()
        return m.group()

    def char(self):
        self.at += 1
        return self.text[self.at - 1:self.at]

    def expect(self, c):
        if self.char() != c:
            reject("HeaderSyntax")

    def peek(self):
        self.take(self.SPACE)
        return self.text[self.at:self.at + 1]

    def document(self):
        if self.peek() != "{":
            reject("HeaderSyntax")
        value = self.value(1)
        if self.peek() != "":
            reject("HeaderSyntax")
        return value

    def value(self, depth):
        c = self.peek()
        if c in ("{", "[") and c:
            if depth > DEPTH:
                reject("HeaderSyntax")
            return self.object(depth) if c == "{" else self.array(depth)
        if c == '"':
            return self.string()
        for word, value in (("true", True), ("false", False), ("null", None)):
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        return ("number", self.take(self.NUMBER))

    def items(self, close, item):
        self.char()
        if self.peek() == close:
            self.char()
            return
        while True:
            item()
            self.peek()
            c = self.char()
            if c == close:
                return
            if c != ",":
                reject("HeaderSyntax")

    def array(self, depth):
        out = []
        self.items("]", lambda: out.append(self.value(depth + 1)))
        return out

    def object(self, depth):
        out = {}
        if depth == 1:
            self.outer = out  # what was read, if there is a fault later

        def member():
            if self.peek() != '"':
                reject("HeaderSyntax")
            name = self.string()
            if name in out:
                reject(f"DuplicateParameter({named(name)})")
            self.open += 1
            if self.open > NAMES:
                reject(TOO_MANY_NAMES)
            self.peek()
            self.expect(":")
            out[name] = self.member(name, depth + 1)
        self.items("}", member)
        self.open -= len(out)
        return out

    def member(self, name, depth):
        """The value of a member; a reader of sets replaces this."""
        return self.value(depth)

    def hex4(self):
        return int(self.take(re.compile("[0-9a-fA-F]{4}")), 16)

    def string(self):
        self.expect('"')
        out = ""
        while True:
            out += self.take(self.PLAIN)
            c = self.char()
            if c == '"':
                return out
            if c != "\\":
                reject("HeaderSyntax")
            c = self.char()
            if c in self.SIMPLE and c:
                out += self.SIMPLE[c]
                continue
            if c != "u":
                reject("HeaderSyntax")
            unit = self.hex4()
            if 0xD800 <= unit < 0xDC00:
                self.expect("\\")
                self.expect("u")
                low = self.hex4()
                if not 0xDC00 <= low < 0xE000:
                    reject("HeaderSyntax")
                unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
            elif 0xDC00 <= unit < 0xE000:
                reject("HeaderSyntax")
            out += chr(unit)


def strict_header(text):
    if len(text) > HEADER_LIMIT:
        reject("HeaderTooLong")
    data = strict_base64(text, "Header")
    try:
        header = Json(data.decode("utf-8")).document()
    except UnicodeDecodeError:
        reject("HeaderSyntax")
    if "crit" in header:
        reject("Critical")
    if "zip" in header:
        reject("Compression")
    for name, error, known in (("alg", "UnsupportedAlgorithm", ("RSA-OAEP-256", "dir")), ("enc", "UnsupportedEncryption", ("A256GCM",))):
        if header.get(name) not in known:
            reject(f"{error}({named(header[name] if isinstance(header[name], str) else None)})" if name in header
                   else f'{error}("absent")')
    for name, value in header.items():
        if name in ("kid", "typ", "cty") and not isinstance(value, str):
            reject(f"ParameterType({named(name)})")
    return header


def strict_parse(token):
    """First three dots from the front, last dot from the back."""
    pieces = token.split(".", 3)
    if len(pieces) < 4 or "." not in pieces[3]:
        reject("PartCount")
    h, ek, iv = pieces[:3]
    ct, tag = pieces[3].rsplit(".", 1)
    header = strict_header(h)
    if len(ek) > (LONGEST_KEY * 8 + 5) // 6:
        reject("PartLength(EncryptedKey)")
    ek = strict_base64(ek, "EncryptedKey")
    if header["alg"] == "dir" and ek:
        reject("PartLength(EncryptedKey)")
    iv = strict_base64(iv, "Iv")
    if len(iv) != 12:
        reject("PartLength(Iv)")
    tag = strict_base64(tag, "Tag")
    if len(tag) != 16:
        reject("PartLength(Tag)")
    return header, h, ek, iv, ct, tag


def strict_unwrap(key, ek):
    """RFC 8017 section 7.1.2, SHA-256, no label, 32 bytes; None if anything is wrong."""
    c = int.from_bytes(ek, "big")
    if c >= key.n:
        return None
    em = key.raw_private(c)
    xor = lambda a, b: bytes(x ^ y for x, y in zip(a, b, strict=True))
    mgf = lambda seed, n: b"".join(hashlib.sha256(seed + i.to_bytes(4, "big")).digest() for i in range(n // 32 + 1))[:n]
    seed = xor(em[1:33], mgf(em[33:], 32))
    db = xor(em[33:], mgf(seed, key.k - 33))
    start = hashlib.sha256().digest() + bytes(key.k - 33 - 32 - 1 - 32) + b"\x01"
    return db[-32:] if em[0] == 0 and db[:-32] == start else None


def strict_decrypt(parsed, key):
    header, aad, ek, iv, ct, tag = parsed
    if header["alg"] != ("RSA-OAEP-256" if "rsa" in key else "dir"):
        reject("AlgorithmMismatch")
    if "kid" in key and "kid" in header and key["kid"] != header["kid"]:
        reject("KeyIdMismatch")
    if "rsa" in key and len(ek) != RSA[key["rsa"]].k:
        reject("PartLength(EncryptedKey)")
    if "." in ct:
        reject("PartCount")
    ct = strict_base64(ct, "Ciphertext")
    cek = strict_unwrap(RSA[key["rsa"]], ek) if "rsa" in key else DIRECT[key["dir"]]
    if cek is None:
        reject("Decryption")
    try:
        return AESGCM(cek).decrypt(iv, ct + tag, aad.encode()), cek
    except InvalidTag:
        reject("Decryption")


def strict(token, key):
    """(error, stage), or ("opens", plaintext, cek)."""
    try:
        parsed = strict_parse(token)
    except Rejected as e:
        return str(e), "parse"
    try:
        return "opens", *strict_decrypt(parsed, key)
    except Rejected as e:
        return str(e), "decrypt"


# --- the lenient reader -----------------------------------------------------

def loose_base64(text):
    text = re.sub(r"[^A-Za-z0-9_-]", "", text.replace("+", "-").replace("/", "_"))
    if len(text) % 4 == 1:
        text = text[:-1]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def canonical(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def loose_members(data):
    text = data.decode("utf-8", "replace")
    try:
        value = json.loads(text, strict=False)
        return value if isinstance(value, dict) else {}
    except (ValueError, RecursionError):
        return {}


def groupings(token):
    """Every way to see five parts in a text."""
    if token.lstrip("\ufeff \t\r\n").startswith('{"'):
        value = loose_members(token.encode())
        if value:
            recipient = value.get("recipients", [{}])[0]
            yield [value.get("protected", ""), value.get("encrypted_key", recipient.get("encrypted_key", "")), value.get("iv", ""),
                   value.get("ciphertext", ""), value.get("tag", "")]
    if token.count(".") == 4:
        yield token.split(".")
    token = token.strip("\ufeff\u00a0\0 \t\r\n\"").removeprefix("Bearer ")
    parts = (re.sub(r"\.{6,}", ".", token) if "." * 6 in token else token).split(".")
    if len(parts) == 5:
        yield parts
    if len(parts) > 5:
        yield parts[1:] if parts[0] == "" else parts[:5]
        yield parts[:3] + ["".join(parts[3:-1]), parts[-1]]
    if len(parts) == 4:
        yield [parts[0], "", *parts[1:]]


HASHES = ("sha256", "sha1", "sha384", "sha512")


def loose_mgf(seed, n, name):
    out = b""
    for i in range(n // 20 + 1):
        out += hashlib.new(name, seed + i.to_bytes(4, "big")).digest()
    return out[:n]


def loose_unwrap(key, ek):
    """Everything that might be a message in EM."""
    c = int.from_bytes(ek, "big") % key.n
    em = key.raw_private(c)
    yield em[-32:]
    if b"\0" in em[2:]:
        yield em[2:].split(b"\0", 1)[1]
    for hash_name in HASHES:
        size = hashlib.new(hash_name).digest_size
        for mgf_name in HASHES:
            seed = bytes(a ^ b for a, b in zip(em[1:1 + size], loose_mgf(em[1 + size:], size, mgf_name)))
            db = bytes(a ^ b for a, b in zip(em[1 + size:], loose_mgf(seed, len(em) - 1 - size, mgf_name)))
            yield db[-32:]
            rest = db[size:].lstrip(b"\0")
            yield rest[1:]


def loose_ceks(key, ek, header):
    def sizes(m):
        if len(m) in (16, 24, 32, 48, 64):
            yield m
        yield m[:32].ljust(32, b"\0")
        yield m[-32:].rjust(32, b"\0")

    alg = header.get("alg")
    jwk = header.get("jwk") if isinstance(header.get("jwk"), dict) else {}
    if "k" in jwk:
        yield loose_base64(jwk["k"])
    rsa = [RSA[key["rsa"]]] if "rsa" in key else list(RSA.values()) if alg == "RSA-OAEP-256" and len(ek) > 200 else []
    rsa += [k for k in RSA.values() if "n" in jwk and int.from_bytes(loose_base64(jwk["n"]), "big") == k.n]
    if ek:
        for k in rsa:
            for m in loose_unwrap(k, ek):
                yield from sizes(m)
    direct = [DIRECT[key["dir"]]] if "dir" in key else list(DIRECT.values()) + [bytes(32)] if not ek else []
    for k in direct:
        yield k
        yield k[:16]
        yield k[:24]
        keks = [k]
        if isinstance(alg, str) and alg.startswith("PBES2") and 0 < header["p2c"] < 10000:
            salt = alg.encode() + b"\0" + loose_base64(header["p2s"])
            keks.append(hashlib.pbkdf2_hmac("sha" + alg[8:11], k, salt, header["p2c"], int(alg[-5:-2]) // 8))
        for kek in keks:
            try:
                yield aes_key_unwrap(kek, ek)
            except (InvalidUnwrap, ValueError):
                pass


def gcm_tag(cek, iv, aad, ct):
    """The tag of a ciphertext, and the plaintext. An empty IV has J0 = 0."""
    if len(iv) < 8:
        plaintext = gcm_any_iv(cek, iv, aad, ct)[0]
        return gcm_any_iv(cek, iv, aad, plaintext)[1], plaintext

    def run(data):
        enc = Cipher(algorithms.AES(cek), modes.GCM(iv)).encryptor()
        enc.authenticate_additional_data(aad)
        return enc.update(data) + enc.finalize(), enc.tag
    plaintext = run(ct)[0]
    return run(plaintext)[1], plaintext


def loose_open(cek, iv, aad, ct, tag):
    if len(cek) in (16, 24, 32):
        right, plaintext = gcm_tag(cek, iv, aad, ct)
        if right[:len(tag)] == tag[:16]:
            return plaintext
    if len(iv) == 16 and len(cek) >= 32:
        half = len(cek) // 2
        name = {32: "sha256", 48: "sha384", 64: "sha512"}[len(cek)]
        al = (8 * len(aad)).to_bytes(8, "big")
        if hmac.digest(cek[:half], aad + iv + ct + al, name)[:half] == tag:
            return b""
    return None


def lenient(token, key):
    """Whether some reader that ignores rules would take the token as authentic."""
    for h, ek, iv, ct, tag in groupings(token):
        data = loose_base64(h)
        header = loose_members(data)
        ek, iv, ct, tag = map(loose_base64, (ek, iv, ct, tag))
        aads = {h.encode(): None, canonical(data): None, data: None, b"": None}
        if header:
            again = json.dumps(header, separators=(",", ":")).encode()
            turned = json.dumps(dict(sorted(header.items())), separators=(",", ":")).encode()
            aads |= {canonical(again): None, canonical(turned): None}
        joined = ct + tag
        bodies = [(ct, tag)] + ([(joined[:-16], joined[-16:])] if len(joined) >= 16 and len(tag) != 16 else [])
        for cek in dict.fromkeys(loose_ceks(key, ek, header)):
            for body, mac in bodies:
                for iv_ in dict.fromkeys((iv[:128], iv[:12])):
                    for aad in aads:
                        plaintext = loose_open(cek, iv_, aad, body, mac)
                        if plaintext is not None:
                            if header.get("zip") == "DEF":
                                zlib.decompressobj(-15).decompress(plaintext, 1000)
                            return True
    return False


# --- over the files ---------------------------------------------------------

def check_negative():
    vectors = json.loads((VECTORS / "negative.json").read_text(encoding="ascii"))["vectors"]
    claimed = wrong = 0
    unclaimed = []
    for v in vectors:
        token = text_of(v)
        got = strict(token, v["key"])
        names = v.get("expect_any") or [v["expect"]]
        if got[0] not in names or v["stage"] not in ("any", got[1]):
            wrong += 1
            print("STRICT", v["id"], got, names, v["stage"])
        if v["authentic"]:
            claimed += 1
        if v["authentic"] or len(token) < 100000:
            opens = lenient(token, v["key"])
            if v["authentic"] and not opens:
                wrong += 1
                print("LENIENT", v["id"])
            if opens and not v["authentic"]:
                unclaimed.append(v["id"])
    print(f"negative.json: {len(vectors)} rejected as said, {claimed} of them open for the lenient reader")
    if unclaimed:
        print("open for it too, without saying so:", *unclaimed)
    for name, count in collections.Counter(v["class"] for v in vectors).items():
        print(f"  {count:4} {name}")
    return wrong


def check_accept():
    vectors = json.loads((VECTORS / "accept.json").read_text(encoding="ascii"))["vectors"]
    wrong = 0
    for v in vectors:
        got = strict(text_of(v), v["key"])
        if got != ("opens", loose_base64(v["plaintext"]), loose_base64(v["cek"])):
            wrong += 1
            print("ACCEPT", v["id"], got)
    print(f"accept.json: {len(vectors)} opened")
    return wrong


def main():
    wrong = check_negative() + check_accept()
    if wrong:
        raise SystemExit(f"{wrong} vectors are not what they say")


if __name__ == "__main__":
    main()
