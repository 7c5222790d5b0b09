#!/usr/bin/env bash
# Every fuzz target for so many seconds, from the committed corpora on. Without OpenSSL's headers all but `differential`.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

if ! have_nightly; then
    skipped "fuzzing: no nightly toolchain"
    exit 0
fi
if ! cargo_tool fuzz "$CARGO_FUZZ"; then
    skipped "fuzzing: no cargo-fuzz $CARGO_FUZZ"
    exit 0
fi
if ! command -v c++ >/dev/null; then
    skipped "fuzzing: no C++ compiler"
    exit 0
fi
features=()
if pkg-config --exists openssl 2>/dev/null || packages pkg-config libssl-dev; then
    features=(--features differential)
else
    skipped "the fuzz target differential: no pkg-config or libssl-dev"
fi
export NIGHTLY=$nightly
RUSTFLAGS="--cfg fuzzing" cargo clippy --locked --manifest-path fuzz/Cargo.toml --all-targets "${features[@]}" -- -D warnings
fuzz/run.sh "$@"
