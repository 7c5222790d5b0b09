"""Layer (a): runs each case under memcheck and judges its reports by allowed.txt. See README.md.

    taint.py PROGRAM [CASE...]

A report is told by where it is: the innermost function that isn't of the standard library or of a crate of
constant-time building blocks, whose callers are what matters; and, if that is in big-number arithmetic, by the
function that called the arithmetic. A report that isn't listed for its case fails.
"""

import concurrent.futures
import fnmatch
import functools
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
# Called from places that matter more than they do.
BLOCKS = {"std", "ctutils", "cmov", "zeroize"}
ARITHMETIC = {"crypto-bigint", "crypto-primes"}
CASE_SECONDS = 600


def crate_and_path(path):
    if re.search(r"/rustc/[0-9a-f]{40}/|/rustlib/src/", path):
        return "std", path.split("/library/")[-1]
    found = re.search(r"/registry/src/[^/]+/(.+?)-\d+\.\d+\.\d+[^/]*/(.*)", path)
    if found:
        return found.groups()
    relative = os.path.relpath(path, os.path.join(HERE, "..", ".."))
    return ("harness" if relative.startswith("tests/") else "jwe-primitives"), relative


@functools.cache
def source(path):
    return open(path, encoding="utf-8").read().split("\n") if os.path.exists(path) else []


def function(path, line):
    """The innermost `fn` around a line, by its name in the source: debug information names inlined ones badly."""
    lines = source(path)
    indent = 10**9
    for text in reversed(lines[:line]):
        if not text.strip():
            continue
        found = re.match(r"(\s*)(?:pub(?:\([^)]*\))? )?(?:default )?(?:const )?(?:async )?(?:unsafe )?(?:extern \S+ )?fn (\w+)", text)
        if found and len(found[1]) <= indent:
            return found[2]
        indent = min(indent, len(text) - len(text.lstrip())) if not text.lstrip().startswith(("#", "//")) else indent
    return "?"


def frames(error):
    result = []
    for frame in error.find("stack").iter("frame"):
        file, line = frame.findtext("file"), frame.findtext("line")
        if file:
            path = os.path.normpath(os.path.join(frame.findtext("dir") or "", file))
            crate, inside = crate_and_path(path)
            name = function(path, int(line)) if crate != "std" else ""
            statement = source(path)[int(line) - 1].strip() if crate == "jwe-primitives" else ""
        else:
            # The C library: memcmp and the like.
            crate, inside, line, name, statement = "c", "", 0, frame.findtext("fn") or "?", ""
        result.append((crate, inside, name, int(line), statement))
    return result


def place(error):
    stack = [frame for frame in frames(error) if frame[0] not in BLOCKS | {"c"}]
    if not stack or stack[0][0] == "harness":
        # The case looks at what it got.
        return None, None
    site = next(iter(stack))
    caller = next((frame for frame in stack if frame[0] not in ARITHMETIC), site)
    text = lambda frame: f"{frame[0]}/{frame[1]}:{frame[2]}"
    at = f"{site[1]}:{site[3]}"
    if site[0] == "jwe-primitives":
        # In this crate, a report is allowed for one statement, as it stands there.
        return f"{text(site)}: {site[4]}", at
    return (text(caller) if caller is site else f"{text(caller)} > {site[0]}/{site[1]}:{site[2]}"), at


def run(program, case, directory):
    """The case's reports: a dictionary of places, with the lines that they are at."""
    file = os.path.join(directory, case.replace("/", "_"))
    # Where two branches have the same target, valgrind would translate them as one, by choosing between two values of a
    # register: of a branch that depends on a secret it would make a register that does. It doesn't without chasing.
    command = ["valgrind", "--quiet", "--num-callers=60", "--error-limit=no", "--leak-check=no", "--vex-guest-chase=no",
               "--expensive-definedness-checks=yes", "--xml=yes", f"--xml-file={file}", program, case]
    done = subprocess.run(command, capture_output=True, text=True, timeout=CASE_SECONDS)
    places = {}
    for error in ElementTree.parse(file).getroot().iter("error"):
        where, at = place(error)
        if where:
            # Not an address, which has 8 bytes: of vector shifts, memcheck reports the count, which takes no time.
            where += " (shift count)" if (error.findtext("what") or "").endswith(" of size 1") else ""
            places.setdefault(where, set()).add((at, error.findtext("kind")))
    return places, done.stderr[-1000:] if done.returncode else ""


def matches(where, pattern):
    return where == pattern or (not pattern.startswith("jwe-primitives/") and fnmatch.fnmatchcase(where, pattern))


def allowed():
    """Blocks of `case pattern: place pattern` lines, each followed by the reason, indented."""
    entries = []
    for line in open(os.path.join(HERE, "allowed.txt"), encoding="utf-8"):
        line = line.rstrip("\n")
        if not line or line.startswith("#"):
            continue
        if line.startswith(" "):
            for entry in reversed(entries):
                if entry["closed"]:
                    break
                entry["reason"] += line.strip() + " "
            continue
        if entries and entries[-1]["reason"]:
            for entry in entries:
                entry["closed"] = True
        cases, where = line.split(": ", 1)
        entries.append({"cases": cases.split(), "place": where, "reason": "", "closed": False, "used": 0})
    assert all(entry["reason"] for entry in entries), "each entry needs its reason"
    return entries


def main():
    program, wanted = sys.argv[1], sys.argv[2:]
    cases = subprocess.run([program], check=True, capture_output=True, text=True).stdout.split()
    if wanted:
        cases = [case for case in cases if any(fnmatch.fnmatchcase(case, pattern) for pattern in wanted)]
    assert cases, "no such case"
    entries = allowed()
    failed = False
    with tempfile.TemporaryDirectory() as directory, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda case: (case, *run(program, case, directory)), cases)
        for case, places, error in results:
            if error:
                # A lookup by a secret loses the mark, for one, which the case notices.
                failed = True
                print(f"FAILED  {case}: the case itself: {error}")
            unlisted = []
            for where, at in sorted(places.items()):
                matching = [entry for entry in entries if matches(where, entry["place"])
                            and any(fnmatch.fnmatchcase(case, pattern) for pattern in entry["cases"])]
                for entry in matching:
                    entry["used"] += 1
                if not matching:
                    unlisted.append((where, at))
            ours = sum(where.startswith("jwe-primitives/") for where in places)
            verdict = "FAILED " if unlisted else "ok     "
            print(f"{verdict} {case}: reports at {len(places)} places, {ours} of them in this crate, {len(unlisted)} unlisted", flush=True)
            for where, at in unlisted:
                print(f"        {where}  ({', '.join(sorted(f'{line} {kind}' for line, kind in at))})")
            failed |= bool(unlisted)
    unused = [entry for entry in entries if not entry["used"]]
    if not wanted:
        for entry in unused:
            print(f"note: listed, not seen with this compiler and processor: {entry['place']}")
    print(f"{len(cases)} cases; {len(entries)} places listed, {len(entries) - len(unused)} of them seen")
    sys.exit("FAILED: a branch or an address depends on a secret" if failed else 0)


main()
