#!/usr/bin/env bash
# The test suite under AddressSanitizer, which instruments the crate and everything that it depends on.
#
# Left out: tests/zeroization, which reads dead stack and freed memory by design.
set -euo pipefail
cd "$(dirname "$0")/.."

. .ci/lib.sh

target=x86_64-unknown-linux-gnu
if [ "$(uname -sm)" != "Linux x86_64" ]; then
    skipped "AddressSanitizer: $(uname -sm)"
    exit 0
fi
if ! have_nightly; then
    skipped "AddressSanitizer: no nightly toolchain"
    exit 0
fi

suites
# With a target named, build scripts and procedural macros aren't instrumented.
export RUSTFLAGS=-Zsanitizer=address
cargo "+$nightly" test --locked --target "$target" --lib "${suites[@]}"
cargo "+$nightly" test --locked --target "$target" -p jwe
