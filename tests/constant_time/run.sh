#!/usr/bin/env bash
# Four layers of constant-time tests. README.md says what each shows. Linux on x86-64 with valgrind and Python 3.
#
#   run.sh a               memcheck: no branch on and no address from a secret, but for those in allowed.txt
#   run.sh b [SAMPLES]     callgrind: the same instructions for each class; 4 samples of each
#   run.sh c [TUPLES]      time of decode-and-select alone; 1,000,000 tuples, about a minute
#   run.sh d [TUPLES]      time of `decrypt`, end to end; 10,000 tuples, two minutes if nothing else runs
#   run.sh marvin WHO TUPLES FOLDER   times of decryptions by WHO (ours, rsa, josekit) for others' analysis
#   run.sh ci              a, b and c with sizes for a busy machine of two cores
#   run.sh defects         plants each of defects/ into a copy of the crate, and fails if its layer doesn't notice
#
# CARGO_TARGET_DIR is used if it is set. RUSTFLAGS and CARGO_PROFILE_RELEASE_* are too: other backends of aes, polyval
# and sha2, other optimizations.
set -euo pipefail
export RUST_BACKTRACE=0
here=$(cd "$(dirname "$0")" && pwd)
cd "$here"
# Its own, because it builds the crate with other flags.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$here/target}
programs=$CARGO_TARGET_DIR/release

build() {
    if [ "$(uname -sm)" != "Linux x86_64" ]; then
        echo "these tests need Linux on x86-64" >&2
        exit 1
    fi
    RUSTFLAGS="${RUSTFLAGS:-} --cfg jwe_internals" cargo build --quiet --locked --release "$@"
}

layer() {
    printf '\n=== (%s) (%s s)\n' "$1" "$SECONDS"
    case $1 in
        a) python3 taint.py "$programs/taint" "${@:2}" ;;
        b) python3 count.py "$programs/count" "${2:-4}" ;;
        c) "$programs/timing" select "${2:-1000000}" "${LIMIT:-0.5}" ;;
        d) "$programs/timing" decrypt "${2:-10000}" "${LIMIT:-0}" ;;
    esac
}

# The first line of a patch says which layers notice the defect and what they are given: `a: oaep_decode/*`.
defects() {
    local failed=0 patch line layer
    copy=$(mktemp -d)
    trap 'rm -rf "$copy"' EXIT
    tar -C ../.. --exclude=./target --exclude=./.git --exclude=./fuzz --exclude=target -cf - . | tar -C "$copy" -xf -
    export CARGO_TARGET_DIR=$copy/target
    programs=$CARGO_TARGET_DIR/release
    for patch in "$here"/defects/*.patch; do
        patch --quiet --strip 1 --directory "$copy" <"$patch"
        (cd "$copy/tests/constant_time" && build)
        while read -r line; do
            layer=${line%%:*}
            # shellcheck disable=SC2046,SC2086
            if (cd "$copy/tests/constant_time" && layer $layer ${line#*:}) >"$copy/log" 2>&1; then
                echo "NOT NOTICED  $(basename "$patch" .patch) by $layer"
                cat "$copy/log"
                failed=1
            elif grep -q '^FAILED' "$copy/log"; then
                echo "noticed      $(basename "$patch" .patch) by $layer:"
                # Not `head`: it leaves early, and the signal that grep then gets would end this script.
                grep -A 2 -E '^FAILED  |BEYOND' "$copy/log" | sed -n '1,4s/^/    /p' | cut -c 1-250
            else
                cat "$copy/log"
                failed=1
            fi
        done < <(sed -n '/^[abcd]:/p; /^---/q' "$patch")
        patch --quiet --reverse --strip 1 --directory "$copy" <"$patch"
    done
    return $failed
}

case ${1:-} in
    a | b | c | d)
        build
        layer "$@"
        ;;
    ci)
        build
        cargo test --quiet --locked --release --lib
        layer a
        layer b 2
        LIMIT=25 layer c 300000
        ;;
    marvin)
        mkdir -p "$4"
        feature=()
        [ "$2" != josekit ] || feature=(--features josekit)
        build "${feature[@]}"
        "$programs/marvin" "$2" "$3" "$4/timing.csv"
        ;;
    defects) defects ;;
    *)
        sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"
        exit 2
        ;;
esac
