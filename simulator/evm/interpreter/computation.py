"""py-evm's Prague computation with less work around each instruction."""

from typing import Any

from eth.abc import ComputationAPI, MessageAPI, StateAPI, TransactionContextAPI
from eth.constants import GAS_ECRECOVER
from eth.exceptions import FullStack, Halt, InsufficientStack, OutOfGas, VMError
from eth.vm.code_stream import CodeStream
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.gas_meter import GasMeter, allow_negative_refund_strategy
from eth.vm.memory import Memory
from eth.vm.stack import Stack
from eth_typing import Address

from simulator.evm.ecdsa import LOWEST_V, recover
from simulator.evm.interpreter.operations import WORD, reach
from simulator.evm.interpreter.program import (
    BINARY,
    DUP,
    GO_TO,
    JUMP,
    MAX_STACK,
    POP,
    PUSH,
    SWAP,
    TRACE,
    fail_jump,
)
from simulator.evm.transactions import Log

ECRECOVER = Address(b"\1".rjust(20, b"\0"))
INPUT = 4 * WORD
"""What ECRECOVER looks at: a hash, v, r and s."""


class _CodeView(CodeStream):
    """A code stream for instructions of py-evm's that look at the code; it isn't analysed."""

    def __init__(self, code: bytes) -> None:
        self.program_counter = 0
        self._raw_code_bytes = code
        self._length_cache = len(code)


class _QuietGasMeter(GasMeter):
    """A gas meter that doesn't log: py-evm's asks its logger for every instruction."""

    def __init__(self, start_gas: int) -> None:
        self.refund_strategy = allow_negative_refund_strategy
        self.start_gas = start_gas
        self.gas_remaining = start_gas
        self.gas_refunded = 0

    def consume_gas(self, amount: int, reason: str) -> None:
        remaining = self.gas_remaining - amount
        if remaining < 0:
            raise OutOfGas(f"{reason} needs {amount} gas, {self.gas_remaining} is left")
        self.gas_remaining = remaining


class _IntegerStack(Stack):
    """A stack of nothing but integers."""

    def push_bytes(self, value: bytes) -> None:
        self.push_int(int.from_bytes(value, "big"))


def _recover(frame: Any) -> ComputationAPI:
    """Do what py-evm's ECRECOVER does, which takes half as long again."""
    frame.consume_gas(GAS_ECRECOVER, "ECRECOVER")
    data = bytes(frame.msg.data[:INPUT]).ljust(INPUT, b"\0")
    kind = int.from_bytes(data[WORD : 2 * WORD], "big") - LOWEST_V
    if kind in {0, 1}:
        signer = recover(data[:WORD], data[2 * WORD :] + bytes([kind]))
        if signer is not None:
            frame.output = signer.rjust(WORD, b"\0")
    recovered: ComputationAPI = frame
    return recovered


PRECOMPILES = {**PragueComputation.get_precompiles(), ECRECOVER: _recover}


class Computation(PragueComputation):
    """Prague's rules; whatever can be prepared once for each code is."""

    def __init__(
        self, state: StateAPI, message: MessageAPI, transaction_context: TransactionContextAPI
    ) -> None:
        # py-evm's own constructors analyse the code anew and warm the coinbase in every frame
        self.state = state
        self.msg = message
        self.transaction_context = transaction_context
        self.code = _CodeView(message.code)
        # what the loop needs at every step has a name of its own: py-evm's ways to the same things
        # are properties and calls
        self.meter = self._gas_meter = _QuietGasMeter(message.gas)
        self.consume_gas = self.meter.consume_gas  # type: ignore[method-assign]
        self.children = []
        self.accounts_to_delete = []
        self.beneficiaries = []
        self._stack = _IntegerStack()
        self.values: list[int] = self._stack.values  # type: ignore[assignment]
        self._memory = Memory()
        self.memory_bytes: bytearray = self._memory._bytes  # noqa: SLF001
        self.emitted: list[tuple[int, Log]] = []
        self.contracts_created: list[Address] = []

    def extend_memory(self, start_position: int, size: int) -> None:
        """Pay for memory up to the end of a range, and have it."""
        meter = self.meter
        meter.gas_remaining = reach(self.memory_bytes, meter.gas_remaining, start_position, size)

    @property
    def is_error(self) -> bool:
        """Whether it has failed; asked for again and again."""
        return self._error is not None

    @classmethod
    def apply_computation(
        cls,
        state: StateAPI,
        message: MessageAPI,
        transaction_context: TransactionContextAPI,
        parent_computation: ComputationAPI | None = None,
    ) -> ComputationAPI:
        """Execute one frame."""
        frame: Any = cls(state, message, transaction_context)
        if parent_computation is not None:
            # one list for all frames: by EIP-6780, SELFDESTRUCT removes only what this transaction
            # has created
            frame.contracts_created = parent_computation.contracts_created
        try:
            if message.is_create:
                if parent_computation is None:  # inside of one, CREATE itself has paid for this
                    cls.consume_initcode_gas_cost(frame)
                frame.contracts_created.append(message.storage_address)
            precompile = PRECOMPILES.get(message.code_address)
            if precompile is None:
                frame.run()
            elif not message.is_delegation:  # EIP-7702: there it is empty code
                precompile(frame)
        except VMError as error:
            frame.fail(error)
        computation: ComputationAPI = frame
        return computation

    def fail(self, error: VMError) -> None:
        """End with an error; most of them take all the gas along."""
        # a revert is the exception: it gives back what gas is left, and has something to say
        self.error = error
        if error.burns_gas:
            self.meter.gas_remaining = 0
        if error.erases_return_data:
            self.return_data = b""

    def surviving(self) -> list["Computation"]:
        """Return the frames that count in the end: this one and those inside, without the failed.

        Refunds, logs and deletions are theirs alone. py-evm asks each frame for those of the frames
        inside of it, and so again and again.
        """
        if self.is_error:
            return []
        frames = [self]
        children: Any = self.children
        for child in children:
            frames += child.surviving()
        return frames

    def run(self) -> None:
        """Execute the code until it stops."""
        try:
            self._loop()
        except Halt:
            pass
        except IndexError:  # a list that is too short tells it: nobody needs to count before
            raise InsufficientStack("An instruction wants more than the stack holds.") from None

    def _loop(self) -> None:  # noqa: C901, PLR0912 - an interpreter is one loop
        state: Any = self.state
        program = state.decode(self.msg.code)
        values, meter = self.values, self.meter
        gas = meter.gas_remaining
        position = 0
        while True:
            # a tuple, since attributes would take longer than most instructions do; the kinds are
            # tested roughly in the order of how frequent they are
            kind, cost, what, operand, next_at = program[position]
            if kind == TRACE:
                # where the stack is too low or too high for it, its first instruction is executed
                # by itself, and says so if it fails
                position = next_at
                if cost <= len(values) <= operand:
                    position, gas = what(self, values, gas)
                    # whichever of its instructions it was: out of gas leaves nothing behind
                    if gas < 0:
                        raise OutOfGas("The gas does not last for a trace.")
                continue
            gas -= cost
            if gas < 0:
                raise OutOfGas(f"An instruction needs {cost} gas.")
            if kind == PUSH:
                values.append(what)
                if len(values) > MAX_STACK:
                    raise FullStack("The stack is full.")
            elif kind == DUP:
                values.append(values[what])
                if len(values) > MAX_STACK:
                    raise FullStack("The stack is full.")
            elif kind == BINARY:
                values[-1] = what(values.pop(), values[-1])
            elif kind == SWAP:
                values[-1], values[what] = values[what], values[-1]
            elif kind == GO_TO:
                # its PUSH would have needed room, though nothing stays of it
                if len(values) >= MAX_STACK:
                    raise FullStack("The stack is full.")
                if operand or values.pop():
                    next_at = what
            elif kind == POP:
                values.pop()
            elif kind == JUMP:
                next_at = values.pop()
                if next_at not in what:
                    fail_jump(program.code, next_at)
            else:
                # only what is called looks at the meter and at the counter: PC, CODECOPY, the gas
                # that py-evm's own instructions take
                meter.gas_remaining = gas
                self.code.program_counter = next_at
                target = what(self, operand)
                gas = meter.gas_remaining
                if target is not None:
                    next_at = target
            position = next_at
