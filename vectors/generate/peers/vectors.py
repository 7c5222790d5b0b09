#!/usr/bin/env python3
"""Plan, check and merge the positive interop vectors.

    vectors.py jobs PEER                    the jobs for one peer, as JSON on standard output
    vectors.py merge RESULTS_DIR OUT        check RESULTS_DIR/PEER.json for every peer, write OUT
    vectors.py cross RESULTS_DIR POSITIVE   which peer opened whose tokens (RESULTS_DIR/PEER.open.json)
    vectors.py open-jobs POSITIVE           one open job per vector, as JSON on standard output
    vectors.py check POSITIVE               check an existing file again

The check decrypts every token with Python's `cryptography` alone, from the
bytes of the token, and shares no code with a peer.
"""
import base64
import collections
import json
import pathlib
import re
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VECTORS = pathlib.Path(__file__).resolve().parents[2]

# peer -> (source, what it cannot do)
#   only_dir     no RSA-OAEP-256
#   headers      the only header members it can set next to alg and enc
#   pattern      size of the long plaintext, where not 16384
#   no_empty     cannot encrypt an empty payload: one byte instead
#   always_kid   always sets kid
PEERS = {
    "jwcrypto": {"source": "jwcrypto 1.6.1 (PyPI)"},
    "joserfc": {"source": "joserfc 1.8.0 (PyPI)"},
    "authlib": {"source": "Authlib 1.9.9 (PyPI)"},
    "python-jose": {"source": "python-jose 3.5.0 (PyPI)", "headers": {"kid", "cty"}},
    "jwskate": {"source": "jwskate 0.12.2 (PyPI)", "pattern": 8192, "always_kid": True},
    "panva-jose": {"source": "jose 6.2.18 (npm)"},
    "node-jose": {"source": "node-jose 2.2.0 (npm)"},
    "jose-cli": {"source": "jose 11-2+deb12u1 (Debian)", "only_dir": True},
    "crypt-jwt": {"source": "Crypt::JWT 0.034 (Debian libcrypt-jwt-perl)"},
    "rhonabwy": {"source": "librhonabwy 1.1.11 (Debian)", "no_empty": True},
    "josekit": {"source": "josekit 0.10.3 (crates.io)"},
    "jose-rs": {"source": "jose-rs 0.10.0 (crates.io)"},
    "jose4rs": {"source": "jose4rs 0.6.0 (crates.io)"},
}


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text):
    """Strict base64url: no padding, no foreign characters, no stray bits."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        raise ValueError("not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64u(data) != text:
        raise ValueError("base64url with stray bits")
    return data


def pattern(size):
    return bytes((i * 7 + 3) % 256 for i in range(size))


def keys():
    data = json.loads((VECTORS / "keys.json").read_text())
    out = {}
    for k in data["keys"]:
        out["rsa", k["id"]] = {"kty": "RSA"} | {
            name: k[name] for name in ("jwk_public", "jwk_private", "spki_pem", "pkcs8_pem")
        }
    for k in data["dir_keys"]:
        out["dir", k["id"]] = {"kty": "oct", "jwk": k["jwk"], "hex": k["hex"]}
    return out


CUSTOM = {
    "https://example.com/tenant": "acme",
    "count": 42,
    "flag": True,
    "off": False,
    "ctx": {"a": {"b": [1, "two", None]}, "n": -7},
}
URL = "https://example.com/acme/new-order/1?x=1&y=2"
JSON_BODY = json.dumps(
    {"sub": "user-42", "roles": ["admin", "dev"], "n": 1.5, "nested": {"ok": True}, "name": "Zo\u00eb"},
    ensure_ascii=False,
).encode()
UTF8 = "Gr\u00fc\u00dfe, \u4e16\u754c \U0001f511".encode()
BYTES = bytes(range(256))


def plan(peer):
    """[(id suffix, shows, key, extra header members, plaintext or pattern size)]"""
    about = PEERS[peer]
    size = about.get("pattern", 16384)
    kib = f"{size // 1024} KiB"
    text = f"Hello from {peer}".encode()
    a, d = ("rsa", "rsa2048-a"), ("dir", "dir-a")
    rsa = [
        ("rsa2048-kid-text", "RSA 2048, kid, short text", a, {"kid": "rsa2048-a"}, text),
        ("rsa2048-typ-cty-json", "RSA 2048, typ and cty, JSON payload", a,
         {"typ": "JOSE", "cty": "application/json"}, JSON_BODY),
        ("rsa2048-custom-text", "RSA 2048, header with string, integer, boolean and nested object members", a,
         CUSTOM | {"kid": "rsa2048-a"}, text),
        ("rsa2048-bare-empty", "RSA 2048, header of alg and enc only, empty payload", a, {}, b""),
        (f"rsa2048-kid-{size // 1024}k", f"RSA 2048, kid, {kib} payload", a, {"kid": "rsa2048-a"}, size),
        ("rsa2056-kid-text", "RSA 2056 (257 bytes), kid, short text", ("rsa", "rsa2056"), {"kid": "rsa2056"}, text),
        ("rsa2048-e3-kid-text", "RSA 2048 with exponent 3, kid, short text", ("rsa", "rsa2048-e3"),
         {"kid": "rsa2048-e3"}, text),
        ("rsa3072-kid-typ-bytes", "RSA 3072, kid and typ, all 256 byte values", ("rsa", "rsa3072"),
         {"kid": "rsa3072", "typ": "JWE"}, BYTES),
        ("rsa4096-kid-url-utf8", "RSA 4096, kid, url and a non-ASCII header value, UTF-8 payload",
         ("rsa", "rsa4096"), {"kid": "rsa4096", "url": URL, "note": "Zo\u00eb \u2603"}, UTF8),
    ]
    dir_ = [
        ("dir-bare-text", "dir, header of alg and enc only, short text", d, {}, text),
        ("dir-kid-cty-json", "dir, kid and cty, JSON payload", d, {"kid": "dir-a", "cty": "json"}, JSON_BODY),
        ("dir-kid-empty", "dir, kid, empty payload", d, {"kid": "dir-a"}, b""),
        ("dir-custom-url-bytes", "dir, url and custom header members, all 256 byte values", d,
         CUSTOM | {"url": URL}, BYTES),
        (f"dir-kid-{size // 1024}k", f"dir, kid, {kib} payload", d, {"kid": "dir-a"}, size),
    ]
    if about.get("only_dir"):
        rsa = []
        dir_ += [
            ("dir-typ-utf8", "dir, typ and a non-ASCII header value, UTF-8 payload", d,
             {"typ": "JOSE", "note": "Zo\u00eb \u2603"}, UTF8),
            ("dir-b-kid-text", "dir, another key, kid, short text", ("dir", "dir-b"), {"kid": "dir-b"}, text),
        ]
    out = []
    for suffix, shows, key, extra, plaintext in rsa + dir_:
        if about.get("no_empty") and plaintext == b"":
            plaintext = b"!"
            suffix, shows = suffix.replace("empty", "byte"), shows.replace("empty", "one-byte")
        if about.get("always_kid") and "kid" not in extra:
            extra = {"kid": key[1]} | extra
            if "bare" in suffix:
                suffix, shows = suffix.replace("bare", "kid"), shows.replace("header of alg and enc only", "kid")
            else:
                head, tail = suffix.split("-", 1)
                suffix, shows = f"{head}-kid-{tail}", shows.replace(", ", ", kid, ", 1)
        allowed = about.get("headers")
        if allowed is not None and not set(extra) <= allowed:
            # Keep key and payload; put a kid (or a cty) where the members were.
            name = "rsa" if key[0] == "rsa" else "dir"
            bits = key[1].removeprefix(name).split("-")[0]
            tail = suffix.rsplit("-", 1)[1]
            if suffix == "rsa2048-custom-text":
                continue
            extra = {"kid": key[1]} | {k: v for k, v in extra.items() if k in allowed}
            middle = "-".join(m for m in ("kid", "cty") if m in extra)
            suffix = f"{name}{bits}-{middle}-{tail}"
            what = {"json": "JSON payload", "bytes": "all 256 byte values", "utf8": "UTF-8 payload"}[tail]
            label = f"RSA {bits}" if name == "rsa" else "dir"
            shows = f"{label}, {middle.replace('-', ' and ')}, {what}"
        header = {"alg": "RSA-OAEP-256" if key[0] == "rsa" else "dir", "enc": "A256GCM"} | extra
        out.append((f"{peer}-{suffix}", shows, key, header, plaintext))
    return out


def canonical(header):
    """Text to compare by: in Python 1 == True, in JSON they differ."""
    return json.dumps(header, sort_keys=True)


def to_bytes(plaintext):
    return pattern(plaintext) if isinstance(plaintext, int) else plaintext


def reference_open(key, token):
    """(header, plaintext), or an exception. Shares no code with the peers."""
    parts = token.split(".")
    if len(parts) != 5:
        raise ValueError(f"{len(parts)} parts")
    raw_header, encrypted_key, iv, ciphertext, tag = (unb64u(p) for p in parts)

    def no_twice(pairs):
        if len({k for k, _ in pairs}) != len(pairs):
            raise ValueError("member twice in the header")
        return dict(pairs)

    header = json.loads(raw_header.decode("utf-8"), object_pairs_hook=no_twice)
    if len(iv) != 12:
        raise ValueError(f"IV of {len(iv)} bytes")
    if len(tag) != 16:
        raise ValueError(f"tag of {len(tag)} bytes")
    if header["enc"] != "A256GCM":
        raise ValueError(f"enc {header['enc']}")
    if key["kty"] == "RSA":
        if header["alg"] != "RSA-OAEP-256":
            raise ValueError(f"alg {header['alg']}")
        private = serialization.load_pem_private_key(key["pkcs8_pem"].encode(), None)
        if len(encrypted_key) != (private.key_size + 7) // 8:
            raise ValueError(f"encrypted key of {len(encrypted_key)} bytes")
        oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
        cek = private.decrypt(encrypted_key, oaep)
    else:
        if header["alg"] != "dir":
            raise ValueError(f"alg {header['alg']}")
        if encrypted_key:
            raise ValueError("dir with an encrypted key")
        cek = bytes.fromhex(key["hex"])
    if len(cek) != 32:
        raise ValueError(f"CEK of {len(cek)} bytes")
    return header, AESGCM(cek).decrypt(iv, ciphertext + tag, parts[0].encode("ascii"))


def jobs(peer):
    all_keys = keys()
    return [
        {"id": id_, "key": all_keys[key], "header": header, "plaintext_b64": b64u(to_bytes(plaintext))}
        for id_, _, key, header, plaintext in plan(peer)
    ]


def merge(results_dir, out_path):
    all_keys, vectors, bad = keys(), [], []
    for peer, about in PEERS.items():
        replies = {r["id"]: r for r in json.loads((pathlib.Path(results_dir) / f"{peer}.json").read_text())}
        for id_, shows, key, header, plaintext in plan(peer):
            reply = replies.get(id_, {"error": "no reply"})
            if "token" not in reply:
                bad.append(f"{id_}: peer says {reply['error']}")
                continue
            try:
                got_header, got_plaintext = reference_open(all_keys[key], reply["token"])
            except Exception as e:
                bad.append(f"{id_}: reference cannot open: {type(e).__name__} {e}")
                continue
            if got_plaintext != to_bytes(plaintext):
                bad.append(f"{id_}: plaintext differs")
            if canonical(got_header) != canonical(header):
                bad.append(f"{id_}: header {got_header} instead of {header}")
            vector = {
                "id": id_,
                "source": about["source"],
                "shows": shows,
                "key": {key[0]: key[1]},
                "token": reply["token"],
                "header": got_header,
            }
            if isinstance(plaintext, int):
                vector["plaintext_pattern"] = plaintext
            else:
                vector["plaintext"] = b64u(plaintext)
            vector["expect"] = "opens"
            vectors.append(vector)
    if bad:
        sys.exit("\n".join(bad) + f"\n{len(bad)} bad, nothing written")
    pathlib.Path(out_path).write_text(dump(vectors))
    check(out_path)


def dump(vectors):
    lines = ",\n".join("  " + json.dumps(v, ensure_ascii=False) for v in vectors)
    counts = {"all": len(vectors), **collections.Counter(v["source"] for v in vectors)}
    return '{"counts": ' + json.dumps(counts) + ',\n"vectors": [\n' + lines + "\n]}\n"


def vector_plaintext(v):
    return pattern(v["plaintext_pattern"]) if "plaintext_pattern" in v else unb64u(v["plaintext"])


def check(path):
    all_keys = keys()
    data = json.loads(pathlib.Path(path).read_text())["vectors"]
    per_source, ids, ivs = {}, set(), set()
    for v in data:
        assert v["id"] not in ids, f"{v['id']} twice"
        ids.add(v["id"])
        [key] = v["key"].items()
        header, plaintext = reference_open(all_keys[key], v["token"])
        assert canonical(header) == canonical(v["header"]), f"{v['id']}: header"
        assert plaintext == vector_plaintext(v), f"{v['id']}: plaintext"
        iv = v["token"].split(".")[2]
        assert iv not in ivs, f"{v['id']}: an IV came twice"
        ivs.add(iv)
        per_source[v["source"]] = per_source.get(v["source"], 0) + 1
    for source, n in per_source.items():
        print(f"{n:3} {source}")
    print(f"{len(data)} vectors checked")


def open_jobs(path):
    all_keys = keys()
    return [
        {"id": v["id"], "key": all_keys[next(iter(v["key"].items()))], "token": v["token"]}
        for v in json.loads(pathlib.Path(path).read_text())["vectors"]
    ]


def cross(results_dir, path):
    data = json.loads(pathlib.Path(path).read_text())["vectors"]
    for peer in PEERS:
        file = pathlib.Path(results_dir) / f"{peer}.open.json"
        if not file.exists():
            continue
        replies = {r["id"]: r for r in json.loads(file.read_text())}
        failed = {}
        for v in data:
            a = replies[v["id"]]
            if a.get("plaintext_b64") != b64u(vector_plaintext(v)):
                failed.setdefault(a.get("error", "WRONG PLAINTEXT"), []).append(v["id"])
        n = sum(map(len, failed.values()))
        print(f"{peer}: opens {len(data) - n} of {len(data)}")
        for error, ids in failed.items():
            shapes = {}
            for id_ in ids:
                maker = next(p for p in sorted(PEERS, key=len, reverse=True) if id_.startswith(p + "-"))
                shapes.setdefault(id_.removeprefix(maker + "-"), []).append(maker)
            print(f"    {len(ids)} x {error.strip()[:160]}")
            for shape, makers in sorted(shapes.items()):
                print(f"        {shape}, made by {len(makers)} peers" if len(makers) > 3
                      else f"        {shape}, made by {', '.join(makers)}")


def main():
    match sys.argv[1:]:
        case ["peers"]:
            print("\n".join(PEERS))
        case ["jobs", peer]:
            json.dump(jobs(peer), sys.stdout)
        case ["merge", results_dir, out]:
            merge(results_dir, out)
        case ["check", path]:
            check(path)
        case ["open-jobs", path]:
            json.dump(open_jobs(path), sys.stdout)
        case ["cross", results_dir, path]:
            cross(results_dir, path)
        case _:
            sys.exit(__doc__)


main()
