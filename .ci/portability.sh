#!/usr/bin/env bash
# Where there is no operating system: linked for a Cortex-M4 and run on QEMU's, built for WebAssembly and run by Node.
# With a WASI in between, Node runs the test suite itself, but for the tests that want processes, threads or sockets.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

workspace=$PWD/tests/portability
built=${CARGO_TARGET_DIR:-$workspace/target}

printf '\n--- Cortex-M4: thumbv7em-none-eabi\n'
if have_target thumbv7em-none-eabi; then
    # A program, so that it is linked: whatever needs an operating system would be missing.
    (cd "$workspace" && cargo build --locked --release -p portability-embedded --target thumbv7em-none-eabi)
    if command -v qemu-system-arm >/dev/null || packages qemu-system-arm; then
        timeout 300 qemu-system-arm -M mps2-an386 -nographic -monitor none \
            -semihosting-config enable=on,target=native \
            -kernel "$built/thumbv7em-none-eabi/release/portability-embedded"
    else
        # apt knows the package and would remove others for it.
        unsuitable "the program for Cortex-M4 is linked, but not run: no qemu-system-arm"
    fi
else
    skipped "no thumbv7em-none-eabi"
fi

node=
! have_node || node=yes

printf '\n--- WebAssembly: wasm32-unknown-unknown\n'
if have_target wasm32-unknown-unknown; then
    # With the randomness of JavaScript, as users build it; then with that of run.mjs.
    cargo check --locked --lib --target wasm32-unknown-unknown --features wasm_js
    cargo check --locked --lib --target wasm32-unknown-unknown --no-default-features --features std,wasm_js
    (cd "$workspace" && RUSTFLAGS='--cfg getrandom_backend="custom"' \
        cargo build --locked --release -p portability-wasm --target wasm32-unknown-unknown)
    if [ "$node" ]; then
        node "$workspace/wasm/run.mjs" "$built/wasm32-unknown-unknown/release/portability_wasm.wasm"
    else
        skipped "WebAssembly is built, but not run: no Node 20"
    fi
else
    skipped "no wasm32-unknown-unknown"
fi

printf '\n--- the test suite in WebAssembly: wasm32-wasip1\n'
if [ -z "$node" ] || ! have_target wasm32-wasip1; then
    skipped "the test suite in WebAssembly needs Node 20 and wasm32-wasip1"
else
    # Left out: zeroization (reads its own stack, which WebAssembly keeps elsewhere), fuzz_corpora (catches panics, which
    # end a program there). By name: threads, and 20 000 RSA encryptions.
    suites fuzz_corpora
    export CARGO_TARGET_WASM32_WASIP1_RUNNER="node --no-warnings --no-turbo-fast-api-calls $workspace/wasm/wasi.mjs"
    # Without std, so that this is the portable base64.
    wasi=(cargo test --locked --release --target wasm32-wasip1 --no-default-features --features getrandom)
    "${wasi[@]}" --no-run --lib "${suites[@]}"
    # A program there has one thread, so two of them run at a time.
    log=$(mktemp)
    trap 'rm -f "$log"' EXIT
    "${wasi[@]}" --lib >"$log" 2>&1 &
    lib=$!
    "${wasi[@]}" "${suites[@]}" -- --skip keys_are_shared_between_threads --skip ten_thousand_messages
    wait "$lib" || { cat "$log"; exit 1; }
    cat "$log"
fi
