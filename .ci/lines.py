#!/usr/bin/env python3
"""Compares the line counts in a document with src/: each file has a row, and each row is true. Standard library only.

    python3 .ci/lines.py            # exit status 1 and a list if something is wrong
    python3 .ci/lines.py --write    # corrects the numbers

A line of code is one that isn't blank, isn't only a comment and isn't part of a test module at the end of a file.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The document with the table.
PAGE = next(page for page in sorted((ROOT / "docs").glob("*.md")) if "<!-- lines -->" in page.read_text(encoding="utf-8"))
NAME = PAGE.relative_to(ROOT).as_posix()
TESTS_ONLY = {"src/test_util.rs", "src/rsa_core/tests.rs"}
TEST_MODULE = re.compile(
    r"^#\[cfg\(test\)\]\n(?:#\[[^\n]*\]\n)*(?:pub\(crate\) )?mod tests \{\n.*", re.MULTILINE | re.DOTALL
)
ROW = re.compile(r"^\| (`(src/[\w/]+\.rs)`|\*\*all\*\*) \| (\d+) \|", re.MULTILINE)


def code_lines(path):
    code = TEST_MODULE.sub("", path.read_text(encoding="utf-8"))
    lines = (line.strip() for line in code.splitlines())
    return sum(1 for line in lines if line and not line.startswith("//"))


def main():
    counts = {
        path.relative_to(ROOT).as_posix(): code_lines(path)
        for path in sorted((ROOT / "src").rglob("*.rs"))
    }
    counts = {name: count for name, count in counts.items() if name not in TESTS_ONLY}
    counts[None] = sum(counts.values())  # the row `all`
    page = PAGE.read_text(encoding="utf-8")
    table = re.search(r"<!-- lines -->\n(.*?)<!-- /lines -->", page, re.DOTALL)
    rows = {row[1] or None: int(row[2]) for row in (match.groups() for match in ROW.finditer(table[1]))}
    wrong = [f"{name} has no row in {NAME}" for name in counts if name not in rows]
    wrong += [f"{name} has a row in {NAME} and is gone" for name in rows if name not in counts]
    stale = [name for name in rows if name in counts and rows[name] != counts[name]]
    if "--write" in sys.argv[1:]:
        new = ROW.sub(lambda row: f"| {row[1]} | {counts.get(row[2], row[3])} |", table[1])
        PAGE.write_text(page[: table.start(1)] + new + page[table.end(1) :], encoding="utf-8")
    else:
        wrong += [f"{name or 'all'}: {counts[name]} lines, {NAME} says {rows[name]} (--write)" for name in stale]
    print(f"{len(counts) - 1} files, {counts[None]} lines of code")
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
