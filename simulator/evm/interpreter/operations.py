"""What instructions do with memory, storage and logs.

The interpreter and the functions that the translator makes share this. Operands come in the order
in which an instruction takes them from the stack.
"""

from functools import lru_cache
from typing import Any, NoReturn

from eth.constants import (
    GAS_COPY,
    GAS_LOG,
    GAS_LOGDATA,
    GAS_LOGTOPIC,
    GAS_MEMORY,
    GAS_MEMORY_QUADRATIC_DENOMINATOR,
)
from eth.exceptions import Halt, OutOfGas, WriteProtection
from eth.vm.forks.berlin.constants import COLD_SLOAD_COST, WARM_STORAGE_READ_COST
from eth.vm.forks.london.storage import GAS_SCHEDULE_EIP3529

from simulator.evm.transactions import Log
from simulator.words.hashing import keccak

WORD = 32
MAX_WORD = 2**256 - 1
SCHEDULE = GAS_SCHEDULE_EIP3529
SSTORE_SENTRY_GAS = 2300
SHA3_GAS = 30
SHA3_WORD_GAS = 6
COPY_GAS = 3

MAX_HASHES = 1 << 14
"""Results of SHA3 that are remembered: the slots of mappings are asked for again and again."""

SMALL_INPUT = 128

Frame = Any
"""A computation of py-evm's, from `computation`."""


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


def reach(memory: bytearray, gas: int, start: int, size: int) -> int:
    """Have memory up to the end of a range; an empty one needs none, wherever it is."""
    end = start + size
    return grow(memory, gas, end) if size and end > len(memory) else gas


def word_at(data: bytes, start: int) -> int:
    """Return the word of calldata that begins at a position; behind the end there are zeros."""
    return int.from_bytes(data[start : start + WORD].ljust(WORD, b"\0"), "big")


def words_of(size: int) -> int:
    """Return how many words so many bytes take."""
    return (size + WORD - 1) // WORD


# The helpers of `opcodes.OPCODES`: each gets the gas that is left, pays from it, and returns what
# is left then, behind its value if it has one. What it gets may be below zero already: a trace adds
# up what its instructions cost and lets the next helper notice.


def load_storage(frame: Frame, gas: int, slot: int) -> tuple[int, int]:
    """Return what a slot of the storage holds."""
    world = frame.state.world
    key = (frame.msg.storage_address, slot)
    gas -= COLD_SLOAD_COST if world.warm_up(key) else WARM_STORAGE_READ_COST
    if gas < 0:
        check_gas(gas)
    return world.storage.get(key, 0), gas


def store_storage(frame: Frame, gas: int, slot: int, value: int) -> int:
    """Write to the storage, by the rules of EIP-2200, 2929 and 3529."""
    check_gas(gas)
    message, world = frame.msg, frame.state.world
    if message.is_static:
        raise WriteProtection("Nothing may be written inside of a STATICCALL.")
    if gas <= SSTORE_SENTRY_GAS:
        raise OutOfGas(f"SSTORE wants more than {SSTORE_SENTRY_GAS} gas left.")
    key = (message.storage_address, slot)
    current = world.storage.get(key, 0)
    cost, refund = SCHEDULE.sload_gas, 0
    if value != current:
        # what a write costs depends on what the transaction found there: EIP-2200
        original = world.originals.get(key, current)
        full = SCHEDULE.sstore_reset_gas if original else SCHEDULE.sstore_set_gas
        if current == original:
            cost = full
        elif value == original:
            refund = full - SCHEDULE.sload_gas
        if original:
            refund += SCHEDULE.sstore_clears_schedule * ((value == 0) - (current == 0))
    if world.warm_up(key):
        cost += COLD_SLOAD_COST
    gas = check_gas(gas - cost)
    if value != current:
        frame.meter.gas_refunded += refund
        world.put_storage(key, value)
    return gas


def hash_memory(frame: Frame, gas: int, start: int, size: int) -> tuple[int, int]:
    """Return the hash of a part of the memory."""
    memory = frame.memory_bytes
    gas = reach(memory, gas, start, size) - hash_gas(size)
    check_gas(gas)
    data = bytes(memory[start : start + size])
    return (hash_small(data) if size <= SMALL_INPUT else hash_of(data)), gas


def hash_gas(size: int) -> int:
    """Return what a hash of so many bytes costs, memory aside."""
    return SHA3_GAS + SHA3_WORD_GAS * words_of(size)


def copy_calldata(frame: Frame, gas: int, to: int, start: int, size: int) -> int:
    """Copy a part of the calldata into the memory; behind its end there are zeros."""
    memory = frame.memory_bytes
    gas = reach(memory, gas, to, size) - COPY_GAS - GAS_COPY * words_of(size)
    check_gas(gas)
    memory[to : to + size] = frame.msg.data[start : start + size].ljust(size, b"\0")
    return gas


def log(frame: Frame, gas: int, start: int, size: int, *topics: int) -> int:
    """Emit a part of the memory under some topics."""
    gas = check_gas(gas - GAS_LOG)
    if frame.msg.is_static:
        raise WriteProtection("Nothing may be emitted inside of a STATICCALL.")
    gas = check_gas(gas - GAS_LOGTOPIC * len(topics) - GAS_LOGDATA * size)
    memory = frame.memory_bytes
    gas = reach(memory, gas, start, size)
    data = bytes(memory[start : start + size])
    contract = frame.msg.storage_address
    words = tuple([topic.to_bytes(WORD, "big") for topic in topics])
    number = frame.transaction_context.get_next_log_counter()
    frame.emitted.append((number, Log(contract, words, data)))
    return gas


def stop(frame: Frame, gas: int) -> NoReturn:
    """End the frame."""
    frame.meter.gas_remaining = check_gas(gas)
    raise Halt("STOP")


def finish(frame: Frame, gas: int, start: int, size: int) -> NoReturn:
    """End the frame with a part of the memory as its output."""
    memory = frame.memory_bytes
    gas = reach(memory, gas, start, size)
    frame.output = bytes(memory[start : start + size])
    stop(frame, gas)


def check_gas(gas: int) -> int:
    """Return the gas that is left; below zero that is out of gas."""
    if gas < 0:
        raise OutOfGas(f"{-gas} more gas is needed than there is.")
    return gas


def hash_of(data: bytes) -> int:
    """Return the hash of some bytes as a word."""
    return int.from_bytes(keccak(data), "big")


hash_small = lru_cache(maxsize=MAX_HASHES)(hash_of)
