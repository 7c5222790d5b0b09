#!/usr/bin/env bash
# Every fuzz target for so many seconds, from the committed corpora on; installs what that needs.
set -euo pipefail
cd "$(dirname "$0")/.."

. .ci/skipped.sh

if ! have_nightly; then
    skipped "fuzzing: no nightly toolchain"
    exit 0
fi
command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz
RUSTFLAGS="--cfg fuzzing" cargo clippy --locked --manifest-path fuzz/Cargo.toml --all-targets -- -D warnings
fuzz/run.sh "$@"
