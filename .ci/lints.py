#!/usr/bin/env python3
"""Shows that the house rules of [lints] in Cargo.toml and of src/lib.rs fire: for each of them a violation is planted
into a copy of the crate, and clippy must reject each at its line, under its name. Standard library only.

A lint that has no violation here, or a violation whose lint is gone, is an error.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# `pedantic` is a group: one of its lints stands for it.
GROUPS = {"clippy::pedantic": "clippy::many_single_char_names"}
VIOLATIONS = {
    "missing_docs": "pub fn undocumented() {}",
    "unsafe_code": "fn a() { unsafe { core::hint::unreachable_unchecked() } }",
    "unreachable_pub": "mod inner { pub fn b() {} }",
    "unused_qualifications": "use core::cell::Cell; fn c(x: Cell<u8>) -> core::cell::Cell<u8> { x }",
    "missing_debug_implementations": "#[doc = \"\"] pub struct WithoutDebug;",
    "unexpected_cfgs": "#[cfg(never_heard_of)] fn d() {}",
    "clippy::pedantic": "fn e(a: u8, b: u8, c: u8, d: u8) -> bool { let (e, f) = (a, b); e == c && f == d && a == d && b == c }",
    "clippy::unwrap_used": "fn f(x: Option<u8>) -> u8 { x.unwrap() }",
    "clippy::expect_used": "fn g(x: Option<u8>) -> u8 { x.expect(\"\") }",
    "clippy::panic": "fn h() { panic!() }",
    "clippy::unreachable": "fn i() { unreachable!() }",
    "clippy::todo": "fn j() { todo!() }",
    "clippy::unimplemented": "fn k() { unimplemented!() }",
    "clippy::indexing_slicing": "fn l(x: &[u8]) -> u8 { x[0] }",
    "clippy::string_slice": "fn m(x: &str) -> &str { &x[1..] }",
    "clippy::as_conversions": "fn n(x: u32) -> u64 { x as u64 }",
    "clippy::arithmetic_side_effects": "fn o(x: u8, y: u8) -> u8 { x + y }",
    "clippy::dbg_macro": "fn p() { std::dbg!(1); }",
    "clippy::print_stdout": "fn q() { std::println!() }",
    "clippy::print_stderr": "fn r() { std::eprintln!() }",
    "clippy::undocumented_unsafe_blocks": "fn s() { unsafe { core::hint::unreachable_unchecked() } }",
    "clippy::allow_attributes_without_reason": "#[allow(unused_mut)] fn t() {}",
    "clippy::std_instead_of_core": "fn u(x: u8) -> u8 { std::convert::identity(x) }",
    "clippy::std_instead_of_alloc": "fn v() -> std::vec::Vec<u8> { Default::default() }",
    "clippy::alloc_instead_of_core": "fn w(x: u8) -> u8 { alloc::vec::IntoIter::<u8>::default(); alloc::fmt::Error; x }",
}


def lints():
    """The lints that are set: in Cargo.toml, and denied or forbidden in src/lib.rs."""
    tables = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["lints"]
    found = set(tables.pop("rust")) | {f"clippy::{name}" for name in tables.pop("clippy")}
    if tables:
        sys.exit(f"lints of another tool: {', '.join(tables)}")
    library = (ROOT / "src/lib.rs").read_text(encoding="utf-8")
    for names in re.findall(r"#!\[(?:deny|forbid|warn)\(([^)]*)\)\]", library):
        found |= {name.strip() for name in names.split(",")}
    return found


def copy_to(folder):
    for name in ("Cargo.toml", "Cargo.lock", "clippy.toml", "README.md"):
        shutil.copy(ROOT / name, folder)
    for name in ("src", "tests", "examples", "benches", "docs", "vectors"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("target", "node_modules"))


def messages(folder):
    """(lint, file, line) of each error."""
    command = ["cargo", "clippy", "--quiet", "--locked", "--lib", "--message-format", "json"]
    target = os.environ.get("CARGO_TARGET_DIR", ROOT / "target")
    environment = {**os.environ, "CARGO_TARGET_DIR": f"{target}/lints", "RUSTFLAGS": "-D warnings"}
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    for line in run.stdout.splitlines():
        message = json.loads(line).get("message") or {}
        if message.get("level") == "error" and message.get("code"):
            for span in message["spans"]:
                yield message["code"]["code"], span["file_name"], span["line_start"]
        elif message.get("level") == "error" and not re.search(r"aborting due to|could not compile", message["message"]):
            print(message["rendered"], file=sys.stderr)
    if run.returncode == 0:
        sys.exit("nothing was rejected")


def main():
    failures = [f"{name}: no violation in .ci/lints.py" for name in sorted(lints() - VIOLATIONS.keys())]
    failures += [f"{name}: not a lint of this crate" for name in sorted(VIOLATIONS.keys() - lints())]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        copy_to(folder)
        clean = subprocess.run(["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"], cwd=folder,
                               capture_output=True, text=True)
        if clean.returncode:
            sys.exit(clean.stderr)
        lines = ["//! Violations, one a line.", *VIOLATIONS.values()]
        (folder / "src/planted.rs").write_text("\n".join(lines) + "\n", encoding="utf-8")
        with open(folder / "src/lib.rs", "a", encoding="utf-8") as library:
            library.write("\npub mod planted;\n")
        found = set(messages(folder))
    for number, name in enumerate(VIOLATIONS, 2):
        lint = GROUPS.get(name, name)
        if (lint, "src/planted.rs", number) in found:
            print(f"rejected: {name}")
        else:
            others = sorted(code for code, file, line in found if (file, line) == ("src/planted.rs", number))
            failures.append(f"NOT REJECTED: {name}: {VIOLATIONS[name]}" + (f" (only by {', '.join(others)})" if others else ""))
    failures += sorted({f"{file}:{line}: {code}" for code, file, line in found if file != "src/planted.rs"})
    sys.exit("\n".join(failures) or 0)


main()
