"""A reader of seccomp programs: runs classic BPF over a system call, as the kernel would."""

import struct
from dataclasses import dataclass

AUDIT_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7, "i386": 0x40000003}
ALLOW = 0x7FFF0000
KILL_PROCESS = 0x80000000
_ERRNO = 0x00050000
_INSTRUCTION = struct.Struct("<HBBI")
# number, architecture, address of the instruction, six arguments
_DATA = struct.Struct("<iIQ6Q")
_MAXIMUM = 0xFFFFFFFF

_LOAD, _LOAD_X, _STORE, _STORE_X, _ALU, _JUMP, _RETURN, _MISC = range(8)
_MODE_IMMEDIATE, _MODE_ABSOLUTE, _MODE_MEMORY = 0x00, 0x20, 0x60
_SOURCE_X = 0x08
_RETURN_ACCUMULATOR = 0x10


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the kernel does with a call."""

    action: int

    @property
    def is_allowed(self) -> bool:
        return self.action == ALLOW

    @property
    def kills(self) -> bool:
        return self.action == KILL_PROCESS

    @property
    def errno(self) -> int:
        """The error the caller gets, or 0."""
        return self.action & 0xFFFF if self.action & 0xFFFF0000 == _ERRNO else 0


def judge(
    program: bytes, *, architecture: str, number: int, arguments: tuple[int, ...] = ()
) -> Verdict:
    """Return what a program says to a system call."""
    six = (*arguments, *[0] * (6 - len(arguments)))
    data = _DATA.pack(number, AUDIT_ARCHITECTURES[architecture], 0, *six)
    return Verdict(action=_run(list(_INSTRUCTION.iter_unpack(program)), data))


def _run(program: list[tuple[int, int, int, int]], data: bytes) -> int:
    accumulator = index = position = 0
    memory = [0] * 16
    while True:
        code, if_true, if_false, constant = program[position]
        position += 1
        kind, operation = code & 0x07, code & 0xF0
        operand = index if code & _SOURCE_X else constant
        if kind == _LOAD:
            accumulator = _loaded(code & 0xE0, constant, data, memory)
        elif kind == _LOAD_X:
            index = _loaded(code & 0xE0, constant, data, memory)
        elif kind == _STORE:
            memory[constant] = accumulator
        elif kind == _STORE_X:
            memory[constant] = index
        elif kind == _ALU:
            accumulator = _computed(operation, accumulator, operand)
        elif kind == _JUMP:
            position += _jump(operation, accumulator, operand, if_true, if_false)
        elif kind == _RETURN:
            return accumulator if code & 0x18 == _RETURN_ACCUMULATOR else constant
        elif kind == _MISC and operation == 0x00:
            index = accumulator
        else:
            accumulator = index


def _loaded(mode: int, constant: int, data: bytes, memory: list[int]) -> int:
    if mode == _MODE_ABSOLUTE:
        return int.from_bytes(data[constant : constant + 4], "little")
    return {_MODE_IMMEDIATE: constant, _MODE_MEMORY: memory[constant % 16]}[mode]


def _computed(operation: int, left: int, right: int) -> int:
    results = {
        0x00: left + right,
        0x10: left - right,
        0x40: left | right,
        0x50: left & right,
        0x60: left << (right % 64),
        0x70: left >> (right % 64),
        0xA0: left ^ right,
    }
    return results[operation] & _MAXIMUM


def _jump(operation: int, left: int, right: int, if_true: int, if_false: int) -> int:
    if operation == 0x00:
        return right
    holds = {
        0x10: left == right,
        0x20: left > right,
        0x30: left >= right,
        0x40: bool(left & right),
    }
    return if_true if holds[operation] else if_false
