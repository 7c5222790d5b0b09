#!/usr/bin/env bash
# Every fuzz target for so many seconds, from the committed corpora on. Without OpenSSL's headers all but `differential`.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

if ! have_nightly || ! cargo_tool fuzz "$CARGO_FUZZ" || ! command -v c++ >/dev/null; then
    skipped "fuzzing needs nightly Rust, cargo-fuzz $CARGO_FUZZ and a C++ compiler"
    exit 0
fi
features=()
if pkg-config --exists openssl 2>/dev/null || packages pkg-config libssl-dev; then
    features=(--features differential)
else
    skipped "the fuzz target differential needs pkg-config and libssl-dev"
fi
export NIGHTLY=$nightly
RUSTFLAGS="--cfg fuzzing" cargo clippy --locked --manifest-path fuzz/Cargo.toml --all-targets "${features[@]}" -- -D warnings
fuzz/run.sh "$@"
