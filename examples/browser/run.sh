#!/usr/bin/env bash
# Builds the page and tests it in headless Chromium. The packages of the
# test come from npm. The Rust target and Debian's Chromium are installed with CI=true or INSTALL=yes.
set -euo pipefail
cd "$(dirname "$0")"

. ../../.ci/lib.sh

say() {
    printf '\n--- %s (%s s)\n' "$1" "$SECONDS"
}

say "the page"
if ! have_target wasm32-unknown-unknown; then
    skipped "the page in a browser: no wasm32-unknown-unknown"
    exit 0
fi
target=$(cargo metadata --locked --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')
cargo build --locked --release --package browser --target wasm32-unknown-unknown
cargo run --locked --package bindgen "$target/wasm32-unknown-unknown/release/browser.wasm" page/pkg
printf '%s bytes of WebAssembly, %s compressed\n' \
    "$(wc -c <page/pkg/browser_bg.wasm)" "$(gzip -9c page/pkg/browser_bg.wasm | wc -c)"

say "what the test needs"
if ! command -v npm || ! have_node; then
    skipped "the page in a browser is built, but not tested: no Node 20"
    exit 0
fi
CHROMIUM=${CHROMIUM:-$(command -v chromium || true)}
if [ -z "$CHROMIUM" ] && packages chromium; then
    CHROMIUM=$(command -v chromium || true)
fi
if [ -z "$CHROMIUM" ]; then
    skipped "the page in a browser is built, but not tested: no chromium"
    exit 0
fi
export CHROMIUM
npm ci --no-audit --no-fund

say "the page in $("$CHROMIUM" --version)"
timeout 300 npm test

say "done"
