"""A few messages on an engine and on py-evm's, which must come out the same."""

from collections.abc import Iterator

from eth.vm import opcode_values as op

from simulator.evm.engine import Engine, Environment, ExecutionResult, Message
from simulator.evm.fees import intrinsic_gas
from simulator.evm.interpreter.engine import PyEvmEngine
from simulator.evm.state import WorldState
from simulator.words.errors import ConfigurationError
from simulator.words.units import ZERO_ADDRESS

SENDER = bytes([1] * 20)
WEI = 10**18
GAS = 3_000_000
LITTLE_GAS = 30_000
"""Enough to begin with a call, and not enough to write a slot that is empty."""

UNLUCKY = 13
"""The value that the contract reverts for, once it has written it."""

_WORD = 32
_BODY, _FAILURE = 5, 39  # where the JUMPDESTs are

CONTRACT = bytes(
    (
        *(op.CALLDATASIZE, op.PUSH1, _BODY, op.JUMPI, op.STOP),  # ETH alone is taken
        *(op.JUMPDEST, op.CALLVALUE, op.PUSH1, _FAILURE, op.JUMPI),  # with calldata it is not
        *(op.PUSH0, op.CALLDATALOAD, op.SLOAD, op.PUSH0, op.MSTORE),
        *(op.PUSH1, _WORD, op.CALLDATALOAD, op.DUP1, op.PUSH0, op.CALLDATALOAD, op.SSTORE),
        *(op.PUSH1, UNLUCKY, op.EQ, op.PUSH1, _FAILURE, op.JUMPI),
        *(op.CALLER, op.PUSH0, op.CALLDATALOAD, op.PUSH1, _WORD, op.PUSH0, op.LOG2),
        *(op.PUSH1, _WORD, op.PUSH0, op.RETURN),
        *(op.JUMPDEST, op.PUSH1, _WORD, op.PUSH0, op.REVERT),
    )
)
"""Writes a word of calldata to a slot, tells of it, and returns what the slot held before."""

_PREFIX = 14
INITCODE = (
    bytes(
        (
            *(op.PUSH1, 1, op.PUSH1, 5, op.SSTORE),  # a constructor that writes, too
            *(op.PUSH1, len(CONTRACT), op.DUP1, op.PUSH1, _PREFIX, op.PUSH0, op.CODECOPY),
            *(op.PUSH0, op.RETURN),
        )
    )
    + CONTRACT
)


def _environment(number: int) -> Environment:
    return Environment(
        number=number,
        timestamp=number,
        coinbase=ZERO_ADDRESS,
        mix_hash=bytes(32),
        base_fee=0,
        gas_limit=2 * GAS,
        chain_id=1,
        block_hash=lambda _: bytes(32),
    )


def _write(slot: int, value: int) -> bytes:
    return slot.to_bytes(_WORD, "big") + value.to_bytes(_WORD, "big")


CALLS = (
    (_write(1, 5), GAS, 0),
    (_write(1, 3), GAS, 0),
    (_write(2, 3), GAS, 0),
    (_write(2, 0), GAS, 0),
    (_write(1, UNLUCKY), GAS, 0),
    (_write(3, 5), LITTLE_GAS, 0),
    (_write(1, 1), GAS, 7),
    (b"", GAS, 7),
)
"""Data, gas and value: writes, a refund, a revert, out of gas, ETH that is not taken and taken."""


def _play(engine: Engine) -> Iterator[tuple[ExecutionResult, list[dict[object, object]]]]:
    """Yield what each message did and what all accounts hold then."""
    state = engine.state
    state.fund({SENDER: WEI})
    engine.reload()
    address = None
    for nonce, (data, gas, value) in enumerate(((INITCODE, GAS, 0), *CALLS)):
        intrinsic = intrinsic_gas(data, creates=address is None)
        message = Message(SENDER, address, data, value, gas, 1, intrinsic, nonce)
        state.put(state.nonces, SENDER, nonce + 1)
        execution = engine.execute(_environment(nonce + 1), message)
        address = address or execution.created
        yield execution, [dict(table) for table in state.tables]


def compare(engine: Engine) -> None:
    """Compare an engine, on a state that holds nothing, with py-evm's.

    Raises:
        ConfigurationError: gas, logs, results or states differ.
    """
    pairs = zip(_play(engine), _play(PyEvmEngine(WorldState())), strict=True)
    for number, (mine, reference) in enumerate(pairs):
        if mine != reference:
            raise ConfigurationError(
                f"The engine {engine.name} differs from py-evm at message {number} of its "
                "self-test: use the engine pyevm."
            )
