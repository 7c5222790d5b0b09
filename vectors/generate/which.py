"""Which key a text has, read leniently: what an entry that must be read says about the key that comes out.

It rejects nothing and knows none of the crate's rules. An entry is said to be readable elsewhere.
"""

import base64
import hashlib
import json
import re

from ref import b64u, b64u_int, unb64u


def thumbprint(n, e):
    """RFC 7638."""
    text = json.dumps({"e": b64u_int(e), "kty": "RSA", "n": b64u_int(n)}, separators=(",", ":"))
    return b64u(hashlib.sha256(text.encode()).digest())


def elements(data):
    """Tags and contents, one after the other."""
    while data:
        tag, length, at = data[0], data[1], 2
        if length >= 0x80:
            at += length & 0x7F
            length = int.from_bytes(data[2:at], "big")
        yield tag, data[at:at + length]
        data = data[at + length:]


def numbers(der):
    """n and e, from PKCS#1, PKCS#8, SPKI or a certificate: the first INTEGER of more than 1024 bits, and the next."""
    items = list(elements(der))
    for (tag, content), (_, following) in zip(items, items[1:] + [(0, b"")]):
        if tag == 2 and len(content) > 128 and len(following) < 8:
            return int.from_bytes(content, "big"), int.from_bytes(following, "big")
        inside = {0x30: content, 4: content, 3: content[1:]}.get(tag, b"")
        # A signature and a serial number aren't structures.
        if inside[:1] == b"\x30" and (found := numbers(inside)) or tag == 0x30 and (found := numbers(content)):
            return found
    return None


def of_jwk(jwk):
    if jwk["kty"].startswith("oct"):
        return jwk["k"]
    return thumbprint(*(int.from_bytes(unb64u(jwk[name]), "big") for name in "ne"))


def of_pem(text):
    body = re.search(r"-----BEGIN [A-Z0-9 ]+-----(.*?)-----END", text, re.DOTALL)[1]
    return base64.b64decode(re.sub(r"\s", "", body))


def key(kind, form, data):
    """The thumbprint of an RSA key, or the `k` of an `oct` key."""
    match form:
        case "bytes":
            return data
        case "jwk":
            return of_jwk(json.loads(data.removeprefix("\ufeff")))
        case "pem":
            return thumbprint(*numbers(of_pem(data)))
        case "base64":
            return thumbprint(*numbers(base64.b64decode(re.sub(r"\s", "", data.removeprefix("\ufeff")))))
        case "der":
            return thumbprint(*numbers(unb64u(data)))


def suits(jwk, kind):
    """Whether an entry of a set is a key for this crate (README.md, "Fields"): the others are skipped."""
    types = {"public": ("RSA", "RSA-HSM"), "private": ("RSA",), "dir": ("oct",)}[kind]
    if not isinstance(jwk, dict) or jwk.get("kty") not in types:
        return False
    operations = {"public": {"encrypt", "wrapKey"}, "private": {"decrypt", "unwrapKey"}, "dir": {"encrypt", "decrypt"}}[kind]
    numbers = {"public": ("n", "e"), "private": ("n", "e", "d", "p", "q", "dp", "dq", "qi"), "dir": ("k",)}[kind]
    return (
        all(isinstance(jwk.get(name), str) and re.fullmatch("[A-Za-z0-9_-]+", jwk[name]) for name in numbers)
        and len(jwk) <= 64
        and not jwk.get("oth")
        and jwk.get("use") in (None, "enc")
        and jwk.get("alg") in ((None, "dir", "A256GCM") if kind == "dir" else (None, "RSA-OAEP-256"))
        and isinstance(jwk.get("kid"), str | None)
        and (not jwk.get("key_ops") or bool(operations & set(jwk["key_ops"])))
    )


def set_of(text):
    """The entries of a set, or of a set that is no JSON what can be a key in it."""
    try:
        return json.loads(text.removeprefix("\ufeff"), object_pairs_hook=unique)["keys"]
    except json.JSONDecodeError:
        return [json.loads(jwk) for jwk in re.findall(r'{"kty":"RSA"[^{}]*}', text)]


def unique(pairs):
    """An object, or None for one that has a name twice."""
    return dict(pairs) if len({name for name, _ in pairs}) == len(pairs) else None


def fields(entry):
    """What an entry with `expect: ok` says about the key or the keys that are read."""
    if entry["format"] != "jwks":
        return {"k" if entry["kind"] == "dir" else "thumbprint": key(entry["kind"], entry["format"], entry["data"])}
    read = [jwk for jwk in set_of(entry["data"]) if suits(jwk, entry["kind"])]
    return {"kids": [jwk.get("kid") for jwk in read], "thumbprints": [of_jwk(jwk) for jwk in read]}


def completed(entry):
    """The entry, saying which key is read. What it says already must be the same."""
    if entry["expect"] != "ok":
        return entry
    found = fields(entry)
    assert all(entry.get(name) in (None, value) for name, value in found.items()), (entry["id"], found)
    return {**entry, **found}
