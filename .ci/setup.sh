#!/usr/bin/env bash
# What the gates need beside a Rust toolchain, from Debian's packages.
set -euo pipefail
missing=()
for package in valgrind pkg-config libssl-dev; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}"
fi
