#!/usr/bin/env bash
# Runs both examples. On Debian and its relatives it installs the software tokens that are missing.
set -euo pipefail
cd "$(dirname "$0")"

missing=()
if command -v apt-get >/dev/null; then
    for package in softhsm2 libnss3; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
fi
if [ "${#missing[@]}" -gt 0 ]; then
    if [ "$(id -u)" -ne 0 ]; then
        echo "Please install ${missing[*]} first, as root: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
fi

cargo build --locked --bins
for example in hsm kms; do
    printf '\n=== %s (%s s)\n' "$example" "$SECONDS"
    cargo run --locked --bin "$example"
done
