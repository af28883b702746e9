"""py-evm's EVM with the rules of Prague, on a state in dictionaries."""

from collections.abc import Iterator
from typing import Any

from eth._utils.address import generate_contract_address
from eth.abc import ComputationAPI
from eth.constants import CREATE_CONTRACT_ADDRESS
from eth.exceptions import ContractCreationCollision, OutOfGas, Revert
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.cancun.transaction_context import CancunTransactionContext
from eth.vm.forks.prague.state import PragueState
from eth.vm.message import Message as FrameMessage
from eth_typing import Address, BlockNumber, Hash32

from simulator.chain.abi import Log
from simulator.chain.engines.accounts import Accounts
from simulator.chain.engines.base import OUT_OF_GAS, REVERTED, Environment, Execution, Message
from simulator.chain.engines.computation import Computation
from simulator.chain.engines.state import WorldState

MAX_REFUND_QUOTIENT = 5
"""EIP-3529: at most this part of the gas used comes back."""

MAX_ANCESTORS = 256
"""How far BLOCKHASH looks back."""


class _State(PragueState):
    computation_class = Computation
    account_db_class = Accounts

    def __init__(self, world: WorldState) -> None:
        self.world = world
        super().__init__(world, None, None)  # type: ignore[arg-type]

    def set_system_contracts(self) -> None:
        """Nothing to do: no test chain has them."""

    def snapshot(self) -> Any:
        return len(self.world.journal)

    def revert(self, snapshot: Any) -> None:
        self.world.undo(snapshot)

    def commit(self, snapshot: Any) -> None:
        """Nothing to do: the journal just goes on."""

    def get_transient_storage(self, address: Address, slot: int) -> bytes:
        return self.world.transient.get((address, slot), b"")

    def set_transient_storage(self, address: Address, slot: int, value: bytes) -> None:
        self.world.put(self.world.transient, (address, slot), value)


class PyEvmEngine:
    """Executes messages with py-evm."""

    name = "pyevm"

    def __init__(self, state: WorldState) -> None:
        self.state = state
        self._vm_state = _State(state)

    def __reduce__(self) -> tuple[Any, ...]:
        return (PyEvmEngine, (self.state,))

    def execute(self, environment: Environment, message: Message) -> Execution:
        """Execute a message; a failed one leaves the state as it was."""
        mark = len(self.state.journal)
        self._vm_state.execution_context = _context(environment)
        frame = self._frame(message)
        self._warm(environment, message, frame)
        computation = self._compute(
            frame, CancunTransactionContext(message.gas_price, frame.sender)
        )
        for account in sorted(computation.get_accounts_for_deletion()):
            self.state.delete(account)
        self.state.end_transaction(mark)
        return _execution(message, computation)

    def reload(self) -> None:
        """Nothing to do: the state is used where it is."""

    def _frame(self, message: Message) -> FrameMessage:
        sender = Address(message.sender)
        gas = message.gas - message.intrinsic_gas
        if message.to is None:
            address = generate_contract_address(sender, message.nonce)
            return FrameMessage(
                gas,
                CREATE_CONTRACT_ADDRESS,
                sender,
                message.value,
                b"",
                message.data,
                create_address=address,
            )
        to = Address(message.to)
        code = self.state.codes.get(to, b"")
        return FrameMessage(gas, to, sender, message.value, message.data, code)

    def _warm(self, environment: Environment, message: Message, frame: FrameMessage) -> None:
        warm = self.state.warm
        for address in (message.sender, frame.storage_address, environment.coinbase):
            warm[address] = True
        for address, slots in message.access_list:
            warm[address] = True
            warm.update({(address, slot): True for slot in slots})

    def _compute(self, frame: FrameMessage, context: CancunTransactionContext) -> ComputationAPI:
        state: Any = self._vm_state
        if not frame.is_create:
            return Computation.apply_message(state, frame, context)
        if state.has_code_or_nonce(frame.storage_address):
            computation = Computation(state, frame, context)
            computation.error = ContractCreationCollision("The new contract's address is taken.")
            return computation
        return Computation.apply_create_message(state, frame, context)


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


def _execution(message: Message, computation: ComputationAPI) -> Execution:
    used = message.gas - computation.get_gas_remaining()
    used -= min(computation.get_gas_refund(), used // MAX_REFUND_QUOTIENT)
    if computation.is_error:
        return Execution(_error_name(computation), used, bytes(computation.output), (), None)
    logs = tuple(
        Log(contract, tuple(topic.to_bytes(32, "big") for topic in topics), data)
        for contract, topics, data in computation.get_log_entries()
    )
    if message.to is None:
        return Execution("", used, b"", logs, bytes(computation.msg.storage_address))
    return Execution("", used, bytes(computation.output), logs, None)


def _error_name(computation: ComputationAPI) -> str:
    error = computation.error
    if isinstance(error, Revert):
        return REVERTED
    return OUT_OF_GAS if isinstance(error, OutOfGas) else type(error).__name__
