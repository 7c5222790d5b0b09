#!/usr/bin/env bash
# Shows that the house rules of [lints] fire: each line below, put into a copy of the crate, must be refused.
set -euo pipefail
cd "$(dirname "$0")/.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
tar --create --exclude=target Cargo.toml Cargo.lock clippy.toml README.md src tests examples benches vectors |
    tar --extract --directory "$copy"
export CARGO_TARGET_DIR=$PWD/target/lints
violation() {
    cp -r src "$copy"
    printf '%s\n' "$2" >> "$copy/src/error.rs"
    if cargo clippy --quiet --locked --manifest-path "$copy/Cargo.toml" --lib -- -D warnings > "$copy/log" 2>&1; then
        echo "NOT REFUSED: $1" >&2
        exit 1
    fi
    # rustc and clippy name a lint with underscores or hyphens, as they like.
    tr - _ < "$copy/log" | grep -q -e "$1" || { cat "$copy/log"; echo "refused, but not by $1" >&2; exit 1; }
    echo "refused: $1"
}
violation unwrap_used 'pub(crate) fn bad(x: Option<u8>) -> u8 { x.unwrap() }'
violation expect_used 'pub(crate) fn bad(x: Option<u8>) -> u8 { x.expect("") }'
violation panic 'pub(crate) fn bad() { panic!() }'
violation indexing_slicing 'pub(crate) fn bad(x: &[u8]) -> u8 { x[0] }'
violation as_conversions 'pub(crate) fn bad(x: u32) -> u64 { x as u64 }'
violation arithmetic_side_effects 'pub(crate) fn bad(x: u8, y: u8) -> u8 { x + y }'
violation unsafe_code 'pub(crate) fn bad() { unsafe { core::hint::unreachable_unchecked() } }'
violation missing_docs 'impl Error { pub fn bad(self) {} }'
violation print_stdout 'pub(crate) fn bad() { std::println!() }'
violation allow_attributes_without_reason '#[allow(dead_code)] pub(crate) fn bad() {}'
violation todo 'pub(crate) fn bad() { todo!() }'
violation std_instead_of_core 'pub(crate) fn bad(x: u8) -> u8 { std::convert::identity(x) }'
