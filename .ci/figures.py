#!/usr/bin/env python3
"""The figures in the documents: each number that something here can count carries its name, and is what is counted.

    python3 .ci/figures.py                 # exit status 1 and a list if a figure is wrong or carries no name
    python3 .ci/figures.py --write         # corrects them
    python3 .ci/figures.py --list          # the names, with what is counted now
    python3 .ci/figures.py --log FILE...   # compares .ci/measured with what gates printed; --write takes it over

In a document the name stands after the number, which is in digits (with spaces between thousands from 10 000 on) or a
word up to twenty:

    1719<!-- figure: vectors --> vectors, thirteen<!-- figure: peers --> implementations

A number before one of the words in COUNTED without such a name is an error too, in the documents in PAGES.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEASURED = ROOT / ".ci/measured"
PAGES = ["README.md", "SECURITY.md", "CONTRIBUTING.md", "docs/*.md", "fuzz/README.md", "tests/**/README.md",
         "vectors/README.md", "examples/**/README.md"]
WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
eighteen nineteen twenty""".split()
NUMBER = rf"(?:\d[\d  ,]*\d|\d|\b(?:{'|'.join(WORDS)})\b)"
FIGURE = re.compile(rf"({NUMBER})(\*{{0,2}}\s?<!-- figure: ([\w.-]+) -->)", re.IGNORECASE)
# What a document counts, if a number stands before it.
COUNTED = re.compile(
    rf"(?<![\w.<-])({NUMBER})(?:\*\*)?(?: (?:planted|fuzz|other|runtime|named|unit))?"
    r" (vectors|tests|lines of code|packages|implementations|peers|fuzz targets|targets|requirements|violations|executions)\b",
    re.IGNORECASE,
)
# What gates print: (name, pattern of one of their lines).
PRINTED = [
    ("memcheck.cases", r"^(\d+) cases; \d+ places listed"),
    ("memcheck.places", r"^\d+ cases; (\d+) places listed"),
    ("instructions.oaep_decode", r"^ok +oaep_decode, all classes: .* instructions: (\d+)$"),
    ("wasm.cases", r"^in WebAssembly: (\d+) cases ok, 0 failures"),
    *((f"m4.stack.{name}", rf"^{line}: ok, \d+ bytes of heap, (\d+) KiB of stack") for name, line in [
        ("dir", "dir"),
        ("dir_into", "dir in buffers"),
        ("rsa2048", "RSA-OAEP-256, 2048 bits, there and back"),
        ("rsa8192", "RSA-OAEP-256, 8192 bits, there and back"),
        ("generate", "RSA-OAEP-256, 2048 bits, generated, there and back"),
        ("peer", "RSA-OAEP-256 of a peer"),
    ]),
]


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def count(pattern, *globs):
    return sum(len(re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE))
               for one in globs for path in sorted(ROOT.glob(one)))


def vectors(*names):
    files = [json.loads(text(f"vectors/{name}.json")) for name in names]
    return sum(len(file.get("vectors") or file["keys"]) for file in files)


def prints(script, pattern):
    """What a check prints about itself."""
    run = subprocess.run([sys.executable, f".ci/{script}"], cwd=ROOT, capture_output=True, text=True)
    return int(re.search(pattern, run.stdout)[1])


def crates_built(package):
    """How many crates cargo compiles to run this package of the workspace."""
    tree = ["cargo", "tree", "--locked", "--package", package, "--edges", "normal,build", "--prefix", "none"]
    listed = subprocess.run(tree, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return len({line.removesuffix(" (*)") for line in listed.splitlines() if line})


def zeroization_builds():
    """The cells of .ci/zeroization_matrix.sh --all."""
    cells = re.search(r"^cells\(\) \{\n.*?^\}", text(".ci/zeroization_matrix.sh"), re.MULTILINE | re.DOTALL)[0]
    run = subprocess.run(["bash", "-c", f"soft=; {cells}\ncells"], check=True, capture_output=True, text=True)
    return len(run.stdout.splitlines())


def column(page, heading, position):
    """A column of the first table whose header has this word: its numbers."""
    lines = text(page).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("|") and heading in line)
    for line in lines[start + 2 :]:
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if not cells or cells[0].startswith("all together"):
            return
        yield int(re.sub(r"\D", "", cells[position]))


def classes_of_failures():
    """The rows of published failures, but for those of what is legal."""
    table = text("docs/TRACEABILITY.md").split("## Published failures")[1]
    return len([row for row in re.findall(r"^\| (?!Class|---|legal)(.*?) \|", table, re.MULTILINE)])


def dependencies():
    table = tomllib.loads(text("Cargo.toml"))
    default = {name.removeprefix("dep:") for name in table["features"]["getrandom"]}
    return sum(1 for name, value in table["dependencies"].items() if not value.get("optional") or name in default)


COMPUTED = {
    "vectors": lambda: vectors("negative", "bad_keys", "good_keys", "accept", "positive"),
    "vectors.rejected": lambda: vectors("negative", "bad_keys"),
    "vectors.ours": lambda: vectors("negative", "bad_keys", "good_keys", "accept"),
    "vectors.negative": lambda: vectors("negative"),
    "vectors.bad_keys": lambda: vectors("bad_keys"),
    "vectors.good_keys": lambda: vectors("good_keys"),
    "vectors.accept": lambda: vectors("accept"),
    "vectors.positive": lambda: vectors("positive"),
    "tests": lambda: count(r"^\s*#\[test\]$", "src/**/*.rs", "tests/*.rs", "tests/suite/*.rs", "tests/zeroization/*.rs"),
    "tests.unit": lambda: count(r"^\s*#\[test\]$", "src/**/*.rs"),
    "tests.suites": lambda: count(r"^\s*#\[test\]$", "tests/*.rs", "tests/suite/*.rs", "tests/zeroization/*.rs"),
    "lines": lambda: prints("lines.py", r"(\d+) lines of code"),
    "files": lambda: prints("lines.py", r"(\d+) files"),
    "errors": lambda: prints("errors.py", r"(\d+) variants"),
    "requirements": lambda: prints("traceability.py", r"(\d+) requirements with code and tests"),
    "failures": classes_of_failures,
    "packages": lambda: prints("dependencies.py", r"(\d+) packages here"),
    "packages.named": dependencies,
    "packages.aws-lc-rs": lambda: prints("dependencies.py", r"(\d+) more with aws-lc-rs"),
    "crates.wise": lambda: crates_built("wise"),
    "zeroization.builds": zeroization_builds,
    "fuzz.targets": lambda: len(list(ROOT.glob("fuzz/fuzz_targets/*.rs"))),
    "fuzz.executions": lambda: sum(column("fuzz/README.md", "| executions", 2)),
    "peers": lambda: len(set(re.findall(r"^\| ([^|]+) \| [^|]+ \| (?:PyPI|npm|Debian|crates\.io) \|", text("tests/interop/README.md"), re.MULTILINE))),
    "defects.constant_time": lambda: len(list(ROOT.glob("tests/constant_time/defects/*.patch"))),
    "lints": lambda: len(re.findall(r'^    "(?:clippy::)?\w+": "', text(".ci/lints.py"), re.MULTILINE)),
}


def measured():
    lines = (line.split("#")[0].split() for line in MEASURED.read_text(encoding="utf-8").splitlines())
    return {cells[0]: int(cells[1]) for cells in lines if cells}


def differs(name, printed, known):
    """Whether a figure is another one. Instructions vary a little with the compiler's inlining: 3 % are no difference."""
    tolerance = 0.03 if name.startswith("instructions.") else 0
    return known is None or abs(printed - known) > tolerance * known


def compare_logs(logs, write):
    """What gates printed into these files, next to .ci/measured."""
    page, failures = MEASURED.read_text(encoding="utf-8"), []
    printed = "\n".join(Path(log).read_text(encoding="utf-8", errors="replace") for log in logs)
    for name, pattern in PRINTED:
        found = re.findall(pattern, printed, re.MULTILINE)
        if not found:
            continue
        if len(set(found)) > 1:
            failures.append(f"{name}: printed {', '.join(found)}")
        elif differs(name, int(found[-1]), measured().get(name)):
            failures.append(f".ci/measured: {name} is {found[-1]}, not {measured().get(name)}")
            page = re.sub(rf"^{re.escape(name)} \d+", f"{name} {found[-1]}", page, flags=re.MULTILINE)
    if write:
        MEASURED.write_text(page, encoding="utf-8")
        failures = []
    sys.exit("\n".join(failures) or 0)


def value(shown):
    word = shown.lower()
    return WORDS.index(word) if word in WORDS else int(re.sub(r"\D", "", shown))


def written(number, shown):
    """The number in the form in which another one stands there."""
    if shown.lower() in WORDS and number < len(WORDS):
        word = WORDS[number]
        return word.capitalize() if shown[0].isupper() else word
    return f"{number:,}".replace(",", " ") if number >= 10000 else str(number)


def main():
    arguments = sys.argv[1:]
    write = "--write" in arguments
    if "--log" in arguments:
        compare_logs([a for a in arguments if not a.startswith("--")], write)
    known, failures, used = dict(COMPUTED), [], set()
    known |= {name: lambda number=number: number for name, number in measured().items()}
    cache = {}

    def figure(name):
        if name not in cache:
            cache[name] = known[name]()
        return cache[name]

    if "--list" in arguments:
        for name in known:
            print(f"{name:24} {figure(name)}")
        return
    for path in sorted({path for pattern in PAGES for path in ROOT.glob(pattern)}):
        if {"target", "node_modules"} & set(path.relative_to(ROOT).parts):
            continue
        page, where = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()

        def check(match):
            shown, rest, name = match[1], match[2], match[3]
            used.add(name)
            line = page.count("\n", 0, match.start()) + 1
            if name not in known:
                failures.append(f"{where}:{line}: no figure is called {name}")
            elif value(shown) != figure(name):
                if write:
                    return written(figure(name), shown) + rest
                failures.append(f"{where}:{line}: {name} is {written(figure(name), shown)}, not {shown}")
            return match[0]

        new = FIGURE.sub(check, page)
        if write and new != page:
            path.write_text(new, encoding="utf-8")
        prose = re.sub(r"```.*?```", lambda block: "\n" * block[0].count("\n"), new, flags=re.DOTALL)
        for match in COUNTED.finditer(prose):
            line = prose.count("\n", 0, match.start()) + 1
            if value(match[1]) > 2:
                failures.append(f"{where}:{line}: `{match[0]}` carries no name")
    print(f"{len(used)} figures in the documents")
    sys.exit("\n".join(failures) or 0)


if __name__ == "__main__":
    main()
