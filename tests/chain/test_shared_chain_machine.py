"""Random calls through web3.py and eth-tester, mixed with the life of the nodes, on each engine."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from web3.exceptions import Web3Exception

from simulator.chain.abi import load
from simulator.evm.registry import FULL_ENGINE
from simulator.node.settings import Settings
from simulator.testnet.testnet import Testnet
from simulator.words.errors import SimulatorError
from simulator.words.units import checksum
from tests.chain.test_shared_chain import REFUSED
from tests.evm.engines import OUR_ENGINES
from tests.examples import examples

NODES = 4
SETTINGS = Settings(settle_timeout_blocks=20)
nodes = st.integers(0, NODES - 1)
accounts = st.integers(0, NODES)
"""The deployer's, then the nodes'."""

numbers = st.sampled_from([0, 1, 5, 10**17, 10**20, 2**100])
blocks = st.sampled_from(["latest", "pending", "earliest", 0, 1, 3, 5, 8, 10**6])
gas_limits = st.sampled_from([53_200, 10**6, 4 * 10**7])
seldom = st.integers(0, 5).map(lambda n: n == 0)

FACTORY = "0x" + "600a6000f0" + "00" * 5
"""A constructor that creates another contract, of nothing but zeros."""

CODES = [FACTORY, "0x60016001f3", "0xfe", "0x5b600056", "0x60006000fd", "0x"]
"""It also makes contracts that hold something, fail, run for ever, revert, or do nothing."""


class Strangers(RuleBasedStateMachine):
    """A network of nodes on a chain that is not theirs alone."""

    engine = "pyevm"

    @initialize(seed=st.integers(0, 2))
    def build(self, seed: int) -> None:
        self.net = Testnet(NODES, seed, engine=self.engine, settings=SETTINGS)
        self.eth: Any = self.net.web3.eth
        self.tester: Any = self.net.web3.provider.ethereum_tester  # type: ignore[attr-defined]
        self.token = self.contract(self.net.token, "CustomToken")
        network = next(iter(self.net._simulation.world.networks.values()))
        self.network = self.contract(checksum(network.address), "TokenNetwork")
        self.accounts: list[Any] = list(self.eth.accounts)
        logs: Any = {"address": self.net.token}
        self.filters = [self.eth.filter("latest"), self.eth.filter(logs)]
        self.calls: list[Any] = []

    def contract(self, address: str, name: str) -> Any:
        return self.eth.contract(address=address, abi=load(name).abi)

    def refused_or_done(self, attempt: Callable[[], object]) -> None:
        """A refusal is one sentence, and nothing has happened."""
        before = self.facts()
        try:
            attempt()
        except (*REFUSED, Web3Exception) as refusal:
            sentence = str(refusal)
        else:
            return
        assert "\n" not in sentence
        assert self.facts() == before

    def facts(self) -> object:
        state = [
            (self.eth.get_balance(account), self.eth.get_transaction_count(account, "pending"))
            for account in self.accounts
        ]
        return state, self.net.block_number, self.eth.block_number, self.net.last_block_hash

    # -- nodes ---------------------------------------------------------------------------

    @rule(index=nodes, begins=st.booleans(), what=st.sampled_from(["join", "leave"]))
    def node_joins_or_leaves(self, index: int, begins: bool, what: str) -> None:
        node = self.net.node(index)
        funds = {"funds": 100} if what == "join" else {}
        call = getattr(node, what).begin(self.net.token, **funds)
        self.calls.append(call)
        if not begins:
            self.finish()

    @rule(index=nodes, other=nodes, what=st.sampled_from(["open_channel", "deposit"]))
    def node_opens_or_deposits(self, index: int, other: int, what: str) -> None:
        begin = getattr(self.net.node(index), what).begin
        self.calls.append(begin(self.net.token, self.net.node(other).address, 20))

    @rule(seconds=st.sampled_from([0, 1, 14, 15, 40, 400]))
    def time_passes(self, seconds: int) -> None:
        self.net.advance(seconds=seconds)

    @rule(steps=st.integers(1, 12))
    def a_little_happens(self, steps: int) -> None:
        for _ in range(steps):
            if self.net._simulation.world.clock.next_time < float("inf"):
                self.net._simulation.world.clock.step()

    @rule(index=nodes, wei=st.sampled_from([0, 10**15, 10**20]))
    def eth_is_set(self, index: int, wei: int) -> None:
        self.net.set_eth_balance(index, wei)

    # -- strangers -----------------------------------------------------------------------

    @rule(one=accounts, other=accounts, value=numbers, wrong=seldom, data=st.data())
    def send(self, one: int, other: int, value: int, wrong: bool, data: st.DataObject) -> None:
        fields = {"from": self.accounts[one], "to": self.accounts[other], "value": value}
        if wrong:
            fields |= data.draw(
                st.sampled_from(
                    [{"nonce": 77}, {"nonce": 0}, {"gas": 20_999}, {"gas": 10**8}, {"gasPrice": 1}]
                )
            )
        self.refused_or_done(lambda: self.eth.send_transaction(fields))

    @rule(one=accounts, code=st.sampled_from(CODES), gas=gas_limits)
    def deploy(self, one: int, code: str, gas: int) -> None:
        fields = {"from": self.accounts[one], "data": code, "gas": gas}
        self.refused_or_done(lambda: self.eth.send_transaction(fields))

    @rule(one=nodes, other=nodes, amount=st.integers(0, 50), sender=accounts)
    def use_contracts(self, one: int, other: int, amount: int, sender: int) -> None:
        ends = [self.net.node(index).address for index in (one, other)]
        fields = {"from": self.accounts[sender]}
        call = [
            self.token.functions.transfer(ends[0], amount),
            self.token.functions.mintFor(amount, ends[0]),
            self.network.functions.openChannel(*ends, 500),
            self.network.functions.setTotalDeposit(1 + amount % 3, ends[0], 99, ends[1]),
        ][amount % 4]
        gas = {"gas": 100_000} if amount % 2 else {}
        self.refused_or_done(lambda: call.transact({**fields, **gas}))

    @rule(blocks=st.sampled_from([0, 1, 2, 40, -1, 10**9]))
    def mine(self, blocks: int) -> None:
        self.refused_or_done(lambda: self.tester.mine_blocks(blocks))

    @rule(on=st.booleans())
    def switch_automatic_mining(self, on: bool) -> None:
        if on:
            self.refused_or_done(self.tester.enable_auto_mine_transactions)
        else:
            self.tester.disable_auto_mine_transactions()

    @rule(what=st.sampled_from(["take", "newest", "first", "genesis", "past", "future"]))
    def go_elsewhere(self, what: str) -> None:
        tester = self.tester
        ways: dict[str, Callable[[], object]] = {
            "take": tester.take_snapshot,
            "newest": lambda: tester.revert_to_snapshot(tester.take_snapshot()),
            "first": lambda: tester.revert_to_snapshot(0),
            "genesis": tester.reset_to_genesis,
            "past": lambda: tester.time_travel(1),
            "future": lambda: tester.time_travel(2_000_000_000),
        }
        self.refused_or_done(ways[what])

    @rule(block=blocks, account=accounts)
    def look(self, block: Any, account: int) -> None:
        who = self.accounts[account]
        before = self.facts()
        for attempt in (
            lambda: self.eth.get_block(block, True),
            lambda: self.eth.get_balance(who, block),
            lambda: self.token.functions.balanceOf(who).call(block_identifier=block),
            lambda: self.eth.estimate_gas({"from": who, "to": who, "value": 1}, block),
            lambda: self.eth.get_logs({"fromBlock": block, "toBlock": "latest"}),
            lambda: [found.get_new_entries() for found in self.filters],
        ):
            self.refused_or_done(attempt)
        assert self.facts() == before

    # -- what holds ----------------------------------------------------------------------

    def finish(self) -> None:
        for call in self.calls:
            with suppress(SimulatorError):
                call.result()
        self.calls.clear()

    @invariant()
    def the_chain_is_as_long_as_time_tells(self) -> None:
        if self.net._simulation.world.mempool.catch_up():
            assert (
                self.net._simulation.ledger.head == self.net.block_number == self.eth.block_number
            )

    def teardown(self) -> None:
        """The world goes on."""
        self.finish()
        self.tester.enable_auto_mine_transactions()
        net = self.net
        net.run_until_idle()
        for index in range(NODES):
            net.set_eth_balance(index, 10**20)
            net.mint(index, 1)
        net.check_invariants()
        before = net.node(0).balance(net.token)
        mint = self.token.functions.mintFor(1, net.node(0).address)
        mint.transact({"from": self.accounts[0]})
        assert net.node(0).balance(net.token) == before + 1
        assert net._simulation.ledger.head == net.block_number


@pytest.mark.parametrize("engine", [*OUR_ENGINES, FULL_ENGINE])
def test_strangers_do_not_disturb_the_nodes(engine: str) -> None:
    count = 2 if engine == FULL_ENGINE else 6
    machine = type("Strangers", (Strangers,), {"engine": engine})
    run_state_machine_as_test(machine, settings=examples(count, stateful_step_count=20))
