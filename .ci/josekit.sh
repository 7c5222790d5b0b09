#!/usr/bin/env bash
# The blocks of docs/FROM_JOSEKIT.md in josekit's words: they compile with the josekit that the peers are pinned to.
# Builds below $PEERS_WORK, as the peers do.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

if ! pkg-config --exists openssl 2>/dev/null && ! packages pkg-config libssl-dev; then
    skipped "docs/FROM_JOSEKIT.md in josekit's words: no pkg-config or libssl-dev"
    exit 0
fi
work=${PEERS_WORK:-${XDG_CACHE_HOME:-$HOME/.cache}/jwe-primitives-interop}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
cp -r vectors/generate/peers/peers-rs/. "$copy"
mkdir -p "$copy/examples"
python3 - docs/FROM_JOSEKIT.md "$copy/examples/from_josekit.rs" <<'PYTHON'
import re, sys

page, out = sys.argv[1:]
blocks = re.findall(r"^```rust,ignore\n(.*?)^```", open(page, encoding="utf-8").read(), re.MULTILINE | re.DOTALL)
# What the document says that there is, for each block: keys, bytes, a body, a token.
given = """
public_pem: Vec<u8>, public_jwk: Vec<u8>, private_pem: Vec<u8>, private_jwk: Vec<u8>, bytes: [u8; 32], body: &[u8],
token: String, bank: josekit::jwe::alg::rsaes::RsaesJweEncrypter, mine: josekit::jwe::alg::rsaes::RsaesJweDecrypter,
keys: Vec<josekit::jwe::alg::rsaes::RsaesJweDecrypter>,
""".strip()
# A block goes on where the one before ended: with its imports, too.
imports = sorted(set(re.findall(r"^use .*;$", "\n".join(blocks), re.MULTILINE)))
code = ["#![allow(unused, clippy::all)]"]
for number, block in enumerate(blocks):
    body = re.sub(r"^use .*;\n", "", block, flags=re.MULTILINE)
    code.append(f"fn block_{number}({given}) -> Result<(), Box<dyn std::error::Error>> {{\n{body}\nOk(())\n}}")
code = [code[0], *imports, *code[1:], "fn main() {}"]
open(out, "w", encoding="utf-8").write("\n\n".join(code))
assert blocks
print(f"{len(blocks)} blocks of josekit")
PYTHON
CARGO_TARGET_DIR=$work/target cargo check --quiet --locked --manifest-path "$copy/Cargo.toml" --example from_josekit
