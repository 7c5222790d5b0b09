#!/usr/bin/env python3
"""The links of our documents lead somewhere, and no text has a word for which the house has a better one. With the
name of a folder: the links of the package that is unpacked there."""
import re, subprocess, sys
from pathlib import Path

ROOT, PACKAGE = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve(), len(sys.argv) > 1
# What documents of the package may link to although it is in the repository only.
UNPACKAGED = re.compile(r"(tests|fuzz|benches|examples|proofs|\.ci|\.github|\.clusterfuzzlite)(/|$)")
# A word, and what to write instead.
WORDS = [line.split(" -> ") for line in r"""refus(?:e|es|ed|ing|al|als) -> reject
octets?(?! string| sequence|-stream) -> byte
in front(?: of)? -> before
beside -> next to, with
pass(?:es|ed|ing)? over -> skip
(?:of|by) (?:ours|yours|mine|theirs) -> our, your, their
(?:told|tells?|telling)(?: \w+)? apart -> distinguish, be indistinguishable
taken apart -> parsed, split
wip(?:e|es|ed|ing) -> zeroize
as it came -> unchanged
(?:optimi|recogni|minimi|speciali|initiali|seriali|normali|organi|reali|customi|summari)s(?:e[sd]?|ing|ations?) -> American spelling
(?:behavi|col|fav|hon|neighb)ours?|licences?|catalogues? -> American spelling""".splitlines()]
BAD = re.compile("|".join(rf"(?<![\w-])({word})(?![\w-])" for word, _ in WORDS), re.IGNORECASE)
# Where prose is: in code, comments and the names of functions.
PROSE = {".md": r"(.*)", ".rs": r"//[/!]?(.*)|\bfn (\w+)", ".py": r"(?:^|\s)#(.*)|\bdef (\w+)", ".sh": r"(?:^|\s)#(.*)"}


def words(name, text):
    text = re.sub(r"(?ms)^```.*?^```|`[^`\n]*`", lambda code: "\n" * code[0].count("\n"), text)
    for number, line in enumerate(text.splitlines(), 1):
        for prose in re.findall(PROSE[Path(name).suffix], line):
            # What is in quotation marks is somebody else's.
            for found in BAD.finditer(re.sub(r'"[^"]*("|$)|“[^”]*”', "", "".join(prose)).replace("_", " ")):
                yield f"{name}:{number}: {found[0]}: {WORDS[found.lastindex - 1][1]}"


def anchors(text):
    headings = re.findall(r"^#+ (.*)$", re.sub(r"(?s)```.*?```", "", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line).lower()).replace(" ", "-") for line in headings}


def links(name, text):
    prose = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", text)
    labels = set(re.findall(r"^\[([^\]]+)\]: ", prose, re.MULTILINE))
    yield from (f"{name}: [{label}] isn't defined" for label in re.findall(r"\]\[([^\]]+)\]", prose) if label not in labels)
    for target in re.findall(r"(?:\]\(|^\[[^\]]+\]: )((?![a-z]+:|\w+(?:::\w+)*[)\s])[^()\s]+)", prose, re.MULTILINE):
        path, _, anchor = target.partition("#")
        file = ((ROOT / name).parent / path if path else ROOT / name).resolve()
        if not file.exists() and not (PACKAGE and UNPACKAGED.match(file.relative_to(ROOT).as_posix())):
            yield f"{name}: {target}: no such file"
        elif anchor and file.suffix == ".md" and file.exists() and anchor not in anchors(file.read_text(encoding="utf-8")):
            yield f"{name}: {target}: no such heading"


git = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
listed = ROOT.rglob("*.md") if PACKAGE else map(ROOT.joinpath, subprocess.check_output(git, cwd=ROOT, text=True).splitlines())
files = {file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8") for file in listed if file.suffix in PROSE and file.is_file()}
finds = [find for name, text in files.items() if name.endswith(".md") for find in links(name, text)]
finds += [] if PACKAGE else [find for name, text in files.items() if name != ".ci/texts.py" for find in words(name, text)]
sys.exit("\n".join(finds) or print(f"{len(files)} texts"))
