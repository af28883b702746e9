"""The judge of payments: random histories of small worlds that have channels from the start.

Whatever the machine of connections does may happen here too, between payments of which some have
secrets that nobody knows before somebody registers them, early, late, or at the expiry's edge. The
invariants hold after every message and every block, every payment ends in time, and whoever was
always there has in the end what its history says.

In some worlds nodes cheat, and one loses its disk: then nobody else loses anything, but for what no
contract can prevent.
"""

from collections import Counter
from hashlib import sha256

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from simulator.chain.mempool import Fault
from simulator.node.dialects import Dialect
from simulator.node.orders import RECEIVED, SENT
from simulator.node.settings import Settings
from simulator.payments.channel_state import GRACE_OF_SENDER, Lock
from simulator.payments.conditions import Spread
from simulator.testnet.handles import NodeHandle
from simulator.testnet.testnet import Testnet
from simulator.words.events import PaymentFailed, PaymentSucceeded, TransferLocked
from simulator.words.options import Check
from simulator.words.units import bytes_of, checksum
from tests.examples import examples
from tests.node.test_world_machine import WALLET, Worlds, indices, secrets

DEPOSIT = 60
SECRETS = {sha256(bytes([number]) * 32).digest(): number for number in range(4)}
"""Those that nobody is told, by their hashes."""


class PayingWorlds(Worlds):
    """Three to six nodes in a ring, each with tokens in its channels."""

    @initialize(
        nodes=st.integers(3, 6),
        seed=st.integers(0, 3),
        settle=st.sampled_from([12, 20]),
        engine=st.sampled_from(["model", "model", "pyevm"]),
        confirmations=st.sampled_from([0, 0, 1, 3]),
        dialects=st.lists(st.sampled_from([*Dialect, Dialect.BESPIN]), min_size=1, max_size=3),
    )
    def build(
        self,
        nodes: int,
        seed: int,
        settle: int,
        engine: str,
        confirmations: int,
        dialects: list[Dialect],
    ) -> None:
        rules = Settings(
            settle_timeout_blocks=settle,
            transaction_timeout_seconds=90,
            confirmation_blocks=confirmations,
        )
        self.exempt: set[int] = set()
        self.minted: Counter[int] = Counter()
        self.net = net = Testnet(
            nodes,
            seed,
            settings=rules,
            token_balance=WALLET,
            engine=engine,
            dialects=dialects,
        )
        net._simulation.watch(Check.EVERY_MESSAGE)
        net._simulation.world.on_block.append(lambda _: net.check_invariants())
        for index in range(nodes):
            ends = net.node(index), net.node((index + 1) % nodes)
            ends[0].open_channel(net.token, ends[1].address, DEPOSIT)
            ends[1].deposit(net.token, ends[0].address, DEPOSIT)

    @rule(index=indices, hops=st.integers(1, 3), amount=st.integers(1, 70), secret=secrets)
    def pay_near(self, index: int, hops: int, amount: int, secret: int | None) -> None:
        self.pay(index, index + hops, amount, secret)

    @rule(index=indices, count=st.integers(2, 5), amount=st.integers(1, 25), secret=secrets)
    def pay_often(self, index: int, count: int, amount: int, secret: int | None) -> None:
        for step in range(count):
            self.pay(index + step, index + step + 2, amount, secret)

    @rule(index=indices)
    def stop(self, index: int) -> None:
        self.exempt.add(self.pick(index))
        super().stop(index)

    @rule(index=indices)
    def crash(self, index: int) -> None:
        self.exempt.add(self.pick(index))
        super().crash(index)

    @rule(index=indices, fault=st.sampled_from(Fault), blocks=st.none() | st.integers(1, 8))
    def set_fault(self, index: int, fault: Fault, blocks: int | None) -> None:
        self.exempt.add(self.pick(index))
        super().set_fault(index, fault, blocks)

    @rule(index=indices, wei=st.sampled_from([0, 10**15, 10**20]))
    def set_eth(self, index: int, wei: int) -> None:
        self.exempt.add(self.pick(index))
        super().set_eth(index, wei)

    @rule(gwei=st.sampled_from([1, 2, 50, 1_000]), blocks=st.none() | st.integers(1, 8))
    def set_gas_price(self, gwei: int, blocks: int | None) -> None:
        self.exempt.update(range(len(self.net.nodes)))
        super().set_gas_price(gwei, blocks)

    @rule(index=indices, amount=st.integers(1, 100))
    def mint(self, index: int, amount: int) -> None:
        self.minted[self.pick(index)] += amount
        super().mint(index, amount)

    @rule(
        delay=st.sampled_from([0, 0, 3, 20, 60, 120]),
        spread=st.sampled_from(Spread),
        loss=st.sampled_from([0, 0, 0.1, 0.5, 1]),
        nodes=st.lists(indices, max_size=2),
    )
    def set_messages(self, delay: float, spread: Spread, loss: float, nodes: list[int]) -> None:
        some = {self.pick(index) for index in nodes}
        self.net.set_messages(*some, delay_seconds=delay, spread=spread, loss=loss)

    @rule(groups=st.lists(st.integers(0, 2), min_size=6, max_size=6))
    def divide(self, groups: list[int]) -> None:
        numbers = range(len(self.net._simulation.nodes))
        self.net.divide(*([n for n in numbers if groups[n] == group] for group in (0, 1)))

    @rule(nodes=st.lists(indices, max_size=2))
    def silence(self, nodes: list[int]) -> None:
        self.net.silence(*{self.pick(index) for index in nodes})

    @rule(index=indices, more=st.integers(1, 60))
    def deposit_near(self, index: int, more: int) -> None:
        """Deposit in the middle of everything, at both ends at once."""
        self.deposit(index, index + 1, DEPOSIT + more)
        self.deposit(index + 1, index, DEPOSIT + more)

    @rule(index=indices, early=st.integers(-1, 2))
    def register_at_the_edge(self, index: int, early: int) -> None:
        """Register a secret that a lock waits for, around the last block in which it counts."""
        node = self.net.node(self.pick(index))._node
        for role in node.member.paying.payments.roles():
            blocks = role.lock.expiration - early - 1 - self.net.block_number
            if role.lock.secrethash in SECRETS and blocks >= 0:
                self.net.advance(blocks=blocks)
                self.register(index, SECRETS[role.lock.secrethash])
                return

    @rule(index=indices)
    def close_next(self, index: int) -> None:
        """Close a channel while something may be pending in it."""
        self.close_channel(index, index + 1)

    @rule(index=indices, total=st.integers(1, 90))
    def withdraw_near(self, index: int, total: int) -> None:
        """Take out of a channel that is there, from both ends at once."""
        self.withdraw(index, index + 1, total)
        self.withdraw(index + 1, index, total)

    @rule(index=indices)
    def close_from_both_ends(self, index: int) -> None:
        """At once: bespin nodes settle their channel together."""
        self.close_channel(index, index + 1)
        self.close_channel(index + 1, index)

    @rule(index=indices, which=st.integers(0, 1))
    def crash_while_settling(self, index: int, which: int) -> None:
        self.close_channel(index, index + 1)
        self.net.advance(seconds=1)
        self.crash(index + which)

    @rule()
    def start_all(self) -> None:
        for number in range(len(self.net._simulation.nodes)):
            self.start(number)

    def every_call_has_returned(self) -> None:
        super().every_call_has_returned()
        self.every_payment_has_ended_in_time()

    def every_payment_has_ended_in_time(self) -> None:
        """Ten blocks after the last attempt's lock has expired at the latest, as the payer knows.

        Who was stopped may learn of it later.
        """
        confirmations = self.net.settings.confirmation_blocks
        limits: dict[tuple[bytes, int], int] = {}
        for entry in self.net.journal:
            event = entry.event
            if isinstance(event, TransferLocked) and event.sender == event.initiator:
                end = event.expiration + GRACE_OF_SENDER + confirmations
                limits[event.initiator, event.identifier] = end
            elif isinstance(event, PaymentSucceeded | PaymentFailed):
                payer = self.net.node(checksum(event.node))
                limit = limits.get((event.node, event.identifier), entry.block)
                assert payer.index in self.exempt or entry.block <= limit, event

    def what_is_promised_is_paid_out(self) -> None:
        super().what_is_promised_is_paid_out()
        for node in self.net.nodes:
            if node.index not in self.exempt:
                self.nobody_else_loses(node)

    def nobody_else_loses(self, node: NodeHandle) -> None:
        """Who was always there, and could pay for its transactions, has what its history says."""
        given = self.given_by(node)
        sent = sum(given[one.identifier] for one in node.payments() if one.event == SENT)
        received = sum(one.amount for one in node.payments() if one.event == RECEIVED)
        due = WALLET + self.minted[node.index] - sent + received
        assert node.balance(self.net.token) >= due - self.unpreventable(node)

    def given_by(self, node: NodeHandle) -> dict[int, int]:
        """Return what a node has given for its payments, fees included: the last attempt counts."""
        locked = (entry.event for entry in self.net.journal)
        return {
            event.identifier: event.amount
            for event in locked
            if isinstance(event, TransferLocked)
            and event.sender == event.initiator == bytes_of(node.address)
        }

    def unpreventable(self, _: NodeHandle) -> int:
        """Return what a node may lose to others that cheat."""
        return 0

    def free_everything(self) -> None:
        self.net.set_messages()
        self.net.divide()
        self.net.silence()
        super().free_everything()


class CheatingWorlds(PayingWorlds):
    """Some close their channels with old balance proofs, and one loses its disk."""

    def __init__(self) -> None:
        super().__init__()
        self.forgetful: int | None = None
        self.shown: dict[int, list[Lock]] = {}

    @rule(index=indices, side=st.sampled_from([-1, 1]), back=st.integers(1, 8))
    def close_with_an_old_proof(self, index: int, side: int, back: int) -> None:
        ends = self.pick(index), self.pick(index + side)
        cheat, partner = (self.net.node(end) for end in ends)
        self.exempt.add(cheat.index)
        channel = cheat._node.channel(bytes_of(self.net.token), bytes_of(partner.address))
        if channel is not None and channel.transfers is not None:
            locks = channel.transfers.received_log.values()
            self.shown.setdefault(partner.index, []).extend(
                {lock for message in locks for lock in message.proof.locks}
            )
        self.calls.append(cheat.close_channel.begin(self.net.token, partner.address, back))

    @rule(index=indices)
    def back_up(self, index: int) -> None:
        self.net.node(self.pick(index)).back_up()

    @rule(index=indices, starts=st.booleans())
    def lose_disk(self, index: int, *, starts: bool) -> None:
        """Always the same node: if both ends of a channel forget what was shown, it is lost."""
        if self.forgetful is None:
            self.forgetful = self.pick(index)
        self.exempt.add(self.forgetful)
        self.net.node(self.forgetful).lose_disk()
        if starts:
            self.net.node(self.forgetful).start()

    def at_rest_nothing_is_planned(self) -> None:
        if self.forgetful is not None:  # whose channels are good for nothing else
            node = self.net.node(self.forgetful)
            for channel in node.channels(self.net.token):
                if channel.is_open:
                    node.close_channel.begin(self.net.token, channel.partner)
            self.run_to_rest()
        super().at_rest_nothing_is_planned()

    def unpreventable(self, node: NodeHandle) -> int:
        """Return the locks of its own that a cheat may have shown, and that are on the chain."""
        secrets = self.net._simulation.world.secrets
        shown = set(self.shown.get(node.index, ()))
        return sum(lock.amount for lock in shown if secrets.get(lock.secrethash) is not None)


TestPayingWorlds = PayingWorlds.TestCase
TestPayingWorlds.settings = examples(60, at_night=2_000, stateful_step_count=30)
TestCheatingWorlds = CheatingWorlds.TestCase
TestCheatingWorlds.settings = examples(40, at_night=2_000, stateful_step_count=30)
