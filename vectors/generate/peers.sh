#!/usr/bin/env bash
# Makes vectors/positive.json: tokens from independent JOSE implementations.
#
#   vectors/generate/peers.sh            install the peers, make all tokens, check, write positive.json
#   vectors/generate/peers.sh setup      install the peers only
#   vectors/generate/peers.sh cross      let every peer open every vector of positive.json
#   vectors/generate/peers.sh run PEER make|open    one peer, jobs on standard input (after setup)
#   vectors/generate/peers.sh list       the names of the peers
#
# Everything is installed and built below $PEERS_WORK (a fresh temporary folder
# when unset; never inside the repository). The tokens are random: a run
# changes the whole of positive.json.
#
# Needs python3 with venv, node and npm, cargo, a C compiler, and the Debian
# packages named below, which it installs as root with CI=true or INSTALL=yes.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
peers=$here/peers
positive=$here/../positive.json
verb=${1:-all}

if [ -z "${PEERS_WORK:-}" ]; then
    if [ "$verb" = run ]; then
        echo "run needs PEERS_WORK, the folder of an earlier setup" >&2
        exit 2
    fi
    PEERS_WORK=$(mktemp -d)
    echo "PEERS_WORK=$PEERS_WORK" >&2
fi
work=$(realpath -m "$PEERS_WORK")
case $work/ in "$(realpath "$here/../..")"/*)
    echo "PEERS_WORK must be outside the repository" >&2
    exit 2 ;;
esac
mkdir -p "$work"
python=$work/venv/bin/python

# Debian 12: jose 11-2+deb12u1, libcrypt-jwt-perl 0.034-1, librhonabwy-dev 1.1.11-1
debian="jose jq libcrypt-jwt-perl librhonabwy-dev libssl-dev pkg-config gcc libc6-dev python3-venv"

setup() {
    # shellcheck source=../../.ci/lib.sh
    . "$here/../../.ci/lib.sh"
    # shellcheck disable=SC2086
    packages $debian >&2 || exit 3

    [ -x "$python" ] || python3 -m venv "$work/venv"
    "$python" -m pip install -q --disable-pip-version-check --require-hashes -r "$peers/requirements.txt" >&2

    mkdir -p "$work/node"
    cp "$peers/package.json" "$peers/package-lock.json" "$work/node/"
    (cd "$work/node" && npm ci --no-audit --no-fund --loglevel=error >&2)

    gcc -O1 -Wall -o "$work/peers-rhonabwy" "$peers/peers-rhonabwy.c" \
        $(pkg-config --cflags --libs librhonabwy liborcania jansson)

    mkdir -p "$work/peers-rs"
    cp -r "$peers/peers-rs/." "$work/peers-rs/"
    (cd "$work/peers-rs" && CARGO_TARGET_DIR=$work/target cargo build -q --locked -j "${PEERS_JOBS:-1}" >&2)
}

run() { # peer verb
    case $1 in
    jwcrypto | joserfc | authlib | python-jose | jwskate) "$python" "$peers/peers.py" "$1" "$2" ;;
    panva-jose | node-jose) PEERS_NODE_MODULES=$work/node/node_modules node "$peers/peers.mjs" "$1" "$2" ;;
    jose-cli) sh "$peers/peers-jose-cli.sh" "$2" ;;
    crypt-jwt) perl "$peers/peers.pl" "$2" ;;
    rhonabwy) "$work/peers-rhonabwy" "$2" ;;
    josekit | jose-rs | jose4rs) "$work/target/debug/peers-rs" "$1" "$2" ;;
    *)
        echo "no peer $1" >&2
        exit 2 ;;
    esac
}

make_all() {
    local results=$work/results
    rm -rf "$results"
    mkdir -p "$results"
    for peer in $("$python" "$peers/vectors.py" peers); do
        "$python" "$peers/vectors.py" jobs "$peer" | run "$peer" make > "$results/$peer.json"
    done
    "$python" "$peers/vectors.py" merge "$results" "$positive"
}

cross() {
    local results=$work/cross
    mkdir -p "$results"
    "$python" "$peers/vectors.py" open-jobs "$positive" > "$results/jobs.json"
    for peer in $("$python" "$peers/vectors.py" peers); do
        run "$peer" open < "$results/jobs.json" > "$results/$peer.open.json"
    done
    "$python" "$peers/vectors.py" cross "$results" "$positive"
}

case $verb in
all) setup; make_all ;;
setup) setup ;;
cross) [ -x "$python" ] || setup; cross ;;
run) run "$2" "$3" ;;
list) [ -x "$python" ] || setup; "$python" "$peers/vectors.py" peers ;;
*) sed -n '2,14p' "$0" >&2; exit 2 ;;
esac
