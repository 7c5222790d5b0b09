#!/usr/bin/env bash
# tests/constant_time/run.sh, skipped where it can't run: it needs Linux on x86-64 with valgrind and its header.
#
#   .ci/constant_time.sh LAYER...   `run.sh` with these arguments
#   .ci/constant_time.sh newest     layer (a) with the newest version of each dependency, in a copy
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

if [ "$(uname -sm)" != "Linux x86_64" ] || { ! command -v valgrind && ! packages valgrind; } >/dev/null; then
    skipped "constant time needs Linux on x86-64 and valgrind"
elif [ "$1" = newest ]; then
    copy=$(mktemp -d)
    trap 'rm -rf "$copy"' EXIT
    copy_to "$copy"
    cd "$copy/tests/constant_time"
    newest_versions
    CARGO_TARGET_DIR=$copy/target bash run.sh a
else
    exec bash tests/constant_time/run.sh "$@"
fi
