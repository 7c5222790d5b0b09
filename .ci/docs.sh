#!/usr/bin/env bash
# The documentation without a broken link: as it is by default, without features, and as docs.rs builds it.
set -euo pipefail
cd "$(dirname "$0")/.."

export RUSTDOCFLAGS="-D warnings"
cargo doc --locked --no-deps
cargo doc --locked --no-deps --no-default-features
# [package.metadata.docs.rs] has the same words. docs.rs has a nightly compiler; the one that is there does it, too, if it
# is told to be one.
RUSTC_BOOTSTRAP=1 RUSTDOCFLAGS="$RUSTDOCFLAGS --cfg docsrs" cargo doc --locked --no-deps --all-features
