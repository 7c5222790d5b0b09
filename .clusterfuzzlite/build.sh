#!/bin/bash -eu
# Builds all fuzz targets but `differential`, which needs OpenSSL, into $OUT, each with its seeds and its dictionary.
# Run by OSS-Fuzz's images; `OUT=FOLDER .clusterfuzzlite/build.sh` does the same with a nightly toolchain.
if [ -n "${SRC:-}" ]; then
    cd "$SRC/jwe-primitives/fuzz"
else
    cd "$(dirname "$0")/../fuzz"
fi

cargo ${NIGHTLY:++$NIGHTLY} fuzz build -O --debug-assertions
python3 seeds.py "$OUT/seeds"
for program in fuzz_targets/*.rs; do
    target=$(basename "$program" .rs)
    [ "$target" != differential ] || continue
    cp "target/x86_64-unknown-linux-gnu/release/$target" "$OUT/"
    mkdir -p "$OUT/corpus/$target"
    cp "corpus/$target"/* "$OUT/corpus/$target"
    [ ! -d "$OUT/seeds/$target" ] || cp "$OUT/seeds/$target"/* "$OUT/corpus/$target"
    python3 -m zipfile -c "$OUT/${target}_seed_corpus.zip" "$OUT/corpus/$target"/*
    cp jose.dict "$OUT/$target.dict"
done
rm -r "$OUT/seeds" "$OUT/corpus"
