#!/usr/bin/env bash
# The first line of each commit has at most 72 characters. Before this check came, 24 were longer.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh

since=b7556c93e0
if ! git merge-base --is-ancestor "$since" HEAD 2>/dev/null; then
    skipped "the subjects of commits: not a clone with its history"
    exit 0
fi
! git log --no-merges --format='%h %s' "$since..HEAD" | LC_ALL=C.UTF-8 grep -E '^[0-9a-f]+ .{73,}$' ||
    { echo "longer than 72 characters" >&2; exit 1; }
