#!/usr/bin/env bash
# The documentation without a broken link: as it is by default, without features, and as docs.rs builds it.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps
RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --no-default-features
# [package.metadata.docs.rs] has the same words.
if have_nightly; then
    RUSTDOCFLAGS="-D warnings --cfg docsrs" cargo "+$nightly" doc --locked --no-deps --all-features \
        --target-dir "${CARGO_TARGET_DIR:-target}/docsrs"
else
    echo "NOT PINNED: no nightly toolchain; as docs.rs does, but with $(rustc --version)"
    RUSTC_BOOTSTRAP=1 RUSTDOCFLAGS="-D warnings --cfg docsrs" cargo doc --locked --no-deps --all-features \
        --target-dir "${CARGO_TARGET_DIR:-target}/docsrs"
fi
