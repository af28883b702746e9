"""The ways a transaction can take to a chain, each ready to open channels and to deposit.

Every way does the same work: accounts have tokens, have allowed the token network to move them,
open channels with each other and deposit into each. One account opens all channels, as anybody may:
nodes elsewhere order by nonces alone, and the deposits must know the channels' numbers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any

from eth_account import Account
from eth_keys.datatypes import PrivateKey
from eth_tester import EthereumTester, PyEVMBackend
from eth_utils.address import to_checksum_address
from msgspec.structs import replace
from web3 import EthereumTesterProvider, HTTPProvider, Web3

from simulator.chain.abi import load
from simulator.chain.evm_ledger import BLOCK_GAS_LIMIT
from simulator.chain.keys import Key
from simulator.chain.ledger import GAS_PRICE, SLOT_GAS, ContractCall, Ledger, Status, at_once, slots
from simulator.chain.ledgers import new_ledger
from simulator.chain.remote.jsonrpc import JsonRpc, RpcError
from simulator.evm.eth_tester.stock import OwnedStockChain
from simulator.evm.owned import OwnedChain, OwnedEngineChain
from simulator.evm.registry import FULL_ENGINE, make_engine
from simulator.testnet import genesis
from simulator.words.units import Address

TOKEN, NETWORK, REGISTRY = load("CustomToken"), load("TokenNetwork"), load("SecretRegistry")
SETTLE_TIMEOUT = 500
DEPOSIT = 5
BLOCK_TIME = 15
WEI = 10**24

Sent = tuple[bytes, bytes | None, bytes, int]
"""Sender, callee, calldata, gas limit."""

Created = list[bytes | None]


@dataclass(frozen=True, slots=True)
class Path:
    """A way to a chain with calls to make on it.

    Attributes:
        send: executes calls; all must succeed. Never more at once than `most`.
        opens: calls that open channels; there may be more of them than anybody makes.
        deposits: a deposit into each of these channels, in the same order.
        empty: makes so many empty blocks, where a ledger is measured.
    """

    send: Callable[[Sequence[Any]], object]
    opens: Sequence[Any]
    deposits: Sequence[Any]
    empty: Callable[[int], object] | None = None


def keys_of(count: int) -> list[PrivateKey]:
    """Return private keys that anybody could guess."""
    return [PrivateKey(number.to_bytes(32, "big")) for number in range(1, count + 1)]


def address_of(key: PrivateKey) -> Address:
    """Return the account of a private key."""
    return Address(key.public_key.to_canonical_address())


def pairs_of(accounts: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return who opens a channel with whom: everybody with everybody."""
    return list(combinations(accounts, 2))


def path_of(send: Callable[[Sequence[Sent]], Created], accounts: Sequence[bytes]) -> Path:
    """Deploy the contracts, hand out tokens, and return the calls as bytes."""

    def deploy(code: bytes) -> bytes:
        (created,) = send([(accounts[0], None, code, 12_000_000)])
        if created is None:
            raise RuntimeError("A deployment left no contract.")
        return created

    registry = deploy(REGISTRY.deployment())
    token = deploy(TOKEN.deployment(10**30, 18, "Token", "TK"))
    network = deploy(NETWORK.deployment(token, registry, 5, 100_000, accounts[0], 2**255, 2**255))
    for account in accounts:
        send([(account, token, TOKEN.encode("mintFor", 10**18, account), 90_000)])
        send([(account, token, TOKEN.encode("approve", network, 10**18), 60_000)])
    opens: list[Sent] = []
    deposits: list[Sent] = []
    for number, (one, other) in enumerate(pairs_of(accounts), 1):
        opened = NETWORK.encode("openChannel", one, other, SETTLE_TIMEOUT)
        deposited = NETWORK.encode("setTotalDeposit", number, one, DEPOSIT, other)
        opens.append((accounts[0], network, opened, 150_000))
        deposits.append((one, network, deposited, 120_000))
    return Path(send, opens, deposits)


def _through_web3(web3: Web3, *, gas_given: bool) -> Callable[[Sequence[Sent]], Created]:
    def send(calls: Sequence[Sent]) -> Created:
        created: Created = []
        for sender, to, data, gas in calls:
            fields: Any = {"from": to_checksum_address(sender), "data": data}
            if to:
                fields["to"] = to_checksum_address(to)
            if gas_given or not to:  # what a deployment costs is not the question
                fields["gas"] = gas
            receipt = web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction(fields))
            assert receipt["status"] == 1
            address = receipt["contractAddress"]
            created.append(bytes.fromhex(address[2:]) if address else None)
        return created

    return send


def web3_on_eth_tester(*, gas_given: bool) -> Path:
    """web3.py as everybody uses it, on eth-tester's own backend."""
    tester = EthereumTester(PyEVMBackend())
    web3 = Web3(EthereumTesterProvider(tester))
    return path_of(_through_web3(web3, gas_given=gas_given), tester.backend.get_accounts())


def web3_on_anvil(url: str) -> Path:
    """web3.py as everybody uses it, on anvil's own accounts; it makes a block for each."""
    web3 = Web3(HTTPProvider(url))
    accounts = [bytes.fromhex(account[2:]) for account in web3.eth.accounts]
    return path_of(_through_web3(web3, gas_given=True), accounts)


def eth_tester_backend() -> Path:
    """eth-tester's own backend, without eth-tester's and web3.py's checks."""
    backend = PyEVMBackend()

    def send(calls: Sequence[Sent]) -> Created:
        created: Created = []
        for sender, to, data, gas in calls:
            fields = {"from": sender, "to": to or b"", "data": data, "gas": gas}
            sent = backend.send_transaction({**fields, "gas_price": GAS_PRICE})
            backend.mine_blocks(1)
            receipt = backend.get_transaction_receipt(sent)
            assert receipt["status"] == 1
            created.append(receipt["contract_address"])
        return created

    return path_of(send, backend.get_accounts())


def _batches(engine: str, keys: Sequence[PrivateKey]) -> OwnedChain:
    wei = {address_of(key): WEI for key in keys}
    if engine == FULL_ENGINE:
        return OwnedStockChain(keys, wei, BLOCK_TIME, BLOCK_GAS_LIMIT)
    plain = {bytes(account): amount for account, amount in wei.items()}
    return OwnedEngineChain(make_engine(engine), keys, plain, BLOCK_TIME, BLOCK_GAS_LIMIT)


def backend_of(engine: str, accounts: int) -> Path:
    """Give an engine's chain blocks with as much as fits into a slot.

    Raises:
        ConfigurationError: the engine can't be had here.
    """
    keys = keys_of(accounts)
    chain = _batches(engine, keys)

    def send(calls: Sequence[Sent]) -> Created:
        created: Created = []
        while len(created) < len(calls):
            chain.begin()
            for sender, to, data, gas in islice(calls, len(created), None):
                if chain.gas_used + gas > SLOT_GAS:
                    break
                receipt = chain.apply(sender, to, data, gas, GAS_PRICE)
                assert not receipt.error, receipt.error
                created.append(receipt.created)
            for _ in chain.seal():
                pass
        return created

    return path_of(send, [bytes(address_of(key)) for key in keys])


def raw_on_anvil(url: str, accounts: int) -> Path:
    """Sign here and send a slot's transactions as one batch, as the ledger for anvil does."""
    rpc = JsonRpc(url)
    keys = keys_of(accounts)
    signers = {bytes(address_of(key)): Account.from_key(key.to_bytes()) for key in keys}
    nonces = dict.fromkeys(signers, 0)
    chain_id = int(rpc.call("eth_chainId"), 16)
    rpc.call("evm_setAutomine", False)
    rpc.batch([("anvil_setBalance", ("0x" + a.hex(), hex(WEI))) for a in signers])

    def signed(call: Sent) -> str:
        sender, to, data, gas = call
        fees = {"maxFeePerGas": GAS_PRICE, "maxPriorityFeePerGas": GAS_PRICE}
        callee = to_checksum_address(to) if to else b""
        rest = {"to": callee, "value": 0, "data": data, "gas": gas, "nonce": nonces[sender]}
        nonces[sender] += 1
        fields = {"type": 2, "chainId": chain_id, **fees, **rest}
        raw: bytes = signers[sender].sign_transaction(fields).raw_transaction
        return "0x" + raw.hex()

    def send_slot(calls: Sequence[Sent]) -> Created:
        hashes = rpc.batch([("eth_sendRawTransaction", (signed(call),)) for call in calls])
        rpc.call("evm_mine")
        receipts = rpc.batch([("eth_getTransactionReceipt", (hash_,)) for hash_ in hashes])
        for receipt in receipts:
            assert not isinstance(receipt, RpcError), receipt
            assert receipt["status"] == "0x1"
        created = [receipt["contractAddress"] for receipt in receipts]
        return [bytes.fromhex(address[2:]) if address else None for address in created]

    def send(calls: Sequence[Sent]) -> Created:
        slots = [calls[start : start + 100] for start in range(0, len(calls), 100)]
        return [address for slot in slots for address in send_slot(slot)]

    return path_of(send, list(signers))


def ledger_of(engine: str, accounts: int) -> Path:
    """Take the way that nodes take: calls as values go in, decoded events come out.

    Args:
        engine: what executes the contracts, or anvil's URL.
        accounts: how many open channels with each other.

    Raises:
        ConfigurationError: the engine can't be had here.
    """
    keys = [Key(key.to_bytes()) for key in keys_of(accounts + 1)]
    deployer, *wallets = [key.address for key in keys]
    wei = dict.fromkeys([deployer, *wallets], WEI)
    ledger = new_ledger(engine, keys, wei, BLOCK_TIME)
    details = [genesis.TokenDetails.usual(0)]
    _, (network,) = genesis.set_up(ledger, deployer, wallets, details, 10**18, BLOCK_TIME)
    ledger.watch(network.token.address, network.address)
    approvals = [network.token.approve(one, network.address, 10**18) for one in wallets]
    genesis.execute(ledger, approvals)
    opens: list[ContractCall] = []
    deposits: list[ContractCall] = []
    for number, (one, other) in enumerate(pairs_of(wallets), 1):
        opens.append(replace(network.open_channel(one, other, SETTLE_TIMEOUT), sender=wallets[0]))
        deposits.append(network.set_total_deposit(one, number, DEPOSIT, other))

    def send(calls: Sequence[ContractCall]) -> None:
        for _ in _events(ledger, calls):
            pass

    def empty(blocks: int) -> bytes:
        ledger.advance(blocks)
        return ledger.head_hash

    return Path(send, opens, deposits, empty)


def _events(ledger: Ledger, calls: Sequence[ContractCall]) -> Iterator[object]:
    for slot in slots(calls, ledger.slot_gas):
        for outcome in at_once(ledger.execute(slot)).outcomes:
            assert outcome.status is Status.MINED, outcome.reason
            assert outcome.events
            yield from outcome.events
