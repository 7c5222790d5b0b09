#!/usr/bin/env python3
"""Compares ERRORS.md with src/error.rs, both ways: names of all variants, and their texts. Standard library only.

    python3 .ci/errors.py           # exit status 1 and a list if something is wrong
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The heading of a variant: `Name` for Error, `Enum::Name` for the others.
ENUMS = {"Error": "", "KeyError": "KeyError::", "Part": "Part::"}


def code():
    """{heading: text, or None where the variant has none of its own}"""
    source = (ROOT / "src" / "error.rs").read_text(encoding="utf-8").split("\n#[cfg(test)]")[0]
    found = {}
    for enum, prefix in ENUMS.items():
        body = re.search(rf"^pub enum {enum} \{{\n(.*?)^\}}", source, re.MULTILINE | re.DOTALL)
        if not body:
            sys.exit(f"no `pub enum {enum}` in src/error.rs")
        names = re.findall(r"^    (\w+)(?:\([^)]*\))?(?:,| \{)$", body[1], re.MULTILINE)
        impls = re.findall(rf"^impl (?:fmt::Display for )?{enum} \{{\n(.*?)^\}}", source, re.MULTILINE | re.DOTALL)
        # The first name of an arm; a text that several share is the first one's.
        arm = r'Self::(\w+)(?:\(\w+\)| \{[^}]*\})?(?: \| Self::\w+(?:\(\w+\))?)* => \{?\s*(?:write!\(f, )?"((?:[^"\\]|\\.)*)"'
        texts = dict(re.findall(arm, "\n".join(impls)))
        found |= {prefix + name: texts.get(name) for name in names}
    return found


def catalog():
    """{heading: the text quoted below it, or None}"""
    page = (ROOT / "docs" / "ERRORS.md").read_text(encoding="utf-8")
    entries = re.findall(r"^### `([\w:]+)`\n\n(?:> ([^\n]*)\n)?(.*?)(?=^#|\Z)", page, re.MULTILINE | re.DOTALL)
    found, wrong = {}, []
    for name, text, rest in entries:
        if name in found:
            wrong.append(f"{name}: twice in docs/ERRORS.md")
        if not rest.strip():
            wrong.append(f"{name}: docs/ERRORS.md says nothing about it")
        if text and not name.startswith("Part::"):
            wrong += [f"{name}: no **{word}**" for word in ("Means:", "Usually:", "Do:") if f"- **{word}**" not in rest]
        found[name] = text or None
    return found, wrong


def main():
    variants = code()
    entries, wrong = catalog()
    wrong += [f"{name}: not in docs/ERRORS.md" for name in variants if name not in entries]
    wrong += [f"{name}: in docs/ERRORS.md, not in src/error.rs" for name in entries if name not in variants]
    for name, text in variants.items():
        if name in entries and entries[name] != text:
            wrong.append(f"{name}: docs/ERRORS.md has the text {entries[name]!r}, src/error.rs {text!r}")
    print(f"{len(variants)} variants of Error, KeyError and Part")
    sys.exit("\n".join(wrong) or 0)


if __name__ == "__main__":
    main()
