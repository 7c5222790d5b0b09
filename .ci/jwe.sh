#!/usr/bin/env bash
# `jwe` in a pipe, as its help shows it; a rotation as examples/README.md has it; progress at a terminal.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --locked --release -p jwe
jwe=${CARGO_TARGET_DIR:-target}/release/jwe
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$jwe" keygen --bits 2048 --out "$dir/mine.pem" --pub "$dir/mine.pub"
"$jwe" keygen --dir --out "$dir/shared.jwk"
test "$(echo hello | "$jwe" encrypt --key "$dir/mine.pub" | "$jwe" decrypt --key "$dir/mine.pem")" = hello
echo hello | "$jwe" encrypt --dir "$dir/shared.jwk" --param url=/v1 > "$dir/token"
test "$("$jwe" decrypt --dir "$dir/shared.jwk" "$dir/token")" = hello
"$jwe" inspect "$dir/token"
echo request | "$jwe" encrypt --key "$dir/mine.pub" --cek-out "$dir/cek" > "$dir/request"
test "$("$jwe" decrypt --key "$dir/mine.pem" "$dir/request")" = request
echo response | "$jwe" encrypt --dir "$dir/cek" > "$dir/response"
test "$("$jwe" decrypt --cek "$dir/cek" "$dir/response")" = response
if "$jwe" decrypt --key "$dir/mine.pem" "$dir/token"; then
    echo "a dir token opened with an RSA key" >&2
    exit 1
fi
"$jwe" --help > /dev/null

for year in 2025 2026; do
    "$jwe" keygen --bits 2048 --format jwk --kid $year --out "$dir/$year.jwk"
done
"$jwe" jwks "$dir/2025.jwk" "$dir/2026.jwk" > "$dir/served.json"
"$jwe" inspect "$dir/served.json"
(umask 077 && printf '{"keys":[%s,%s]}\n' "$(cat "$dir/2025.jwk")" "$(cat "$dir/2026.jwk")" > "$dir/mine.json")
for year in 2025 2026; do
    echo hello | "$jwe" encrypt --key "$dir/served.json" --kid $year > "$dir/token"
    test "$("$jwe" decrypt --key "$dir/mine.json" "$dir/token")" = hello
done

# The tests skip this where there is no `script`; here it has to be.
head -c 3000000 /dev/zero > "$dir/half"
shown=$(script -qec "{ cat '$dir/half'; sleep 1; cat '$dir/half'; } | '$jwe' encrypt --dir '$dir/shared.jwk' > '$dir/token'" /dev/null)
case $shown in
    *"jwe: reading "*) ;;
    *)
        echo "no progress at a terminal" >&2
        exit 1
        ;;
esac
test "$("$jwe" decrypt --dir "$dir/shared.jwk" "$dir/token" | wc -c)" -eq 6000000
