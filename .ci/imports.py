#!/usr/bin/env python3
"""Imports run one way: no file of src/ names a module that src/lib.rs lists after its own."""
import re, sys
from pathlib import Path

SRC = Path(__file__).resolve().parent.parent / "src"
LIB = (SRC / "lib.rs").read_text(encoding="utf-8")
HOME = {name: name for name in re.findall(r"^(?:pub )?mod (\w+);", LIB, re.MULTILINE)} | {"*": "*"}
ORDER = list(HOME)  # `*` comes last: nobody may import all of the crate.
for home, names in re.findall(r"^pub use (\w+)::\{?([^;}]*)", LIB, re.MULTILINE):
    HOME |= dict.fromkeys(re.findall(r"\w+", names), home)
failures = []
for file in sorted(SRC.rglob("*.rs")):
    path = file.relative_to(SRC).with_suffix("").parts
    text = re.sub(r"//.*", "", re.split(r"#\[cfg\(test\)\]\n(?:#.*\n)*.*mod tests \{", file.read_text(encoding="utf-8"))[0])
    for names in re.findall(rf"\b(?:crate::|(?:super::){{{len(path)},}})(\w+|\*|\{{[^;]*)", text):
        failures += [f"src/{'/'.join(path)}.rs imports {used}, which stands below it in src/lib.rs"
                     for used in re.findall(r"(?<![:\w])[\w*]+", names) if used in HOME
                     and path[0] not in ("lib", "internals", "test_util") and path[-1] != "tests"
                     and ORDER.index(HOME[used]) > ORDER.index(path[0])]
sys.exit("\n".join(failures) or 0)
