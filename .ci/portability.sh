#!/usr/bin/env bash
# Where there is no operating system: linked for a Cortex-M4 and run on QEMU's, built for WebAssembly and run by Node.
# With a WASI in between, Node runs the test suite itself, but for the tests that want processes, threads or sockets.
set -euo pipefail
cd "$(dirname "$0")/.."

. .ci/lib.sh

say() {
    printf '\n--- %s (%s s)\n' "$1" "$SECONDS"
}

workspace=$PWD/tests/portability
built=$(cargo metadata --locked --no-deps --format-version 1 --manifest-path "$workspace/Cargo.toml" |
    sed 's/.*"target_directory":"\([^"]*\)".*/\1/')

say "Cortex-M4: thumbv7em-none-eabi"
if have_target thumbv7em-none-eabi; then
    # The crate alone, both without features and with what `std`-free code may ask for.
    cargo build --locked --no-default-features --target thumbv7em-none-eabi --release
    # A program, so that it is linked: whatever needs an operating system would be missing.
    (cd "$workspace" && cargo build --locked --release -p portability-embedded --target thumbv7em-none-eabi)
    if command -v qemu-system-arm || packages qemu-system-arm; then
        timeout 300 qemu-system-arm -M mps2-an386 -nographic -monitor none \
            -semihosting-config enable=on,target=native \
            -kernel "$built/thumbv7em-none-eabi/release/portability-embedded"
    else
        skipped "the program for Cortex-M4 is linked, but not run: no qemu-system-arm"
    fi
else
    skipped "Cortex-M4: no thumbv7em-none-eabi"
fi

node=
if have_node; then
    node=yes
fi

say "WebAssembly: wasm32-unknown-unknown"
if have_target wasm32-unknown-unknown; then
    # The randomness of a browser: what an application there builds.
    (cd "$workspace" && cargo build --locked --release -p portability-wasm --target wasm32-unknown-unknown \
        --features wasm_js)
    # The randomness of run.mjs.
    (cd "$workspace" && RUSTFLAGS='--cfg getrandom_backend="custom"' \
        cargo build --locked --release -p portability-wasm --target wasm32-unknown-unknown)
    if [ "$node" ]; then
        node "$workspace/wasm/run.mjs" "$built/wasm32-unknown-unknown/release/portability_wasm.wasm"
    else
        skipped "WebAssembly is built, but not run: no Node 20"
    fi
else
    skipped "WebAssembly: no wasm32-unknown-unknown"
fi

say "the test suite in WebAssembly: wasm32-wasip1"
if [ -z "$node" ]; then
    skipped "the test suite in WebAssembly: no Node 20"
elif ! have_target wasm32-wasip1; then
    skipped "the test suite in WebAssembly: no wasm32-wasip1"
else
    # Left out: zeroization (reads its own stack, which WebAssembly keeps elsewhere),
    # fuzz_corpora (catches panics, which end a program there). By name: threads, and 20 000 RSA encryptions.
    CARGO_TARGET_WASM32_WASIP1_RUNNER="node --no-warnings --no-turbo-fast-api-calls $workspace/wasm/wasi.mjs" \
        cargo test --locked --release --target wasm32-wasip1 --lib \
        --test suite --test allocations -- \
        --skip keys_are_shared_between_threads --skip ten_thousand_messages
fi

say "done"
