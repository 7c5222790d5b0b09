#!/usr/bin/env bash
# The bank and the partner of examples/web: their tests, then the two programs against each other.
set -euo pipefail
cd "$(dirname "$0")/../examples/web"

# What docs/GUIDE.md shows of it is what is there.
python3 - <<'PYTHON'
import re

guide = open("../../docs/GUIDE.md", encoding="utf-8").read()
bank = open("src/bank.rs", encoding="utf-8").read()
functions = re.findall(r"^```rust,ignore\n.*?^(async fn .*?)^```", guide, re.MULTILINE | re.DOTALL)
if not functions or any(function not in bank for function in functions):
    raise SystemExit("docs/GUIDE.md shows something else than examples/web/src/bank.rs")
PYTHON

# Clippy in place of the compiler, so that the dependencies are built once, and warnings are errors.
! command -v clippy-driver >/dev/null || export RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=-Dwarnings__CLIPPY_HACKERY__
cargo test --locked
cargo build --locked --bins
target=${CARGO_TARGET_DIR:-target}/debug
log=$(mktemp)
BANK_TOKEN=a-token "$target/bank" >"$log" &
bank=$!
trap 'kill $bank; rm -f "$log"' EXIT
for _ in $(seq 100); do
    url=$(sed -n 's/^The bank listens on //p' "$log")
    [ -z "$url" ] || break
    sleep 0.2
done
BANK_URL=$url BANK_TOKEN=a-token "$target/partner"
if BANK_URL=$url BANK_TOKEN=another "$target/partner" 2>/dev/null; then
    echo "the bank accepted another bearer token" >&2
    exit 1
fi
