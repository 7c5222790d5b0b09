#!/usr/bin/env bash
# What this crate is built from: the packages, licenses and sources that deny.toml allows, and nothing that it or
# docs/DEPENDENCIES.md lists in vain. With --advisories, which need the network: the RustSec database.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

if ! cargo_tool deny "$CARGO_DENY"; then
    skipped "supply chain: no cargo-deny $CARGO_DENY"
    exit 0
fi

if [ "${1:-}" = --advisories ]; then
    # What users get by default, and with other features than `rsa`, has no exception.
    strict=$(mktemp)
    trap 'rm -f "$strict"' EXIT
    sed '/RUSTSEC-/d' deny.toml >"$strict"
    cargo deny --locked --exclude-dev --features aws-lc-rs,wasm_js --config "$strict" check advisories
    cargo deny --locked --all-features check advisories
    exit
fi

# Development dependencies aren't on the list of packages.
cargo deny --locked --all-features --exclude-dev check bans
cargo deny --locked --all-features check licenses sources

built=$(cargo tree --locked --all-features --edges normal,build --target all --prefix none --format '{p}' |
    cut -d ' ' -f 1 | grep -vx jwe-primitives | sort -u)
diff <(sed -n '/^allow = \[$/,/^]/s/^ *"\(.*\)",$/\1/p' deny.toml | grep -vx jwe-primitives | sort) - <<<"$built" ||
    { echo "deny.toml allows (<) what isn't built (>)" >&2; exit 1; }
diff <(sed -n 's/^| `\([^`]*\)` |.*/\1/p' docs/DEPENDENCIES.md | sort) - <<<"$built" ||
    { echo "docs/DEPENDENCIES.md has a row (<) for what isn't built (>), or none" >&2; exit 1; }
