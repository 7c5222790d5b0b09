#!/usr/bin/env bash
# The tests with the oldest versions that Cargo.toml admits of each direct dependency, and with the newest of all,
# in a copy, so that Cargo.lock stays as it is. With AWS-LC, too.
#
#   .ci/versions.sh [oldest|newest]
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}/versions

root=$PWD copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
copy_to "$copy"
cd "$copy"
# The examples' own requirements aren't what users resolve.
sed -i.bak 's/^members = .*/members = []/' Cargo.toml

run() {
    printf '\n%s versions, %s of them not those of Cargo.lock\n' "$1" \
        "$(git diff --no-index --no-color --unified=0 "$root/Cargo.lock" Cargo.lock | grep -c '^+version')"
    cargo check --locked --lib --no-default-features
    suites
    cargo test --locked --lib "${suites[@]}"
    cargo test --locked --lib "${suites[@]}" --all-features
}

oldest() {
    if ! have_nightly; then
        skipped "the oldest versions of dependencies: no nightly toolchain"
        return
    fi
    cargo "+$nightly" update -Z direct-minimal-versions
    run oldest
}

newest() {
    cp "$root/Cargo.lock" .
    newest_versions
    run newest
}

for which in ${1:-oldest newest}; do
    "$which"
done
