#!/usr/bin/env python3
"""The house rules that no compiler's lint says, for src/: imports run in one direction, the one of src/lib.rs, functions
are short, and a public one has an example that fits into a page of the documentation. Standard library only."""

import re
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Lines of a function: the median, nine of ten, and the longest.
MEDIAN, NINE_OF_TEN, LONGEST = 5, 15, 40
# Characters of a line in an example: as many as rustdoc shows in a window of 1280 pixels.
LONGEST_IN_EXAMPLE = 95
# A line for each variant, and nothing else.
LISTS = {("src/error.rs", "text")}
TEST_MODULE = re.compile(r"^#\[cfg\(test\)\]\n(?:#\[[^\n]*\]\n)*(?:pub\(crate\) )?mod tests \{\n.*", re.MULTILINE | re.DOTALL)
TESTS_ONLY = {"test_util", "internals"}


def modules():
    """The order of the modules in src/lib.rs."""
    return re.findall(r"^(?:pub )?mod (\w+);", (ROOT / "src/lib.rs").read_text(encoding="utf-8"), re.MULTILINE)


def pages():
    """The documents that src/lib.rs makes pages of the documentation, and README.md, where code is as wide."""
    found = re.findall(r'^ +\w+: "\.\./(\S+)";$', (ROOT / "src/lib.rs").read_text(encoding="utf-8"), re.MULTILINE)
    return [ROOT / name for name in ["README.md", *found]]


def code(path):
    text = TEST_MODULE.sub("", path.read_text(encoding="utf-8"))
    return re.sub(r"//[^\n]*", "", text)


def functions(text):
    """(name, lines from `fn` to the brace that ends it), without those that have no body."""
    lines = text.splitlines()
    for start, line in enumerate(lines):
        item = re.match(r"( *)(?:pub(?:\([\w ]+\))? )?(?:const |unsafe )*fn (\w+)", line)
        if not item:
            continue
        # rustfmt's layout: the header ends in `{`, the body with a brace as deep as `fn`; or all is in one line.
        head = next(i for i in range(start, len(lines)) if lines[i].rstrip().endswith(("{", "}", ";")))
        if lines[head].rstrip().endswith("{"):
            end = next(i for i in range(head, len(lines)) if lines[i] == item[1] + "}")
            yield item[2], sum(1 for line in lines[start : end + 1] if line.strip())
        elif lines[head].rstrip().endswith("}"):
            yield item[2], 1


def without_example(text):
    """Public functions that take an argument or can fail, and whose documentation neither has an example nor says where
    one is."""
    documented = r"((?: *///[^\n]*\n)+)(?: *#\[[^\n]*\n)* *pub (?:const )?fn (\w+)([^;{]*)"
    for documentation, name, signature in re.findall(documented, text):
        simple = re.search(r"\((?:&(?:mut )?|mut )?self,?\s*\)|\(\)", signature) and "-> Result" not in signature
        if not simple and "```" not in documentation and "for an example" not in documentation:
            yield name


def too_wide(path):
    """Lines of examples, numbered, that the documentation shows and that are longer than it is wide."""
    inside = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if path.suffix == ".rs":
            comment = re.match(r"\s*//[/!] ?(.*)", line)
            line, inside = (comment[1], inside) if comment else ("", False)
        if line.startswith("```"):
            inside = not inside
        elif inside and not line.startswith("# ") and len(line) > LONGEST_IN_EXAMPLE:
            yield number


def main():
    order, failures, lengths = modules(), [], []
    # lib.rs says which way: the errors, which import nothing, stand at one end.
    upward = order.index("error") < order.index("encrypt")
    rank = {name: place if upward else -place for place, name in enumerate(order)}
    for path in sorted((ROOT / "src").rglob("*.rs")):
        name = path.relative_to(ROOT / "src").parts[0].removesuffix(".rs")
        where = path.relative_to(ROOT).as_posix()
        if name in ("lib", *TESTS_ONLY) or path.name == "tests.rs":
            continue
        failures += [f"{where}: {name} has no example" for name in without_example(path.read_text(encoding="utf-8"))]
        text = code(path)
        for used in sorted(set(re.findall(r"\bcrate::(\w+)", text)) | imported(text)):
            if used in rank and used != name and used not in TESTS_ONLY and rank[used] > rank[name]:
                failures.append(f"{where}: imports crate::{used}, against the order of src/lib.rs")
        for function, length in functions(text):
            lengths.append(length)
            if length > LONGEST and (where, function) not in LISTS:
                failures.append(f"{where}: {function} has {length} lines, more than {LONGEST}")
    for path in [*sorted((ROOT / "src").rglob("*.rs")), *pages()]:
        failures += [f"{path.relative_to(ROOT)}:{number}: more than {LONGEST_IN_EXAMPLE} characters in an example"
                     for number in too_wide(path)]
    lengths.sort()
    median, most = statistics.median(lengths), lengths[len(lengths) * 9 // 10]
    if median > MEDIAN or most > NINE_OF_TEN:
        failures.append(f"functions have {median} lines (median) and {most} (nine of ten), not {MEDIAN} and {NINE_OF_TEN}")
    print(f"{len(lengths)} functions: median {median} lines, nine of ten at most {most}, longest {lengths[-1]}")
    sys.exit("\n".join(failures) or 0)


def imported(text):
    """The modules of `use crate::{...}`."""
    return {name for group in re.findall(r"use crate::\{(.*?)\};", text, re.DOTALL)
            for name in re.findall(r"(?:^|[,{]\s*|\s)(\w+)(?=::|\s*[,}]|$)", group)}


main()
