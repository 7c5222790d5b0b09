#!/bin/sh
# Builds the crate and its peers and prints the table of ratios. Arguments: part of a row's name, to run only those.
# Needs a C compiler for AWS-LC and the OpenSSL headers (libssl-dev) for josekit.
set -eu
cd "$(dirname "$0")"
target=${CARGO_TARGET_DIR:-$PWD/target}
CARGO_TARGET_DIR=$target/jose-rs cargo build --locked --release -j1 --manifest-path jose-rs/Cargo.toml
CARGO_TARGET_DIR=$target/peers cargo build --locked --release -j1
[ $# -gt 0 ] || set -- --json results.json
exec "$target/peers/release/jwe-peers" --jose-rs "$target/jose-rs/release/jwe-peer-jose-rs" "$@"
