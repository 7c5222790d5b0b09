#!/usr/bin/env bash
# The test suite under AddressSanitizer, which instruments the crate and everything that it depends on.
#
# Left out: tests/zeroization, which reads dead stack and freed memory by design.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

if [ "$(uname -sm)" != "Linux x86_64" ] || ! have_nightly; then
    skipped "AddressSanitizer needs Linux on x86-64 and nightly Rust"
    exit 0
fi
suites
# With a target named, build scripts and procedural macros aren't instrumented.
RUSTFLAGS=-Zsanitizer=address cargo "+$nightly" test --locked --target x86_64-unknown-linux-gnu --lib "${suites[@]}"
