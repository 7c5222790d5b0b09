#!/bin/sh
# Builds the crate and its peers and prints the table of ratios. Arguments: part of a row's name, to run only those.
# With ENGINE=aws-lc-rs, the crate takes its other engine.
# Needs a C compiler for AWS-LC and the OpenSSL headers (libssl-dev) for josekit.
set -eu
cd "$(dirname "$0")"
target=${CARGO_TARGET_DIR:-$PWD/target}
CARGO_TARGET_DIR=$target/jose-rs cargo build --locked --release -j1 --manifest-path jose-rs/Cargo.toml
CARGO_TARGET_DIR=$target/peers cargo build --locked --release -j1 ${ENGINE:+--features $ENGINE}
[ $# -gt 0 ] || set -- --json "results${ENGINE:+-$ENGINE}.json"
exec "$target/peers/release/jwe-peers" --jose-rs "$target/jose-rs/release/jwe-peer-jose-rs" "$@"
