#!/usr/bin/env python3
"""Exchanges random JWE tokens with other JOSE implementations, both ways, and shows who decrypts whose.

run.sh installs the peers, builds our side and calls this. Both sides do the same jobs (vectors/README.md).
Exit status 1 if anything fails that EXCLUSIONS doesn't explain.
"""

import argparse
import base64
import copy
import dataclasses
import json
import os
import pathlib
import random
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parents[1] / "vectors"
PEERS_SH = VECTORS / "generate" / "peers.sh"
WORK = pathlib.Path(os.environ["PEERS_WORK"]) if "PEERS_WORK" in os.environ else None
OURS = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "")) / "release" / "jwe-interop-ours"

KEYS = {"rsa2048-a": "RSA 2048", "rsa3072": "RSA 3072", "rsa4096": "RSA 4096", "dir-a": "`dir`"}

# peer -> name, where it comes from, name of the package there
PEERS = {
    "jwcrypto": ("jwcrypto", "PyPI", "jwcrypto"),
    "joserfc": ("joserfc", "PyPI", "joserfc"),
    "authlib": ("Authlib", "PyPI", "Authlib"),
    "python-jose": ("python-jose", "PyPI", "python-jose"),
    "jwskate": ("jwskate", "PyPI", "jwskate"),
    "panva-jose": ("jose", "npm", "jose"),
    "node-jose": ("node-jose", "npm", "node-jose"),
    "jose-cli": ("jose (latchset)", "Debian", "jose"),
    "crypt-jwt": ("Crypt::JWT", "Debian", "libcrypt-jwt-perl"),
    "rhonabwy": ("rhonabwy", "Debian", "librhonabwy-dev"),
    "josekit": ("josekit", "crates.io", "josekit"),
    "jose-rs": ("jose-rs", "crates.io", "jose-rs"),
    "jose4rs": ("jose4rs", "crates.io", "jose4rs"),
}

# peer -> (it gets one message in so many, why)
SLOW = {"jose-cli": (4, "each message starts a dozen processes")}


def b64u(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64u(text):
    """Strict base64url: no padding, no foreign characters, no stray bits."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text, re.ASCII) or len(text) % 4 == 1:
        raise ValueError("not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if b64u(data) != text:
        raise ValueError("base64url with stray bits")
    return data


def canonical(header):
    """Text to compare by: in Python 1 == True == 1.0, in JSON they differ."""
    return json.dumps(header, sort_keys=True)


# ---------------------------------------------------------------- messages


@dataclasses.dataclass
class Message:
    key: str
    header: dict
    payload: bytes

    @property
    def is_rsa(self):
        return self.key.startswith("rsa")


def plain(key):
    alg = "RSA-OAEP-256" if key.startswith("rsa") else "dir"
    return Message(key, {"alg": alg, "enc": "A256GCM", "kid": "k1"}, b"a plain message")


CHARACTERS = "aZ09 -_.~:/?#%+=&@,;'\"\\\b\f\n\r\t\x01\x1f\x7f\u00a0\u00e9\u00df\u2028\u2029\ufffd\u4e16\u754c\U0001f511"
STRINGS = ["", "0", "false", "null", "[]", "a.b.c", "../../x", "k1", "\u00e9", "e\u0301"]
NAMES = [
    "https://example.com/tenant", "x-trace", "count", "ctx", "n", "a b", "a.b", "a\"b", "a\\b", "\u00e9", "\u540d",
    "\U0001f511", "", "constructor", "toString", "__proto__", "Alg", "ENC", "Kid",
]  # fmt: skip


class Maker:
    """Random messages: the same from the same seed."""

    def __init__(self, seed, ours):
        self.random = random.Random(seed)
        self.ours = ours  # we make, the peer only reads: numbers and characters that not everyone can write

    def string(self):
        r = self.random
        if r.random() < 0.2:
            return r.choice(STRINGS)
        length = r.choice([1, 5, 20, 20, 40, 200])
        characters = r.choice(["abcdefghijklmnop0123456789-_", CHARACTERS])
        if self.ours and r.random() < 0.05:
            characters += "\0"
        return "".join(r.choices(characters, k=r.randint(0, length)))

    def number(self):
        r = self.random
        kinds = ["small", "safe", "quarter"] + (["i64", "big"] if self.ours else [])
        match r.choice(kinds):
            case "small":
                return r.randint(-3, 100)
            case "safe":
                return r.choice([-1, 1]) * (2 ** r.randint(1, 53) - 1)
            case "quarter":
                return (2 * r.randint(-2000, 2000) + 1) / 4
            case "i64":
                return r.choice([2**63 - 1, -(2**63), 2**63, 2**64 - 1])
            case "big":
                return r.choice([-1, 1]) * 2 ** r.randint(64, 200)

    def value(self, depth=0):
        r = self.random
        kinds = ["string", "number", "bool", "null"] + (["array", "object"] if depth < 4 else [])
        match r.choice(kinds):
            case "string":
                return self.string()
            case "number":
                return self.number()
            case "bool":
                return r.random() < 0.5
            case "null":
                return None
            case "array":
                return [self.value(depth + 1) for _ in range(r.randint(0, 3))]
            case "object":
                return {self.name(): self.value(depth + 1) for _ in range(r.randint(0, 3))}

    def name(self):
        # No registered name begins with "x-"; "x5c" is one.
        return self.random.choice(NAMES) if self.random.random() < 0.7 else "x-" + self.string()

    def payload(self):
        r = self.random
        match r.choice(["tiny", "tiny", "block", "any", "any"]):
            case "tiny":
                length = r.randint(0, 5)
            case "block":
                length = max(0, 16 * r.randint(0, 64) + r.randint(-1, 1))
            case "any":
                length = r.randint(0, 4200)
        match r.choice(["bytes", "bytes", "text", "json", "one"]):
            case "bytes":
                return r.randbytes(length)
            case "text":
                return "".join(r.choices(CHARACTERS, k=length)).encode()[:length]
            case "json":
                return json.dumps({"value": self.value(), "fill": "x" * length}).encode()
            case "one":
                return r.choice([b"\0", b"0", b"=", b"\xff", b"\n"]) * length

    def message(self, key):
        r = self.random
        header = plain(key).header
        if r.random() < 0.8:
            header["kid"] = r.choice([b64u(r.randbytes(32)), r.randbytes(32).hex(), self.string()])
        else:
            del header["kid"]
        if r.random() < 0.4:
            header["typ"] = r.choice(["JOSE", "JWE", "JWT", "application/jose+json", self.string()])
        if r.random() < 0.4:
            header["cty"] = r.choice(["json", "JWT", "application/json", "text/plain; charset=utf-8", self.string()])
        if r.random() < 0.3:
            header["url"] = "https://example.com/v1/" + b64u(r.randbytes(r.randint(0, 30))) + "?a=1&b=%20#c"
        if r.random() < 0.1:
            header["x5t#S256"] = b64u(r.randbytes(32))  # several peers want the type of RFC 7516 section 4.1.10
        for _ in range(r.choice([0, 0, 1, 2, 5])):
            header[self.name()] = self.value()
        if r.random() < 0.02:
            header["x-long"] = "x" * r.randint(1000, 3000)
        members = list(header.items())
        r.shuffle(members)
        return Message(key, dict(members), self.payload())


# ---------------------------------------------------------------- exclusions


@dataclasses.dataclass
class Exclusion:
    """What a peer can't do. Every run tries it again with `probe`, and says so when it works by now."""

    peers: tuple
    verbs: tuple  # what the peer can't
    why: str
    probe: Callable  # plain message -> a message that shows it
    fit: Callable | None = None  # any message -> one that the peer can do; None: there is none for these keys
    keys: tuple = tuple(KEYS)
    token: Callable | None = None  # instead of `fit`: the tokens that show it, which depends on chance

    @property
    def whole(self):
        return not self.fit and not self.token


def with_payload(payload):
    return lambda m: dataclasses.replace(m, payload=payload)


def not_empty(m):
    return m if m.payload else dataclasses.replace(m, payload=b"!")


def with_members(**members):
    return lambda m: dataclasses.replace(m, header=m.header | members)


def without(*names):
    return lambda m: dataclasses.replace(m, header={k: v for k, v in m.header.items() if k not in names})


def only(*names):
    return lambda m: dataclasses.replace(m, header={k: v for k, v in m.header.items() if k in ("alg", "enc", *names)})


def with_key_id(m):
    return m if "kid" in m.header else with_members(kid="k1")(m)


def shorter_header(limit):
    def fit(m):
        m = copy.deepcopy(m)
        while len(b64u(json.dumps(m.header).encode())) > limit:
            extra = [name for name in m.header if name not in ("alg", "enc")]
            del m.header[max(extra, key=lambda name: len(json.dumps({name: m.header[name]})))]
        return m

    return fit


def mapped(value, change):
    """The value with `change` applied to every name, string and number in it."""
    if isinstance(value, dict):
        return {change(k): mapped(v, change) for k, v in value.items()}
    if isinstance(value, list):
        return [mapped(v, change) for v in value]
    return change(value)


def each(change):
    return lambda m: dataclasses.replace(m, header=mapped(m.header, change))


def integers_below(limit):
    return lambda value: 64 if isinstance(value, int) and not -(2**63) <= value < limit else value


def no_nul(value):
    return value.replace("\0", "0") if isinstance(value, str) else value


def without_empty(*names):
    return lambda m: without(*(name for name in names if m.header.get(name) == ""))(m)


MAKE, OPEN, BOTH = ("make",), ("open",), ("make", "open")

EXCLUSIONS = [
    Exclusion(
        ("jose-cli",), BOTH, "As built in Debian 12, it has no RSA-OAEP of any kind.",
        lambda m: m, keys=("rsa2048-a", "rsa3072", "rsa4096"),
    ),
    Exclusion(
        ("jwcrypto", "crypt-jwt", "rhonabwy"), OPEN, "Cannot decrypt an empty payload.",
        with_payload(b""), not_empty,
    ),
    Exclusion(
        ("rhonabwy",), MAKE, "Cannot encrypt an empty payload.",
        with_payload(b""), not_empty,
    ),
    Exclusion(
        ("crypt-jwt",), OPEN,
        "Rejects a one-byte payload whose ciphertext happens to be the byte 0x30, because it tests the part for truth, "
        "and Perl's \"0\" is false.",
        with_payload(b"x"), keys=("dir-a",), token=lambda token: token.split(".")[3] == b64u(b"0"),
    ),
    Exclusion(
        ("joserfc",), OPEN, "Rejects an encoded header of more than 1024 characters.",
        with_members(long="x" * 1000), shorter_header(1024),
    ),
    Exclusion(
        ("python-jose",), MAKE, "Sets no header members except `kid` and `cty`.",
        with_members(typ="JOSE"), only("kid", "cty"),
    ),
    Exclusion(
        ("python-jose",), MAKE, "Omits a `kid` or `cty` that is an empty string.",
        with_members(kid=""), without_empty("kid", "cty"),
    ),
    Exclusion(
        ("jwskate",), MAKE, "Always sets `kid`, to the thumbprint of a key that has none.",
        without("kid"), with_key_id,
    ),
    Exclusion(
        ("jose4rs",), OPEN, "Rejects a header with an integer beyond 2<sup>64</sup> − 1.",
        with_members(count=2**64), each(integers_below(2**64)),
    ),
    Exclusion(
        ("jose-cli", "rhonabwy"), OPEN, "Rejects a header with an integer beyond 2<sup>63</sup> − 1 (jansson).",
        with_members(count=2**63), each(integers_below(2**63)),
    ),
    Exclusion(
        ("jose-cli", "rhonabwy"), OPEN, "Rejects a header with `\\u0000` in it (jansson).",
        with_members(text="\0"), each(no_nul),
    ),
]  # fmt: skip


# ---------------------------------------------------------------- both sides


def keys():
    data = json.loads((VECTORS / "keys.json").read_text())
    out = {}
    for key in data["keys"]:
        out[key["id"]] = {"kty": "RSA"} | {n: key[n] for n in ("jwk_public", "jwk_private", "spki_pem", "pkcs8_pem")}
    for key in data["dir_keys"]:
        out[key["id"]] = {"kty": "oct", "jwk": key["jwk"], "hex": key["hex"]}
    return out


ALL_KEYS = keys()


def run(who, verb, jobs):
    """{id: reply}. A side that breaks down replies to every job with its error."""
    command = [OURS, verb] if who == "ours" else [PEERS_SH, "run", who, verb]
    jobs = [job | {"key": ALL_KEYS[job["key"]]} for job in jobs]
    done = subprocess.run(command, input=json.dumps(jobs).encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        if done.returncode != 0:
            raise ValueError(f"exit status {done.returncode}")
        return {reply["id"]: reply for reply in json.loads(done.stdout)}
    except (ValueError, TypeError, KeyError) as e:
        error = f"{who} {verb} broke down: {e}; {done.stderr.decode(errors='replace').strip()[-300:]}"
        return {job["id"]: {"error": error} for job in jobs}


def make(who, messages):
    jobs = [
        {"id": id_, "key": m.key, "header": m.header, "plaintext_b64": b64u(m.payload)} for id_, m in messages.items()
    ]
    return run(who, "make", jobs)


def open_(who, messages, made):
    jobs = [
        {"id": id_, "key": m.key, "token": made[id_]["token"]} for id_, m in messages.items() if "token" in made[id_]
    ]
    return run(who, "open", jobs)


def once(pairs):
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a member twice in the header")
    return dict(pairs)


def look(token, message, ivs):
    """What is wrong with the form of a token, seen without a key and without the code of either side."""
    parts = token.split(".")
    if len(parts) != 5:
        return f"{len(parts)} parts"
    try:
        header, encrypted_key, iv, ciphertext, tag = map(unb64u, parts)
        header = json.loads(header.decode("utf-8"), object_pairs_hook=once)
    except ValueError as e:
        return str(e)
    want = len(unb64u(ALL_KEYS[message.key]["jwk_public"]["n"])) if message.is_rsa else 0
    lengths = [len(encrypted_key), len(iv), len(tag), len(ciphertext)]
    if lengths != [want, 12, 16, len(message.payload)]:
        return f"encrypted key, IV, tag, ciphertext of {lengths} bytes"
    if canonical(header) != canonical(message.header):
        return f"header {header}"
    if iv in ivs:
        return "an IV came twice"
    ivs.add(iv)
    return None


def judge(message, made, opened, ivs):
    """None, or what went wrong with a message on its way from one side to the other."""
    if "token" not in made:
        return f"not made: {made.get('error', made)}"
    wrong = look(made["token"], message, ivs)
    if wrong:
        return f"made wrong: {wrong}"
    if "plaintext_b64" not in opened:
        return f"not opened: {opened.get('error', opened)}"
    if opened["plaintext_b64"] != b64u(message.payload):
        return "opened to another plaintext"
    if "header" in opened and canonical(opened["header"]) != canonical(message.header):
        return f"opened with another header: {opened['header']}"
    return None


# ---------------------------------------------------------------- the matrix


@dataclasses.dataclass
class Cell:
    ok: int = 0
    failed: int = 0
    notes: set = dataclasses.field(default_factory=set)  # numbers in EXCLUSIONS
    closed: bool = False

    def __str__(self):
        notes = f"<sup>{', '.join(str(n + 1) for n in sorted(self.notes))}</sup>" if self.notes else ""
        if self.closed:
            return "–" + notes
        return (f"**{self.failed} of {self.ok + self.failed} fail**" if self.failed else str(self.ok)) + notes


class Matrix:
    def __init__(self, seed, messages):
        self.seed, self.messages = seed, messages
        self.cells, self.failures = {}, []
        self.probes = {}  # number in EXCLUSIONS -> [(peer, what went wrong, or None)]
        self.ivs = set()

    def direction(self, peer, verb):
        """All messages of a peer in one direction; `verb` is what the peer does."""
        sender, receiver = (peer, "ours") if verb == "make" else ("ours", peer)
        excluded = {n: e for n, e in enumerate(EXCLUSIONS) if peer in e.peers and verb in e.verbs}
        messages, probes = {}, {}
        for key in KEYS:
            cell = self.cells[peer, key, verb] = Cell()
            here = {n: e for n, e in excluded.items() if key in e.keys}
            cell.closed = any(e.whole for e in here.values())
            if cell.closed:
                here = {n: e for n, e in here.items() if e.whole}
            cell.notes = set(here)
            for n, e in here.items():
                for i in range(3000 if e.token else 1):
                    probes[f"probe/{n}/{key}/{i}"] = (n, e.probe(plain(key)))
            if cell.closed:
                continue
            # The seed of a cell doesn't depend on what else runs.
            maker = Maker(f"{self.seed}/{peer}/{key}/{verb}", verb == "open")
            for i in range(max(1, self.messages // SLOW.get(peer, (1,))[0])):
                message = maker.message(key)
                if i == 0:
                    message.payload = b""
                if i == 1:
                    message.header = only()(message).header
                for e in here.values():
                    if e.fit:
                        message = e.fit(message)
                messages[f"{key}/{i}"] = message
        everything = messages | {id_: m for id_, (_, m) in probes.items()}
        made = make(sender, everything)
        # Which messages show the exclusions that only the token tells?
        for id_, message in list(everything.items()):
            token = made.get(id_, {}).get("token", "")
            shown = [n for n, e in excluded.items() if e.token and token and e.token(token)]
            if id_ in probes and EXCLUSIONS[probes[id_][0]].token and not shown:
                del everything[id_]
            elif id_ in messages and shown:
                del messages[id_]
                probes[id_] = (shown[0], message)
        opened = open_(receiver, everything, {id_: made.get(id_, {}) for id_ in everything})
        for id_, message in everything.items():
            wrong = judge(message, made.get(id_, {}), opened.get(id_, {}), self.ivs)
            if id_ in probes:
                self.probes.setdefault(probes[id_][0], []).append((peer, wrong))
                # A probe that we make badly or reject to make shows nothing about the peer.
                if verb == "open" and wrong and not wrong.startswith(("not opened", "opened")):
                    self.fail(peer, message, verb, wrong, made, opened, id_)
                continue
            if wrong:
                self.fail(peer, message, verb, wrong, made, opened, id_)
            else:
                self.cells[peer, message.key, verb].ok += 1

    def fail(self, peer, message, verb, wrong, made, opened, id_):
        self.cells[peer, message.key, verb].failed += 1
        self.failures.append({
            "peer": peer, "direction": "theirs to ours" if verb == "make" else "ours to theirs", "id": id_,
            "wrong": wrong, "key": message.key, "header": message.header, "plaintext_b64": b64u(message.payload),
            "made": made.get(id_), "opened": opened.get(id_),
        })  # fmt: skip


def versions(peers):
    """Of what is installed, not of what was asked for."""
    out = {}
    lock = (WORK / "peers-rs" / "Cargo.lock").read_text()
    for peer in peers:
        _, source, package = PEERS[peer]
        if source == "PyPI":
            script = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"
            command = [WORK / "venv" / "bin" / "python", "-c", script, package]
        elif source == "npm":
            out[peer] = json.loads((WORK / "node" / "node_modules" / package / "package.json").read_text())["version"]
            continue
        elif source == "Debian":
            command = ["dpkg-query", "-W", "-f", "${Version}", package]
        else:
            out[peer] = re.search(rf'name = "{package}"\nversion = "(.*)"', lock)[1]
            continue
        out[peer] = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    return out


def verdict(results):
    failing = {}
    for peer, wrong in results:
        failing.setdefault(PEERS[peer][0], []).append(wrong is not None)
    done = [peer for peer, wrong in failing.items() if not any(wrong)]
    some = [peer for peer, wrong in failing.items() if any(wrong) and not all(wrong)]
    text = f"{len(results)} {'probe' if len(results) == 1 else 'probes'}"
    if done:
        return text + ", **works by now: " + ", ".join(done) + "**"
    return text + (", fail in part: " + ", ".join(some) if some else ", still so")


def markdown(matrix, peers, seconds):
    installed = versions(peers)
    names = {peer: PEERS[peer][0] for peer in peers}
    out = []
    out.append("| peer | version | from | " + " | ".join(KEYS.values()) + " |")
    out.append("| --- " * (3 + len(KEYS)) + "|")
    for peer in peers:
        cells = [f"→ {matrix.cells[peer, key, 'open']}, ← {matrix.cells[peer, key, 'make']}" for key in KEYS]
        out.append(f"| {names[peer]} | {installed[peer]} | {PEERS[peer][1]} | " + " | ".join(cells) + " |")
    total = sum(cell.ok for cell in matrix.cells.values())
    failed = len(matrix.failures)
    arrows = "→ we encrypt, the peer decrypts; ← the peer encrypts, we decrypt."
    out += ["", f"{arrows} A number counts the messages that arrived.", ""]
    took = f"{seconds // 60:.0f} min {seconds % 60:.0f} s"
    out.append(f"{total} messages arrived, {failed} failed; seed `{matrix.seed}`; {took}.")
    for peer in peers:
        if peer in SLOW:
            out.append(f"{names[peer]} gets one message in {SLOW[peer][0]}: {SLOW[peer][1]}.")
    out += ["", "These cases are excluded, and this run tried them again:", ""]
    for n, e in enumerate(EXCLUSIONS):
        if n in matrix.probes:
            who = ", ".join(names[peer] for peer in e.peers if peer in peers)
            arrows = " ".join("→" if verb == "open" else "←" for verb in e.verbs)
            out.append(f"{n + 1}. {who}: {e.why} ({arrows} {verdict(matrix.probes[n])})")
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=200, metavar="N", help="per peer, key and direction (200)")
    parser.add_argument("--peers", default=",".join(PEERS), metavar="A,B", help="of " + ", ".join(PEERS))
    parser.add_argument("--seed", default=None, help="of an earlier run, to repeat its messages")
    parser.add_argument("--write", action="store_true", help="put the tables into README.md")
    args = parser.parse_args()
    peers = args.peers.split(",")
    unknown = set(peers) - set(PEERS)
    if unknown:
        parser.error(f"no peer {', '.join(sorted(unknown))}")
    if args.messages < 1:
        parser.error("--messages must be 1 or more")
    if args.write and set(peers) != set(PEERS):
        parser.error("--write needs all peers")
    if WORK is None:
        parser.error("start it with run.sh")

    begin = time.monotonic()
    matrix = Matrix(args.seed or secrets.token_hex(4), args.messages)
    print(f"seed {matrix.seed}", file=sys.stderr)
    for peer in peers:
        for verb in ("open", "make"):
            start = time.monotonic()
            matrix.direction(peer, verb)
            took = time.monotonic() - start
            print(f"{peer} {'ours to theirs' if verb == 'open' else 'theirs to ours'}: {took:.0f} s", file=sys.stderr)
    text = markdown(matrix, peers, time.monotonic() - begin)
    print(text, end="")

    for n, results in matrix.probes.items():
        if "works by now" in verdict(results):
            print(f"no longer needed, for some peer: EXCLUSIONS {n + 1}, {EXCLUSIONS[n].why}", file=sys.stderr)
    if matrix.failures:
        path = WORK / "interop-failures.json"
        path.write_text(json.dumps(matrix.failures, indent=1))
        print(f"\n{len(matrix.failures)} FAILED; all of them with their tokens: {path}", file=sys.stderr)
        print(f"the same messages again: --messages {args.messages} --seed {matrix.seed}", file=sys.stderr)
        shown = {}
        for f in matrix.failures:
            place = f["peer"], f["direction"]
            shown[place] = shown.get(place, 0) + 1
            if shown[place] <= 3:
                print(f"{f['peer']}, {f['direction']}, {f['id']}: {f['wrong'][:400]}", file=sys.stderr)
        sys.exit(1)
    if args.write:
        readme = HERE / "README.md"
        before, rest = readme.read_text().split("<!-- matrix -->\n", 1)
        _, after = rest.split("<!-- /matrix -->", 1)
        readme.write_text(f"{before}<!-- matrix -->\n{text}<!-- /matrix -->{after}")


main()
