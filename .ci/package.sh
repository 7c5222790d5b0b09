#!/usr/bin/env bash
# What goes to the registry: it builds, holds what its documents link to, and its tests run from there.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh
target=$(cargo metadata --locked --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
# With changes that aren't committed, too: the gates run before a commit.
cargo package --locked --allow-dirty --no-verify
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
unpacked=$(mktemp -d)
trap 'rm -rf "$unpacked"' EXIT
tar --extract --file "$target/package/jwe-primitives-$version.crate" --directory "$unpacked"
rm -rf "$target/package"
python3 .ci/links.py "$unpacked/jwe-primitives-$version"
cd "$unpacked/jwe-primitives-$version"
export CARGO_TARGET_DIR=$target
cargo test --locked --no-run
suites
cargo test --locked --lib "${suites[@]}"
cargo test --locked --doc
