#!/usr/bin/env python3
"""Compares the tree of dependencies with docs/DEPENDENCIES.md and the README, and `rust-version` with what they declare.

    python3 .ci/dependencies.py            # exit status 1 and a list if something is wrong
    python3 .ci/dependencies.py --write    # corrects all but the reasons, which somebody has to think of

Two tables: what the default features bring on any target, and what the feature `aws-lc-rs` adds.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/DEPENDENCIES.md"
README = ROOT / "README.md"
OURS = "jwe-primitives"


def cargo(*args):
    return subprocess.run(["cargo", *args], check=True, capture_output=True, text=True, cwd=ROOT).stdout


def built(edges, *args):
    """The names and versions of what is built, this crate left out."""
    text = cargo("tree", "--locked", "--edges", edges, "--prefix", "none", "--format", "{p}", *args)
    return {tuple(line.split()[:2]) for line in text.splitlines() if line.strip()} - {(OURS, own_version())}


def own_version():
    return "v" + re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(encoding="utf-8"), re.MULTILINE)[1]


def parents(metadata, names):
    """{package: those that name it, other than for their development}"""
    packages = {package["id"]: package["name"] for package in metadata["packages"]}
    found = {name: set() for name in names}
    for node in metadata["resolve"]["nodes"]:
        for dependency in node["deps"]:
            child = packages[dependency["pkg"]]
            if child in found and any(kind["kind"] != "dev" for kind in dependency["dep_kinds"]):
                found[child].add(packages[node["id"]])
    return {name: sorted(set(by) & (names | {OURS}), key=lambda n: (n != OURS, n)) for name, by in found.items()}


def rows(text, name):
    table = re.search(rf"<!-- {name} -->\n\n?(.*?)\n<!-- /{name} -->", text, re.DOTALL)
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table[1].splitlines()[2:]]
    return {cells[0].strip("`"): cells for cells in lines}, table.span(1)


def version(text):
    return tuple(int(part) for part in (text or "0").split("."))[:2]


def main():
    write = "--write" in sys.argv[1:]
    metadata = json.loads(cargo("metadata", "--locked", "--all-features", "--format-version", "1"))
    packages = {(package["name"], "v" + package["version"]): package for package in metadata["packages"]}
    default = built("normal,build", "--target", "all")
    optional = built("normal,build", "--target", "all", "--all-features") - default
    here = built("normal")
    failures = []

    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    names = {name for name, _ in default | optional}
    named_by = parents(metadata, names)
    for table, expected in (("default", default), ("aws-lc-rs", optional)):
        is_now, span = rows(page, table)
        lines = ["| package | for | why it is there | maintained in |", "| --- | --- | --- | --- |"]
        for name, of_version in sorted(expected):
            repository = (packages[name, of_version]["repository"] or "").removesuffix(".git").rstrip("/")
            repository = re.sub(r"/tree/.*", "", repository)
            maintained = f"[{'/'.join(repository.split('/')[3:5])}]({repository})"
            reason = is_now.get(name, [""] * 4)[2]
            row = [f"`{name}`", ", ".join("this crate" if by == OURS else f"`{by}`" for by in named_by[name]), reason, maintained]
            lines.append("| " + " | ".join(row) + " |")
            if not reason:
                failures.append(f"docs/DEPENDENCIES.md: no reason for {name}")
            elif is_now[name] != row and not write:
                failures.append(f"docs/DEPENDENCIES.md: {name}: {row[1]}; {row[3]} (--write)")
        if not write:
            failures += [f"docs/DEPENDENCIES.md: {name} is gone" for name in sorted(is_now.keys() - {n for n, _ in expected})]
        page = page[: span[0]] + "\n".join(lines) + page[span[1] :]
    if write:
        PAGE.write_text(page, encoding="utf-8")

    readme = README.read_text(encoding="utf-8")
    listed = re.search(r"(<!-- dependencies -->\n```text\n)(.*?)```", readme, re.DOTALL)
    expected = {name for name, _ in here}
    failures += [f"not in the README's list: {name}" for name in sorted(expected - set(listed[2].split()))]
    failures += [f"only in the README's list: {name}" for name in sorted(set(listed[2].split()) - expected)]

    declared = next(p["rust_version"] for p in metadata["packages"] if p["name"] == OURS)
    for package in metadata["packages"]:
        if version(package["rust_version"]) > version(declared):
            failures.append(f"{package['name']} {package['version']} needs Rust {package['rust_version']}, we declare {declared}")
    newest = max((p["rust_version"] or "0" for p in metadata["packages"] if p["name"] != OURS), key=version)
    print(f"{len(here)} packages here, {len(default)} on all targets, {len(optional)} more with aws-lc-rs; "
          f"Rust {declared}, the newest that any locked package declares is {newest}")
    sys.exit("\n".join(failures) or 0)


if __name__ == "__main__":
    main()
