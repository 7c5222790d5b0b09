#!/usr/bin/env bash
# What goes to the registry has what its tests and its documentation include, which the compiler notices, and the links of
# its documents lead somewhere. The tests themselves are those of `cargo test`.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh
target=${CARGO_TARGET_DIR:-$PWD/target}
# With changes that aren't committed, too: the gates run before a commit.
cargo package --locked --allow-dirty --no-verify
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
tar --extract --file "$target/package/jwe-primitives-$version.crate" --directory "$unpacked"
rm -rf "$target/package"
python3 .ci/texts.py "$unpacked/jwe-primitives-$version"
cd "$unpacked/jwe-primitives-$version"
export CARGO_TARGET_DIR=$target
cargo check --locked --lib --tests
RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps
