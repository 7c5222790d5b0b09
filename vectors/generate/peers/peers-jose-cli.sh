#!/bin/sh
# Debian's jose command (latchset) as an interop peer; needs jq.
#
#   peers-jose-cli.sh make|open < jobs.json
#
# The jobs are as in peers.py.
set -eu
verb=$1
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cat > "$tmp/jobs"

unb64u() { # base64url without padding on stdin
    text=$(tr -- '-_' '+/')
    while [ $((${#text} % 4)) -ne 0 ]; do text="$text="; done
    printf %s "$text" | base64 -d
}
b64u() { base64 -w0 | tr '+/' '-_' | tr -d '='; }

i=0
count=$(jq length "$tmp/jobs")
while [ "$i" -lt "$count" ]; do
    jq ".[$i]" "$tmp/jobs" > "$tmp/job"
    id=$(jq -r .id "$tmp/job")
    case $verb in
    make)
        jq '.key | if .kty == "RSA" then .jwk_public else .jwk end' "$tmp/job" > "$tmp/key"
        jq '{protected: .header}' "$tmp/job" > "$tmp/template"
        jq -r .plaintext_b64 "$tmp/job" | tr -d '\n' | unb64u > "$tmp/plain"
        if jose jwe enc -i "$tmp/template" -I "$tmp/plain" -k "$tmp/key" -c -o "$tmp/token" 2> "$tmp/err"; then
            jq -n --arg id "$id" --rawfile t "$tmp/token" '{id: $id, token: ($t | rtrimstr("\n"))}'
        else
            jq -n --arg id "$id" --rawfile e "$tmp/err" '{id: $id, error: ("jose: " + $e)}'
        fi
        ;;
    open)
        jq '.key | if .kty == "RSA" then .jwk_private else .jwk end' "$tmp/job" > "$tmp/key"
        jq -j .token "$tmp/job" > "$tmp/token"
        if jose jwe dec -i "$tmp/token" -k "$tmp/key" -O "$tmp/plain" 2> "$tmp/err"; then
            b64u < "$tmp/plain" > "$tmp/plain.b64u"
            jq -n --arg id "$id" --rawfile p "$tmp/plain.b64u" '{id: $id, plaintext_b64: $p}'
        else
            jq -n --arg id "$id" --rawfile e "$tmp/err" '{id: $id, error: ("jose: " + $e)}'
        fi
        ;;
    *) echo "verb must be make or open" >&2; exit 2 ;;
    esac
    i=$((i + 1))
done | jq -s .
