#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
What the BPF programs of an object take of the stack:  scripts/bpf_stack.py build/sockwatch.bpf.o...

From Linux 6.1 to 6.12 a program and all that it calls share 512 bytes, each frame rounded up to 32 (check_max_stack_depth
in kernel/bpf/verifier.c); the kernel refuses what takes more. Since 6.13 most programs have a stack of their own for that,
so the machine that a change is made on need not say so. Frames are as large as the compiler makes them.
"""
import collections
import struct
import sys

LIMIT = 512
# of elf.h
SHT_SYMTAB, SHT_REL, STT_FUNC, STT_SECTION, R_BPF_64_32 = 2, 9, 2, 3, 10
# of Documentation/bpf/standardization/instruction-set.rst
LD, LDX, ST, STX, ALU, ALU64 = 0, 1, 2, 3, 4, 7  # classes
MOVE, ADD, CALL = 0xBF, 0x07, 0x85
OF_THE_OBJECT = 1  # the source register of a call of another function there
FRAME = 10

Section = collections.namedtuple("Section", "name type flags addr offset size link info align entry_size")
Symbol = collections.namedtuple("Symbol", "name info other section value size")
Instruction = collections.namedtuple("Instruction", "code registers offset number")


class Object:
    """Its functions by (section, number of the first instruction): names and code; and what its calls refer to."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        if self.data[:6] != b"\x7fELF\x02\x01":
            sys.exit(f"{path}: no object of 64 bits, little-endian")
        table, = struct.unpack_from("<Q", self.data, 0x28)
        entry_size, count = struct.unpack_from("<HH", self.data, 0x3A)
        self.sections = [Section(*struct.unpack_from("<IIQQQQIIQQ", self.data, table + i * entry_size)) for i in range(count)]
        symbols = next(s for s in self.sections if s.type == SHT_SYMTAB)
        self.symbols = [Symbol(*s) for s in self.entries(symbols, "<IBBHQQ")]
        names = self.sections[symbols.link].offset
        self.functions = {(s.section, s.value // 8): (self.text(names + s.name), self.code_of(s))
                          for s in self.symbols if s.info & 15 == STT_FUNC and s.section}
        self.referred = {(r.info, offset // 8): self.symbols[info >> 32] for r in self.sections if r.type == SHT_REL
                         for offset, info in self.entries(r, "<QQ") if info & 0xFFFFFFFF == R_BPF_64_32}

    def entries(self, section, layout):
        return struct.iter_unpack(layout, self.data[section.offset:section.offset + section.size])

    def text(self, at):
        return self.data[at:self.data.index(b"\0", at)].decode()

    def code_of(self, symbol):
        at = self.sections[symbol.section].offset + symbol.value
        return [Instruction(*i) for i in struct.iter_unpack("<BBhi", self.data[at:at + symbol.size])]

    def called(self, section, at, number):
        """Where the function begins that is called there; None: it is the kernel's."""
        symbol = self.referred.get((section, at))
        if not symbol:
            return section, at + 1 + number
        if not symbol.section:
            return None
        return symbol.section, number + 1 if symbol.info & 15 == STT_SECTION else symbol.value // 8


def frame(code):
    """How many bytes a function itself takes: the deepest that it reaches by the frame pointer, or by a copy of it."""
    places, deepest = {FRAME: 0}, 0
    for i in code:
        kind, dst, src = i.code & 7, i.registers & 15, i.registers >> 4
        base = src if kind == LDX else dst if kind in (ST, STX) else None
        if base in places:
            deepest = max(deepest, places[base] - i.offset)
        if kind not in (LD, LDX, ALU, ALU64) or dst == FRAME:
            continue
        if i.code == ADD and dst in places:
            places[dst] -= i.number
            deepest = max(deepest, places[dst])
        elif i.code == MOVE and src in places:
            places[dst] = places[src]
        else:
            places.pop(dst, None)
    return deepest


def chain(obj, begin):
    """What a function and the deepest that it calls take together, and their names."""
    name, code = obj.functions[begin]
    below = (0, [])
    for at, i in enumerate(code, begin[1]):
        if i.code == CALL and i.registers >> 4 == OF_THE_OBJECT:
            called = obj.called(begin[0], at, i.number)
            if called:
                below = max(below, chain(obj, called))
    return (max(frame(code), 1) + 31) // 32 * 32 + below[0], [name, *below[1]]


def main():
    failed = False
    for path in sys.argv[1:]:
        obj = Object(path)
        if not obj.functions:
            sys.exit(f"{path}: there are no functions in it")
        for begin in obj.functions:
            size, names = chain(obj, begin)
            if size > LIMIT:
                print(f"{path}: {' -> '.join(names)} takes {size} bytes of the stack: Linux 6.1 to 6.12 have {LIMIT}")
                failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main())
