#!/usr/bin/env bash
# What this crate is built from: cargo-deny's rules in deny.toml, and a build with the oldest versions that Cargo.toml
# admits. A step whose tool can't be had is skipped, loudly; $SKIPPED_FILE, if set, gets a line for it.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_TERM_COLOR=never
target=$(cargo metadata --locked --no-deps --format-version 1 |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
tools=$target/tools
export PATH="$tools/bin:$PATH"

. .ci/skipped.sh

# The advisories need the RustSec database: users run `cargo deny check advisories` (SECURITY.md).
rules() {
    if ! command -v cargo-deny > /dev/null; then
        CARGO_TARGET_DIR=$tools/build cargo install --locked --root "$tools" --version 0.20.2 cargo-deny ||
            { skipped "cargo-deny could not be installed: licences, duplicates and sources weren't checked"; return; }
        rm -rf "$tools/build"
    fi
    cargo deny --locked check bans licenses sources
}

# Each direct dependency at the oldest version that Cargo.toml admits, in a copy, so that Cargo.lock stays as it is.
oldest() {
    if ! have_nightly; then
        skipped "no nightly toolchain: the oldest versions weren't built"
        return
    fi
    copy=$(mktemp -d)
    trap 'rm -rf "$copy"' EXIT
    tar --create --exclude=target --exclude=./.git --exclude=./fuzz/corpus . | tar --extract --directory "$copy"
    cd "$copy"
    cargo +nightly update -Z direct-minimal-versions
    export CARGO_TARGET_DIR=$target/oldest
    for features in "" --no-default-features "--no-default-features --features getrandom"; do
        printf 'oldest versions: cargo check --lib %s\n' "$features"
        # shellcheck disable=SC2086
        cargo check --locked --lib $features
    done
    # Tests at the oldest versions of what they need, too.
    cargo test --locked --lib
}

rules
oldest
