"""py-evm's EVM with the rules of Prague, on a state in dictionaries."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NoReturn

from eth._utils.address import generate_contract_address
from eth.abc import AccountDatabaseAPI, ComputationAPI
from eth.constants import BLANK_ROOT_HASH, CREATE_CONTRACT_ADDRESS, EMPTY_SHA3
from eth.db.journal import get_next_checkpoint
from eth.exceptions import ContractCreationCollision, OutOfGas, Revert
from eth.typing import JournalDBCheckpoint
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.cancun.transaction_context import CancunTransactionContext
from eth.vm.forks.prague.state import PragueState
from eth_typing import Address, BlockNumber, Hash32

from simulator.evm.engine import OUT_OF_GAS, REVERTED, Environment, ExecutionResult, Message
from simulator.evm.interpreter.calls import FrameMessage
from simulator.evm.interpreter.computation import Computation
from simulator.evm.interpreter.program import Program, decode
from simulator.evm.state import WorldState
from simulator.words.hashing import keccak

MAX_REFUND_QUOTIENT = 5
"""EIP-3529: at most this part of the gas used comes back."""

MAX_ANCESTORS = 256
"""How far BLOCKHASH looks back."""


class _Accounts(AccountDatabaseAPI):
    """An account database without tries: all roots are blank.

    py-evm makes one of these through `State.account_db_class`. Checkpoints are positions in the
    state's undo log, under the identifiers that py-evm's other journals use.
    """

    def __init__(self, db: Any, state_root: Hash32 = BLANK_ROOT_HASH) -> None:  # noqa: ARG002
        world: WorldState = db
        self.world = world
        self._marks: dict[JournalDBCheckpoint, int] = {}
        self._code_hashes: dict[bytes, Hash32] = {b"": EMPTY_SHA3}

    def get_storage(self, address: Address, slot: int, from_journal: bool = True) -> int:
        key = (address, slot)
        world = self.world
        # in py-evm's words, past the journal is before this transaction
        if not from_journal and key in world.originals:
            return world.originals[key]
        return world.storage.get(key, 0)

    def set_storage(self, address: Address, slot: int, value: int) -> None:
        self.world.put_storage((address, slot), value)

    def delete_storage(self, address: Address) -> None:
        """Nothing to do: only new accounts are ever wiped, and those are deleted as a whole."""

    def is_storage_warm(self, address: Address, slot: int) -> bool:
        return (address, slot) in self.world.warm

    def mark_storage_warm(self, address: Address, slot: int) -> None:
        self.world.warm_up((address, slot))

    def get_balance(self, address: Address) -> int:
        return self.world.balances.get(address, 0)

    def set_balance(self, address: Address, balance: int) -> None:
        self.world.put(self.world.balances, address, balance)

    def get_nonce(self, address: Address) -> int:
        return self.world.nonces.get(address, 0)

    def set_nonce(self, address: Address, nonce: int) -> None:
        self.world.put(self.world.nonces, address, nonce)

    def increment_nonce(self, address: Address) -> None:
        self.set_nonce(address, self.get_nonce(address) + 1)

    def get_code(self, address: Address) -> bytes:
        return self.world.codes.get(address, b"")

    def set_code(self, address: Address, code: bytes) -> None:
        self.world.put(self.world.codes, address, code)

    def get_code_hash(self, address: Address) -> Hash32:
        code = self.get_code(address)
        if code not in self._code_hashes:
            self._code_hashes[code] = Hash32(keccak(code))
        return self._code_hashes[code]

    def delete_code(self, address: Address) -> None:
        self.set_code(address, b"")

    def account_has_code_or_nonce(self, address: Address) -> bool:
        return address in self.world.nonces or address in self.world.codes

    def account_exists(self, address: Address) -> bool:
        return not self.world.is_empty(address)

    def account_is_empty(self, address: Address) -> bool:
        return self.world.is_empty(address)

    def delete_account(self, address: Address) -> None:
        self.world.delete(address)

    def touch_account(self, address: Address) -> None:
        """Nothing to do: an account that holds nothing does not exist."""

    def is_address_warm(self, address: Address) -> bool:
        return address in self.world.warm

    def mark_address_warm(self, address: Address) -> None:
        self.world.warm_up(address)

    def record(self) -> JournalDBCheckpoint:
        checkpoint = get_next_checkpoint()
        self._marks[checkpoint] = len(self.world.undo_log)
        return checkpoint

    def discard(self, checkpoint: JournalDBCheckpoint) -> None:
        self.world.undo(self._marks.pop(checkpoint))

    def commit(self, checkpoint: JournalDBCheckpoint) -> None:
        del self._marks[checkpoint]

    def lock_changes(self) -> None:
        self._marks.clear()

    @property
    def state_root(self) -> Hash32:
        return BLANK_ROOT_HASH

    @state_root.setter
    def state_root(self, value: Hash32) -> None:
        """Nothing to do: reverting to a root is left to the undo log."""

    def has_root(self, state_root: bytes) -> bool:  # noqa: ARG002
        return True

    def make_state_root(self) -> Hash32:
        return BLANK_ROOT_HASH

    def persist(self) -> NoReturn:
        raise NotImplementedError("A state in dictionaries has nothing to persist.")


class _State(PragueState):
    computation_class = Computation
    account_db_class = _Accounts

    def __init__(self, world: WorldState, decode: Callable[[bytes], Program]) -> None:
        self.world = world
        self.decode = decode
        super().__init__(world, None, None)  # type: ignore[arg-type]

    def set_system_contracts(self) -> None:
        """Nothing to do: no test chain has them."""

    def snapshot(self) -> Any:
        return len(self.world.undo_log)

    def revert(self, snapshot: Any) -> None:
        self.world.undo(snapshot)

    def commit(self, snapshot: Any) -> None:
        """Nothing to do: the undo log just goes on."""

    def get_transient_storage(self, address: Address, slot: int) -> bytes:
        return self.world.transient.get((address, slot), b"")

    def set_transient_storage(self, address: Address, slot: int, value: bytes) -> None:
        self.world.put(self.world.transient, (address, slot), value)


class PyEvmEngine:
    """Executes messages with py-evm, instruction by instruction.

    Args:
        state: what it works on.
        decode: returns the decoded form of a code; a translator has one of its own.
    """

    name = "pyevm-interpreted"

    def __init__(self, state: WorldState, decode: Callable[[bytes], Program] = decode) -> None:
        self.state = state
        self._vm_state = _State(state, decode)
        self._environment: Environment | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # all else is made anew from the state, decoded code too
        return (type(self), (self.state,))

    def execute(self, environment: Environment, message: Message) -> ExecutionResult:
        """Execute a message; a failed one leaves the state as it was."""
        mark = len(self.state.undo_log)
        if environment is not self._environment:  # one for all transactions of a block
            self._environment = environment
            self._vm_state.execution_context = _context(environment)
        frame = self._frame(message)
        self._warm(environment, message, frame)
        computation = self._compute(
            frame, CancunTransactionContext(message.gas_price, frame.sender)
        )
        frames = computation.surviving()
        # at the end, by EIP-6780; in order, so that equal histories have equal undo logs
        for account in sorted({gone for inner in frames for gone in inner.accounts_to_delete}):
            self.state.delete(account)
        self.state.end_transaction(mark)
        return _execution(message, computation, frames)

    def reload(self) -> None:
        """Nothing to do: the state is used where it is."""

    def _frame(self, message: Message) -> FrameMessage:
        sender = Address(message.sender)
        gas = message.gas - message.intrinsic_gas
        if message.to is None:
            address = generate_contract_address(sender, message.nonce)
            place, data, code = CREATE_CONTRACT_ADDRESS, b"", message.data
        else:
            address = place = Address(message.to)
            data, code = bytes(message.data), self.state.codes.get(address, b"")
        return FrameMessage(gas, place, sender, message.value, data, code, storage_address=address)

    def _warm(self, environment: Environment, message: Message, frame: FrameMessage) -> None:
        # past the undo log: these stay warm when the message fails; `end_transaction` clears all
        warm = self.state.warm
        for address in (message.sender, frame.storage_address, environment.coinbase):
            warm[address] = True
        for address, slots in message.access_list:
            warm[address] = True
            warm.update({(address, slot): True for slot in slots})

    def _compute(self, frame: FrameMessage, context: CancunTransactionContext) -> Computation:
        state: Any = self._vm_state
        computation: Any
        if not frame.is_create:
            computation = Computation.apply_message(state, frame, context)
        elif state.has_code_or_nonce(frame.storage_address):
            # py-evm looks for this where it executes transactions, above what is used of it here
            computation = Computation(state, frame, context)
            computation.error = ContractCreationCollision("The new contract's address is taken.")
        else:
            computation = Computation.apply_create_message(state, frame, context)
        finished: Computation = computation
        return finished


def _context(environment: Environment) -> ExecutionContext:
    return ExecutionContext(
        coinbase=Address(environment.coinbase),
        timestamp=environment.timestamp,
        block_number=BlockNumber(environment.number),
        difficulty=0,
        mix_hash=Hash32(environment.mix_hash),
        gas_limit=environment.gas_limit,
        prev_hashes=_ancestors(environment),
        chain_id=environment.chain_id,
        base_fee_per_gas=environment.base_fee,
        excess_blob_gas=0,
    )


def _ancestors(environment: Environment) -> Iterator[Hash32]:
    """Yield the hashes of the blocks before, newest first, computed when they are asked for."""
    last = max(-1, environment.number - 1 - MAX_ANCESTORS)
    for number in range(environment.number - 1, last, -1):
        yield Hash32(environment.block_hash(number))


def _execution(
    message: Message, computation: Computation, frames: Sequence[Computation]
) -> ExecutionResult:
    used = message.gas - computation.get_gas_remaining()
    # a frame's own may be negative, where it writes again what another one has cleared
    refund = sum([frame.meter.gas_refunded for frame in frames])
    used -= min(refund, used // MAX_REFUND_QUOTIENT)
    if computation.is_error:
        return ExecutionResult(_error_name(computation), used, bytes(computation.output), (), None)
    # a frame may have emitted before and after those inside of it: the numbers tell the order
    emitted = sorted([entry for frame in frames for entry in frame.emitted])
    logs = tuple([log for _, log in emitted])
    if message.to is None:
        return ExecutionResult("", used, b"", logs, bytes(computation.msg.storage_address))
    return ExecutionResult("", used, bytes(computation.output), logs, None)


def _error_name(computation: ComputationAPI) -> str:
    error = computation.error
    if isinstance(error, Revert):
        return REVERTED
    return OUT_OF_GAS if isinstance(error, OutOfGas) else type(error).__name__
