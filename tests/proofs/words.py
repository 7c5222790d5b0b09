"""The test of the JSON reader over eight bytes at once, compiled, for each value of a machine word.

    words.py PROGRAM
"""

import sys
import time

from machine import Refuted, Run, claripy, load, prove, symbols


def is_plain(byte):
    """Whether a byte stands for itself in a string (RFC 8259 section 7)."""
    return claripy.And(byte >= 0x20, byte != ord('"'), byte != ord("\\"))


def all_plain(project):
    eight = symbols("b", 8)
    run = Run(project, "json_all_plain", claripy.Concat(*eight))
    wanted = claripy.If(claripy.And(*map(is_plain, eight)), claripy.BVV(1, 8), claripy.BVV(0, 8))
    prove("all of eight bytes are plain", run.result(8) == wanted, {"bytes": eight})


def main():
    project, begin = load(sys.argv[1]), time.monotonic()
    try:
        all_plain(project)
    except Refuted as refuted:
        sys.exit(f"REFUTED bytes at once: not so: {refuted}\n    {refuted.model}")
    print(f"proved eight plain bytes at once, for all 2^64, {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
