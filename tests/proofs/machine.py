"""Runs one function of a compiled program with symbolic bytes: every input at once, along every path.

angr lifts the machine code and executes it. A run is refuted unless there is one path, no branch and no address
depends on an input, and nothing is accessed but the arguments, the stack and the program; what registers and memory
hold otherwise is arbitrary. SHA-256's compression function isn't executed: its results are new variables, so that what
is proved holds for any function in its place.
"""

import logging

logging.disable()  # angr says on import which of its parts aren't installed.

import angr  # noqa: E402
import claripy  # noqa: E402

# Where the arguments are, each with unmapped memory around it.
ARGUMENTS = 0x5000_0000
DISTANCE = 0x1_0000
STACK_LEN = 0x10_0000
BLOCK_LEN = 64
STATE_WORDS = 8
# A proof that takes longer fails.
SOLVER_MILLISECONDS = 600_000


def load(program):
    return angr.Project(program, auto_load_libs=False)


def symbols(name, count):
    """`count` bytes that can have any value."""
    return [claripy.BVS(f"{name}{i}", 8, explicit_name=True) for i in range(count)]


def constants(data):
    return [claripy.BVV(byte, 8) for byte in data]


class Refuted(Exception):
    """A claim is false; with the bytes of inputs for which it is, where they matter."""

    def __init__(self, claim, model=None):
        super().__init__(claim)
        self.model = model


def equal(left, right):
    return claripy.And(*[a == b for a, b in zip(left, right, strict=True)])


def always(fact):
    """Whether a fact holds for all inputs."""
    fact = claripy.simplify(fact)
    if fact.is_true() or fact.is_false():
        return fact.is_true()
    solver = claripy.Solver(timeout=SOLVER_MILLISECONDS)
    solver.add(claripy.Not(fact))
    return not solver.satisfiable()


def prove(claim, fact, inputs):
    """Shows that a fact holds for all inputs, or refutes it with values of `inputs`, which are lists of bytes."""
    solver = claripy.Solver(timeout=SOLVER_MILLISECONDS)
    solver.add(claripy.Not(fact))
    if solver.satisfiable():
        names = [name for name in inputs if inputs[name]]
        whole = claripy.Concat(*sum((inputs[name] for name in names), []))
        rest = solver.eval(whole, 1)[0].to_bytes(whole.length // 8)
        model = {}
        for name in names:
            model[name], rest = rest[: len(inputs[name])], rest[len(inputs[name]) :]
        raise Refuted(claim, model)


def is_symbolic(value):
    return isinstance(value, claripy.ast.Base) and value.symbolic


class Compression:
    """One block that was compressed: the chaining value before it, its bytes, the chaining value after it."""

    def __init__(self, index, before, block):
        self.before, self.block = before, block
        self.after = [claripy.BVS(f"h{index}_{i}", 32, explicit_name=True) for i in range(STATE_WORDS)]


class Compress(angr.SimProcedure):
    """`compress256(state: &mut [u32; 8], blocks: &[[u8; 64]])`, as an arbitrary function."""

    def run(self, state, blocks, count):  # pylint: disable=arguments-differ
        memory, endness = self.state.memory, self.state.arch.memory_endness
        state, blocks, count = (self.state.solver.eval_one(value) for value in (state, blocks, count))
        chain = [memory.load(state + 4 * i, 4, endness=endness) for i in range(STATE_WORDS)]
        for start in range(blocks, blocks + BLOCK_LEN * count, BLOCK_LEN):
            block = [memory.load(start + i, 1) for i in range(BLOCK_LEN)]
            compression = Compression(len(self.calls), chain, block)
            self.calls.append(compression)
            chain = compression.after
        for i, word in enumerate(chain):
            memory.store(state + 4 * i, word, endness=endness)


class Run:
    """What one function does with its arguments: integers, or lists of bytes that it gets a pointer to."""

    def __init__(self, project, function, *arguments):
        self.calls, self.faults, self.regions, values = [], [], [], []
        for argument in arguments:
            if isinstance(argument, list):
                self.regions.append((ARGUMENTS + DISTANCE * len(self.regions), argument))
                argument = self.regions[-1][0]
            values.append(argument)
        self.hook(project)
        state = self.start(project, function, values)
        manager = project.factory.simulation_manager(state)
        while manager.active:
            manager.step()
        self.paths = len(manager.deadended)
        self.faults += [f"error: {error.error}" for error in manager.errored]
        if self.paths != 1:
            self.faults.append(f"{self.paths} paths")
        if self.faults:
            raise Refuted("; ".join(dict.fromkeys(self.faults)))
        self.end = manager.deadended[0]

    def hook(self, project):
        symbols_ = [s for s in project.loader.main_object.symbols if "compress256" in s.name]
        if not symbols_:
            return
        name = "void f(unsigned long a, unsigned long b, unsigned long c)"
        prototype = angr.sim_type.parse_signature(name).with_arch(project.arch)
        compress = Compress(cc=project.factory.cc(), prototype=prototype)
        compress.calls = self.calls
        project.hook(symbols_[0].rebased_addr, compress, replace=True)

    def start(self, project, function, values):
        address = project.loader.find_symbol(function).rebased_addr
        options = {angr.options.SYMBOL_FILL_UNCONSTRAINED_MEMORY, angr.options.SYMBOL_FILL_UNCONSTRAINED_REGISTERS}
        state = project.factory.call_state(address, *values, add_options=options)
        for base, content in self.regions:
            for i, byte in enumerate(content):
                state.memory.store(base + i, byte)
        stack = state.solver.eval_one(state.regs.sp)
        image = project.loader.main_object
        # Above the stack pointer is the return address.
        self.writable = [(base, base + len(content)) for base, content in self.regions]
        self.writable += [(stack - STACK_LEN, stack + project.arch.bytes)]
        self.readable = self.writable + [(image.min_addr, image.max_addr + 1)]
        state.inspect.b("exit", when=angr.BP_BEFORE, action=self.on_exit)
        state.inspect.b("mem_read", when=angr.BP_BEFORE, action=self.on_read)
        state.inspect.b("mem_write", when=angr.BP_BEFORE, action=self.on_write)
        return state

    def on_exit(self, state):
        if any(is_symbolic(value) for value in (state.inspect.exit_guard, state.inspect.exit_target)):
            self.faults.append(f"a branch at {state.addr:#x} depends on an input")

    def on_read(self, state):
        self.access(state, "read", state.inspect.mem_read_address, state.inspect.mem_read_length, self.readable)

    def on_write(self, state):
        length = state.inspect.mem_write_length
        if length is None:
            length = state.inspect.mem_write_expr.length // 8
        self.access(state, "write", state.inspect.mem_write_address, length, self.writable)

    def access(self, state, kind, address, length, regions):
        if any(is_symbolic(value) for value in (address, length)):
            self.faults.append(f"an address at {state.addr:#x} depends on an input")
            return
        address, length = (value if isinstance(value, int) else value.concrete_value for value in (address, length))
        if not any(low <= address and address + length <= high for low, high in regions):
            self.faults.append(f"a {kind} of {length} bytes at {address:#x}, from {state.addr:#x}")

    def content(self, region):
        """The bytes of an argument after the call."""
        base, before = self.regions[region]
        return [self.end.memory.load(base + i, 1) for i in range(len(before))]

    def result(self, bits):
        """The lowest bits of what the function returned."""
        register = self.end.regs.rax if self.end.arch.name == "AMD64" else self.end.regs.r0
        return register[bits - 1 : 0]
