#!/usr/bin/env python3
"""Finds words in our texts for which the house style has better ones. Standard library only.

    python3 .ci/words.py            # exit status 1 and the places if there are any
    python3 .ci/words.py --list     # the words, and what to write instead

It reads Markdown, Rust, Python and shell, names of functions included: `_` counts as a space. Quotations in "double
quotes" in comments and documents are left alone, and so are names of vectors, such as `iv-with-1-zero-behind`.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUFFIXES = {".md", ".rs", ".py", ".sh"}
# This file, and what a script writes from the words of others.
SKIPPED = {".ci/words.py", "docs/MUTANTS.md"}

WORDS = [
    # (pattern, what to write instead)
    (r"refus(?:e|es|ed|ing|al|als)", "reject"),
    (r"octets?(?! string| sequence|-stream)", "byte"),
    (r"in front(?: of)?", "before"),
    (r"beside", "next to, with"),
    (r"pass(?:es|ed|ing)? over", "skip"),
    (r"(?:of|by) (?:ours|yours|mine|theirs)", "our, your, their"),
    (r"(?:told|tell|tells|telling)(?: \w+)? apart", "distinguish, be indistinguishable"),
    (r"taken apart", "parsed, split"),
    (r"behind(?! (?:a |an |one |PKCS|that server|`Arc`|the (?:same|feature|server|crate)))", "after"),
    (r"wip(?:e|es|ed|ing)", "zeroize"),
    (r"as it came", "verbatim, unchanged"),
    (r"all told", "in total"),
    (r"by a door|doors", "entry point"),
    (r"answers?", "response, result"),
    (r"\w+ s (?=\w)", "no possessive in a name", "_s_"),
    (r"(?:optimi|recogni|minimi|speciali|initiali|seriali|normali|organi|reali|customi|summari)s(?:e|es|ed|ing|ation|ations)",
     "American spelling: -ize"),
    (r"behaviours?|colours?|favours?|licences?|catalogues?|honours?|neighbours?", "American spelling"),
]
# Not ours to change: names in code, other people's words, and meanings of a word that are fine.
ALLOWED = re.compile(
    r"jwe_no_wipe|(?:left|leaves?|leaving)[ _]behind|OctetString\w*|octet_string|OCTET STRING|application/octet-stream"
    r"|answers? (?:a|one|these|the) questions?|Questions and the commands that answer them|To answer"
)
CONTRACTION = re.compile(r"\w+n't\b|\bit's\b")


def patterns():
    for pattern, instead, *raw in WORDS:
        yield re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE), instead, bool(raw)


def texts():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in listed.split("\0"):
        path = ROOT / name
        if name not in SKIPPED and path.is_file() and (path.suffix in SUFFIXES or name == ".ci/run"):
            yield name, path.read_text(encoding="utf-8")


def without_quotations(line, name):
    """In prose, what is in quotation marks is a quotation; in code, it may be our own text. The texts in the generators of
    the vectors are data: they are in vectors/*.json."""
    suffix = Path(name).suffix
    if name.startswith("vectors/generate/"):
        line = re.sub(r"""(?<!")"(?!"")(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""", '""', line)
    comment = {".rs": r"^\s*//", ".md": "", ".py": r"^\s*#", ".sh": r"^\s*#"}.get(suffix, r"^\s*#")
    # A quotation may go on in the next line.
    return re.sub(r'"[^"]*(?:"|$)|“[^”]*”', '""', line) if re.search(comment, line) else line


def main():
    if "--list" in sys.argv[1:]:
        for pattern, instead, *_ in WORDS:
            print(f"{pattern}\n    {instead}")
        return
    finds, files = [], 0
    for name, text in texts():
        files += 1
        for number, line in enumerate(text.splitlines(), 1):
            line = ALLOWED.sub("", without_quotations(line, name))
            spaced = line.replace("_", " ")
            for pattern, instead, raw in patterns():
                if raw:
                    match = re.search(r"\b[a-z]\w*_s(?=_|\b)", line)
                else:
                    match = pattern.search(spaced)
                if match:
                    finds.append(f"{name}:{number}: {match[0]}: {instead}")
            if name == "src/error.rs" and re.search(r'"[^"]*(?:n\'t|it\'s)\b', line):
                finds.append(f"{name}:{number}: no contraction in an error text")
    print(f"{files} texts, {len(finds)} finds")
    sys.exit("\n".join(finds) or 0)


if __name__ == "__main__":
    main()
