"""Plants one defect at a time in a copy of this project and expects the tests that are named for it to fail.

    python3 .ci/plant.py --check           every anchor is where it was, every test exists (seconds; in CI)
    python3 .ci/plant.py --list            one line for each defect
    python3 .ci/plant.py                   all of them: a quarter of an hour to half an hour
    python3 .ci/plant.py --only ID...      these
    python3 .ci/plant.py --missing         those that are new or changed since they were planted last
    python3 .ci/plant.py --write           none; writes the table of docs/MUTANTS.md, from the last result of each

The defects are in tests/defects.toml. A text to search for that isn't there exactly once is an error, and so is a
defect that doesn't compile or that no named test notices. Nothing outside of target/plant is changed.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEFECTS = ROOT / "tests/defects.toml"
TABLE = ROOT / "docs/MUTANTS.md"
BEGIN, END = "<!-- planted defects: written by .ci/plant.py -->", "<!-- end of planted defects -->"
WORK = ROOT / "target/plant"
TREE, RESULTS = WORK / "tree", WORK / "results.json"
TEST_SECONDS = 120
KEYS = {"id", "demand", "search", "replace", "tests", "in"}


class Broken(Exception):
    """The data and the sources don't fit each other."""


def project_files():
    """Everything that git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def product_code(text):
    """A source without its unit tests, which stand last."""
    tests = re.search(r"^#\[cfg\(test\)\]\n(?:#\[.*\]\n)*(?:pub\(crate\) )?mod tests \{", text, re.M)
    return text[: tests.start()] if tests else text


def pattern(search):
    """The text, however its words are broken into lines."""
    return re.compile(r"\s+".join(map(re.escape, search.split())))


def place(defect):
    """The file and the span that the defect replaces."""
    found = []
    for path in sorted((ROOT / "src").rglob("*.rs")):
        name = str(path.relative_to(ROOT))
        if defect.get("in", name) == name and path.name not in ("tests.rs", "test_util.rs"):
            matches = pattern(defect["search"]).finditer(product_code(path.read_text(encoding="utf-8")))
            found += [(name, match.span()) for match in matches]
    if len(found) != 1:
        where = ", ".join(name for name, _ in found) or defect.get("in", "src")
        raise Broken(f"{defect['id']}: its text is {len(found)} times in {where}, not once:\n    {defect['search']}")
    return found[0]


def test_command(test):
    """The arguments of `cargo test` for one cited test, and the filter."""
    path, name = test.split("::")
    if path.startswith("src/"):
        return ["--lib"], f"tests::{name}"
    if path.startswith("tests/suite/"):
        return ["--test", "suite"], f"{Path(path).stem}::{name}"
    return ["--test", Path(path).stem], name


def check_test(defect, test):
    path, _, name = test.partition("::")
    file = ROOT / path
    if not (file.is_file() and re.search(rf"\bfn {name}\(", file.read_text(encoding="utf-8"))):
        raise Broken(f"{defect['id']}: there is no test {test}")


def load(only):
    defects = tomllib.loads(DEFECTS.read_text(encoding="utf-8"))["defect"]
    problems, ids = [], set()
    for defect in defects:
        if unknown := set(defect) - KEYS or KEYS - {"in"} - set(defect):
            problems.append(f"{defect.get('id')}: {', '.join(sorted(unknown))}?")
            continue
        if defect["id"] in ids:
            problems.append(f"{defect['id']} is there twice")
        ids.add(defect["id"])
        try:
            defect["place"] = place(defect)
            for test in defect["tests"]:
                check_test(defect, test)
        except Broken as problem:
            problems.append(str(problem))
    problems += [f"no defect {name}" for name in only if name not in ids]
    if problems:
        sys.exit("\n".join(problems))
    return [defect for defect in defects if not only or defect["id"] in only]


def copy_project():
    """A fresh copy; what didn't change keeps its time, so that cargo builds no more than it must."""
    wanted = set(project_files())
    for old in [path for path in TREE.rglob("*") if path.is_file()]:
        if str(old.relative_to(TREE)) not in wanted:
            old.unlink()
    for name in wanted:
        source, copy = ROOT / name, TREE / name
        if not copy.is_file() or copy.read_bytes() != source.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copy)


def cargo(*arguments, seconds=900):
    """`cargo test` in the copy, built in little time: without debug information and hardly optimized."""
    command = ["cargo", "test", "--locked", "--target-dir", str(WORK / "build"), *arguments]
    environment = os.environ | {
        "CARGO_PROFILE_DEV_DEBUG": "0",
        "CARGO_PROFILE_DEV_OPT_LEVEL": "1",
        "RUST_BACKTRACE": "0",
    }
    return subprocess.run(command, cwd=TREE, env=environment, capture_output=True, text=True, timeout=seconds)


def fingerprint(defect):
    """What a result is about."""
    return hashlib.sha256(json.dumps([defect[key] for key in ("search", "replace", "tests")]).encode()).hexdigest()[:16]


def last_results():
    return json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}


def keep_result(defect, outcomes):
    kept = last_results() | {defect["id"]: {"of": fingerprint(defect), "outcomes": outcomes}}
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def last_result(defect):
    kept = last_results().get(defect["id"], {})
    return kept.get("outcomes") if kept.get("of") == fingerprint(defect) else None


def run_test(test):
    """"red", "green", or raises."""
    target, name = test_command(test)
    built = cargo("--no-run", *target)
    if built.returncode != 0:
        errors = re.findall(r"^error.*(?:\n.*)?", built.stderr, re.M)
        raise Broken("doesn't compile: " + " ".join(errors[:1]))
    try:
        result = cargo(*target, "--", name, seconds=TEST_SECONDS)
    except subprocess.TimeoutExpired:
        return "doesn't end"
    ran = re.search(r"test result: (\w+)\. (\d+) passed; (\d+) failed", result.stdout)
    if not ran and result.returncode != 0:
        return "red"  # the process died
    if not ran or int(ran[2]) + int(ran[3]) == 0:
        raise Broken(f"{test} didn't run")
    return "red" if ran[1] == "FAILED" else "green"


def plant(defect):
    """The tests that noticed the defect, and those that didn't."""
    name, (start, end) = defect["place"]
    path = TREE / name
    original = path.read_text(encoding="utf-8")
    path.write_text(original[:start] + defect["replace"] + original[end:], encoding="utf-8")
    try:
        outcomes = {test: run_test(test) for test in defect["tests"]}
    finally:
        path.write_text(original, encoding="utf-8")
    return outcomes


def table(results):
    """The rows of docs/MUTANTS.md."""
    lines = ["| demand | defect | noticed by |", "| --- | --- | --- |"]
    for defect, outcomes in results:
        red = ", ".join(f"`{test}`" for test, outcome in outcomes.items() if outcome != "green")
        noticed = red or ("**nothing**" if outcomes else "not planted yet")
        lines.append(f"| {defect['demand']} | `{defect['id']}` | {noticed} |")
    return lines


def write(results):
    text = TABLE.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    noticed = sum(bool(outcomes) and "green" not in outcomes.values() for _, outcomes in results)
    head = f"{len(results)} defects; {noticed} were planted and noticed by every test that is named for them.\n"
    TABLE.write_text("\n".join([before + BEGIN, "", head, *table(results), "", END + after]), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", nargs="+", default=[], metavar="ID")
    arguments = parser.parse_args()
    defects = load(arguments.only)
    if arguments.list:
        for defect in defects:
            print(f"{defect['id']:45} {defect['place'][0]:20} {defect['demand']}")
    if arguments.list or arguments.check:
        print(f"{len(defects)} defects, each with a place of its own and tests that exist")
        return
    if arguments.write:
        write([(defect, last_result(defect) or {}) for defect in defects])
        return
    if arguments.missing:
        defects = [defect for defect in defects if last_result(defect) is None]
    copy_project()
    problems, begun = [], time.monotonic()
    for defect in defects:
        try:
            outcomes = plant(defect)
        except Broken as problem:
            problems.append(f"{defect['id']}: {problem}")
            print(f"{defect['id']}: {problem}", flush=True)
            continue
        green = [test for test, outcome in outcomes.items() if outcome == "green"]
        problems += [f"{defect['id']}: not noticed by {test}" for test in green]
        keep_result(defect, outcomes)
        print(f"{defect['id']}: {'SURVIVED ' + ', '.join(green) if green else 'noticed'}", flush=True)
    print(f"{len(defects)} defects, {len(problems)} problems, {time.monotonic() - begun:.0f} s")
    sys.exit("\n".join(problems) or 0)


main()
