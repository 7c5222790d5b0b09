#!/usr/bin/env bash
# Builds all fuzz targets, replays each committed corpus and the seeds, and fuzzes on from there for SECONDS (default
# 20) each.
# Exits with 1 on a finding, whose input is then in fuzz/artifacts/TARGET/. The committed corpora stay as they are.
#
#   fuzz/run.sh [SECONDS [TARGET...]]
#
# Needs nightly Rust (or the toolchain that $NIGHTLY names), cargo-fuzz, Python, a C++ compiler; for `differential`,
# which is left out otherwise, libssl-dev and pkg-config.
set -euo pipefail
cd "$(dirname "$0")"

seconds=${1:-20}
shift || true
targets=("$@")
if ! ((${#targets[@]})); then
    mapfile -t targets < <(cargo "+${NIGHTLY:-nightly}" fuzz list)
    if ! pkg-config --exists openssl 2>/dev/null; then
        echo "SKIPPED: differential, without pkg-config or libssl-dev"
        mapfile -t targets < <(printf '%s\n' "${targets[@]}" | grep -vx differential)
    fi
fi

# A run of seconds isn't worth three builds: all targets then have the same options.
short=
[ "$seconds" -ge 60 ] || short=yes

# AddressSanitizer watches what the dependencies do without checks. It makes RSA several times slower.
sanitizer() {
    case $short$1 in
        yes* | decrypt_rsa | der | differential | jwk | round_trip | rsa_core) echo none ;;
        *) echo address ;;
    esac
}

# These two make their numbers from a recipe: what the compiler would report of each comparison, inside of RSA too,
# leads to nothing, and takes half of the time.
compares() {
    case $short$1 in
        decrypt_rsa | rsa_core) echo --no-trace-compares ;;
    esac
}

features() {
    case " ${short:+${targets[*]}} $1 " in *" differential "*) echo --features=differential ;; esac
}

# COMMAND TARGET [ARGUMENT...]: a command of cargo-fuzz with the target's options, so that what is run is what was built.
cargo_fuzz() {
    # shellcheck disable=SC2046
    cargo "+${NIGHTLY:-nightly}" fuzz "$1" $(features "$2") $(compares "$2") --sanitizer "$(sanitizer "$2")" "${@:2}"
}

new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
python3 seeds.py "$new/seeds"
for target in "${targets[@]}"; do
    cargo_fuzz build "$target"
done

# Fuzzes one target and prints its line.
fuzz() {
    local target=$1 log=$new/$1.log result=ok executions
    mkdir "$new/$target"
    # New inputs go to the first folder; the others are read.
    cargo_fuzz run "$target" "$new/$target" "corpus/$target" "$new/seeds/$target" -- \
        -dict=jose.dict -max_total_time="$seconds" -max_len="$([[ $target == header ]] && echo 12400 || echo 4096)" \
        >"$log" 2>&1 || result=FINDING
    executions=$(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$log")
    [ "$result" = ok ] || tail -n 40 "$log"
    printf '%-14s %-8s %10s executions, coverage %s\n' "$target" "$result" "${executions:-?}" \
        "$(grep -o 'cov: [0-9]*' "$log" | tail -n 1 | cut -d' ' -f2)"
    [ "$result" = ok ]
}

# As many at a time as there are processors.
failed=0 pids=()
for target in "${targets[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
        sleep 1
    done
    fuzz "$target" &
    pids+=($!)
done
for pid in "${pids[@]}"; do
    wait "$pid" || failed=1
done
exit "$failed"
