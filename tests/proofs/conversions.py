"""OS2IP and I2OSP of the compiled crate (RFC 8017 sections 4.2 and 4.1), for every input.

    conversions.py [--all] PROGRAM

For integers of 1024 to 4096 bits, or with --all to 8192, and for byte strings of some lengths, or with --all of each
length where something could change: there is one path, no branch and no address depends on an input, and the result is
the RFC's.
"""

import sys
import time

from machine import Refuted, Run, claripy, constants, equal, load, prove, symbols

BITS = (1024, 1536, 2048, 3072, 4096, 6144, 8192)


def lengths(size, name, everything):
    """Between nothing and one byte more than fits."""
    if everything:
        return sorted({0, 1, 7, 8, 9, size // 2, size // 2 + 1, size - 9, size - 8, size - 7, size - 1, size, size + 1})
    if name == "OS2IP":
        return [0, size // 2 + 1, size, size + 1]
    return [size] if size != 256 else [size // 2 + 1, size, size + 1]


def prove_os2ip(project, size, length):
    """The integer is the sum of the bytes by powers of 256, and too many bytes are rejected."""
    data, before = symbols("b", length), symbols("w", size)
    run = Run(project, f"os2ip_{8 * size}", data, length, before)
    fits = length <= size
    wanted = data[::-1] + constants(bytes(size - length)) if fits else before
    inputs = {"bytes": data, "words": before}
    prove("the words are the number", equal(run.content(1), wanted), inputs)
    prove("whether it fits", run.result(8) == int(fits), inputs)


def prove_i2osp(project, size, length):
    """The bytes are the number's lowest ones in the RFC's order, with zeros before it."""
    words, before = symbols("w", size), symbols("b", length)
    run = Run(project, f"i2osp_{8 * size}", words, before, length)
    wanted = (words + constants(bytes(max(0, length - size))))[:length][::-1]
    prove("the bytes are the number", equal(run.content(1), wanted), {"words": words})


def main():
    everything = "--all" in sys.argv
    project = load(sys.argv[-1])
    for size in (bits // 8 for bits in BITS):
        if size > 512 and not everything:
            continue
        for name, proof in (("OS2IP", prove_os2ip), ("I2OSP", prove_i2osp)):
            begin, tried = time.monotonic(), lengths(size, name, everything)
            for length in tried:
                try:
                    proof(project, size, length)
                except Refuted as refuted:
                    sys.exit(f"REFUTED {name} of {8 * size} bits and {length} bytes: not so: {refuted}\n{refuted.model}")
            print(f"proved {name} of {8 * size} bits at {len(tried)} lengths, {time.monotonic() - begin:.0f} s", flush=True)


if __name__ == "__main__":
    main()
