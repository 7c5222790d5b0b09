#!/usr/bin/env bash
# Live interoperability: installs thirteen other JOSE implementations from the package registries and exchanges
# random tokens with each of them, both ways. See README.md.
#
#   tests/interop/run.sh [--messages N] [--peers a,b] [--seed S] [--write]
#
# Everything is installed and built below $PEERS_WORK, which is used again by the next run.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export PEERS_WORK=${PEERS_WORK:-${XDG_CACHE_HOME:-$HOME/.cache}/jwe-primitives-interop}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PEERS_WORK/ours}

case " $* " in *" -h "* | *" --help "*) exec python3 -B "$here/matrix.py" --help ;; esac
"$here/../../vectors/generate/peers.sh" setup >&2
cargo build --quiet --locked --release --manifest-path "$here/ours/Cargo.toml" >&2
exec python3 -B "$here/matrix.py" "$@"
