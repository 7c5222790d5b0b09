#!/usr/bin/env bash
# Compares the public surface with public-api.txt, so that a change of it is a decision. --update writes it anew.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

if ! have_nightly || ! cargo_tool public-api "$CARGO_PUBLIC_API"; then
    skipped "the public surface needs nightly Rust and cargo-public-api $CARGO_PUBLIC_API"
    exit 0
fi
listing=$(mktemp)
trap 'rm -f "$listing"' EXIT
# With derived impls: a lost one breaks users too. Without the pages that exist in the documentation only.
cargo "+$nightly" public-api --omit blanket-impls,auto-trait-impls | sed '/jwe_primitives::documents/d' >"$listing"
if [ "${1:-}" = --update ]; then
    cp "$listing" public-api.txt
elif ! diff -u public-api.txt "$listing"; then
    echo "The public surface has changed. If it is meant to: .ci/public_api.sh --update, and the CHANGELOG." >&2
    exit 1
fi
