#!/usr/bin/env python3
"""Checks docs/THREAT_MODEL.md: each public function of public-api.txt has a row, and each cited test exists. Standard
library only.

    python3 .ci/threat_model.py            # exit status 1 and a list if something is wrong

The first cell of a row names functions as `Type::function`; `*` stands for anything. The last one names a row of a table
of evidence: there, the cell "shown by" cites tests as `file::test`, folders and files by their path, and fuzz targets as
`fuzz NAME`, and the cell "on" has letters that the document explains.
"""

import fnmatch
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/THREAT_MODEL.md"
FIRST, EVIDENCE, SHOWN, ON = "function", "evidence", "shown by", "on"


def public_functions():
    """`Type::function` of each line with `pub fn` or `pub const fn`, without what `derive` writes."""
    found = set()
    derived = {"clone", "eq", "hash"}
    for line in (ROOT / "public-api.txt").read_text(encoding="utf-8").splitlines():
        item = re.match(r"pub (?:const )?fn (.*?)\(", line)
        if item:
            path = re.sub(r"<[^<>]*>", "", re.sub(r"<[^<>]*>", "", item[1]))
            found.add("::".join(path.removeprefix("&'a ").removeprefix("&").split("::")[-2:]))
    return {name for name in found if name.rsplit("::", 1)[-1] not in derived}


def rows(text):
    """(line number, letters of the legend or None, cells by the table's header)"""
    header = None
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if not cells:
            header = None
        elif header is None:
            header = cells
        elif not set(line) <= set("|-: "):
            yield number, header, cells


def is_test(reference):
    """Whether `file::test` is a test, or a function that a test calls."""
    path, _, name = reference.partition("::")
    file = ROOT / path
    if file.is_dir():
        file = file / "main.rs"
    return file.is_file() and re.search(rf"^\s*(?:pub(?:\(\w+\))? )?fn {name}\b", file.read_text(encoding="utf-8"), re.MULTILINE)


def exists(reference):
    if reference.startswith("fuzz "):
        return (ROOT / f"fuzz/fuzz_targets/{reference.removeprefix('fuzz ')}.rs").is_file()
    if "::" in reference:
        return is_test(reference)
    return (ROOT / reference).exists()


def main():
    functions, failures, named, cited = public_functions(), [], set(), set()
    letters, claimed, shown = set(), [], []
    for number, header, cells in rows(PAGE.read_text(encoding="utf-8")):
        where, row = f"docs/THREAT_MODEL.md:{number}", dict(zip(header, cells))
        if len(cells) != len(header) or not all(cells):
            failures.append(f"{where}: {len(cells)} cells of {len(header)}, or an empty one")
        elif header[0] == "letter":
            letters.add(cells[0].strip("*"))
        elif header[0] == FIRST:
            claimed.append(row[EVIDENCE])
            for pattern in re.findall(r"`([^`]+)`", row[FIRST]):
                found = set(fnmatch.filter(functions, pattern))
                named |= found
                if not found:
                    failures.append(f"{where}: no public function {pattern}")
        elif header[0] == EVIDENCE:
            shown.append(row[EVIDENCE])
            references = re.findall(r"`([^`]+)`", row[SHOWN])
            cited |= set(references)
            failures += [f"{where}: no test, file or fuzz target {name}" for name in references if not exists(name)]
            failures += [f"{where}: no letter {letter}" for letter in row[ON].split() if letter not in letters]
            if not references:
                failures.append(f"{where}: nothing shows it")
    failures += [f"docs/THREAT_MODEL.md: no row for {name}" for name in sorted(functions - named)]
    if claimed != shown or len(set(shown)) != len(shown):
        failures.append(f"docs/THREAT_MODEL.md: not one evidence for each row: {sorted(set(claimed) ^ set(shown))}")
    print(f"{len(functions)} public functions, {len(cited)} tests, files and fuzz targets cited")
    sys.exit("\n".join(failures) or 0)


if __name__ == "__main__":
    main()
