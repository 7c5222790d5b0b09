#!/usr/bin/env bash
# tests/constant_time/run.sh, skipped where it can't run: it needs Linux on x86-64 with valgrind and its header.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

if [ "$(uname -sm)" != "Linux x86_64" ]; then
    skipped "constant time: $(uname -sm)"
elif ! command -v valgrind >/dev/null; then
    skipped "constant time: no valgrind"
else
    exec bash tests/constant_time/run.sh "$@"
fi
