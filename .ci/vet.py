#!/usr/bin/env python3
"""The audits in supply-chain/audits.toml: each says what a search of a package's source shows, and this search is it.

    python3 .ci/vet.py            # each audit is still what the search shows, and none is missing; then `cargo vet`
    python3 .ci/vet.py --write    # writes audits.toml anew, and the exemptions; look at the difference

These audits rest on the search alone; nobody claims to have read the code. They cover the packages that users build. The source is
the one that Cargo.lock has the checksum of.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AUDITS = ROOT / "supply-chain/audits.toml"
CRITERIA = {
    "no-build-code": "There is no build script, and it isn't a procedural macro: nothing of it runs while it is built.",
    "no-unsafe": "The word `unsafe` isn't in its source, but for comments, texts and the names of lints.",
    "no-system-access": "Its source calls nothing foreign (`extern`), has no assembly, and doesn't name the files, "
    "network, processes, environment or threads of `std`.",
}
SYSTEM = re.compile(r"\bstd::(fs|net|process|env|thread|os)\b|\bextern\s*(\"\"|\{|fn)|\b(global_)?asm!")


def cargo(*args):
    return subprocess.run(["cargo", *args], check=True, capture_output=True, text=True, cwd=ROOT).stdout


def without_comments_and_texts(source):
    """Source whose comments are gone and whose texts and characters are empty. Good enough for a search of words."""
    token = r'//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|b?"(?:[^"\\]|\\.)*"|b?\'(?:[^\'\\\n]|\\[^\n]{1,8})\''
    return re.sub(token, lambda match: " " if match[0].startswith("/") else '""', source, flags=re.DOTALL)


def criteria_of(package):
    kinds = {kind for target in package["targets"] for kind in target["kind"]}
    folder = Path(package["manifest_path"]).parent
    roots = {Path(target["src_path"]).parent for target in package["targets"] if {"lib", "rlib"} & set(target["kind"])}
    # Documents that a crate includes hold no code of it.
    files = {file for root in roots for file in root.rglob("*.rs")}
    source = "\n".join(without_comments_and_texts(file.read_text(encoding="utf-8")) for file in sorted(files))
    assert files and folder in next(iter(roots)).parents
    if not kinds & {"custom-build", "proc-macro"}:
        yield "no-build-code"
    if not re.search(r"\bunsafe\b", source):
        yield "no-unsafe"
    if not SYSTEM.search(source):
        yield "no-system-access"


def packages():
    """Those that users build, on any target and with any feature."""
    tree = cargo("tree", "--locked", "--all-features", "--target", "all", "--edges", "normal,build",
                 "--prefix", "none", "--format", "{p}")
    built = {tuple(line.replace(" v", " ").split()[:2]) for line in tree.splitlines() if line}
    metadata = json.loads(cargo("metadata", "--locked", "--all-features", "--format-version", "1"))
    for package in sorted(metadata["packages"], key=lambda package: (package["name"], package["version"])):
        if package["source"] and (package["name"], package["version"]) in built:
            yield package


def text():
    lines = ["", "# Written by .ci/vet.py, which makes this search again each time that the gates run.", ""]
    for name, description in CRITERIA.items():
        lines += [f"[criteria.{name}]", f'description = "{description}"', ""]
    for package in packages():
        found = list(criteria_of(package))
        if found:
            lines += [f'[[audits.{package["name"]}]]', 'who = "a search of the source, .ci/vet.py"',
                      f"criteria = {json.dumps(found)}", f'version = "{package["version"]}"', ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def main():
    new = text()
    if "--write" in sys.argv[1:]:
        AUDITS.write_text(new, encoding="utf-8")
        subprocess.run(["cargo", "vet", "regenerate", "exemptions"], check=True, cwd=ROOT)
        subprocess.run(["cargo", "vet", "fmt"], check=True, cwd=ROOT)
    else:
        import tomllib

        is_now, shown = tomllib.loads(AUDITS.read_text(encoding="utf-8")), tomllib.loads(new)
        # cargo-vet writes one criterion as a text.
        for audit in (audit for audits in is_now["audits"].values() for audit in audits):
            if isinstance(audit["criteria"], str):
                audit["criteria"] = [audit["criteria"]]
        wrong = [f"supply-chain/audits.toml: {name}: the search shows {shown['audits'].get(name)}"
                 for name in sorted(is_now["audits"].keys() | shown["audits"].keys())
                 if is_now["audits"].get(name) != shown["audits"].get(name)]
        if wrong or is_now["criteria"] != shown["criteria"]:
            sys.exit("\n".join(wrong + ["python3 .ci/vet.py --write, and look at the difference"]))
        print(f"{len(shown['audits'])} packages, searched again")


main()
