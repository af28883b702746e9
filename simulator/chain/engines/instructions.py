"""What instructions do with words, memory and storage.

The interpreter and the functions that are made of paths share this. Operands come in the order in
which an instruction takes them from the stack.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from eth.constants import GAS_MEMORY, GAS_MEMORY_QUADRATIC_DENOMINATOR
from eth.exceptions import OutOfGas, WriteProtection
from eth.vm import opcode_values as op
from eth.vm.forks.berlin.constants import COLD_SLOAD_COST, WARM_STORAGE_READ_COST
from eth.vm.forks.london.storage import GAS_SCHEDULE_EIP3529

from simulator.hashing import keccak

WORD = 32
MAX_WORD = 2**256 - 1
SIGN = 2**255
SCHEDULE = GAS_SCHEDULE_EIP3529
SSTORE_SENTRY_GAS = 2300
SHA3_GAS = 30
SHA3_WORD_GAS = 6

MAX_HASHES = 1 << 14
"""Results of SHA3 that are remembered: the slots of mappings are asked for again and again."""

SMALL_INPUT = 128

Frame = Any
"""A computation of py-evm's, from `simulator.chain.engines.computation`."""


def _two(formula: str) -> tuple[Callable[..., int], str, int]:
    return _function("a, b", formula.format("a", "b")), formula, 2


def _one(formula: str) -> tuple[Callable[..., int], str, int]:
    return _function("a", formula.format("a")), formula, 1


def _function(operands: str, formula: str) -> Callable[..., int]:
    names = {"MAX_WORD": MAX_WORD, "SIGN": SIGN}
    made: Callable[..., int] = eval(f"lambda {operands}: {formula}", names)  # noqa: S307 - ours
    return made


ARITHMETIC = {
    op.ADD: _two("({0} + {1}) & MAX_WORD"),
    op.MUL: _two("({0} * {1}) & MAX_WORD"),
    op.SUB: _two("({0} - {1}) & MAX_WORD"),
    op.DIV: _two("{0} // {1} if {1} else 0"),
    op.MOD: _two("{0} % {1} if {1} else 0"),
    op.LT: _two("1 if {0} < {1} else 0"),
    op.GT: _two("1 if {0} > {1} else 0"),
    op.SLT: _two("1 if {0} ^ SIGN < {1} ^ SIGN else 0"),
    op.SGT: _two("1 if {0} ^ SIGN > {1} ^ SIGN else 0"),
    op.EQ: _two("1 if {0} == {1} else 0"),
    op.AND: _two("{0} & {1}"),
    op.OR: _two("{0} | {1}"),
    op.XOR: _two("{0} ^ {1}"),
    op.SHL: _two("({1} << {0}) & MAX_WORD if {0} < 256 else 0"),
    op.SHR: _two("{1} >> {0} if {0} < 256 else 0"),
    op.ISZERO: _one("0 if {0} else 1"),
    op.NOT: _one("{0} ^ MAX_WORD"),
}
"""Functions of one or two operands, the same in Python's words, and how many there are."""


def grow(memory: bytearray, gas: int, end: int) -> int:
    """Let memory reach up to `end`, which it doesn't yet; return the gas that is left."""
    before, after = len(memory) // WORD, (end + WORD - 1) // WORD
    gas -= GAS_MEMORY * (after - before)
    gas -= after * after // GAS_MEMORY_QUADRATIC_DENOMINATOR
    gas += before * before // GAS_MEMORY_QUADRATIC_DENOMINATOR
    if gas < 0:
        raise OutOfGas(f"Memory of {end} bytes costs {-gas} gas more than there is.")
    memory.extend(bytes((after - before) * WORD))
    return gas


def word_at(data: Any, start: int) -> int:
    """Return the word of calldata that begins at a position; behind the end there are zeros."""
    return int.from_bytes(bytes(data[start : start + WORD]).ljust(WORD, b"\0"), "big")


def load_storage(frame: Frame, slot: int) -> int:
    """Pay for a slot of the storage and return what it holds."""
    world = frame.state.world
    key = (frame.msg.storage_address, slot)
    if key in world.warm:
        frame.consume_gas(WARM_STORAGE_READ_COST, "SLOAD")
    else:
        world.put(world.warm, key, True)
        frame.consume_gas(COLD_SLOAD_COST, "SLOAD")
    value: int = world.storage.get(key, 0)
    return value


def store_storage(frame: Frame, slot: int, value: int) -> None:
    """Pay for a write to the storage, by the rules of EIP-2200, 2929 and 3529, and do it."""
    frame.consume_gas(0, "SSTORE")  # notices a debt
    meter, world = frame._gas_meter, frame.state.world  # noqa: SLF001
    if frame.msg.is_static:
        raise WriteProtection("Nothing may be written inside of a STATICCALL.")
    if meter.gas_remaining <= SSTORE_SENTRY_GAS:
        raise OutOfGas(f"SSTORE wants more than {SSTORE_SENTRY_GAS} gas left.")
    key = (frame.msg.storage_address, slot)
    current = world.storage.get(key, 0)
    original = world.originals.get(key, current)
    gas, refund = SCHEDULE.sload_gas, 0
    if value != current:
        full = SCHEDULE.sstore_reset_gas if original else SCHEDULE.sstore_set_gas
        if current == original:
            gas = full
        elif value == original:
            refund = full - SCHEDULE.sload_gas
        if original:
            refund += SCHEDULE.sstore_clears_schedule * ((value == 0) - (current == 0))
    if key not in world.warm:
        world.put(world.warm, key, True)
        gas += COLD_SLOAD_COST
    frame.consume_gas(gas, "SSTORE")
    meter.gas_refunded += refund
    world.put_storage(*key, value)


def hash_memory(frame: Frame, start: int, size: int) -> int:
    """Pay for a hash of a part of the memory and return it."""
    frame.extend_memory(start, size)
    frame.consume_gas(SHA3_GAS + SHA3_WORD_GAS * ((size + WORD - 1) // WORD), "SHA3")
    data = bytes(frame.memory_bytes[start : start + size])
    return _hash_small(data) if size <= SMALL_INPUT else _hash_of(data)


def _hash_of(data: bytes) -> int:
    return int.from_bytes(keccak(data), "big")


_hash_small = lru_cache(maxsize=MAX_HASHES)(_hash_of)


READS = {
    op.ADDRESS: ('from_bytes(message.storage_address, "big")', 0),
    op.CALLER: ('from_bytes(message.sender, "big")', 0),
    op.CALLVALUE: ("message.value", 0),
    op.CALLDATASIZE: ("len(data)", 0),
    op.CALLDATALOAD: ("word_at(data, {})", 1),
    op.RETURNDATASIZE: ("len(frame.return_data)", 0),
}
"""Instructions that only look at their frame, with how many operands they take."""

HELPERS = {
    op.SLOAD: (load_storage, 1, 1),
    op.SSTORE: (store_storage, 2, 0),
    op.SHA3: (hash_memory, 2, 1),
}
"""Functions that pay by themselves; how many operands they take, and whether they give a value."""

STOCK = {
    op.STOP: (0, 0),
    op.SDIV: (2, 1),
    op.SMOD: (2, 1),
    op.ADDMOD: (3, 1),
    op.MULMOD: (3, 1),
    op.EXP: (2, 1),
    op.SIGNEXTEND: (2, 1),
    op.BYTE: (2, 1),
    op.SAR: (2, 1),
    op.BALANCE: (1, 1),
    op.ORIGIN: (0, 1),
    op.CALLDATACOPY: (3, 0),
    op.CODECOPY: (3, 0),
    op.EXTCODESIZE: (1, 1),
    op.RETURNDATACOPY: (3, 0),
    op.TIMESTAMP: (0, 1),
    op.NUMBER: (0, 1),
    op.CHAINID: (0, 1),
    op.SELFBALANCE: (0, 1),
    op.MSTORE8: (2, 0),
    op.MSIZE: (0, 1),
    op.GAS: (0, 1),
    op.TLOAD: (1, 1),
    op.TSTORE: (2, 0),
    op.MCOPY: (3, 0),
    op.LOG0: (2, 0),
    op.LOG1: (3, 0),
    op.LOG2: (4, 0),
    op.LOG3: (5, 0),
    op.LOG4: (6, 0),
    op.CALL: (7, 1),
    op.DELEGATECALL: (6, 1),
    op.STATICCALL: (6, 1),
    op.RETURN: (2, 0),
    op.REVERT: (2, 0),
}
"""py-evm's instructions that are called in paths: what they take from the stack, and add."""
