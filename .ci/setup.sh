#!/usr/bin/env bash
# Installs what the gates need next to a Rust toolchain, with CI=true or INSTALL=yes; says what is missing otherwise.
# What can't be had isn't an error here: the gate that needs it is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

packages valgrind pkg-config libssl-dev || true
have_nightly || true
toolchain "$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)" || true
cargo_tool deny "$CARGO_DENY" || true
cargo_tool vet "$CARGO_VET" || true
cargo_tool cyclonedx "$CARGO_CYCLONEDX" || true
cargo_tool public-api "$CARGO_PUBLIC_API" || true
cargo_tool fuzz "$CARGO_FUZZ" || true
