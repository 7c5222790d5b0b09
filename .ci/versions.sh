#!/usr/bin/env bash
# The tests with other versions of the dependencies than those of Cargo.lock, in a copy.
#
#   .ci/versions.sh oldest   of each direct dependency the oldest that Cargo.toml admits; all others stay as they are locked
#   .ci/versions.sh newest   of all the newest of today, with AWS-LC too
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh
# Shared with the other gates, because most versions are.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}

root=$PWD copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
copy_alone_to "$copy"
cd "$copy"

if [ "$1" = oldest ]; then
    lower_versions
else
    newest_versions
fi
printf '\n%s versions, %s of them not those of Cargo.lock\n' "$1" \
    "$(git diff --no-index --no-color --unified=0 "$root/Cargo.lock" Cargo.lock | grep -c '^+version')"
suites
cargo check --locked --lib --no-default-features
cargo test --locked --lib "${suites[@]}"
if [ "$1" = newest ]; then
    cargo test --locked --lib "${suites[@]}" --all-features
else
    cargo check --locked --lib --all-features
fi
