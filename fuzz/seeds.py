#!/usr/bin/env python3
"""Writes seeds from ../vectors into FOLDER/<target>/, named by their SHA-1 as libFuzzer does.

    seeds.py FOLDER

Needs nothing but Python. README.md tells how the committed corpora are made of them.
"""

import base64
import hashlib
import json
import sys
from pathlib import Path

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
LONGEST = 4096


def load(name):
    return json.loads((VECTORS / f"{name}.json").read_text())


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def write(target, data):
    if len(data) <= LONGEST:
        folder = Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def noise(seed):
    """Bytes for targets that derive their input: all zero is the plainest case, the rest the same each time."""
    yield bytes(64)
    for i in range(40):
        yield hashlib.shake_256(f"{seed} {i}".encode()).digest(24 * (i + 1))


def tokens():
    for name in ("positive", "negative", "accept"):
        for vector in load(name)["vectors"]:
            token = vector.get("token", "").encode()
            # These two keys are the ones that the targets have.
            known = vector["key"].get("dir") == "dir-a" or vector["key"].get("rsa") == "rsa2048-a"
            yield token, known
    # A limit that no vector can be long enough for.
    yield b"." * 5000, False


def representatives():
    """The inputs of `rsa_core`: each kind of number under keys of each size."""
    for key in range(12):
        # p of one key and q of another, p and q in both orders, each exponent.
        other = [1, key + 1] if key % 3 == 2 else [0]
        selection = bytes([key % 6, *other, key // 6, key])
        for kind in range(8):
            # `arbitrary` takes a variant's number from the upper bits of 32.
            variant = (kind * 2**29 + 2**28).to_bytes(4, "little")
            # Not every kind under every key: the longer keys take their time.
            if (kind + key) % 2 == 0:
                yield selection + variant + hashlib.shake_256(selection + variant).digest(200)


for token, known in tokens():
    write("parse_compact", token)
    if known:
        write("differential", token)
    for part in token.split(b"."):
        write("base64url", part)
    try:
        write("header", from_base64url(token.split(b".")[0].decode()))
    except ValueError:
        pass

for key in [*load("good_keys")["keys"], *load("bad_keys")["keys"]]:
    data = key["data"]
    match key["format"]:
        case "jwk":
            write("jwk", data.encode())
        case "pem":
            write("pem", data.encode())
        case "der":
            write("der", from_base64url(data))
            write("pem", base64.b64encode(from_base64url(data)))

for key in load("key_texts")["keys"]:
    data = from_base64url(key["data"]) if key["format"] == "der" else key["data"].encode()
    target = "certificate" if key["kind"] == "certificate" else {"base64": "pem"}.get(key["format"], key["format"])
    # Keys that differ in their text alone are many: a text of each kind is enough.
    if len(data) < 65_536:
        write(target, data)

for key in load("keys")["keys"]:
    # Longer private keys cost too much time in each run.
    if key["bits"] > 2056:
        continue
    for name in ("jwk_private", "jwk_public"):
        write("jwk", json.dumps(key[name]).encode())
    for name in ("pkcs8_pem", "pkcs1_pem", "spki_pem", "pkcs1_public_pem"):
        write("pem", key[name].encode())
        body = "".join(line for line in key[name].splitlines() if "-----" not in line)
        write("der", base64.b64decode(body))
        write("pem", body.encode())
sets = [[key[name] for key in load("keys")["keys"][:3]] for name in ("jwk_private", "jwk_public")]
sets += [[sets[1][0], {"kty": "EC"}], []]
for keys in sets:
    write("jwks", json.dumps({"keys": keys}).encode())
for key in load("keys")["dir_keys"]:
    write("jwk", json.dumps(key["jwk"]).encode())

for data in representatives():
    write("rsa_core", data)
for target in ("decrypt_dir", "decrypt_rsa", "oaep", "round_trip"):
    for data in noise(target):
        write(target, data)
# Their derived inputs begin with a byte that no text begins with.
for target in ("jwk", "der", "differential"):
    for data in noise(target):
        write(target, b"\xff" + data)
