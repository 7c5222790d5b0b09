"""OAEP of the compiled crate (RFC 8017 sections 7.1.1 and 7.1.2), for every encoded message, CEK and seed.

    oaep.py [--replay] PROGRAM STEP BITS...   STEP is decode or encode

For moduli of BITS bits: there is one path, no branch and no address depends on an input, nothing is accessed but the
arguments, the stack and the program, and the result is the RFC's, with SHA-256's compression function left arbitrary.
If not, an input is printed for which it isn't. --replay then calls the program, a library of this processor, with that
input, and compares it with the RFC in Python, hashlib's SHA-256 included. Exit status: 0 proved, 1 refuted.
"""

import argparse
import ctypes
import hashlib
import sys
import time

from machine import Refuted, Run, always, claripy, constants, equal, load, prove, symbols

HASH_LEN = CEK_LEN = 32
LABEL_HASH = hashlib.sha256(b"").digest()
# FIPS 180-4 section 5.3.3: the square roots of the first eight primes.
INITIAL = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)


def xor(left, right):
    return [a ^ b for a, b in zip(left, right, strict=True)]


class Spec:
    """The RFC over symbols. A hash is looked up among those that the program computed."""

    def __init__(self, run):
        self.run = run

    def sha256(self, name, message):
        """The program's hash of the message: the compressions of its padded blocks (FIPS 180-4), one after another."""
        padded = message + constants(b"\x80" + bytes(-(len(message) + 9) % 64) + (8 * len(message)).to_bytes(8))
        chain = [claripy.BVV(word, 32) for word in INITIAL]
        for start in range(0, len(padded), 64):
            chain = self.compressed(name, chain, padded[start : start + 64])
        # The hash is big-endian.
        return [word[31 - 8 * i : 24 - 8 * i] for word in chain for i in range(4)]

    def compressed(self, name, chain, block):
        for call in self.run.calls:
            if always(equal(call.before, chain)) and always(equal(call.block, block)):
                return call.after
        # That is so for every input: a well-formed one shows it best.
        raise Refuted(f"{name} is hashed", {})

    def mgf1(self, name, seed, length):
        """RFC 8017 appendix B.2.1."""
        hashes = [self.sha256(f"{name} || {i}", seed + constants(i.to_bytes(4))) for i in range(-(-length // HASH_LEN))]
        return sum(hashes, [])[:length]


def padding(length):
    """PS and the separator of DB, for an EM of this length."""
    return bytes(length - 2 * HASH_LEN - CEK_LEN - 2) + b"\x01"


def prove_decode(project, length):
    em, valid, cek = symbols("em", length), symbols("valid", 1), symbols("cek", CEK_LEN)
    run = Run(project, "oaep_decode", em, length, valid[0].zero_extend(project.arch.bits - 8), cek)
    # Step 3.b: EM = Y || maskedSeed || maskedDB.
    y, masked_seed, masked_db = em[0], em[1 : 1 + HASH_LEN], em[1 + HASH_LEN :]
    spec = Spec(run)
    # Steps 3.c to 3.f.
    seed = xor(masked_seed, spec.mgf1("maskedDB", masked_db, HASH_LEN))
    db = xor(masked_db, spec.mgf1("seed", seed, len(masked_db)))
    # Step 3.g.
    fixed = LABEL_HASH + padding(length)
    good = claripy.And(valid[0][0] == 1, y == 0, equal(db[: len(fixed)], constants(fixed)))
    wanted = [claripy.If(good, db[len(fixed) + i], cek[i]) for i in range(CEK_LEN)]
    inputs = {"y": [y], "seed": seed, "db": db, "valid": valid, "cek": cek}
    prove("the CEK is M, or the substitute", equal(run.content(1), wanted), inputs)
    return run


def prove_encode(project, length):
    cek, seed = symbols("cek", CEK_LEN), symbols("seed", HASH_LEN)
    run = Run(project, "oaep_encode", constants(bytes(length)), length, cek, seed)
    spec = Spec(run)
    # Steps 2.a to 2.c.
    db = constants(LABEL_HASH + padding(length)) + cek
    # Steps 2.e to 2.i.
    masked_db = xor(db, spec.mgf1("seed", seed, len(db)))
    masked_seed = xor(seed, spec.mgf1("maskedDB", masked_db, HASH_LEN))
    inputs = {"cek": cek, "seed": seed}
    wanted = constants(b"\0") + masked_seed + masked_db
    prove("EM is 00 || maskedSeed || maskedDB", equal(run.content(0), wanted), inputs)
    prove("there is room", run.result(8) == 1, inputs)
    return run


# The same in Python over bytes, to see that a counterexample is one.


def mgf1(seed, length):
    hashes = (hashlib.sha256(seed + i.to_bytes(4)).digest() for i in range(-(-length // HASH_LEN)))
    return b"".join(hashes)[:length]


def mask(data, seed):
    return bytes(a ^ b for a, b in zip(data, mgf1(seed, len(data)), strict=True))


def encoded(y, seed, db):
    masked_db = mask(db, seed)
    return y + mask(seed, masked_db) + masked_db


def replay_decode(library, length, model):
    """Whether the program gives another CEK than the RFC."""
    model = {"y": b"\0", "seed": bytes(HASH_LEN), "db": LABEL_HASH + padding(length) + bytes(range(CEK_LEN)),
             "valid": b"\1", "cek": b"w" * CEK_LEN} | model
    fixed = LABEL_HASH + padding(length)
    good = model["valid"][0] & 1 and model["y"] == b"\0" and model["db"].startswith(fixed)
    wanted = model["db"][len(fixed) :] if good else model["cek"]
    em = ctypes.create_string_buffer(encoded(model["y"], model["seed"], model["db"]), length)
    cek = ctypes.create_string_buffer(model["cek"], CEK_LEN)
    library.oaep_decode(em, ctypes.c_size_t(length), ctypes.c_uint8(model["valid"][0]), cek)
    return cek.raw, wanted


def replay_encode(library, length, model):
    model = {"cek": bytes(range(CEK_LEN)), "seed": b"s" * HASH_LEN} | model
    em = ctypes.create_string_buffer(length)
    library.oaep_encode(em, ctypes.c_size_t(length), model["cek"], model["seed"])
    return em.raw, encoded(b"\0", model["seed"], LABEL_HASH + padding(length) + model["cek"])


STEPS = {"decode": (prove_decode, replay_decode), "encode": (prove_encode, replay_encode)}


def attempt(project, step, bits):
    """Proves one step for one size, and returns what refutes it, if anything does."""
    begin = time.monotonic()
    try:
        run = STEPS[step][0](project, bits // 8)
    except Refuted as refuted:
        print(f"REFUTED {step} at {bits} bits, {time.monotonic() - begin:.0f} s: not so: {refuted}")
        return refuted
    print(f"proved {step} at {bits} bits on {project.arch.name}, {time.monotonic() - begin:.0f} s: 1 path, no branch "
          f"and no address depends on an input, {len(run.calls)} compressions, no counterexample", flush=True)
    return None


def replay(program, step, bits, refuted):
    """Calls the program with a counterexample."""
    if refuted.model is None:
        return
    for name, value in refuted.model.items():
        print(f"    {name} = {value.hex()}")
    found, wanted = STEPS[step][1](ctypes.CDLL(program), bits // 8, refuted.model)
    print(f"    the program: {found.hex()}\n    the RFC:     {wanted.hex()}")
    if found == wanted:
        sys.exit("the counterexample is none: the model of the program is wrong")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--replay", action="store_true")
    parser.add_argument("program")
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("bits", type=int, nargs="+")
    arguments = parser.parse_args()
    project = load(arguments.program)
    failed = False
    for bits in arguments.bits:
        refuted = attempt(project, arguments.step, bits)
        if refuted and arguments.replay:
            replay(arguments.program, arguments.step, bits, refuted)
        failed |= bool(refuted)
    return failed


if __name__ == "__main__":
    sys.exit(main())
