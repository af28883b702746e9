"""Calls between contracts, and the messages that begin a frame."""

from typing import Any

from eth.constants import STACK_DEPTH_LIMIT
from eth.vm import opcode_values as op
from eth.vm.forks.berlin.constants import COLD_ACCOUNT_ACCESS_COST, WARM_STORAGE_READ_COST
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.opcodes import PRAGUE_OPCODES
from eth.vm.message import Message as PyEvmMessage
from eth_typing import Address

from simulator.evm.interpreter.operations import Frame, check_gas, reach

ADDRESS_BYTES = 20
MAX_ADDRESS = 2**160 - 1

ALWAYS_WARM = frozenset(PragueComputation.get_precompiles())


class FrameMessage(PyEvmMessage):
    """A message whose fields are known to be right: py-evm checks each, and looks up addresses."""

    __slots__ = ("code_address", "is_delegation", "storage_address")

    def __init__(  # noqa: PLR0913 - as many as a message has fields
        self,
        gas: int,
        to: bytes,
        sender: bytes,
        value: int,
        data: bytes,
        code: bytes,
        *,
        storage_address: bytes,
        depth: int = 0,
        is_static: bool = False,
    ) -> None:
        self.gas = gas
        self.to = Address(to)
        self.sender = Address(sender)
        self.value = value
        self.data = data
        self.code = code
        self.storage_address: Any = storage_address
        self.code_address: Any = to
        self.depth = depth
        self.should_transfer_value = True
        self.is_static = is_static
        self.is_delegation: Any = False
        self.refund = 0


def call(frame: Frame, gas: int, limit: int, to: int, value: int, *areas: int) -> tuple[int, int]:
    """Call an account; return whether that went well. What is unusual is left to py-evm."""
    if value or frame.msg.depth >= STACK_DEPTH_LIMIT:
        return _stock(op.CALL, frame, gas, (limit, to, value, *areas))
    return _enter(frame, gas, limit, to, areas, frame.msg.is_static)


def call_static(frame: Frame, gas: int, limit: int, to: int, *areas: int) -> tuple[int, int]:
    """Call an account that may not write; return whether that went well."""
    if frame.msg.depth >= STACK_DEPTH_LIMIT:
        return _stock(op.STATICCALL, frame, gas, (limit, to, *areas))
    return _enter(frame, gas, limit, to, areas, True)


def _stock(opcode: int, frame: Frame, gas: int, operands: tuple[int, ...]) -> tuple[int, int]:
    frame.meter.gas_remaining = gas
    frame.values.extend(reversed(operands))
    PRAGUE_OPCODES[opcode](frame)
    return frame.values.pop(), frame.meter.gas_remaining


def _enter(
    frame: Frame, gas: int, limit: int, to: int, areas: tuple[int, ...], is_static: bool
) -> tuple[int, int]:
    """Execute the code of an account, without ETH, by the rules of EIP-150 and 2929."""
    start, size, out, room = areas  # where the input is in the memory, and where the output goes
    memory, world, message = frame.memory_bytes, frame.state.world, frame.msg
    gas = reach(memory, reach(memory, gas, start, size), out, room)
    address = (to & MAX_ADDRESS).to_bytes(ADDRESS_BYTES, "big")
    cold = address not in ALWAYS_WARM and world.warm_up(address)
    gas = check_gas(gas - (COLD_ACCOUNT_ACCESS_COST if cold else WARM_STORAGE_READ_COST))
    handed_on = min(limit, gas - gas // 64)  # EIP-150: who calls keeps a 64th
    inner = FrameMessage(
        handed_on,
        address,
        message.storage_address,
        0,
        bytes(memory[start : start + size]),
        world.codes.get(address, b""),
        storage_address=address,
        depth=message.depth + 1,
        is_static=is_static,
    )
    mark = len(world.undo_log)
    child = frame.apply_computation(frame.state, inner, frame.transaction_context, frame)
    if child.is_error:
        world.undo(mark)  # what was warmed up inside too, by EIP-2929
    frame.add_child_computation(child)
    output = child.output[:room]
    memory[out : out + len(output)] = output
    return int(child.is_success), gas - handed_on + child.get_gas_remaining()
