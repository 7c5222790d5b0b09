"""Checks the links of the Markdown files below a folder: each relative one leads to a file and a heading that exist, and
each `[text][label]` has its definition.

    python3 .ci/links.py [FOLDER]     # this repository, or an unpacked package of it

In a package, a link to what isn't packaged must be one of those in UNPACKAGED.
"""

import re
import sys
from pathlib import Path

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
SKIPPED = {"target", "node_modules", ".git"}
# What documents of the package may link to although it is in the repository only.
UNPACKAGED = re.compile(r"(tests|fuzz|benches|examples|supply-chain|\.ci|\.github|\.clusterfuzzlite)/")


def anchors(text):
    found = set()
    for heading in re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE):
        name = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
        found.add(name if name not in found else f"{name}-1")
    return found


def main():
    failures, count = [], 0
    packaged = not (ROOT / ".ci").exists()
    for page in sorted(ROOT.rglob("*.md")):
        if SKIPPED & set(page.relative_to(ROOT).parts):
            continue
        text = page.read_text(encoding="utf-8")
        prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
        labels = set(re.findall(r"^\[([^\]]+)\]: ", prose, re.MULTILINE))
        for label in re.findall(r"\]\[([^\]]+)\]", prose):
            if label not in labels:
                failures.append(f"{page.relative_to(ROOT)}: [{label}] isn't defined")
        for target in re.findall(r"\]\(([^()\s]+)\)|^\[[^\]]+\]: (\S+)", prose, re.MULTILINE):
            target = "".join(target)
            if target.startswith("data:"):
                continue  # a figure, in docs/images.md
            if re.match(r"[a-z]+:|\w+(::\w+)+$|\w+$", target) and not (page.parent / target).exists():
                continue  # an address, or an item that rustdoc links to
            count += 1
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            where = f"{page.relative_to(ROOT)}: {target}"
            if not file.exists():
                if not (packaged and UNPACKAGED.match(file.relative_to(ROOT).as_posix() + "/")):
                    failures.append(f"{where}: no such file")
            elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text(encoding="utf-8")):
                failures.append(f"{where}: no such heading")
    print(f"{count} links between documents")
    sys.exit("\n".join(failures) or 0)


main()
