"""eth-tester's own backend on py-evm, made reproducible: the reference for the fast engines.

Left alone, eth-tester takes block times from the wall clock and `mix_hash` from the system's
randomness. Here both follow from the block number, so that equal calls give equal block hashes in
any process. A slot's transactions become one block through py-evm's own block building steps;
eth-tester's batched mode mines only one of several transactions of an account.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from eth.abc import BlockHeaderAPI, ComputationAPI, ReceiptAPI, VirtualMachineAPI
from eth.chains.base import MiningChain
from eth.consensus import ConsensusApplier, NoProofConsensus
from eth.constants import BLANK_ROOT_HASH, POST_MERGE_DIFFICULTY, POST_MERGE_NONCE
from eth.db import get_db_backend
from eth.db.atomic import AtomicDB
from eth.db.backends.memory import MemoryDB
from eth.exceptions import OutOfGas, Revert
from eth.vm.forks import PragueVM
from eth_keys.datatypes import PrivateKey
from eth_tester import PyEVMBackend
from eth_utils.exceptions import ValidationError

from simulator.evm.blocks import mix_hash
from simulator.evm.engine import OUT_OF_GAS, REVERTED, ExecutionResult
from simulator.evm.eth_tester.shared_backend import SharedBackend
from simulator.evm.eth_tester.shared_tester import SharedTester
from simulator.evm.fees import intrinsic_gas
from simulator.evm.parameters import USUAL, ChainIdentity, Refusals
from simulator.evm.signing import by_address
from simulator.evm.transactions import Log, Receipt
from simulator.words.units import ZERO_ADDRESS, Address

REFUSALS = Refusals()

ROOT_INTERVAL = 20
"""Transactions between two computations of the state root of a pending block."""

CREATION = b""
"""The recipient of a transaction that creates a contract, as py-evm writes it."""


class _ReproducibleChain(MiningChain):
    """A proof-of-stake test chain whose headers depend on nothing but their parents."""

    vm_configuration = ConsensusApplier(NoProofConsensus).amend_vm_configuration(((0, PragueVM),))
    block_time = 15

    def create_header_from_parent(
        self, parent_header: BlockHeaderAPI, **header_params: Any
    ) -> BlockHeaderAPI:
        pinned = {
            "gas_limit": parent_header.gas_limit,
            "timestamp": parent_header.timestamp + self.block_time,
            "mix_hash": mix_hash(parent_header.block_number + 1),
        }
        return super().create_header_from_parent(parent_header, **{**header_params, **pinned})

    def get_transaction_builder(self) -> Any:
        """Return the builder for signed transactions, where eth-tester looks for it."""
        return super().get_vm().get_transaction_builder()


class ReproducibleBackend(PyEVMBackend):  # type: ignore[misc]
    """eth-tester's py-evm backend on a reproducible chain."""

    def __init__(
        self,
        private_keys: Sequence[PrivateKey],
        balances: Mapping[Address, int],
        block_time: int,
        gas_limit: int,
        identity: ChainIdentity = USUAL,
    ) -> None:
        # eth-tester's own constructor would make a chain of its own
        self._by_address: dict[bytes, PrivateKey] = {}
        state = {
            address: {"balance": wei, "nonce": 0, "code": b"", "storage": {}}
            for address, wei in balances.items()
        }
        genesis = {
            "difficulty": POST_MERGE_DIFFICULTY,
            "nonce": POST_MERGE_NONCE,
            "mix_hash": mix_hash(0),
            "gas_limit": gas_limit,
            "timestamp": identity.genesis_time,
            "extra_data": b"",
            "coinbase": ZERO_ADDRESS,
        }
        members = {"block_time": block_time, "chain_id": identity.chain_id}
        chain_class: Any = type("TestChain", (_ReproducibleChain,), members)
        self.account_keys = tuple(private_keys)
        self.chain = chain_class.from_genesis(get_db_backend(), genesis, state)

    @property
    def _key_lookup(self) -> dict[bytes, PrivateKey]:
        # eth-tester rebuilds this for every transaction: 2.9 ms with 1,000 accounts
        if len(self._by_address) != len(self.account_keys):
            self._by_address = by_address(self.account_keys)
        return self._by_address

    def mine_blocks(self, num_blocks: int = 1, coinbase: bytes = ZERO_ADDRESS) -> tuple[bytes, ...]:
        """Make blocks, one by one; what is pending goes into the first."""
        return tuple([self.mine_pending(coinbase).hash for _ in range(num_blocks)])

    def mine_pending(self, coinbase: bytes = ZERO_ADDRESS) -> Any:
        """Mine what the pending block holds, without telling anybody."""
        number = self.chain.header.block_number
        return self.chain.mine_block(coinbase=coinbase, mix_hash=mix_hash(number), blob_gas_used=0)


class SharedStockBackend(SharedBackend, ReproducibleBackend):
    """The reproducible backend on a chain that has an owner; see `SharedBackend`."""

    def head(self) -> int:
        """Return the number of the newest block."""
        return int(self.chain.header.block_number) - 1

    def discard(self) -> None:
        """Give up what is pending."""
        if self.chain.header.transaction_root != BLANK_ROOT_HASH:
            newest = self.chain.get_canonical_head()
            self.chain.header = self.chain.create_header_from_parent(newest)


class OwnedStockChain:
    """Blocks of many transactions on eth-tester's own backend; see `OwnedChain`.

    Args:
        private_keys: the accounts whose transactions are signed here.
        balances: ETH in the genesis, in wei.
        block_time: seconds between two blocks' timestamps.
        gas_limit: of every block.
        identity: the chain's id, and when its first block is.
        refusals: what users of eth-tester are told where only the owner may do something.
    """

    def __init__(
        self,
        private_keys: Sequence[PrivateKey],
        balances: Mapping[Address, int],
        block_time: int,
        gas_limit: int,
        *,
        identity: ChainIdentity = USUAL,
        refusals: Refusals = REFUSALS,
    ) -> None:
        self._chain_id = identity.chain_id
        self.pool = None
        self._backend = SharedStockBackend(private_keys, balances, block_time, gas_limit, identity)
        self._backend.refusals = refusals
        self._backend.on_blocks = self._foreign_blocks
        self._keys = by_address(private_keys)
        self._reader: VirtualMachineAPI | None = None
        self._vm: Any = None
        self._header: Any = None
        self._transactions: list[Any] = []
        self._receipts: list[ReceiptAPI] = []
        self.tester = SharedTester(self._backend, lambda: self.head)
        self.on_foreign_blocks: Callable[[range, Sequence[Log]], None] = lambda *_: None

    def save(self) -> object:
        """Return everything that the chain consists of, for `restore`; it never changes."""
        database = self._chain.chaindb.db
        return {key: database[key] for key in database.wrapped_db}

    def restore(self, saved: object) -> None:
        """Go on from what a chain with the same first block has saved."""
        assert isinstance(saved, dict)  # noqa: S101 - `save` has made it
        self._backend.chain = type(self._chain)(AtomicDB(MemoryDB(dict(saved))))
        self._reader = None

    @property
    def head(self) -> int:
        """The number of the newest block."""
        return self._backend.head()

    @property
    def head_hash(self) -> bytes:
        """The hash of the newest block."""
        return bytes(self._chain.header.parent_hash)

    def call(self, to: bytes, data: bytes) -> ExecutionResult:
        """Execute a read-only call, free of charge."""
        vm = self._read_vm
        snapshot = vm.state.snapshot()
        try:
            computation = vm.execute_bytecode(
                origin=ZERO_ADDRESS,
                gas_price=0,
                gas=self._chain.header.gas_limit,
                to=Address(to),
                sender=ZERO_ADDRESS,
                value=0,
                data=data,
                code=vm.state.get_code(Address(to)),
            )
        finally:
            vm.state.revert(snapshot)
        error = _error_name(computation) if computation.is_error else ""
        return ExecutionResult(
            error, computation.get_gas_used(), bytes(computation.output), (), None
        )

    def balance(self, account: bytes) -> int:
        """Return an account's ETH in wei."""
        return int(self._read_vm.state.get_balance(Address(account)))

    def stored(self, contract: bytes, slot: int) -> int:
        """Return what a slot of a contract's storage holds."""
        return int(self._read_vm.state.get_storage(Address(contract), slot))

    @property
    def _chain(self) -> Any:
        return self._backend.chain

    @property
    def _builder(self) -> Any:
        return self._chain.get_transaction_builder()

    @property
    def _read_vm(self) -> VirtualMachineAPI:
        if self._reader is None:
            self._reader = self._chain.get_vm(self._chain.header)
        return self._reader

    def advance(self, blocks: int) -> None:
        """Make empty blocks; what is pending at eth-tester's is given up."""
        self._backend.discard()
        for _ in range(blocks):
            self._backend.mine_pending()
        if blocks:
            self._reader = None

    def begin(self) -> None:
        """Begin a block; what is pending at eth-tester's is given up."""
        self._backend.discard()
        self._header = self._chain.header
        self._vm = self._chain.get_vm(self._header)
        self._transactions = []
        self._receipts = []

    @property
    def gas_used(self) -> int:
        """Gas that the pending block has used."""
        return int(self._header.gas_used)

    def set_balance(self, account: bytes, wei: int) -> None:
        """Give an account exactly this much ETH; only at the beginning of a block."""
        self._vm.state.set_balance(account, wei)
        self._vm.state.lock_changes()

    def balance_now(self, account: bytes) -> int:
        """Return an account's ETH in the middle of the pending block, in wei."""
        return int(self._vm.state.get_balance(account))

    def apply(
        self, sender: bytes, to: bytes | None, data: bytes, gas: int, gas_price: int
    ) -> Receipt:
        """Execute a transaction that pays `gas_price` wei for each unit of gas, exactly."""
        intrinsic = intrinsic_gas(data, creates=to is None)
        if gas < intrinsic:  # py-evm would notice when fee and nonce are gone
            raise ValidationError(f"The transaction has {gas} gas and needs {intrinsic} to begin.")
        transaction = self._sign(sender, to, data, gas, gas_price)
        used_before = self._header.gas_used
        receipt, computation = self._vm.apply_transaction(self._header, transaction)
        self._header = self._vm.add_receipt_to_header(self._header, receipt)
        self._transactions.append(transaction)
        self._receipts.append(receipt)
        if len(self._transactions) % ROOT_INTERVAL == 0:
            self._vm.state.make_state_root()  # in parts it costs the same and holds nobody up
        used = self._header.gas_used
        return _receipt(receipt, computation, used - used_before, used, gas_price)

    def seal(self) -> Iterator[None]:
        """Finish the block; each part takes a millisecond for each transaction."""
        vm = self._vm
        block = vm.set_block_transactions_and_withdrawals(
            vm.get_block(), self._header, self._transactions, self._receipts
        )
        yield
        mined = vm.mine_block(block, mix_hash=self._header.mix_hash, blob_gas_used=0).block
        yield
        self._chain.persist_block(mined, perform_validation=False)
        self._chain.header = self._chain.create_header_from_parent(mined.header)
        self._reader = None

    def _sign(self, sender: bytes, to: bytes | None, data: bytes, gas: int, price: int) -> Any:
        unsigned = self._builder.new_unsigned_dynamic_fee_transaction(
            chain_id=self._chain_id,
            nonce=self._vm.state.get_nonce(sender),
            max_priority_fee_per_gas=price,
            max_fee_per_gas=price,
            gas=gas,
            to=to or CREATION,
            value=0,
            data=data,
            access_list=(),
        )
        signed = unsigned.as_signed_transaction(self._keys[sender])
        # `sender` is a cached property: what is known needs no signature recovery
        signed.__dict__["sender"] = sender
        return signed

    def _foreign_blocks(self, numbers: range) -> None:
        self._reader = None
        block = self._chain.get_canonical_block_by_number(numbers[0])
        receipts = block.get_receipts(self._chain.chaindb)
        logs = [log for receipt in receipts for log in _logs(receipt.logs)]
        self.on_foreign_blocks(numbers, logs)


def _receipt(
    receipt: ReceiptAPI, computation: ComputationAPI, used: int, used_so_far: int, price: int
) -> Receipt:
    output = bytes(computation.output)
    if computation.is_error:
        return Receipt(_error_name(computation), used, used_so_far, price, output, (), None)
    logs = tuple(_logs(receipt.logs))
    if computation.msg.is_create:
        created = bytes(computation.msg.storage_address)
        return Receipt("", used, used_so_far, price, b"", logs, created)
    return Receipt("", used, used_so_far, price, output, logs, None)


def _logs(logs: Iterable[Any]) -> list[Log]:
    return [
        Log(log.address, tuple(topic.to_bytes(32, "big") for topic in log.topics), log.data)
        for log in logs
    ]


def _error_name(computation: ComputationAPI) -> str:
    error = computation.error
    if isinstance(error, Revert):
        return REVERTED
    return OUT_OF_GAS if isinstance(error, OutOfGas) else type(error).__name__
