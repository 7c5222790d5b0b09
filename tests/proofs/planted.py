"""Plants one defect of defects.toml at a time in a copy of the project, and expects its proof to be refuted.

    planted.py [--all] [ID...]     those that the gate plants, all of them, or these
    planted.py --check             none, but fails if a defect's text isn't found once

The programs are built one after another; then the proofs run, one on each processor. Exit status 1: a proof holds
although a defect was planted, or fails for another reason.
"""

import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EXHAUSTIVE = ("base64url", "split", "hex", "json", "header")


def copy_project(target):
    """What git knows or would add, but for the fuzzing corpora."""
    listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True)
    for name in listed.stdout.decode().split("\0"):
        if name and not name.startswith("fuzz/corpus/") and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)


def changed(defect, text):
    """The text with the defect. Its place is in the code without unit tests, and found however lines are broken."""
    pattern = r"\s*".join(re.escape(word) for word in defect["search"].split())
    found = list(re.finditer(pattern, text.split("\n#[cfg(test)]\nmod tests")[0].split("\n#[cfg(test)]\n#[allow")[0]))
    if len(found) != 1:
        sys.exit(f"{defect['id']}: its text is {len(found)} times in {defect['in']}, not once")
    return text[: found[0].start()] + defect["replace"] + text[found[0].end() :]


def build(copy, defect):
    """Builds what the proof is about, and returns where a copy of it is."""
    proofs, kept = copy / "tests/proofs", copy / "built" / defect["id"]
    kept.parent.mkdir(exist_ok=True)
    if defect["proof"] == "bounds":
        kept.mkdir()
        shutil.copy(proofs / "bounds.v", kept)
        return kept
    exhaustive = defect["proof"] in EXHAUSTIVE
    package = "proofs-exhaustive" if exhaustive else "proofs-compiled"
    kind = "--bins" if exhaustive else "--lib"
    # What isn't changed stays compiled.
    environment = os.environ | {"RUSTFLAGS": "--cfg jwe_internals", "CARGO_TARGET_DIR": str(copy / "target"), "CARGO_INCREMENTAL": "1"}
    subprocess.run(["cargo", "build", "--quiet", "--locked", "--release", "--package", package, kind], cwd=proofs, check=True,
                   env=environment, capture_output=True)
    shutil.copy(copy / "target/release" / ("exhaustive" if exhaustive else "libcompiled.so"), kept)
    return kept


def command(defect, built):
    step = defect["proof"].split()
    if defect["proof"] == "bounds":
        return ["coqc", "bounds.v"]
    if step[0] == "oaep":
        return [sys.executable, str(HERE / "oaep.py"), "--replay", str(built), step[1], "2048"]
    if defect["proof"] in EXHAUSTIVE:
        return [str(built), defect["proof"]]
    return [sys.executable, str(HERE / f"{step[0]}.py"), str(built)]


def refuted(defect, built):
    """Runs the proof. Returns what it says, and whether it says that something is refuted."""
    folder = built if built.is_dir() else built.parent
    run = subprocess.run(command(defect, built), cwd=folder, capture_output=True, text=True, check=False)
    said = run.stdout + run.stderr
    if defect["proof"] == "bounds":
        return run.returncode == 1 and "Error" in said, " ".join(said.split("\n", 1)[-1].split())[:200]
    lines = [line for line in said.splitlines() if not line.startswith("proved")]
    return run.returncode == 1 and "REFUTED" in said, "\n    ".join(line[:150] for line in lines)


def main():
    chosen = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    defects = tomllib.loads((HERE / "defects.toml").read_text(encoding="utf-8"))["defect"]
    if chosen:
        defects = [defect for defect in defects if defect["id"] in chosen]
    elif "--all" not in sys.argv and "--check" not in sys.argv:
        defects = [defect for defect in defects if defect.get("always")]
    for defect in defects:
        changed(defect, (ROOT / defect["in"]).read_text(encoding="utf-8"))
    if "--check" in sys.argv:
        return print(f"{len(defects)} defects of proofs")
    failed = not defects
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        copy, begin, running = Path(folder), time.monotonic(), []
        copy_project(copy)
        for defect in defects:
            path = copy / defect["in"]
            good = path.read_text(encoding="utf-8")
            path.write_text(changed(defect, good), encoding="utf-8")
            running.append(pool.submit(refuted, defect, build(copy, defect)))
            path.write_text(good, encoding="utf-8")
        for defect, run in zip(defects, running):
            noticed, said = run.result()
            failed |= not noticed
            print(f"{'refuted' if noticed else 'NOT REFUTED'} {defect['id']} ({defect['proof']}):\n    {said}", flush=True)
    print(f"{len(defects)} defects, {time.monotonic() - begin:.0f} s")
    return failed


if __name__ == "__main__":
    sys.exit(main())
