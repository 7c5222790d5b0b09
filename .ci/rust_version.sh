#!/usr/bin/env bash
# What a user may build, tests included, with the oldest Rust that Cargo.toml declares, and the crate with the oldest
# dependencies, too. AWS-LC not, whose C takes minutes.
#
#   .ci/rust_version.sh --newest   AWS-LC, and README's line for edition 2021 with the versions of today
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

oldest=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
if ! toolchain "$oldest"; then
    skipped "no Rust $oldest"
    exit 0
fi
# `1.88` names a toolchain of the newest patch, or one that was installed with its patch.
RUSTUP_TOOLCHAIN=$(rustup toolchain list | sed -n "s/^\(${oldest}[.0-9]*\)-.*/\1/p" | head -n 1)
export RUSTUP_TOOLCHAIN CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}/oldest-rust
if [ "${1:-}" != --newest ]; then
    cargo check --locked --all-targets
    cargo check --locked --no-default-features
    copy=$(mktemp -d)
    trap 'rm -rf "$copy"' EXIT
    copy_alone_to "$copy"
    cd "$copy"
    lower_versions
    cargo check --locked --lib
    cargo check --locked --lib --no-default-features
    exit
fi

cargo check --locked --all-features
# A crate of edition 2021, whose resolver doesn't look at rust-version: README.md has the line that it needs.
user=$(mktemp -d)
trap 'rm -rf "$user"' EXIT
mkdir "$user/src"
echo 'pub use jwe_primitives::Jwe;' >"$user/src/lib.rs"
printf '[package]\nname = "user"\nedition = "2021"\n[dependencies]\njwe-primitives.path = "%s"\n' "$PWD" >"$user/Cargo.toml"
# shellcheck disable=SC2016
line=$(sed -n 's/.*`\(cargo update [^`]*\)`.*/\1/p' README.md | head -n 1)
cd "$user"
cargo generate-lockfile
if cargo check --quiet 2>"$user/log"; then
    echo "without \`$line\` it builds, too: README.md needn't say it" >&2
    exit 1
fi
grep -q "aes@.* requires rustc" "$user/log" || { cat "$user/log" >&2; exit 1; }
$line
cargo check --locked
