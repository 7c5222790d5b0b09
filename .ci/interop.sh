#!/usr/bin/env bash
# Other implementations, both ways: skipped where they can't be had. The arguments are those of tests/interop/run.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

if ! have_node; then
    skipped "no Node 20 with npm"
    exit 0
fi
status=0
PEERS_WORK=${PEERS_WORK:-${XDG_CACHE_HOME:-$HOME/.cache}/jwe-primitives-interop} vectors/generate/peers.sh setup || status=$?
if [ "$status" = 3 ]; then
    skipped "packages of Debian 12 are missing"
    exit 0
fi
[ "$status" = 0 ]
exec bash tests/interop/run.sh "$@"
