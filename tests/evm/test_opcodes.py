"""The table of instructions agrees with what py-evm does."""

from contextlib import suppress
from typing import Any

import pytest
from eth.exceptions import Halt, InsufficientStack, Revert
from eth.vm.forks.cancun.transaction_context import CancunTransactionContext
from eth.vm.forks.prague.opcodes import PRAGUE_OPCODES
from eth_typing import Address

from simulator.evm.engine import Environment
from simulator.evm.interpreter.calls import FrameMessage
from simulator.evm.interpreter.computation import Computation
from simulator.evm.interpreter.engine import PyEvmEngine, _context
from simulator.evm.interpreter.opcodes import OPCODES, Delegated
from simulator.evm.state import WorldState
from simulator.evm.translator.tracer import _Tracer

ACCOUNT = Address(b"\1" * 20)
MEMORY = bytes(range(1, 129))
OTHER = MEMORY[::-1]
NAMES = {opcode: PRAGUE_OPCODES[opcode].mnemonic for opcode in OPCODES}


def new_frame(values: list[int]) -> Any:
    """Return a frame of the interpreter with something in its memory, data and return data."""
    state: Any = PyEvmEngine(WorldState())._vm_state
    block = Environment(1, 1, ACCOUNT, bytes(32), 7, 10**7, 1, lambda _: bytes(32))
    state.execution_context = _context(block)
    message = FrameMessage(10**6, ACCOUNT, ACCOUNT, 0, OTHER, OTHER, storage_address=ACCOUNT)
    frame = Computation(state, message, CancunTransactionContext(1, ACCOUNT))
    frame.extend_memory(0, len(MEMORY))
    frame.memory_bytes[:] = MEMORY
    frame.return_data = OTHER
    frame.values += values
    frame._log_entries = []  # where py-evm's own LOG writes
    return frame


def stock(opcode: int, values: list[int]) -> Any:
    """Return a frame in which py-evm has executed an instruction."""
    frame = new_frame(values)
    instruction: Any = PRAGUE_OPCODES[opcode]
    with suppress(Halt, Revert):
        instruction(frame)
    return frame


@pytest.mark.parametrize("opcode", OPCODES, ids=NAMES.get)
def test_what_an_instruction_takes_and_gives(opcode: int) -> None:
    entry = OPCODES[opcode]
    assert len(stock(opcode, [0] * entry.takes).values) == entry.gives
    if entry.takes:
        with pytest.raises(InsufficientStack):
            stock(opcode, [0] * (entry.takes - 1))


@pytest.mark.parametrize("opcode", OPCODES, ids=NAMES.get)
def test_what_an_instruction_writes(opcode: int) -> None:
    """Nothing of the memory, or nothing before what an operand says."""
    entry = OPCODES[opcode]
    operands = [32, 64, *[32] * entry.takes][: entry.takes]
    kept = MEMORY
    if isinstance(entry, Delegated) and entry.writes is not None:
        operands[entry.writes] = 96
        kept = MEMORY[:96]
    assert stock(opcode, operands[::-1]).memory_bytes.startswith(kept)


@pytest.mark.parametrize("opcode", OPCODES, ids=NAMES.get)
def test_the_translator_knows_each(opcode: int) -> None:
    assert opcode in _Tracer._TRANSLATORS
