"""The test of eight bytes at once of the JSON reader, compiled, for each of the 2^64 values.

    plain.py PROGRAM
"""

import sys

from machine import Refuted, Run, claripy, load, prove, symbols


def is_plain(byte):
    """Whether a byte stands for itself in a string (RFC 8259 section 7)."""
    return claripy.And(byte >= 0x20, byte != ord('"'), byte != ord("\\"))


def main():
    project = load(sys.argv[1])
    eight = symbols("b", 8)
    try:
        run = Run(project, "json_all_plain", claripy.Concat(*eight))
        wanted = claripy.If(claripy.And(*map(is_plain, eight)), claripy.BVV(1, 8), claripy.BVV(0, 8))
        prove("all of eight bytes are plain", run.result(8) == wanted, {"bytes": eight})
    except Refuted as refuted:
        sys.exit(f"REFUTED eight bytes at once: not so: {refuted}\n    {refuted.model}")
    print("proved: eight bytes at once are plain as one by one, for all 2^64")


if __name__ == "__main__":
    main()
