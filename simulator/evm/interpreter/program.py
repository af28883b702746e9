"""Contract code, decoded once into instructions that take little time to execute.

The common instructions are done here, on a stack of integers. All others are py-evm's own, with
its gas accounting. What each costs is read from py-evm's table of opcodes.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from eth.exceptions import InvalidInstruction, InvalidJumpDestination
from eth.vm import opcode_values as op
from eth.vm.forks.prague.opcodes import PRAGUE_OPCODES
from eth.vm.logic.invalid import InvalidOpcode

from simulator.evm.interpreter.opcodes import OPCODES, Arithmetic, Helper
from simulator.evm.interpreter.operations import WORD, Frame, word_at

MAX_PROGRAMS = 128
"""Contracts that are remembered in their decoded form; a large one takes megabytes."""

MAX_STACK = 1024

PUSH, DUP, BINARY, SWAP, POP, GO_TO, JUMP, TRACE, OTHER = range(9)
"""Kinds of instructions; the loop does all but the last two without a call.

`GO_TO` is a PUSH with the jump behind it; its operand tells whether that is unconditional.
"""

Instruction = tuple[int, int, Any, Any, int]
"""Kind, gas, what to execute or to push, its operand, and where the next one is.

A trace is many instructions as one function, which a translator may put in the place of the first.
It has, instead of gas and operand, how many values it wants on the stack at least and at most; its
next one is where execution goes on when there are others.
"""


def _stock(frame: Frame, function: Callable[[Frame], None]) -> None:
    function(frame)


def _nothing(frame: Frame, _: None) -> None:
    """Do nothing: a JUMPDEST only marks a place."""


def _one_operand(frame: Frame, function: Callable[[int], int]) -> None:
    values = frame.values
    values[-1] = function(values[-1])


def _jump_if(frame: Frame, destinations: frozenset[int]) -> int | None:
    values = frame.values
    target: int = values.pop()
    if not values.pop():
        return None
    if target not in destinations:
        fail_jump(frame.msg.code, target)
    return target


def fail_jump(code: bytes, target: int) -> None:
    """Raise what py-evm raises for a jump to a place that is no destination."""
    if target < len(code) and code[target] == op.JUMPDEST:
        raise InvalidInstruction("The jump leads into the data of a PUSH.")
    raise InvalidJumpDestination("The jump leads to no JUMPDEST.")


def _calldata_load(frame: Frame, _: None) -> None:
    frame.values[-1] = word_at(frame.msg.data, frame.values[-1])


def _memory_load(frame: Frame, _: None) -> None:
    values, memory = frame.values, frame.memory_bytes
    start = values[-1]
    end = start + WORD
    if end > len(memory):
        frame.extend_memory(start, WORD)
    values[-1] = int.from_bytes(memory[start:end], "big")


def _memory_store(frame: Frame, _: None) -> None:
    values, memory = frame.values, frame.memory_bytes
    start, value = values.pop(), values.pop()
    end = start + WORD
    if end > len(memory):
        frame.extend_memory(start, WORD)
    memory[start:end] = value.to_bytes(WORD, "big")


def _help(frame: Frame, helper: Helper) -> None:
    values, meter = frame.values, frame.meter
    operands = [values.pop() for _ in range(helper.takes)]
    answer = helper.function(frame, meter.gas_remaining, *operands)
    if helper.gives:
        value, answer = answer
        values.append(value)
    meter.gas_remaining = answer


SIMPLE: dict[int, Callable[[Frame, Any], int | None]] = {
    op.JUMPDEST: _nothing,
    op.JUMPI: _jump_if,
    op.CALLDATALOAD: _calldata_load,
    op.MLOAD: _memory_load,
    op.MSTORE: _memory_store,
}
"""Instructions done here; they may answer where execution goes on."""

STOP: Instruction = (OTHER, 0, _stock, PRAGUE_OPCODES[op.STOP], 0)


class Program(dict[int, Instruction]):
    """The instructions of a code by their position, each decoded when it is first executed.

    Behind the end of a code there are STOPs.
    """

    def __init__(self, code: bytes) -> None:
        super().__init__()
        self.code = code
        self.destinations = jump_destinations(code)

    def __missing__(self, position: int) -> Instruction:
        found = self[position] = self.instruction(position)
        return found

    def instruction(self, position: int) -> Instruction:
        """Decode an instruction."""
        if position >= len(self.code):
            return STOP
        decoded = _instruction(self.code, position, self.destinations)
        return self._with_jump(decoded)

    def _with_jump(self, instruction: Instruction) -> Instruction:
        """Make one instruction of a PUSH with the jump behind it, as nearly all jumps have one.

        Nobody can jump in between: there is no JUMPDEST.
        """
        kind, gas, target, _, position = instruction
        if kind != PUSH or target not in self.destinations or position >= len(self.code):
            return instruction
        opcode = self.code[position]
        if opcode not in {op.JUMP, op.JUMPI}:
            return instruction
        jump: Any = PRAGUE_OPCODES[opcode]
        return (GO_TO, gas + jump.gas_cost, target, opcode == op.JUMP, position + 1)


@lru_cache(maxsize=MAX_PROGRAMS)
def decode(code: bytes) -> Program:
    """Return a code in its decoded form, which never changes what it does."""
    return Program(code)


def next_position(code: bytes, position: int) -> int:
    """Return where the instruction behind the one at a position is."""
    opcode = code[position]
    return position + (opcode - op.PUSH1 + 2 if op.PUSH1 <= opcode <= op.PUSH32 else 1)


def pushed(code: bytes, position: int) -> int:
    """Return what the PUSH at a position pushes; behind the end of a code there are zeros."""
    end = next_position(code, position)
    return int.from_bytes(code[position + 1 : end].ljust(end - position - 1, b"\0"), "big")


def jump_destinations(code: bytes) -> frozenset[int]:
    """Return where a JUMPDEST is an instruction, not the data of a PUSH."""
    found = []
    position = 0
    while position < len(code):
        if code[position] == op.JUMPDEST:
            found.append(position)
        position = next_position(code, position)
    return frozenset(found)


def _instruction(code: bytes, position: int, destinations: frozenset[int]) -> Instruction:
    opcode, after = code[position], next_position(code, position)
    known: Any = PRAGUE_OPCODES.get(opcode)
    entry = OPCODES.get(opcode)
    what: Any
    if known is None:
        return (OTHER, 0, _stock, InvalidOpcode(opcode), after)
    operand: Any = None
    if op.PUSH0 <= opcode <= op.PUSH32:
        kind, what = PUSH, pushed(code, position)
    elif op.DUP1 <= opcode <= op.DUP16:
        kind, what = DUP, op.DUP1 - opcode - 1  # a list counts from its end below zero
    elif op.SWAP1 <= opcode <= op.SWAP16:
        kind, what = SWAP, op.SWAP1 - opcode - 2
    elif isinstance(entry, Arithmetic):
        kind, what = BINARY, entry.function
        if entry.takes == 1:
            kind, what, operand = OTHER, _one_operand, entry.function
    elif opcode == op.POP:
        kind, what = POP, None
    elif opcode == op.JUMP:
        kind, what = JUMP, destinations
    elif opcode in SIMPLE:
        kind, what = OTHER, SIMPLE[opcode]
        operand = destinations if opcode == op.JUMPI else None
    elif isinstance(entry, Helper):
        kind, what, operand = OTHER, _help, entry
    else:
        kind, what, operand = OTHER, _stock, known
    # a helper, and what is py-evm's own, pay by themselves
    return (kind, 0 if what in {_help, _stock} else known.gas_cost, what, operand, after)
