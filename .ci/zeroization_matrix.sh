#!/usr/bin/env bash
# tests/zeroization in the builds that people ship: optimization, link-time optimization, codegen units, assertions,
# versions of dependencies, portable and accelerated ciphers. The crate is a dependency there, as it is for its users.
#
#   .ci/zeroization_matrix.sh --quick | --all [--measure] [--cells REGEX] [TEST]
#
# --measure leaves the stack unzeroized and reports how far down secrets lie: what the sizes in src/stack.rs are for.
# TEST selects tests by name, as for `cargo test`. The table goes to standard output; exits with 1 on any find.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0 RUST_BACKTRACE=0

mode='' measure='' only=. test=''
while [ $# -gt 0 ]; do
    case $1 in
        --quick | --all) mode=$1 ;;
        --measure) measure='--cfg jwe_no_wipe' ;;
        --cells) only=$2; shift ;;
        -*) echo "unknown option $1" >&2; exit 2 ;;
        *) test=$1 ;;
    esac
    shift
done

# name | versions: locked, newest, oldest | profile settings | flags for rustc.
soft='--cfg aes_backend="soft" --cfg polyval_backend="soft" --cfg sha2_backend="soft"'
cells() {
    local level lto units versions
    for level in 0 1 2 3 s z; do
        echo "opt-level $level|locked|opt-level=$level|"
        echo "opt-level $level, debug assertions|locked|opt-level=$level debug-assertions=true overflow-checks=true|"
    done
    echo "1 codegen unit|locked|codegen-units=1|"
    for lto in thin fat; do
        for units in 1 16; do
            echo "$lto LTO, $units codegen units|locked|lto=$lto codegen-units=$units|"
        done
    done
    for level in 1 2 s z; do
        echo "fat LTO, 1 codegen unit, opt-level $level|locked|lto=fat codegen-units=1 opt-level=$level|"
    done
    echo "dev|locked|dev|"
    echo "dev, dependencies optimized|locked|dev package.*.opt-level=3|"
    echo "dev, dependencies and this crate optimized|locked|dev package.*.opt-level=3 package.jwe-primitives.opt-level=3|"
    echo "native CPU|locked||-C target-cpu=native"
    echo "native CPU, fat LTO|locked|lto=fat codegen-units=1|-C target-cpu=native"
    for level in 0 3 s; do
        echo "portable ciphers, opt-level $level|locked|opt-level=$level|$soft"
    done
    echo "portable ciphers, fat LTO|locked|lto=fat codegen-units=1|$soft"
    for versions in newest oldest; do
        echo "$versions, opt-level 0|$versions|opt-level=0|"
        echo "$versions, opt-level 1|$versions|opt-level=1|"
        echo "$versions, opt-level 2|$versions|opt-level=2|"
        echo "$versions, release|$versions||"
        echo "$versions, opt-level s|$versions|opt-level=s|"
        echo "$versions, opt-level z|$versions|opt-level=z|"
        echo "$versions, thin LTO, 16 codegen units|$versions|lto=thin codegen-units=16|"
        echo "$versions, fat LTO, 1 codegen unit|$versions|lto=fat codegen-units=1|"
        echo "$versions, dev|$versions|dev|"
        echo "$versions, dev, dependencies optimized|$versions|dev package.*.opt-level=3|"
        echo "$versions, portable ciphers|$versions||$soft"
        echo "$versions, portable ciphers, opt-level 0|$versions|opt-level=0|$soft"
    done
    echo "newest, native CPU|newest||-C target-cpu=native"
    echo "newest, portable ciphers, fat LTO|newest|lto=fat codegen-units=1|$soft"
}

# What --quick runs.
quick() {
    grep -E '^(opt-level 3|fat LTO, 1 codegen units)\|'
}

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT

# A package that does nothing but run the test, with the crate and what the test needs as dependencies. Of the crate's
# own manifest, profiles and whatever isn't for users are left out: nothing is built that they don't build.
package() {
    local root=$copy/$1
    mkdir -p "$root/crate/tests" "$root/crate/vectors"
    cp -R src README.md "$root/crate/"
    cp -R tests/zeroization "$root/crate/tests/"
    cp vectors/keys.json "$root/crate/vectors/"
    cp Cargo.lock "$root/"
    awk '/^\[/ { skip = /^\[(workspace|profile|lints|dev-dependencies|\[)/ } !skip' Cargo.toml > "$root/crate/Cargo.toml"
    {
        cat <<'END'
[package]
name = "zeroization"
version = "0.0.0"
edition = "2024"
[lib]
path = "lib.rs"
[[test]]
name = "zeroization"
path = "crate/tests/zeroization/main.rs"
[workspace]
members = ["crate"]
[features]
aws-lc-rs = []
[lints.rust]
unexpected_cfgs = { level = "allow", check-cfg = ["cfg(jwe_no_wipe)"] }
[dev-dependencies]
jwe-primitives = { path = "crate" }
END
        grep -E '^(aes-gcm|base64ct|rand_core|sha2|zeroize) = ' Cargo.toml
    } > "$root/Cargo.toml"
    touch "$root/lib.rs"
    case $1 in
        newest) (cd "$root" && newest_versions --quiet) ;;
        oldest) (cd "$root" && lower_versions) ;;
    esac
}

# Builds and runs one cell, and prints its line.
run() {
    local name=$1 versions=$2 settings=$3 flags=$4 profile=release setting key value begin=$SECONDS verdict work
    local arguments=()
    work=$(mktemp -d "$copy/cell.XXXXXX")
    for setting in $settings; do
        if [ "$setting" = dev ]; then
            profile=dev
        else
            key=${setting%=*} value=${setting##*=}
            case $value in fat | thin | s | z) value="\"$value\"" ;; esac
            arguments+=(--config "profile.$profile.${key/\*/\"*\"}=$value")
        fi
    done
    if (cd "$copy/$versions" && RUSTFLAGS="$flags $measure" CARGO_TARGET_DIR=$work/target \
        JWE_ZEROIZATION_REPORT=$work/report cargo test --quiet --profile "$profile" "${arguments[@]}" \
        --test zeroization ${test:+"$test"} > "$work/output" 2>&1) &&
        grep -q '^test result: ok\. [1-9]' "$work/output"; then verdict=passed; else verdict=FAILED; fi
    rm -rf "$work/target"
    touch "$work/report"
    awk -F '\t' -v cell="$name" -v verdict="$verdict" -v seconds=$((SECONDS - begin)) '
        { cases++; finds += $3; if ($5 + 0 > deepest) deepest = $5; if ($6 + 0 > stack) stack = $6 }
        END { printf "%-48s %-7s %6d %6d %9d %9d %5d\n", cell, verdict, cases, finds, deepest, stack, seconds }
    ' "$work/report"
    if [ -n "${REPORTS:-}" ]; then
        mkdir -p "$REPORTS"
        cp "$work/report" "$REPORTS/$name.tsv"
        cp "$work/output" "$REPORTS/$name.txt"
    fi
    if [ "$verdict" = FAILED ]; then
        # Which build, which find, or that no test has this name: enough to go by.
        grep -E -A 3 '^error|^  [a-z].*:$|panicked|; 0 failed; .* filtered out' "$work/output" | head -n 40 >&2
        return 1
    fi
}

case $mode in
    --quick) list=$(cells | quick) ;;
    --all) list=$(cells) ;;
    *) echo "say --quick or --all" >&2; exit 2 ;;
esac
list=$(grep -E "$only" <<< "$list") || { echo "no cell matches $only" >&2; exit 2; }
printf '%-48s %-7s %6s %6s %9s %9s %5s\n' cell verdict cases finds deepest stack s
count=0 bad=0 pids=()
while IFS='|' read -r name versions settings flags; do
    [ -d "$copy/$versions" ] || package "$versions" 2>/dev/null
    # Several at a time: linking uses one processor.
    wait_for_processor
    run "$name" "$versions" "$settings" "$flags" &
    pids+=($!)
    count=$((count + 1))
done <<< "$list"
for pid in "${pids[@]}"; do
    wait "$pid" || bad=$((bad + 1))
done
printf '%s cells, %s failed\n' "$count" "$bad"
[ "$bad" -eq 0 ]
