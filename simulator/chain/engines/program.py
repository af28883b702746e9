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

MAX_PROGRAMS = 1024
"""Contracts that are remembered in their decoded form."""

MAX_HASHES = 1 << 15
"""Results of SHA3 that are remembered: the slots of mappings are asked for again and again."""

WORD = 32
MAX_WORD = 2**256 - 1
SIGN = 2**255
SHA3_GAS = 30
SHA3_WORD_GAS = 6
SMALL_INPUT = 128

PUSH, DUP, SWAP, BINARY, GO_TO, OTHER = range(6)
"""Kinds of instructions; the loop does all but the last without a call. `GO_TO` is a PUSH with the
jump behind it; its operand tells whether that is unconditional."""

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


def _pop(frame: Frame, _: None) -> None:
    frame.values.pop()


def _nothing(frame: Frame, _: None) -> None:
    """Do nothing: a JUMPDEST only marks a place."""


def _is_zero(frame: Frame, _: None) -> None:
    values = frame.values
    values[-1] = 0 if values[-1] else 1


def _not(frame: Frame, _: None) -> None:
    values = frame.values
    values[-1] ^= MAX_WORD


def _jump(frame: Frame, destinations: frozenset[int]) -> int:
    target: int = frame.values.pop()
    if target not in destinations:
        _fail_jump(frame, target)
    return target


def _jump_if(frame: Frame, destinations: frozenset[int]) -> int | None:
    values = frame.values
    target: int = values.pop()
    if not values.pop():
        return None
    if target not in destinations:
        _fail_jump(frame, target)
    return target


def _fail_jump(frame: Frame, target: int) -> None:
    code = frame.msg.code
    if target < len(code) and code[target] == op.JUMPDEST:
        raise InvalidInstruction("The jump leads into the data of a PUSH.")
    raise InvalidJumpDestination("The jump leads to no JUMPDEST.")


def _calldata_load(frame: Frame, _: None) -> None:
    values = frame.values
    start = values[-1]
    word = bytes(frame.msg.data[start : start + WORD])
    values[-1] = int.from_bytes(word.ljust(WORD, b"\0"), "big")


def _memory_load(frame: Frame, _: None) -> None:
    values = frame.values
    start = values[-1]
    frame.extend_memory(start, WORD)
    values[-1] = int.from_bytes(frame.memory_read_bytes(start, WORD), "big")


def _memory_store(frame: Frame, _: None) -> None:
    values = frame.values
    start, value = values.pop(), values.pop()
    frame.extend_memory(start, WORD)
    frame.memory_bytes[start : start + WORD] = value.to_bytes(WORD, "big")


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
    op.POP: _pop,
    op.JUMPDEST: _nothing,
    op.ISZERO: _is_zero,
    op.NOT: _not,
    op.JUMP: _jump,
    op.JUMPI: _jump_if,
    op.CALLDATALOAD: _calldata_load,
    op.MLOAD: _memory_load,
    op.MSTORE: _memory_store,
    op.SLOAD: _storage_load,
    op.SHA3: _hash,
}
"""Instructions done here; they may answer where execution goes on."""

SELF_METERED = {op.SLOAD, op.SHA3}
"""What these cost is known only when they are executed."""


@lru_cache(maxsize=MAX_PROGRAMS)
def decode(code: bytes) -> list[Instruction | None]:
    """Return the instruction at each position of a code, and a STOP after its end."""
    destinations = jump_destinations(code)
    program: list[Instruction | None] = [None] * (len(code) + 1)
    position = 0
    while position < len(code):
        instruction = _instruction(code, position, destinations)
        program[position] = instruction
        position = instruction[-1]
    _join_jumps(code, program, destinations)
    # a PUSH whose data is cut off by the end goes on at the end
    stop = (OTHER, 0, _stock, PRAGUE_OPCODES[op.STOP], 0)
    program += [stop] * (position - len(code) + 1)
    program[len(code)] = stop
    return program


def _join_jumps(
    code: bytes, program: list[Instruction | None], destinations: frozenset[int]
) -> None:
    """Make one instruction of each PUSH with the jump behind it; nothing can get in between."""
    for position, instruction in enumerate(program):
        if instruction is None or instruction[0] != PUSH or instruction[2] not in destinations:
            continue
        _, gas, target, _, following = instruction
        jump = program[following] if following < len(code) else None
        if jump is not None and code[following] in {op.JUMP, op.JUMPI}:
            program[position] = (GO_TO, gas + jump[1], target, code[following] == op.JUMP, jump[-1])


@lru_cache(maxsize=MAX_PROGRAMS)
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
    elif opcode in SIMPLE:
        kind, what = OTHER, SIMPLE[opcode]
        operand = destinations if opcode in {op.JUMP, op.JUMPI} else None
    else:
        kind, what, operand = OTHER, _stock, known
    metered = opcode in SELF_METERED or what is _stock
    return (kind, 0 if metered else known.gas_cost, what, operand, following)
