#!/usr/bin/env bash
# Counts instructions under callgrind. Reading a hostile text must cost at most 4 times what an ordinary one of the same
# length and shape does, on every processor. Other counts are compared with instructions/baseline.txt: more than 3 %
# away, either way, fails. `--update` writes the baseline. Needs valgrind.
#
# The counts depend on what the processor offers to AES, GHASH, SHA-256 and base64, so the baseline says which
# features it is for; on another processor, or with another compiler, nothing is compared.
set -euo pipefail
cd "$(dirname "$0")/instructions"
. ../../.ci/lib.sh

if ! command -v valgrind >/dev/null; then
    skipped "instruction counts: no valgrind"
    exit 0
fi
target=${CARGO_TARGET_DIR:-$PWD/target}
RUSTFLAGS="--cfg jwe_internals" CARGO_TARGET_DIR=$target/instructions cargo build --locked --release
program=$target/instructions/release/jwe-instructions
out=$(mktemp -d)
trap 'rm -r "$out"' EXIT

count() {
    valgrind --tool=callgrind --callgrind-out-file="$out/callgrind" --toggle-collect="*counted*" \
        "$program" "$1" >"$out/log" 2>&1 || { cat "$out/log" >&2; return 1; }
    sed -n 's/^summary: //p' "$out/callgrind"
}

failed=0
for shape in header header_of_short_names jwk jwk_with_a_long_value key_ops set broken_set; do
    ordinary=$(count "$shape ordinary")
    for style in unicode letters surrogates; do
        hostile=$(count "$shape $style")
        awk -v what="$shape, $style" -v ordinary="$ordinary" -v hostile="$hostile" 'BEGIN {
            failed = !ordinary || !hostile || hostile > 4 * ordinary
            printf "%-34s %10d, ordinary %9d, %6.2f times%s\n", what, hostile, ordinary, ordinary ? hostile / ordinary : 0,
                failed ? ", FAILED" : ""
            exit failed
        }' || failed=1
    done
done
if [ "$failed" = 1 ]; then
    echo "FAILED: hostile text costs more than 4 times ordinary text"
    exit 1
fi

# /proc/cpuinfo isn't asked: valgrind shows programs a processor with less in it.
flags="$(valgrind --tool=none -q "$program" flags), $(rustc --version | cut -d ' ' -f 1,2)"
{
    echo "# $flags"
    for operation in dir_encrypt dir_decrypt parse oaep_decode rsa_decrypt rsa_decrypt_named; do
        echo "$operation $(count "$operation")"
    done
} >"$out/counts"

if [ "${1:-}" = --update ]; then
    cp "$out/counts" baseline.txt
    cat baseline.txt
    exit
fi
if [ "$(head -n 1 baseline.txt)" != "# $flags" ]; then
    unsuitable "instruction counts: nothing was compared, the baseline is for other processor features or another compiler"
    echo "  baseline: $(head -n 1 baseline.txt)" >&2
    echo "  here:     # $flags" >&2
    cat "$out/counts"
    exit 0
fi
awk '
    /^#/ { next }
    NR == FNR { before[$1] = $2; next }
    {
        if (!before[$1] || !$2) { print $1 ": no count"; failed = 1; next }
        change = 100 * ($2 - before[$1]) / before[$1]
        printf "%-18s %8d, baseline %8d, %+.2f %%\n", $1, $2, before[$1], change
        seen++
        if (change > 3 || change < -3) failed = 1
    }
    END { if (failed || seen != 6) { print "FAILED: outside of 3 %. If it is meant to be: benches/instructions.sh --update"; exit 1 } }
' baseline.txt "$out/counts"
