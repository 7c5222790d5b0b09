#!/usr/bin/env bash
# Installs what several gates need next to a Rust toolchain, with CI=true or INSTALL=yes; says what is missing otherwise.
# What can't be had isn't an error here, but in the gate that needs it. What one gate needs, that gate installs.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

have_nightly || true
packages valgrind pkg-config libssl-dev || true
