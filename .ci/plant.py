#!/usr/bin/env python3
"""Plants the defects of tests/defects.toml in a copy of this project, one at a time, and expects the tests named to fail.

    python3 .ci/plant.py [ID...]    all, or these: about half a minute each
    python3 .ci/plant.py --check    none, but names each text that isn't found once and each test that is gone
"""
import os, re, shutil, subprocess, sys, tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TREE = ROOT / "target/plant/tree"
DEFECTS = tomllib.loads((ROOT / "tests/defects.toml").read_text(encoding="utf-8"))["defect"]


def code(path):
    """A source without its unit tests, which stand last."""
    text = path.read_text(encoding="utf-8")
    return re.split(r"^#\[cfg\(test\)\]\n(?:#\[.*\]\n)*(?:pub\(crate\) )?mod tests \{", text, flags=re.MULTILINE)[0]


def places(defect):
    """Each file of src/ and span that has the text, however its words are broken into lines."""
    pattern = r"\s+".join(map(re.escape, defect["search"].split()))
    for path in sorted((ROOT / "src").rglob("*.rs")):
        name = path.relative_to(ROOT).as_posix()
        if defect.get("in", name) == name and path.name not in ("tests.rs", "test_util.rs"):
            yield from ((name, match.span()) for match in re.finditer(pattern, code(path)))


def target(test):
    """The arguments of `cargo test` that build a test: where it stands, or None."""
    for path in [*(ROOT / "src").rglob("*.rs"), *(ROOT / "tests").rglob("*.rs")]:
        if re.search(rf"#\[test\]\n(?: *#\[.*\n)* *fn {test}\(", path.read_text(encoding="utf-8")):
            top, folder, *_ = path.relative_to(ROOT).with_suffix("").parts
            return ["--lib"] if top == "src" else ["--test", folder]
    return None


def check(defects):
    for defect in defects:
        found = list(places(defect))
        if len(found) != 1:
            yield f"{defect['id']}: {len(found)} times in {defect.get('in', 'src')}, not once: {defect['search']}"
        yield from (f"{defect['id']}: there is no test {test}" for test in defect["tests"] if not target(test))


def copy():
    """A fresh copy; what didn't change keeps its time, so that cargo builds no more than it must."""
    for name in subprocess.check_output(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, text=True).splitlines():
        source, there = ROOT / name, TREE / name
        if source.is_file() and not (there.is_file() and there.read_bytes() == source.read_bytes()):
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, there)


def outcome(test):
    """What a test says of the copy as it is."""
    command = ["cargo", "test", "--locked", "--target-dir", str(TREE.parent / "build"), *target(test)]
    environment = os.environ | {"CARGO_PROFILE_DEV_DEBUG": "0", "CARGO_PROFILE_DEV_OPT_LEVEL": "1"}
    run = {"cwd": TREE, "env": environment, "capture_output": True, "text": True}
    if subprocess.run([*command, "--no-run"], **run).returncode:
        return "doesn't compile"
    # A defect may be an endless loop.
    result = subprocess.run(["timeout", "300", *command, "--", test], **run)
    if result.returncode:
        return "noticed"
    return "SURVIVED" if re.search(r"ok\. [1-9]\d* passed", result.stdout) else "no test ran"


def main():
    ids = set(sys.argv[1:]) - {"--check"}
    chosen = [defect for defect in DEFECTS if not ids or defect["id"] in ids]
    gone = list(check(chosen)) + [f"no defect {name}" for name in ids - {defect["id"] for defect in DEFECTS}]
    if gone or "--check" in sys.argv:
        sys.exit("\n".join(gone) or print(f"{len(DEFECTS)} defects"))
    copy()
    survivors = 0
    for defect in chosen:
        [(name, (start, end))] = places(defect)
        original = (ROOT / name).read_text(encoding="utf-8")
        (TREE / name).write_text(original[:start] + defect["replace"] + original[end:], encoding="utf-8")
        for test in defect["tests"]:
            seen = outcome(test)
            survivors += seen != "noticed"
            print(f"{defect['id']}: {seen}: {test}", flush=True)
        (TREE / name).write_text(original, encoding="utf-8")
    sys.exit(1 if survivors else 0)


main()
