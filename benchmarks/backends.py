"""Transactions per second of every way to the chain.

    python benchmarks/backends.py [N]

Opens N channels (300 by default) and deposits into each, for every engine; web3.py and eth-tester's
own backend, which are slow, do 40. Then 1,000 nodes with eleven transactions each on the fast
engines, and 500 empty blocks. Times are of the processor, since machines are shared; ratios are to
web3.py's defaults on eth-tester's own backend, with gas given.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, islice
from typing import Any

from eth_keys.datatypes import PrivateKey
from eth_tester import EthereumTester, PyEVMBackend
from web3 import EthereumTesterProvider, Web3

from simulator.chain.abi import load
from simulator.chain.backend.fast import FastBatches
from simulator.chain.backend.parameters import Batches
from simulator.chain.backend.stock import StockBatches
from simulator.chain.engines.choice import FULL_ENGINE, make_engine
from simulator.chain.evm import BLOCK_GAS_LIMIT
from simulator.chain.ledger import GAS_PRICE, SLOT_GAS
from simulator.errors import ConfigurationError
from simulator.units import Address

TOKEN, NETWORK, REGISTRY = load("CustomToken"), load("TokenNetwork"), load("SecretRegistry")
FAST = ("pyevm", "revm")
SLOW_TRANSACTIONS = 40
NODES = 1_000
EMPTY_BLOCKS = 500
SETTLE_TIMEOUT = 500
DEPOSIT = 5

Sent = tuple[bytes, bytes | None, bytes, int]
"""Sender, callee, calldata, gas limit."""

Send = Callable[[Sequence[Sent]], list[bytes | None]]
"""Executes transactions; all must succeed. Returns what was created."""


class World:
    """Accounts with tokens, and calls to make."""

    def __init__(self, send: Send, accounts: Sequence[bytes]) -> None:
        self.send, self.accounts = send, accounts
        registry = self._deploy(REGISTRY.deployment())
        self.token = self._deploy(TOKEN.deployment(10**30, 18, "Token", "TK"))
        limits = (5, 100_000, accounts[0], 2**255, 2**255)
        self.network = self._deploy(NETWORK.deployment(self.token, registry, *limits))

    def _deploy(self, code: bytes) -> bytes:
        (created,) = self.send([(self.accounts[0], None, code, 12_000_000)])
        if created is None:
            raise RuntimeError("A deployment left no contract.")
        return created

    def fund(self) -> Iterator[Sent]:
        """Yield two calls for each account: tokens, and the permission to move them."""
        for account in self.accounts:
            yield account, self.token, TOKEN.encode("mintFor", 10**18, account), 90_000
            yield account, self.token, TOKEN.encode("approve", self.network, 10**18), 60_000

    def opens(self, pairs: Sequence[tuple[int, int]]) -> list[Sent]:
        """Return calls that open a channel for each pair."""
        found: list[Sent] = []
        for one, other in pairs:
            parties = (self.accounts[one], self.accounts[other])
            data = NETWORK.encode("openChannel", *parties, SETTLE_TIMEOUT)
            found.append((parties[0], self.network, data, 150_000))
        return found

    def deposits(self, pairs: Sequence[tuple[int, int]]) -> list[Sent]:
        """Return calls that deposit into the channels that `opens` has opened."""
        found: list[Sent] = []
        for number, (one, other) in enumerate(pairs, 1):
            me, partner = self.accounts[one], self.accounts[other]
            data = NETWORK.encode("setTotalDeposit", number, me, DEPOSIT, partner)
            found.append((me, self.network, data, 120_000))
        return found


def seconds(work: Callable[[], object]) -> float:
    """Return how long the processor works."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def through_web3(tester: EthereumTester) -> Send:
    """Return how web3.py sends, one block for each transaction."""
    web3 = Web3(EthereumTesterProvider(tester))

    def send(calls: Sequence[Sent]) -> list[bytes | None]:
        created: list[bytes | None] = []
        for sender, to, data, gas in calls:
            fields: Any = {"from": sender, "data": data, "gas": gas, **({"to": to} if to else {})}
            receipt = web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction(fields))
            assert receipt["status"] == 1  # noqa: S101 - a benchmark
            address = receipt["contractAddress"]
            created.append(bytes.fromhex(address[2:]) if address else None)
        return created

    return send


def through_backend(backend: PyEVMBackend) -> Send:
    """Return how eth-tester's own backend sends, one block for each transaction."""

    def send(calls: Sequence[Sent]) -> list[bytes | None]:
        created = []
        for sender, to, data, gas in calls:
            fields = {"from": sender, "to": to or b"", "data": data, "gas": gas}
            sent = backend.send_transaction({**fields, "gas_price": GAS_PRICE})
            backend.mine_blocks(1)
            receipt = backend.get_transaction_receipt(sent)
            assert receipt["status"] == 1  # noqa: S101 - a benchmark
            created.append(receipt["contract_address"])
        return created

    return send


def in_batches(chain: Batches) -> Send:
    """Return how a ledger sends: one block for as much as fits into a slot."""

    def send(calls: Sequence[Sent]) -> list[bytes | None]:
        created: list[bytes | None] = []
        while len(created) < len(calls):
            chain.begin()
            for sender, to, data, gas in islice(calls, len(created), None):
                if chain.gas_used + gas > SLOT_GAS:
                    break
                receipt = chain.apply(sender, to, data, gas, GAS_PRICE)
                assert not receipt.error, receipt.error  # noqa: S101 - a benchmark
                created.append(receipt.created)
            for _ in chain.seal():
                pass
        return created

    return send


def batches(engine: str, keys: Sequence[PrivateKey]) -> Batches:
    """Return a new chain on an engine."""
    accounts = [Address(key.public_key.to_canonical_address()) for key in keys]
    if engine == FULL_ENGINE:
        return StockBatches(keys, dict.fromkeys(accounts, 10**24), 15, BLOCK_GAS_LIMIT)
    wei = {bytes(account): 10**24 for account in accounts}
    return FastBatches(make_engine(engine), keys, wei, 15, BLOCK_GAS_LIMIT)


def rates(world: World, count: int) -> tuple[float, float]:
    """Return how many channels a second are opened, and how many deposits made."""
    size = len(world.accounts)
    if size * (size - 1) // 2 < count:
        raise ValueError(f"{size} accounts have no {count} pairs.")
    pairs = list(islice(combinations(range(size), 2), count))
    world.send(list(world.fund()))
    opens, deposits = world.opens(pairs), world.deposits(pairs)
    return (
        count / seconds(lambda: world.send(opens)),
        count / seconds(lambda: world.send(deposits)),
    )


def of_1000_nodes(engine: str) -> tuple[float, float]:
    """Return how long 1,000 nodes' eleven transactions each take, and empty blocks (seconds).

    Each node is given tokens, allows them to be moved, opens three channels, and there are two
    deposits into each channel.
    """
    keys = [PrivateKey(number.to_bytes(32, "big")) for number in range(1, NODES + 1)]
    accounts = [key.public_key.to_canonical_address() for key in keys]
    chain = batches(engine, keys)
    world = World(in_batches(chain), accounts)
    pairs = [(one, (one + step) % NODES) for step in (1, 2, 3) for one in range(NODES)]
    others = [(other, one) for one, other in pairs]
    calls = [*world.fund(), *world.opens(pairs), *world.deposits(pairs), *world.deposits(others)]
    taken = seconds(lambda: world.send(calls))

    def empty() -> bytes:
        chain.advance(EMPTY_BLOCKS)
        return chain.head_hash

    return taken, seconds(empty)


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    tester = EthereumTester(PyEVMBackend())
    accounts = list(tester.backend.get_accounts())
    base = rates(World(through_web3(tester), accounts), SLOW_TRANSACTIONS)

    def show(name: str, found: tuple[float, float]) -> None:
        figures = [
            f"{mine:9,.0f} {mine / its:6.1f}x" for mine, its in zip(found, base, strict=True)
        ]
        print(f"{name:28}", *figures, flush=True)

    print(f"{'transactions/s':28} {'openChannel':>16} {'setTotalDeposit':>17}")
    show("web3.py, gas given", base)
    backend = PyEVMBackend()
    show("PyEVMBackend", rates(World(through_backend(backend), accounts), SLOW_TRANSACTIONS))
    keys = [PrivateKey(number.to_bytes(32, "big")) for number in range(1, count + 1)]
    senders = [key.public_key.to_canonical_address() for key in keys]
    for engine in (FULL_ENGINE, *FAST):
        try:
            world = World(in_batches(batches(engine, keys)), senders)
        except ConfigurationError as problem:
            print(f"{engine:28} {problem}")
            continue
        show(f"batches, {engine}", rates(world, count))
    for engine in FAST:
        try:
            taken, empty = of_1000_nodes(engine)
        except ConfigurationError:
            continue
        print(f"{NODES:,} nodes, 11,000 transactions, {engine}: {taken:.1f} s", end="; ")
        print(f"{EMPTY_BLOCKS} empty blocks: {1000 * empty:.2f} ms", flush=True)


if __name__ == "__main__":
    main()
