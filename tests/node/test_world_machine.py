"""The judge of the connection rules: random histories of small worlds.

Nodes join, leave, stop, crash, start, open, deposit and close by hand, several calls in the same
slot, while transactions are held back, dropped or made to fail and gas gets dear. The invariants
hold after every block, every call returns, and the world comes to rest.
"""

from contextlib import suppress
from hashlib import sha256
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from simulator.chain.mempool import Fault
from simulator.node.membership import Mode
from simulator.node.plan import plan
from simulator.node.settings import Settings
from simulator.testnet.calls import PendingCall
from simulator.testnet.testnet import Testnet
from simulator.words.errors import SimulatorError
from simulator.words.options import Check
from tests.examples import examples

MAX_STEPS = 200_000
WALLET = 1_000

indices = st.integers(0, 7)
deposits = st.integers(0, WALLET + 10)
secrets = st.none() | st.integers(0, 3)
tenths = st.integers(0, 10).map(lambda n: n / 10)


class Worlds(RuleBasedStateMachine):
    """Two to eight nodes with small wallets and short timeouts; some learn late of blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[PendingCall[Any]] = []

    @initialize(
        nodes=st.integers(2, 8),
        seed=st.integers(0, 3),
        settle=st.sampled_from([5, 12]),
        engine=st.sampled_from(["model", "pyevm"]),
        confirmations=st.sampled_from([0, 0, 1, 3]),
    )
    def build(self, nodes: int, seed: int, settle: int, engine: str, confirmations: int) -> None:
        rules = Settings(
            settle_timeout_blocks=settle if confirmations == 0 else 12,
            transaction_timeout_seconds=90,
            confirmation_blocks=confirmations,
        )
        self.net = Testnet(nodes, seed, settings=rules, token_balance=WALLET, engine=engine)
        self.net._simulation.watch(Check.EVERY_BLOCK)
        self.net._simulation.world.on_block.append(lambda _: self.net.check_invariants())

    def pick(self, index: int) -> int:
        return index % len(self.net._simulation.nodes)

    def begin(self, call: str, index: int, *arguments: Any) -> None:
        handle = self.net.node(self.pick(index))
        self.calls.append(getattr(handle, call).begin(self.net.token, *arguments))

    @rule(index=indices, funds=st.integers(1, WALLET + 10), channels=st.integers(1, 6), part=tenths)
    def join(self, index: int, funds: int, channels: int, part: float) -> None:
        self.begin("join", index, funds, channels, part)

    @rule(funds=st.integers(1, WALLET), channels=st.integers(1, 4))
    def all_join(self, funds: int, channels: int) -> None:
        for index in range(len(self.net._simulation.nodes)):
            self.begin("join", index, funds, channels, 0.4)

    @rule(index=indices)
    def leave(self, index: int) -> None:
        self.begin("leave", index)

    @rule(index=indices, other=indices, deposit=deposits)
    def open_channel(self, index: int, other: int, deposit: int) -> None:
        self.begin("open_channel", index, self.net.node(self.pick(other)).address, deposit)

    @rule(index=indices, other=indices, deposit=deposits)
    def deposit(self, index: int, other: int, deposit: int) -> None:
        self.begin("deposit", index, self.net.node(self.pick(other)).address, deposit)

    @rule(index=indices, other=indices)
    def close_channel(self, index: int, other: int) -> None:
        self.begin("close_channel", index, self.net.node(self.pick(other)).address)

    @rule(index=indices, other=indices, total=st.integers(1, 200))
    def withdraw(self, index: int, other: int, total: int) -> None:
        self.begin("withdraw", index, self.net.node(self.pick(other)).address, total)

    @rule(index=indices, other=indices, amount=st.integers(1, 120), secret=secrets)
    def pay(self, index: int, other: int, amount: int, secret: int | None) -> None:
        """Pay; some secrets are only known by their hash until somebody registers them."""
        hashed = None if secret is None else sha256(bytes([secret]) * 32).digest()
        handle, target = self.net.node(self.pick(index)), self.net.node(self.pick(other)).address
        self.calls.append(handle.pay.begin(self.net.token, target, amount, secret_hash=hashed))

    @rule(index=indices, pairs=st.integers(1, 5), amount=st.integers(1, 40))
    def all_pay(self, index: int, pairs: int, amount: int) -> None:
        for step in range(pairs):
            self.pay(index + step, index + step + pairs, amount, None)

    @rule(index=indices, secret=st.integers(0, 3))
    def register(self, index: int, secret: int) -> None:
        world = self.net._simulation.world
        assert world.secrets.registry is not None
        account = self.net._simulation.nodes[self.pick(index)].address
        call = world.secrets.registry.register(account, [bytes([secret]) * 32])
        world.mempool.submit([call])

    @rule(index=indices)
    def stop(self, index: int) -> None:
        self.net._simulation.controls.stop(self.pick(index))

    @rule(index=indices)
    def crash(self, index: int) -> None:
        self.net._simulation.controls.crash(self.pick(index))

    @rule(index=indices)
    def start(self, index: int) -> None:
        self.net._simulation.controls.start(self.pick(index))

    @rule(index=indices, fault=st.sampled_from(Fault), blocks=st.none() | st.integers(1, 8))
    def set_fault(self, index: int, fault: Fault, blocks: int | None) -> None:
        self.net.set_fault(self.pick(index), fault, blocks)

    @rule(index=indices, wei=st.sampled_from([0, 10**15, 10**20]))
    def set_eth(self, index: int, wei: int) -> None:
        self.net._simulation.controls.set_eth_balance(self.pick(index), wei)

    @rule(gwei=st.sampled_from([1, 2, 50, 1_000]), blocks=st.none() | st.integers(1, 8))
    def set_gas_price(self, gwei: int, blocks: int | None) -> None:
        self.net.set_gas_price(gwei * 10**9, blocks)

    @rule(index=indices, amount=st.integers(1, 100))
    def mint(self, index: int, amount: int) -> None:
        self.net.mint(self.pick(index), amount)

    @rule(blocks=st.sampled_from([1, 1, 2, 5, 20]))
    def let_blocks_pass(self, blocks: int) -> None:
        self.net.advance(blocks=blocks)

    @invariant()
    def no_internal_fault(self) -> None:
        if hasattr(self, "net"):
            assert not self.net._simulation.world.faults
            assert not self.net._simulation.world.broken

    def teardown(self) -> None:
        if hasattr(self, "net"):
            self.run_to_rest()
            self.every_call_has_returned()
            self.free_everything()
            self.run_to_rest()
            self.at_rest_nothing_is_planned()
            self.what_is_promised_is_paid_out()

    def run_to_rest(self) -> None:
        steps = iter(range(MAX_STEPS))
        self.net._simulation.world.clock.run(lambda: next(steps, None) is None)
        assert next(steps, None) is not None, "the world does not come to rest"
        self.no_internal_fault()

    def every_call_has_returned(self) -> None:
        for call in self.calls:
            assert call.done
            with suppress(SimulatorError):  # every other exception is a bug
                call.result()

    def free_everything(self) -> None:
        """Lift all faults: whatever was stuck goes on, and what is missing is planned again."""
        self.net.set_gas_price()
        for index in range(len(self.net._simulation.nodes)):
            self.net.set_fault(index, Fault.NONE)
            self.net._simulation.controls.stop(index)
        self.run_to_rest()
        for index in range(len(self.net._simulation.nodes)):
            self.net._simulation.controls.set_eth_balance(index, 10**20)
        self.run_to_rest()
        for index in range(len(self.net._simulation.nodes)):
            self.net._simulation.controls.start(index)

    def at_rest_nothing_is_planned(self) -> None:
        closings = self.net._simulation.world.pending_closes
        assert not closings._sent
        assert not closings._relying
        for node in self.net._simulation.nodes:
            for manager in node.managers():
                membership = manager.membership
                assert not membership.channels.closed(), "a closed channel is never settled"
                assert not node.account.outbox.pending(membership.token)
                if membership.mode is Mode.CONNECTED:
                    assert plan(manager.facts(membership.terms)).actions == ()
                assert membership.mode is not Mode.LEAVING, "every leave is over"
                assert membership.left is None
                for channel in membership.channels:
                    view = channel.view()
                    wanted = (view.own_withdraw, view.partner_withdraw)
                    assert wanted == (None, None), "a withdraw has no end"
            assert node.member._paying is None or not node.member.paying.withdraws._askings
        assert not any(self.net._simulation.world.settling_with.values())

    def what_is_promised_is_paid_out(self) -> None:
        """All channels are closed: whoever does it, wallets grow by what was in the channels."""
        net = self.net
        promised = {}
        for node in net.nodes:
            channels = node.channels(net.token)
            assert all(channel.locked == 0 for channel in channels), "a lock has no end"
            assert not node._node.member.pending_transfers()
            total = sum(channel.balance for channel in channels)
            promised[node.index] = node.balance(net.token) + total
        calls = [node.leave.begin(net.token) for node in net.nodes]
        self.run_to_rest()
        for call in calls:
            call.result()
        for node in net.nodes:
            assert node.balance(net.token) == promised[node.index]
        net.check_invariants()


TestWorlds = Worlds.TestCase
TestWorlds.settings = examples(80, stateful_step_count=30)
