#!/usr/bin/env bash
# Writes an SBOM in CycloneDX's format, of the crate with all its features and of what is built with it, to a file.
#
#   .ci/sbom.sh FILE
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

if ! cargo_tool cyclonedx "$CARGO_CYCLONEDX"; then
    skipped "the SBOM: no cargo-cyclonedx $CARGO_CYCLONEDX"
    exit 0
fi
# It writes next to the manifest, so that it gets a copy; and the copy's path would be in its file.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
copy_to "$copy"
cp Cargo.lock "$copy"
(cd "$copy" && cargo cyclonedx --quiet --format json --spec-version 1.5 --all-features --target all \
    --override-filename sbom)
python3 - "$copy" "$1" <<'PYTHON'
import json, sys

folder, out = sys.argv[1:]
text = open(f"{folder}/sbom.json", encoding="utf-8").read().replace(f"path+file://{folder}", "path+file://.").replace(folder, ".")
bom = json.loads(text)
open(out, "w", encoding="utf-8").write(json.dumps(bom, indent=2) + "\n")
names = {component["name"] for component in bom["components"]}
missing = {"rsa", "aes-gcm", "aws-lc-sys", "zeroize"} - names
sys.exit(f"not in the SBOM: {missing}" if missing or folder in text else print(f"{len(names)} components in {out}"))
PYTHON
