"""The chain in process: eth-tester on py-evm, made reproducible.

Left alone, eth-tester takes block times from the wall clock and `mix_hash` from the system's
randomness. Here both follow from the block number, so that equal calls give equal block hashes in
any process. A slot's transactions become one block through py-evm's own block building steps;
eth-tester's batched mode mines only one of several transactions of an account.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from typing import Any

from eth.abc import BlockHeaderAPI, ComputationAPI, ReceiptAPI, StateAPI, VirtualMachineAPI
from eth.chains.base import MiningChain
from eth.consensus import ConsensusApplier, NoProofConsensus
from eth.constants import POST_MERGE_DIFFICULTY, POST_MERGE_NONCE
from eth.db import get_db_backend
from eth.db.atomic import AtomicDB
from eth.db.backends.memory import MemoryDB
from eth.exceptions import OutOfGas, Revert
from eth.vm.forks import PragueVM
from eth_abi.abi import decode as abi_decode
from eth_abi.exceptions import DecodingError
from eth_keys.datatypes import PrivateKey
from eth_tester import EthereumTester, PyEVMBackend
from eth_utils.crypto import keccak

from simulator.chain.abi import Artifact, Log
from simulator.chain.decoder import EventDecoder
from simulator.chain.ledger import Block, Call, Outcome, Status
from simulator.events import ChainEvent
from simulator.units import Address

CHAIN_ID = 131277322940537
"""eth-tester's own: its web3.py provider reports this number whatever the chain says."""

GENESIS_TIME = 1_600_000_000
"""The timestamp of block 0; block n comes n times the block time later."""

SLOT_GAS = 30_000_000
"""Gas that one slot may use. The header allows twice as much, so the base fee never rises."""

GAS_PRICE = 2_000_000_000
"""Wei for each unit of gas; as fee cap and priority fee alike it is paid exactly."""

ROOT_INTERVAL = 20
"""Transactions between two computations of the state root of a block in the making."""

BLOCK_GAS_LIMIT = 2 * SLOT_GAS
NO_ADDRESS = b""
NOBODY = Address(bytes(20))
ERROR_SELECTOR = bytes.fromhex("08c379a0")
PANIC_SELECTOR = bytes.fromhex("4e487b71")


def _mix_hash(block_number: int) -> bytes:
    return keccak(b"simulator" + block_number.to_bytes(32, "big"))


class _Chain(MiningChain):
    """A proof-of-stake test chain whose headers depend on nothing but their parents."""

    chain_id = CHAIN_ID
    vm_configuration = ConsensusApplier(NoProofConsensus).amend_vm_configuration(((0, PragueVM),))
    block_time = 15

    def create_header_from_parent(
        self, parent_header: BlockHeaderAPI, **header_params: Any
    ) -> BlockHeaderAPI:
        pinned = {
            "gas_limit": parent_header.gas_limit,
            "timestamp": parent_header.timestamp + self.block_time,
            "mix_hash": _mix_hash(parent_header.block_number + 1),
        }
        return super().create_header_from_parent(parent_header, **{**header_params, **pinned})

    def get_transaction_builder(self) -> Any:
        """Return the builder for signed transactions, where eth-tester looks for it."""
        return super().get_vm().get_transaction_builder()


class _Backend(PyEVMBackend):  # type: ignore[misc]
    """eth-tester's py-evm backend on a reproducible chain.

    Blocks that a user's web3 transaction makes come through `mine_blocks`; the ledger is told.
    """

    def __init__(
        self,
        private_keys: Sequence[PrivateKey],
        balances: Mapping[Address, int],
        block_time: int,
    ) -> None:
        self._private_keys = tuple(private_keys)
        self._balances = balances
        self._block_time = block_time
        self._by_address: dict[bytes, PrivateKey] = {}
        self.on_foreign_block: Callable[[BlockHeaderAPI], None] = lambda _: None
        super().__init__()

    def reset_to_genesis(self, *_: object) -> None:
        state = {
            address: {"balance": wei, "nonce": 0, "code": b"", "storage": {}}
            for address, wei in self._balances.items()
        }
        genesis = {
            "difficulty": POST_MERGE_DIFFICULTY,
            "nonce": POST_MERGE_NONCE,
            "mix_hash": _mix_hash(0),
            "gas_limit": BLOCK_GAS_LIMIT,
            "timestamp": GENESIS_TIME,
            "extra_data": b"",
            "coinbase": bytes(20),
        }
        chain_class: Any = type("TestnetChain", (_Chain,), {"block_time": self._block_time})
        self.account_keys = self._private_keys
        self.chain = chain_class.from_genesis(get_db_backend(), genesis, state)

    @property
    def _key_lookup(self) -> dict[bytes, PrivateKey]:
        # eth-tester rebuilds this for every transaction: 2.9 ms with 1,000 accounts
        if len(self._by_address) != len(self.account_keys):
            self._by_address = {
                key.public_key.to_canonical_address(): key for key in self.account_keys
            }
        return self._by_address

    def mine_blocks(self, num_blocks: int = 1, coinbase: bytes = bytes(20)) -> tuple[bytes, ...]:
        hashes = []
        for _ in range(num_blocks):
            block = self.mine_pending(coinbase)
            self.on_foreign_block(block.header)
            hashes.append(block.hash)
        return tuple(hashes)

    def mine_pending(self, coinbase: bytes = bytes(20)) -> Any:
        """Mine what the pending block holds, without telling anybody."""
        number = self.chain.header.block_number
        return self.chain.mine_block(coinbase=coinbase, mix_hash=_mix_hash(number), blob_gas_used=0)

    def revert_to_snapshot(self, snapshot: object) -> None:
        raise NotImplementedError(
            "The testnet's chain can't go back: its nodes would remember what never happened."
        )

    def time_travel(self, to_timestamp: int) -> None:
        raise NotImplementedError(
            "The testnet's time is virtual: advance it with Testnet.advance or the control API."
        )


class EvmLedger:
    """A `Ledger` on py-evm.

    Args:
        private_keys: the accounts whose transactions are signed here.
        balances: ETH in the genesis, in wei.
        block_time: seconds between two blocks' timestamps.
    """

    def __init__(
        self,
        private_keys: Sequence[PrivateKey],
        balances: Mapping[Address, int],
        block_time: int,
    ) -> None:
        self.gas_price = GAS_PRICE
        self.slot_gas = SLOT_GAS
        self.chain_id = CHAIN_ID
        self._backend = _Backend(private_keys, balances, block_time)
        self._backend.on_foreign_block = self._foreign_block
        self._keys = {Address(key.public_key.to_canonical_address()): key for key in private_keys}
        self._reader: VirtualMachineAPI | None = None
        self.tester = EthereumTester(self._backend)
        self.on_foreign_block: Callable[[int, Sequence[ChainEvent]], None] = lambda *_: None
        self._decoder = EventDecoder()

    # -- copying -------------------------------------------------------------------------

    def save(self) -> object:
        """Return everything that the chain consists of, for `restore`; it never changes."""
        database = self._chain.chaindb.db
        return {key: database[key] for key in database.wrapped_db}

    def restore(self, saved: object) -> None:
        """Go on from what a ledger with the same first block has saved."""
        assert isinstance(saved, dict)  # noqa: S101 - `save` has made it
        self._backend.chain = type(self._chain)(AtomicDB(MemoryDB(dict(saved))))
        self._reader = None

    # -- reading -------------------------------------------------------------------------

    @property
    def head(self) -> int:
        """The number of the newest block."""
        return int(self._chain.header.block_number) - 1

    @property
    def head_hash(self) -> bytes:
        """The hash of the newest block."""
        return bytes(self._chain.header.parent_hash)

    def watch(self, token: Address, token_network: Address) -> None:
        """Tell the events of a token and its token network from now on."""
        self._decoder.watch(token, token_network)

    def read(
        self, to: Address, artifact: Artifact, function: str, *arguments: object
    ) -> tuple[Any, ...]:
        """Return what a read-only call answers: its results as the ABI lists them."""
        data = self._call(to, artifact.encode(function, *arguments))
        return artifact.decode_result(function, data)

    def _call(self, to: Address, data: bytes) -> bytes:
        vm = self._read_vm
        snapshot = vm.state.snapshot()
        try:
            computation = vm.execute_bytecode(
                origin=NOBODY,
                gas_price=0,
                gas=SLOT_GAS,
                to=to,
                sender=NOBODY,
                value=0,
                data=data,
                code=vm.state.get_code(to),
            )
        finally:
            vm.state.revert(snapshot)
        computation.raise_if_error()
        return bytes(computation.output)

    def eth_balance(self, account: Address) -> int:
        """Return an account's ETH in wei."""
        return int(self._read_vm.state.get_balance(account))

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

    # -- making blocks -------------------------------------------------------------------

    def advance(self, blocks: int) -> None:
        """Make a number of empty blocks."""
        for _ in range(blocks):
            self._backend.mine_pending()
        if blocks:
            self._reader = None

    def execute(
        self, calls: Sequence[Call], balances: Sequence[tuple[Address, int]] = ()
    ) -> Generator[None, None, Block]:
        """Make one block of `calls`; see `Ledger.execute`."""
        header: BlockHeaderAPI = self._chain.header
        vm: VirtualMachineAPI = self._chain.get_vm(header)
        for account, wei in balances:
            vm.state.set_balance(account, wei)
            vm.state.lock_changes()
        outcomes: list[Outcome] = []
        transactions = []
        receipts: list[ReceiptAPI] = []
        for call in calls:
            if header.gas_used + call.gas_limit > SLOT_GAS:
                break
            if vm.state.get_balance(call.sender) < call.gas_limit * self.gas_price:
                outcomes.append(Outcome(Status.REFUSED, 0, "not enough ETH for the gas"))
                continue
            transaction = self._sign(call, vm.state)
            used_before = header.gas_used
            receipt, computation = vm.apply_transaction(header, transaction)
            header = vm.add_receipt_to_header(header, receipt)
            transactions.append(transaction)
            receipts.append(receipt)
            used = header.gas_used - used_before
            outcomes.append(self._outcome(header.block_number, receipt, computation, used))
            if len(transactions) % ROOT_INTERVAL == 0:
                vm.state.make_state_root()  # in parts it costs the same and holds nobody up
            yield
        block = vm.set_block_transactions_and_withdrawals(
            vm.get_block(), header, transactions, receipts
        )
        yield  # each of these steps takes a millisecond for each transaction
        mined = vm.mine_block(block, mix_hash=header.mix_hash, blob_gas_used=0).block
        yield
        self._chain.persist_block(mined, perform_validation=False)
        self._chain.header = self._chain.create_header_from_parent(mined.header)
        self._reader = None
        return Block(mined.number, mined.hash, tuple(outcomes))

    def _sign(self, call: Call, state: StateAPI) -> Any:
        fields = self._fields(
            state.get_nonce(call.sender), call.to or NO_ADDRESS, call.data, call.gas_limit
        )
        unsigned = self._builder.new_unsigned_dynamic_fee_transaction(**fields)
        signed = unsigned.as_signed_transaction(self._keys[call.sender])
        # `sender` is a cached property: what is known needs no signature recovery
        signed.__dict__["sender"] = call.sender
        return signed

    def _fields(self, nonce: int, to: bytes, data: bytes, gas: int) -> dict[str, Any]:
        return {
            "chain_id": self.chain_id,
            "nonce": nonce,
            "max_priority_fee_per_gas": self.gas_price,
            "max_fee_per_gas": self.gas_price,
            "gas": gas,
            "to": to,
            "value": 0,
            "data": data,
            "access_list": (),
        }

    def _foreign_block(self, header: BlockHeaderAPI) -> None:
        self._reader = None
        block = self._chain.get_block_by_header(header)
        receipts = block.get_receipts(self._chain.chaindb)
        logs = [log for receipt in receipts for log in _logs(receipt.logs)]
        number = header.block_number
        self.on_foreign_block(number, self._decoder.decode(logs, number))

    def _outcome(
        self, number: int, receipt: ReceiptAPI, computation: ComputationAPI, gas_used: int
    ) -> Outcome:
        if computation.is_error:
            return Outcome(Status.REVERTED, gas_used, _revert_reason(computation))
        created = computation.msg.storage_address if computation.msg.is_create else None
        address = Address(created) if created else None
        events = self._decoder.decode(_logs(receipt.logs), number)
        return Outcome(Status.MINED, gas_used, "", events, address)


def _logs(logs: Iterable[Any]) -> list[Log]:
    return [
        Log(log.address, tuple(topic.to_bytes(32, "big") for topic in log.topics), log.data)
        for log in logs
    ]


def _revert_reason(computation: ComputationAPI) -> str:
    error = computation.error
    if not isinstance(error, Revert):
        return "out of gas" if isinstance(error, OutOfGas) else type(error).__name__
    data = bytes(computation.output)
    try:
        if data[:4] == ERROR_SELECTOR:
            return str(abi_decode(["string"], data[4:])[0])
        if data[:4] == PANIC_SELECTOR:
            return f"panic 0x{abi_decode(['uint256'], data[4:])[0]:02x}"
    except DecodingError:
        pass
    return "reverted without a reason"
