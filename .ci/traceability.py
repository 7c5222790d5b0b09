"""Checks docs/TRACEABILITY.md: what it names exists, once, and what needs a row has one.

A function of a type is named with it, as `file::Type::function`.

    python3 .ci/traceability.py            # exit status 1 and a list if something is wrong
    python3 .ci/traceability.py --write    # first puts right the names for which there is one candidate
"""

import fnmatch
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The classes of published failures. `vectors/negative.json` has all but the last two.
CLASSES = """short tag; tag boundary; IV; CEK length; encrypted key framing; OAEP; RSA1_5; compression bomb;
iteration count; key wrap panic; other modes; sign/encrypt confusion; polyglot; parts; oversize; JSON; crit;
AAD dropped; downgrade of the key; key in the message; base64 malleability; plaintext before its tag; nonce reuse;
weak keys"""

# The sections with MUST, SHOULD, SHALL, REQUIRED or RECOMMENDED or the opposite of one, and those that they refer to.
SECTIONS = {
    "7516": "3.2 4 4.1.1 4.1.2 4.1.3 4.1.6 4.1.13 5.1 5.2 7.2.1 7.2.2 11.5",
    "7518": "2 4.3 4.5 5.3 6.3.1 6.3.1.2 6.3.2 6.3.2.7 6.4 8.4 8.7 8.8",
    "7515": "2 4 4.1.1 4.1.2 4.1.4 4.1.5 4.1.6 4.1.9 4.1.10 4.1.11 10.6 10.12 10.13",
    "8725": "3.1 3.2 3.3 3.4 3.5 3.6 3.7 3.8 3.9 3.10 3.11 3.12",
    "8017": "7.1.1 7.1.2",
    "7517": "2 4 4.1 4.3 4.5 4.6 4.7 4.8 4.9 5 7 8.1.1 8.2.1 8.3.1 8.4.1 8.5.1 9.2",
    "7638": "3.1 3.2 3.3",
}
REQUIREMENTS, FAILURES = ["Section", "Word", "Requirement", "Where", "Tests"], ["Class", "Vectors", "Tests besides"]
REFERENCE = re.compile(
    r"`((?:src|tests)/[\w/]+\.rs)::([\w:<>]+)`"
    r"|`(negative|bad_keys|good_keys|accept|positive)/([^`…]+)`(?: \((\d+)\))?"
)


def read(file):
    data = json.loads((ROOT / f"vectors/{file}.json").read_text(encoding="utf-8"))
    return data.get("vectors") or data["keys"]


def names_of(entry):
    """What a vector can be called by: its id, its class, the error of a key."""
    names = {entry["id"], entry.get("class"), *re.findall(r"^Key\((\w+)", entry.get("expect", ""))}
    return names - {None}


def vectors():
    files = ("negative", "bad_keys", "good_keys", "accept", "positive")
    return {file: [names_of(entry) for entry in read(file)] for file in files}


class Sources:
    """Rust files: the names of their tests, and the names of their other functions and constants with their type."""

    def __init__(self):
        self.files = {}

    def items(self, path):
        if path not in self.files:
            file = ROOT / path
            self.files[path] = self.read(file.read_text(encoding="utf-8")) if file.is_file() else None
        return self.files[path]

    @staticmethod
    def read(text):
        """Two lists, so that a name which two items have is there twice. A method is `Type::method`."""
        tests, others, attributes = [], [], []
        in_tests, owner, header = False, None, None
        for raw in text.splitlines():
            line, indent = raw.strip(), len(raw) - len(raw.lstrip())
            in_tests |= re.match(r"(pub(\(crate\))? )?mod tests \{", line) is not None
            if header is None and re.match(r"(?:pub(?:\([\w ]+\))? )?(?:unsafe )?(?:impl\b|trait \w)", line):
                header, outer = "", indent
            if header is not None:
                header += line + " "
                if "{" in line:
                    owner, header = (owner_of(header), outer), None
                    if line.endswith("{}"):
                        owner = None
                continue
            if owner and line == "}" and indent == owner[1]:
                owner = None
            item = re.match(r"(?:pub(?:\([\w ]+\))? )?(?:const |unsafe )*(?:fn|const|static) (\w+)", line)
            if item and "#[test]" in attributes:
                tests.append(item[1])
            elif item and not in_tests:
                # A function inside a function has no type.
                direct = owner and indent == owner[1] + 4
                others += [f"{name}::{item[1]}" for name in owner[0]] if direct else [item[1]]
            if line.startswith("#["):
                attributes.append(line)
            elif line and not line.startswith("//"):
                attributes = []
        return tests, others


def owner_of(header):
    """The names of the type that an `impl` is for, or of a trait: `Type`, and `Type<Of>` where that is another type."""
    header = re.sub(r"^(pub(\([\w ]+\))? )?(unsafe )?", "", header.split("{")[0].split(" where ")[0])
    header = re.sub(r"^trait ", "", re.sub(r"^impl(<[^>]*(?:<[^>]*>[^>]*)*>)? ", "", header))
    subject = re.sub(r"&|\bmut\b|\bdyn\b|'\w+,? ?|<>|:\s.*| ", "", header.split(" for ")[-1])
    plain = re.sub(r"<.*", "", subject).split("::")[-1]
    of = re.search(r"<(\w{2,})>$", subject)
    return [plain, f"{plain}<{of[1]}>"] if of else [plain]


class Checker:
    def __init__(self):
        self.sources, self.vectors, self.failures = Sources(), vectors(), []
        self.tests, self.functions, self.named_vectors = set(), set(), set()

    def fail(self, place, text):
        self.failures.append(f"docs/TRACEABILITY.md:{place}: {text}")

    def check(self, place, cell, allowed):
        """Checks each name in a cell. Returns how many there are that may be there."""
        references = list(REFERENCE.finditer(cell))
        for match in references:
            path, name, file, pattern, count = match.groups()
            if path:
                self.check_item(place, path, name, allowed)
            else:
                self.check_vectors(place, file, pattern, count)
        loose = re.sub(r"`[^`]*`", lambda span: "" if REFERENCE.match(span[0]) else span[0], cell)
        if allowed != "any" and re.search(r"::|(negative|bad_keys|good_keys|accept|positive)/", loose):
            self.fail(place, f"a name that can't be read: {loose.strip()}")
        return len(references)

    def check_item(self, place, path, name, allowed):
        items = self.sources.items(path)
        if items is None:
            self.fail(place, f"no file {path}")
            return
        tests, others = items
        count = {"tests": tests, "code": others, "any": tests + others}[allowed].count(name)
        if count > 1:
            self.fail(place, f"{name} names {count} items in {path}")
        elif count == 1:
            (self.tests if name in tests else self.functions).add((path, name))
        else:
            what = {"tests": "test", "code": "function or constant", "any": "item"}[allowed]
            alike = sorted({other for other in others if other.split("::")[-1] == name})
            self.fail(place, f"no {what} {name} in {path}" + "".join(f"; write {other}?" for other in alike))

    def check_vectors(self, place, file, pattern, count):
        found = [i for i, names in enumerate(self.vectors[file]) if fnmatch.filter(names, pattern)]
        self.named_vectors.update((file, i) for i in found)
        if not found:
            self.fail(place, f"no vector {file}/{pattern}")
        elif count and int(count) != len(found):
            self.fail(place, f"{len(found)} vectors {file}/{pattern}, not {count}")


def tables(text):
    """Every row: line number, heading above, the table's header, cells."""
    heading, header = "", None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            heading = line.lstrip("# ")
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if not cells:
            header = None
        elif header is None:
            header = cells
        elif not set(line) <= set("|- "):
            yield number, heading, header, cells


def sections_of(heading, cell):
    """The sections that a row is about, as pairs of an RFC's number and a section's."""
    rfc, sections = "".join(re.findall(r"^RFC (\d+)", heading)), []
    cell = re.sub(r"steps? [\w.]+(?:(?:, | to )[\w.]+)*", "", cell)
    for word, number in re.findall(r"(RFC )?((?:\d+\.)*\d+)", cell):
        if word:
            rfc = number
        else:
            sections.append((rfc, number))
    return sections


def corrected(text):
    """The text with each name that is gone put right, where exactly one item has its last part: in that file, or else
    in all of `src/` and `tests/`."""
    sources = Sources()
    files = [path.relative_to(ROOT).as_posix() for top in ("src", "tests") for path in (ROOT / top).rglob("*.rs")]

    def correct(match):
        path, name = match[1], match[2]
        here = sum(sources.items(path) or ([], []), [])
        if here.count(name) == 1:
            return match[0]
        last = name.split("::")[-1]
        top = path.split("/")[0]
        for places in ([path] if here else [], [file for file in files if file.startswith(top)]):
            found = [(p, n) for p in places for n in sum(sources.items(p), []) if n.split("::")[-1] == last]
            exact = [(p, n) for p, n in found if n == name]
            for candidates in (exact, found):
                if len(candidates) == 1:
                    return "`{}::{}`".format(*candidates[0])
            if found:
                break
        return match[0]

    return re.sub(r"`((?:src|tests)/[\w/]+\.rs)::([\w:<>]+)`", correct, text)


def main():
    checker = Checker()
    if "--write" in sys.argv[1:]:
        page = ROOT / "docs/TRACEABILITY.md"
        page.write_text(corrected(page.read_text(encoding="utf-8")), encoding="utf-8")
    text = (ROOT / "docs/TRACEABILITY.md").read_text(encoding="utf-8")
    counts, words, classes, covered = {}, {}, {}, set()
    for number, heading, header, cells in tables(text):
        if len(cells) != len(header):
            checker.fail(number, f"{len(cells)} cells in a table of {len(header)}")
        elif header == REQUIREMENTS:
            section, word, _, where, tests = cells
            sections = sections_of(heading, section)
            covered.update(sections)
            name = f"RFC {sections[0][0]}" if sections else heading
            counts[name] = counts.get(name, 0) + 1
            words[word] = words.get(word, 0) + 1
            for cell, allowed in ((where, "code"), (tests, "tests")):
                if checker.check(number, cell, allowed) == 0:
                    checker.fail(number, f"no {allowed} for {name} section {section}")
        elif header == FAILURES:
            if checker.check(number, cells[1], "tests") + checker.check(number, cells[2], "tests") == 0:
                checker.fail(number, f"nothing for {cells[0]}")
            if cells[0] in classes:
                checker.fail(number, f"{cells[0]} has a row already")
            classes[cells[0]] = cells[1]
        else:
            if header[0].startswith("Section"):
                covered.update(sections_of(heading, cells[0]))
                counts[heading] = counts.get(heading, 0) + 1
            checker.check(number, " ".join(cells), "any")
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            checker.check(number, line, "any")

    expected = {name.strip() for name in CLASSES.replace("\n", " ").split(";")}
    known = {entry["class"] for entry in read("negative")}
    for name in sorted(known - expected):
        checker.fail("published failures", f"the class {name} of negative.json isn't in the list of this script")
    for name in sorted(expected | known):
        if name not in classes:
            checker.fail("published failures", f"no row for {name}")
        elif name in known and f"`negative/{name}`" not in classes[name]:
            checker.fail("published failures", f"the row for {name} doesn't name its class")
    for rfc, sections in SECTIONS.items():
        for section in sections.split():
            if (rfc, section) not in covered:
                checker.fail("requirements", f"no row for RFC {rfc} section {section}")

    for name, count in counts.items():
        print(f"{count:4} rows: {name}")
    print(f"{sum(words.values()):4} requirements with code and tests: "
          + ", ".join(f"{count} {word}" for word, count in sorted(words.items(), key=lambda item: -item[1])))
    print(f"{len(classes):4} rows of published failures and of what is legal")
    print(f"{len(checker.functions):4} functions, {len(checker.tests)} tests and {len(checker.named_vectors)} of "
          f"{sum(map(len, checker.vectors.values()))} vectors are named")
    sys.exit("\n".join(checker.failures) or 0)


main()
