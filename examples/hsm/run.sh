#!/usr/bin/env bash
# Runs both examples. The software tokens are Debian's packages, installed as root with CI=true or INSTALL=yes.
set -euo pipefail
cd "$(dirname "$0")"

. ../../.ci/lib.sh

# Elsewhere than on Debian and its relatives they are looked for where their packagers put them.
if command -v apt-get >/dev/null && ! packages softhsm2 libnss3; then
    skipped "the private key in an HSM: no softhsm2 or libnss3"
    exit 0
fi

cargo build --locked --bins
for example in hsm kms; do
    printf '\n=== %s (%s s)\n' "$example" "$SECONDS"
    cargo run --locked --bin "$example"
done
