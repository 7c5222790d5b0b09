#!/usr/bin/env bash
# What this crate is built from: cargo-deny's rules in deny.toml, cargo-vet's audits and exemptions in supply-chain/,
# and an SBOM that can be made. The advisories need the RustSec database, from the network: `--advisories`.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

if [ "${1:-}" = --advisories ]; then
    if ! cargo_tool deny "$CARGO_DENY"; then
        skipped "advisories: no cargo-deny $CARGO_DENY"
        exit 0
    fi
    exec cargo deny --locked check advisories
fi

if cargo_tool deny "$CARGO_DENY"; then
    cargo deny --locked check bans licenses sources
else
    skipped "licenses, duplicates and sources: no cargo-deny $CARGO_DENY"
fi

python3 .ci/vet.py
if cargo_tool vet "$CARGO_VET"; then
    cargo vet check --locked --frozen
else
    skipped "audits and exemptions: no cargo-vet $CARGO_VET"
fi

sbom=$(mktemp)
trap 'rm -f "$sbom"' EXIT
bash .ci/sbom.sh "$sbom"
