"""Compares the tree of runtime dependencies with the list in the README, and `rust-version` with what they declare."""

import json
import re
import subprocess
import sys


def cargo(*args):
    return subprocess.run(["cargo", *args], check=True, capture_output=True, text=True).stdout


def tree():
    lines = cargo("tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}").splitlines()
    return {tuple(line.split()[:2]) for line in lines} - {tuple(lines[0].split()[:2])}


def listed():
    readme = open("README.md", encoding="utf-8").read()
    text = re.search(r"<!-- dependencies -->\n```text\n(.*?)```", readme, re.DOTALL).group(1)
    return set(text.split()), int(re.search(r"gets (\d+), all told", readme).group(1))


def version(text):
    return tuple(int(part) for part in (text or "0").split("."))[:2]


def main():
    found = tree()
    names = {name for name, _ in found}
    expected, count = listed()
    failures = [f"not in the README's list: {name}" for name in sorted(names - expected)]
    failures += [f"only in the README's list: {name}" for name in sorted(expected - names)]
    if len(found) != count:
        failures.append(f"{len(found)} packages, the README says {count}")
    packages = json.loads(cargo("metadata", "--locked", "--format-version", "1"))["packages"]
    declared = next(p["rust_version"] for p in packages if p["name"] == "jwe-primitives")
    for package in packages:
        if version(package["rust_version"]) > version(declared):
            failures.append(f"{package['name']} {package['version']} needs Rust {package['rust_version']}, we declare {declared}")
    print(f"{len(found)} runtime packages; Rust {declared}, the newest that any locked package declares is "
          f"{max((p['rust_version'] or '0' for p in packages if p['name'] != 'jwe-primitives'), key=version)}")
    sys.exit("\n".join(failures) or 0)


main()
