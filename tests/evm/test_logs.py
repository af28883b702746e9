"""Logs from the index, compared with those that eth-tester finds by walking along the blocks."""

import pickle
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from eth_tester import EthereumTester
from eth_utils.address import to_checksum_address
from eth_utils.exceptions import ValidationError
from hexbytes import HexBytes
from hypothesis import given
from hypothesis import strategies as st
from web3 import EthereumTesterProvider, Web3

from simulator.chain.abi import load
from simulator.chain.evm_ledger import EvmLedger
from simulator.evm.eth_tester.indexed_tester import IndexedTester
from simulator.evm.eth_tester.standalone import ChainBackend
from simulator.testnet.testnet import Testnet
from tests.evm.engines import OUR_ENGINES
from tests.examples import examples

TOPICS = [bytes([n]) * 32 for n in (1, 2, 3)]
CONTRACTS = [0, 1, 2, 3, 4, 2]
"""With how many topics each of them emits."""


def code(topics: int) -> bytes:
    """A contract that emits two logs, with the topics that its calldata names."""
    words = b"".join(bytes([0x60, 32 * n, 0x35]) for n in reversed(range(topics)))
    runtime = words + bytes([0x60, 5, 0x5F, 0xA0 + topics])
    runtime += words + bytes([0x5F, 0x5F, 0xA0 + topics])
    return bytes([0x60, len(runtime), 0x80, 0x60, 9, 0x5F, 0x39, 0x5F, 0xF3]) + runtime


@cache
def prepared(engine: str, keep: int | None) -> tuple[bytes, list[str]]:
    """Return a pickled backend with the contracts on it, and their addresses."""
    tester = EthereumTester(ChainBackend(engine, keep=keep))
    sender = tester.get_accounts()[0]
    created = []
    for topics in CONTRACTS:
        sent = tester.send_transaction({"from": sender, "data": code(topics).hex(), "gas": 200_000})
        created.append(tester.get_transaction_receipt(sent)["contract_address"])
    return pickle.dumps(tester.backend), created


class Twin:
    """One tester, asked in both ways."""

    def __init__(self, engine: str, keep: int | None = None) -> None:
        pickled, self.contracts = prepared(engine, keep)
        self.tester = IndexedTester(pickle.loads(pickled))  # noqa: S301 - it is our own
        self.sender = self.tester.get_accounts()[0]
        self.filters: list[tuple[int, int]] = []
        self.snapshots: list[int] = []

    def send(self, contract: int, topics: list[int]) -> None:
        data = b"".join(TOPICS[topic] for topic in topics)
        to = self.contracts[contract]
        self.tester.send_transaction(
            {"from": self.sender, "to": to, "data": data.hex(), "gas": 100_000}
        )

    def block(self, sends: list[tuple[int, list[int]]]) -> None:
        """Make one block of several transactions; filters meet them while they are pending."""
        self.tester.disable_auto_mine_transactions()
        for contract, topics in sends:
            self.send(contract, topics)
        self.check({"from_block": 0})
        self.tester.enable_auto_mine_transactions()

    def empty(self, blocks: int) -> None:
        self.tester.backend.chain.advance(blocks)

    def mine(self, blocks: int) -> None:
        self.tester.mine_blocks(blocks, self.sender)

    def snapshot(self) -> None:
        self.snapshots.append(self.tester.take_snapshot())

    def revert(self, which: int) -> None:
        if self.snapshots:
            snapshot = self.snapshots[which % len(self.snapshots)]
            answer(lambda: self.tester.revert_to_snapshot(snapshot))

    def detour(self, sends: list[tuple[int, list[int]]]) -> None:
        """Make blocks, ask for their logs, and make others in their place."""
        snapshot = self.tester.take_snapshot()
        for there in (sends, sends[1:]):
            self.check({"from_block": 0})
            answer(lambda: self.tester.revert_to_snapshot(snapshot))
            for send in there:
                self.send(*send)
        self.check({"from_block": 0})

    def save(self) -> None:
        self.tester.backend = pickle.loads(pickle.dumps(self.tester.backend))  # noqa: S301

    def check(self, query: dict[str, Any]) -> None:
        query = self.named(query)
        assert answer(lambda: self.tester.get_logs(**query)) == answer(
            lambda: EthereumTester.get_logs(self.tester, **query)
        )

    def watch(self, query: dict[str, Any]) -> None:
        if {"safe", "finalized"} & {query.get("from_block"), query.get("to_block")}:
            return  # eth-tester takes these, and then refuses every transaction with a log
        query = self.named(query)
        ours = answer(lambda: self.tester.create_log_filter(**query))
        theirs = answer(lambda: EthereumTester.create_log_filter(self.tester, **query))
        if isinstance(ours, int):
            assert theirs == ours + 1
            self.filters.append((ours, theirs))
        else:
            assert theirs == ours

    def look(self) -> None:
        for ask in (self.tester.get_only_filter_changes, self.tester.get_all_filter_logs):
            for ours, theirs in self.filters:
                assert ask(ours) == ask(theirs)
        for ours, theirs in self.filters:
            held = self.tester._log_filters
            assert held[ours].values == held[theirs].values

    def named(self, query: dict[str, Any]) -> dict[str, Any]:
        """Return a query with addresses for contracts."""
        wanted = query.get("address")
        if isinstance(wanted, list):
            return {**query, "address": [self.address(contract) for contract in wanted]}
        return query if wanted is None else {**query, "address": self.address(wanted)}

    def address(self, contract: int) -> str:
        return self.contracts[contract] if contract < len(self.contracts) else self.sender


def answer(ask: Callable[[], Any]) -> Any:
    """Return what comes back, or what is raised."""
    try:
        return ask()
    except (ValidationError, ValueError) as error:
        return type(error), str(error)
    except Exception as error:  # noqa: BLE001 - eth-tester's errors have no common ancestor
        assert type(error).__module__.startswith("eth_tester")  # noqa: PT017
        return type(error), str(error)


# -- against walking ---------------------------------------------------------------------

contracts = st.integers(0, len(CONTRACTS))
sends = st.tuples(
    st.integers(0, len(CONTRACTS) - 1), st.lists(st.integers(0, 2), min_size=4, max_size=4)
)
NAMED = ["latest", "earliest", "pending", "safe", "finalized"]
ends = st.one_of(
    st.none(),
    st.integers(0, 10),
    st.integers(0, 40),
    st.sampled_from(NAMED),
)
topics = st.sampled_from(
    [*TOPICS, "0x" + TOPICS[0].hex(), bytes(32), HexBytes(TOPICS[1]), bytearray(32)]
)
wanted = st.lists(st.none() | topics | st.lists(st.none() | topics, max_size=3), max_size=4)
queries = st.one_of(
    st.fixed_dictionaries({"from_block": st.integers(0, 9)}, optional={"topics": wanted}),
    st.fixed_dictionaries(
        {"from_block": st.just(0), "topics": wanted},
        optional={"address": st.lists(contracts, min_size=1, max_size=4)},
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "from_block": ends,
            "to_block": ends,
            "address": contracts | st.lists(contracts, max_size=2),
            "topics": wanted,
        },
    ),
)
steps = st.one_of(
    st.tuples(st.just("send"), sends),
    st.tuples(st.just("detour"), st.tuples(st.lists(sends, min_size=1, max_size=3))),
    st.tuples(st.just("block"), st.tuples(st.lists(sends, max_size=3))),
    st.tuples(st.just("empty"), st.tuples(st.integers(1, 9))),
    st.tuples(st.just("mine"), st.tuples(st.integers(1, 3))),
    st.tuples(st.sampled_from(["snapshot", "save", "look"]), st.just(())),
    st.tuples(st.just("revert"), st.tuples(st.integers(0, 3))),
    st.tuples(st.sampled_from(["check", "check", "watch"]), st.tuples(queries)),
)


@pytest.mark.parametrize("engine", OUR_ENGINES)
@given(data=st.data())
@examples(8)
def test_logs_are_those_that_walking_finds(engine: str, data: st.DataObject) -> None:
    twin = Twin(engine, keep=data.draw(st.sampled_from([None, 3, 12])))
    for name, arguments in data.draw(st.lists(steps, min_size=5, max_size=25)):
        getattr(twin, name)(*arguments)
    twin.look()
    twin.check({"from_block": 0})
    for send in data.draw(st.lists(sends, min_size=3, max_size=6)):
        twin.send(*send)
    for query in data.draw(st.lists(queries, min_size=10, max_size=20)):
        twin.check(query)


@pytest.mark.parametrize("keep", [None, 3])
@pytest.mark.parametrize("first", NAMED)
def test_a_range_that_begins_and_ends_with_a_name(first: str, keep: int | None) -> None:
    """What eth-tester refuses is refused, though the range be empty or nothing be looked for."""
    twin = Twin("pyevm", keep)
    for _ in range(5):
        twin.send(0, [0] * 4)
    for last in NAMED:
        twin.check({"from_block": first, "to_block": last})


def test_a_restored_chain_has_its_own_logs() -> None:
    twin = Twin("pyevm")
    twin.send(2, [0, 1])
    chain = twin.tester.backend.chain
    saved = chain.copy()
    twin.send(2, [1, 1])
    assert len(twin.tester.get_logs(from_block=0)) == 4
    chain.restore(saved)
    assert len(twin.tester.get_logs(from_block=0)) == 2
    assert [place.block for place in chain.blocks.logs().find(0, chain.head, None, [])] == [7, 7]


# -- through web3.py ---------------------------------------------------------------------


def test_web3_finds_the_events_of_a_testnet() -> None:
    net = Testnet(4)
    for index in range(4):
        net.node(index).join(net.token, 100)
    net.advance(blocks=300)
    net.node(0).leave(net.token)
    assert isinstance(net._simulation.ledger, EvmLedger)
    walking = Web3(EthereumTesterProvider(EthereumTester(net._simulation.ledger.tester.backend)))
    (network,) = net._simulation.world.networks.values()
    address = to_checksum_address(network.address)
    participant = {"participant": net.node(0).address}

    def found(web3: Web3) -> list[Any]:
        events = web3.eth.contract(address=address, abi=load("TokenNetwork").abi).events
        wide = {"from_block": 0, "to_block": "latest"}
        return [
            events.ChannelNewDeposit.get_logs(**wide),
            events.ChannelNewDeposit.get_logs(argument_filters=participant, **wide),
            events.ChannelClosed.get_logs(),
            events.ChannelSettled.create_filter(from_block=0).get_all_entries(),
            web3.eth.get_logs({"address": address, "fromBlock": 0}),
            web3.eth.filter({"address": address, "fromBlock": 5}).get_all_entries(),
            answer(lambda: web3.eth.get_logs({"fromBlock": 0, "toBlock": net.block_number + 1})),
        ]

    ours = found(net.web3)
    assert ours == found(walking)
    assert [bool(logs) for logs in ours] == [True, True, False, True, True, True, True]
    assert 0 < len(ours[1]) < len(ours[0])
