"""Contract code, decoded once into instructions that take little time to execute.

The common instructions are done here, on a stack of integers. All others are py-evm's own, with
its gas accounting. What each costs is read from py-evm's table of opcodes.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from eth.exceptions import InvalidInstruction, InvalidJumpDestination
from eth.vm import opcode_values as op
from eth.vm.forks.berlin.constants import COLD_SLOAD_COST, WARM_STORAGE_READ_COST
from eth.vm.forks.prague.opcodes import PRAGUE_OPCODES
from eth.vm.logic.invalid import InvalidOpcode
from eth_utils.crypto import keccak

MAX_PROGRAMS = 128
"""Contracts that are remembered in their decoded form; a large one takes a megabyte."""

MAX_HASHES = 1 << 14
"""Results of SHA3 that are remembered: the slots of mappings are asked for again and again."""

WORD = 32
MAX_WORD = 2**256 - 1
SIGN = 2**255
SHA3_GAS = 30
SHA3_WORD_GAS = 6
SMALL_INPUT = 128

PUSH, DUP, BINARY, SWAP, POP, GO_TO, JUMP, OTHER = range(8)
"""Kinds of instructions; the loop does all but the last without a call.

`GO_TO` is a PUSH with the jump behind it; its operand tells whether that is unconditional. What
jumps leads past the JUMPDEST, which costs `JUMPDEST_GAS` all the same.
"""

Instruction = tuple[int, int, Any, Any, int]
"""Kind, gas, what to execute or to push, its operand, and where the next one is."""

Frame = Any
"""A computation of py-evm's, from `simulator.chain.engines.computation`."""

BINARIES: dict[int, Callable[[int, int], int]] = {
    op.ADD: lambda a, b: (a + b) & MAX_WORD,
    op.MUL: lambda a, b: (a * b) & MAX_WORD,
    op.SUB: lambda a, b: (a - b) & MAX_WORD,
    op.DIV: lambda a, b: a // b if b else 0,
    op.MOD: lambda a, b: a % b if b else 0,
    op.LT: lambda a, b: 1 if a < b else 0,
    op.GT: lambda a, b: 1 if a > b else 0,
    op.SLT: lambda a, b: 1 if a ^ SIGN < b ^ SIGN else 0,
    op.SGT: lambda a, b: 1 if a ^ SIGN > b ^ SIGN else 0,
    op.EQ: lambda a, b: 1 if a == b else 0,
    op.AND: lambda a, b: a & b,
    op.OR: lambda a, b: a | b,
    op.XOR: lambda a, b: a ^ b,
    op.SHL: lambda a, b: (b << a) & MAX_WORD if a < 256 else 0,
    op.SHR: lambda a, b: b >> a if a < 256 else 0,
}


def _stock(frame: Frame, function: Callable[[Frame], None]) -> None:
    function(frame)


def _nothing(frame: Frame, _: None) -> None:
    """Do nothing: a JUMPDEST only marks a place."""


def _is_zero(frame: Frame, _: None) -> None:
    values = frame.values
    values[-1] = 0 if values[-1] else 1


def _not(frame: Frame, _: None) -> None:
    values = frame.values
    values[-1] ^= MAX_WORD


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
    values = frame.values
    start = values[-1]
    word = bytes(frame.msg.data[start : start + WORD])
    values[-1] = int.from_bytes(word.ljust(WORD, b"\0"), "big")


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


def _storage_load(frame: Frame, _: None) -> None:
    values, world = frame.values, frame.state.world
    key = (frame.msg.storage_address, values[-1])
    if key in world.warm:
        frame.consume_gas(WARM_STORAGE_READ_COST, "SLOAD")
    else:
        world.put(world.warm, key, True)
        frame.consume_gas(COLD_SLOAD_COST, "SLOAD")
    values[-1] = world.storage.get(key, 0)


def _hash(frame: Frame, _: None) -> None:
    values = frame.values
    start, size = values.pop(), values.pop()
    frame.extend_memory(start, size)
    frame.consume_gas(SHA3_GAS + SHA3_WORD_GAS * ((size + WORD - 1) // WORD), "SHA3")
    data = frame.memory_read_bytes(start, size)
    values.append(_hash_small(data) if size <= SMALL_INPUT else _hash_of(data))


def _hash_of(data: bytes) -> int:
    return int.from_bytes(keccak(data), "big")


_hash_small = lru_cache(maxsize=MAX_HASHES)(_hash_of)

SIMPLE: dict[int, Callable[[Frame, Any], int | None]] = {
    op.JUMPDEST: _nothing,
    op.ISZERO: _is_zero,
    op.NOT: _not,
    op.JUMPI: _jump_if,
    op.CALLDATALOAD: _calldata_load,
    op.MLOAD: _memory_load,
    op.MSTORE: _memory_store,
    op.SLOAD: _storage_load,
    op.SHA3: _hash,
}
"""Instructions done here; they may answer where execution goes on."""

JUMPDEST_GAS: int = PRAGUE_OPCODES[op.JUMPDEST].gas_cost  # type: ignore[attr-defined]

STOP: Instruction = (OTHER, 0, _stock, PRAGUE_OPCODES[op.STOP], 0)

SELF_METERED = {op.SLOAD, op.SHA3}
"""What these cost is known only when they are executed."""


class Program(dict[int, Instruction]):
    """The instructions of a code by their position, each decoded when it is first executed.

    Behind the end of a code there are STOPs.
    """

    def __init__(self, code: bytes) -> None:
        super().__init__()
        self.code = code
        self.destinations = jump_destinations(code)

    def __missing__(self, position: int) -> Instruction:
        found = STOP
        if position < len(self.code):
            found = self._with_jump(_instruction(self.code, position, self.destinations))
        self[position] = found
        return found

    def _with_jump(self, instruction: Instruction) -> Instruction:
        """Make one instruction of a PUSH with the jump behind it; nothing can get in between."""
        kind, gas, target, _, position = instruction
        if kind != PUSH or target not in self.destinations or position >= len(self.code):
            return instruction
        opcode = self.code[position]
        if opcode not in {op.JUMP, op.JUMPI}:
            return instruction
        jump: Any = PRAGUE_OPCODES[opcode]
        return (GO_TO, gas + jump.gas_cost, target + 1, opcode == op.JUMP, position + 1)


decode = lru_cache(maxsize=MAX_PROGRAMS)(Program)


def jump_destinations(code: bytes) -> frozenset[int]:
    """Return where a JUMPDEST is an instruction, not the data of a PUSH."""
    found = []
    position = 0
    while position < len(code):
        if code[position] == op.JUMPDEST:
            found.append(position)
        position = _following(code, position)
    return frozenset(found)


def _following(code: bytes, position: int) -> int:
    opcode = code[position]
    return position + (opcode - op.PUSH1 + 2 if op.PUSH1 <= opcode <= op.PUSH32 else 1)


def _instruction(code: bytes, position: int, destinations: frozenset[int]) -> Instruction:
    opcode, following = code[position], _following(code, position)
    known: Any = PRAGUE_OPCODES.get(opcode)
    what: Any
    if known is None:
        return (OTHER, 0, _stock, InvalidOpcode(opcode), following)
    operand: Any = None
    if op.PUSH1 <= opcode <= op.PUSH32:
        data = code[position + 1 : following].ljust(following - position - 1, b"\0")
        kind, what = PUSH, int.from_bytes(data, "big")
    elif op.DUP1 <= opcode <= op.DUP16:
        kind, what = DUP, op.DUP1 - opcode - 1
    elif op.SWAP1 <= opcode <= op.SWAP16:
        kind, what = SWAP, op.SWAP1 - opcode - 2
    elif opcode in BINARIES:
        kind, what = BINARY, BINARIES[opcode]
    elif opcode == op.POP:
        kind, what = POP, None
    elif opcode == op.JUMP:
        kind, what = JUMP, destinations
    elif opcode in SIMPLE:
        kind, what = OTHER, SIMPLE[opcode]
        operand = destinations if opcode == op.JUMPI else None
    else:
        kind, what, operand = OTHER, _stock, known
    metered = opcode in SELF_METERED or what is _stock
    return (kind, 0 if metered else known.gas_cost, what, operand, following)
