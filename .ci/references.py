#!/usr/bin/env python3
"""What docs/TRACEABILITY.md, docs/THREAT_MODEL.md, docs/ARCHITECTURE.md and SECURITY.md cite exists: functions, tests,
vectors, fuzz targets and files. Each public function has a row in the threat model, each file of src/ one in the reading order."""
import fnmatch, json, re, sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
failures = []


def text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def defines(path, name):
    """Whether a file, or one of a folder, has an item of this name; of `Type::function`, the function."""
    files = sorted((ROOT / path).rglob("*.rs")) if (ROOT / path).is_dir() else [ROOT / path] if (ROOT / path).is_file() else []
    item = rf"\b(?:fn|const|static|struct|enum|trait|type|mod) {name.split('::')[-1]}\b"
    return any(re.search(item, file.read_text(encoding="utf-8")) for file in files)


def names_of_vectors(file):
    """What a vector can be called by: its id, its class, the error of a key."""
    data = json.loads(text(f"vectors/{file}.json"))
    for entry in data.get("vectors") or data["keys"]:
        yield from (entry["id"], entry.get("class", ""), *re.findall(r"^Key\((\w+)", entry.get("expect", "")))


def exists(cited):
    folder, _, rest = cited.partition("/")
    if cited.startswith("fuzz "):
        return (ROOT / f"fuzz/fuzz_targets/{cited[5:]}.rs").is_file()
    if "::" in cited:
        return defines(*cited.split("::", 1))
    return bool(fnmatch.filter(VECTORS[folder], rest)) if folder in VECTORS else any(ROOT.glob(cited.rstrip("/")))


VECTORS = {file: set(names_of_vectors(file)) for file in ("negative", "bad_keys", "good_keys", "accept", "positive")}
CITED = rf"`((?:src|tests|fuzz|benches|docs|vectors|examples|proofs|\.ci)/[^` ]+|fuzz \w+|(?:{'|'.join(VECTORS)})/[^`…]+)[` ]"
count = 0
for page in ("docs/TRACEABILITY.md", "docs/THREAT_MODEL.md", "docs/ARCHITECTURE.md", "SECURITY.md"):
    for number, line in enumerate(text(page).splitlines(), 1):
        for cited in re.findall(CITED, line):
            count += 1
            failures += [] if exists(cited) else [f"{page}:{number}: there is no {cited}"]

# `Type::function`, without what `derive` writes.
public = {"::".join(re.sub(r"<[^<>]*>|&('a )?", "", re.sub(r"<[^<>]*>", "", path)).split("::")[-2:])
          for path in re.findall(r"^pub (?:const )?fn (.*?)\(", text("public-api.txt"), re.MULTILINE)}
rows = re.findall(r"^\| ☐ ([^|]*)\|", text("docs/THREAT_MODEL.md"), re.MULTILINE)
patterns = re.findall(r"`([^`]+)`", " ".join(rows)) + ["*::clone", "*::eq", "*::hash"]
failures += [f"docs/THREAT_MODEL.md: no row for {name}" for name in sorted(public) if not any(fnmatch.fnmatch(name, p) for p in patterns)]
failures += [f"docs/THREAT_MODEL.md: no public function {p}" for p in patterns if not fnmatch.filter(public, p)]
failures += [f"docs/ARCHITECTURE.md: no row for src/{file}" for file in (path.relative_to(ROOT / "src").as_posix()
             for path in sorted((ROOT / "src").rglob("*.rs"))) if f"`src/{file}`" not in text("docs/ARCHITECTURE.md")]
failures += [f"docs/TRACEABILITY.md: no row for the class {name}" for name in sorted(set(re.findall(r'"class": "([^"]*)"',
             text("vectors/negative.json")))) if f"`negative/{name}`" not in text("docs/TRACEABILITY.md")]
sys.exit("\n".join(failures) or print(f"{count} citations, {len(public)} public functions"))
