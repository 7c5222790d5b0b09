#!/usr/bin/env bash
# The proofs of docs/PROOFS.md. Four to ten minutes on two cores; with --all an hour or two.
#
#   .ci/proofs.sh [--all]
#
# It needs Debian's coq, a Python that can install tests/proofs/requirements.txt, and for compiled code Linux on x86-64.
# What a missing tool leaves unproved is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

all=()
[ "${1:-}" != --all ] || all=(--all)
here=$PWD/tests/proofs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() {
    printf '\n--- %s (%s s)\n' "$1" "$SECONDS"
}

build() {
    (cd "$here" && RUSTFLAGS="--cfg jwe_internals" cargo build --quiet --locked --release "$@")
}

# Runs the commands that come in as lines, as many at once as there are processors. One that fails doesn't stop others.
at_once() {
    tr '\n' '\0' | xargs -0 -P "$(nproc)" -I '{}' bash -c '{}'
}

# Each theorem is proved without an axiom, and those that the source cites exist.
bounds() {
    cp "$here/bounds.v" "$work"
    # It leaves files where it runs.
    cd "$work"
    coqc bounds.v
    sed -nE 's/^ *(Theorem|Lemma) ([A-Za-z0-9_]+).*/\2/p' "$here/bounds.v" >"$work/names"
    {
        echo 'Require Import bounds.'
        sed 's/.*/Print Assumptions &./' "$work/names"
    } >"$work/assumptions.v"
    coqc assumptions.v >assumptions
    local theorems closed name
    theorems=$(wc -l <"$work/names")
    closed=$(grep -cx 'Closed under the global context' "$work/assumptions" || true)
    if [ "$theorems" = 0 ] || [ "$closed" != "$theorems" ]; then
        cat "$work/assumptions"
        echo "bounds.v: $closed of $theorems theorems are closed" >&2
        exit 1
    fi
    for name in $(grep -rhoE 'bounds\.v::[A-Za-z0-9_]+' "$here/../../src" | sed 's/.*:://'); do
        grep -qx "$name" "$work/names" || { echo "bounds.v has no theorem $name" >&2; exit 1; }
    done
    echo "proved: $theorems theorems, each closed"
}

# Whether Python has angr in its versions, by now; sets $python.
have_angr() {
    python=$TOOLS/proofs/bin/python
    if [ ! -x "$python" ] && may_install; then
        python3 -m venv "$TOOLS/proofs" || return 1
    fi
    [ -x "$python" ] || { echo "missing: angr, in $TOOLS/proofs"; return 1; }
    local pip=("$python" -m pip --quiet --disable-pip-version-check)
    if may_install && ! cmp --silent "$here/requirements.txt" "$TOOLS/proofs/requirements.txt"; then
        "${pip[@]}" install --requirement "$here/requirements.txt" || return 1
        cp "$here/requirements.txt" "$TOOLS/proofs"
    fi
    cmp --silent "$here/requirements.txt" "$TOOLS/proofs/requirements.txt"
}

compiled() {
    local library=$here/target/release/libcompiled.so bits step
    local thumb=$here/target/thumbv7em-none-eabi/release/compiled-thumb
    build --package proofs-compiled --lib
    if have_target thumbv7em-none-eabi; then
        build --package proofs-compiled --bin compiled-thumb --target thumbv7em-none-eabi
    else
        skipped "OAEP on a Cortex-M4: no thumbv7em-none-eabi"
        thumb=
    fi
    # The longest first.
    for step in decode encode; do
        [ ! "$thumb" ] || echo "$python $here/oaep.py $thumb $step 2048"
        for bits in 8192 4096 3072 2048; do
            echo "$python $here/oaep.py $library $step $bits"
        done
    done >"$work/commands"
    {
        echo "$python $here/conversions.py ${all[*]} $library"
        cat "$work/commands"
        echo "$python $here/words.py $library"
    } | at_once
}

say "the readers, exhaustively"
build --package proofs-exhaustive
"$here/target/release/exhaustive" "${all[@]}"
if [ "${all[*]}" ]; then
    build --package proofs-exhaustive --no-default-features --target-dir "$here/target/no_std"
    "$here/target/no_std/release/exhaustive" base64url
fi

say "bounds"
coq=yes
if command -v coqc >/dev/null || packages coq; then
    (bounds)
else
    skipped "bounds: no coqc"
    coq=
fi

say "compiled code"
if [ "$(uname -sm)" != "Linux x86_64" ]; then
    skipped "compiled code: $(uname -sm)"
elif have_angr; then
    compiled
    say "planted defects"
    [ ! "$coq" ] || "$python" "$here/planted.py" "${all[@]}"
else
    skipped "compiled code: no angr"
fi

say "done"
