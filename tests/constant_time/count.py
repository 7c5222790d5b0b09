"""Layer (b): compares what callgrind counted for each class, instruction by instruction. See README.md.

    count.py PROGRAM SAMPLES

Two samples are equal if each machine instruction ran as often in one as in the other.
"""

import collections
import glob
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
# What may differ between a token that opens and one that doesn't: what happens when the tag was compared.
AFTER_THE_TAG = re.compile(r"/(aes-gcm|aes|ctr|cipher|inout|zeroize|hybrid-array|typenum)-\d|/src/(a256gcm|decrypt|header|jwe|key/cek|engine/rustcrypto|stack)\.rs$"
                           r"|/rustc/[0-9a-f]{40}/|/tests/constant_time/|^/rustc/|^library/|/sysdeps/")


def read(file):
    """The description, and a count for each instruction with the file that it comes from."""
    counts, source, name, calls = collections.Counter(), "", "", False
    for line in open(file, encoding="utf-8", errors="replace"):
        line = line.rstrip("\n")
        if line.startswith("desc: Trigger: Client Request: "):
            name = line.split(": ", 3)[3]
        elif line.startswith(("fl=", "fi=", "fe=")):
            source = line[3:]
        elif line.startswith("calls="):
            calls = True
        elif line.startswith("0x"):
            if not calls:
                address, _, *costs = line.split()
                counts[address, source] += int(costs[0])
            calls = False
    return name, counts


def difference(a, b):
    """Where two samples differ: instructions by source file."""
    files = collections.Counter()
    for key in a.keys() | b.keys():
        if a[key] != b[key]:
            files[key[1]] += b[key] - a[key]
    return files


def short(file):
    return re.sub(r".*/registry/src/[^/]+/|.*/library/|.*/(?=src/|tests/)", "", file)


def compare(operation, samples, reference, allow=None):
    failed = 0
    sizes = collections.defaultdict(set)
    for name, counts in samples:
        sizes[sum(counts.values())].add(name)
        files = difference(reference, counts)
        wrong = {file: n for file, n in files.items() if not (allow and allow.search(file))}
        if wrong:
            failed += 1
            if failed <= 5:
                print(f"        {name}: " + ", ".join(f"{short(file)} {n:+d}" for file, n in sorted(wrong.items())))
    print(f"{'FAILED ' if failed else 'ok     '} {operation}: {len(samples)} samples, {failed} differ; instructions: "
          + ", ".join(f"{size}" for size in sorted(sizes)), flush=True)
    return failed


def main():
    program, count = sys.argv[1:]
    with tempfile.TemporaryDirectory() as directory:
        # Without valgrind, it looks for keys to import.
        subprocess.run([program, directory, count], check=True, timeout=600)
        out = os.path.join(directory, "out")
        command = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={out}", "--dump-instr=yes", "--dump-line=yes",
                   "--compress-strings=no", "--compress-pos=no", "--combine-dumps=no", program, directory, count]
        subprocess.run(command, check=True, timeout=1800)
        operations = collections.defaultdict(list)
        for file in sorted(glob.glob(out + ".*"), key=lambda file: int(file.rsplit(".", 1)[1])):
            name, counts = read(file)
            if " " in name and not name.startswith("warm-up"):
                operation, cls = name.split(" ")
                operations[operation].append((cls, counts))
    failed = 0
    for operation in "oaep_decode", "oct_jwk", "from_der", "from_pem", "from_jwk", "to_der", "to_pem", "to_jwk":
        samples = operations[operation]
        failed += compare(f"{operation}, all classes", samples, samples[0][1])
    succeeds = [sample for sample in operations["decrypt"] if sample[0].startswith("Success")]
    fails = [sample for sample in operations["decrypt"] if not sample[0].startswith("Success")]
    failed += compare("decrypt, tokens that decrypt", succeeds, succeeds[0][1])
    failed += compare("decrypt, all classes that fail", fails, fails[0][1])
    failed += compare("decrypt, successful or not: up to the tag", succeeds[:1] + fails, succeeds[0][1], AFTER_THE_TAG)
    total = difference(fails[0][1], succeeds[0][1])
    print("        after the tag, a token that decrypts runs: " + ", ".join(f"{short(file)} {n:+d}" for file, n in sorted(total.items())))
    sys.exit("FAILED: the instructions depend on a secret" if failed else 0)


main()
