"""The tests of the JSON reader over several bytes at once, compiled, for each value of a machine word.

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


def digit(byte):
    """The value of a hexadecimal digit, or 16."""
    value = claripy.BVV(16, 32)
    for first, last, start in (("0", "9", 0), ("A", "F", 10), ("a", "f", 10)):
        within = claripy.And(byte >= ord(first), byte <= ord(last))
        value = claripy.If(within, byte.zero_extend(24) - ord(first) + start, value)
    return value


def four_hex_digits(project):
    four = symbols("b", 4)
    run = Run(project, "json_four_hex_digits", claripy.Concat(*four[::-1]).zero_extend(32))
    values = [digit(byte) for byte in four]
    number = values[0] << 12 | values[1] << 8 | values[2] << 4 | values[3]
    wanted = claripy.If(claripy.And(*[value != 16 for value in values]), number, claripy.BVV(0xFFFF_FFFF, 32))
    prove("four digits have their value", run.result(32) == wanted, {"bytes": four})


def main():
    project, begin = load(sys.argv[1]), time.monotonic()
    try:
        all_plain(project)
        four_hex_digits(project)
    except Refuted as refuted:
        sys.exit(f"REFUTED bytes at once: not so: {refuted}\n    {refuted.model}")
    print(f"proved eight plain bytes and four hexadecimal digits at once, for all 2^64 and 2^32, {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
