#!/usr/bin/env bash
# Prints the figures of docs/UPSTREAM.md, which is for the maintainers of other crates.
set -euo pipefail
cd "$(dirname "$0")"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}

cargo build --locked --release
echo '## crypto-bigint: exponentiation'
"$CARGO_TARGET_DIR/release/exponentiation"
echo '## rsa: freed blocks'
"$CARGO_TARGET_DIR/release/freed"

# Two releases of one crate that are compatible can't be in one lock file.
echo '## aes'
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -R ../harness "$copy/"
mkdir "$copy/upstream"
cp -R Cargo.toml Cargo.lock src "$copy/upstream/"
versions=(0.9.2 0.9.3 0.9.4)
for version in "${versions[@]}"; do
    cargo update --quiet --manifest-path "$copy/upstream/Cargo.toml" --package aes --precise "$version"
    cargo build --quiet --release --manifest-path "$copy/upstream/Cargo.toml" --target-dir "$copy/$version" --bin aes
done
for _ in 1 2 3; do
    for version in "${versions[@]}"; do
        echo "$version: $("$copy/$version/release/aes")"
    done
done
