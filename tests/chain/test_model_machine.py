"""The judge of the model: random histories, told to an EVM and to the model alike.

After each block both have the same statuses, reasons, events and ETH; in the end they answer the
same to every question. Accounts, amounts and signatures are often wrong on purpose.
"""

from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from simulator.chain.ledger import ContractCall
from simulator.chain.mempool import FAILING_GAS_LIMIT
from simulator.chain.model.proofs import Kind, SignedState
from simulator.chain.signatures import Signed
from simulator.words.events import ChannelOpened
from simulator.words.units import BOOTSTRAP_ADDRESS, ZERO_ADDRESS, Address
from tests.chain.twins import (
    ACCOUNTS,
    ETH,
    GAS,
    MAX,
    NO_HASH,
    NO_SIGNATURE,
    Network,
    Twins,
    balance_hash,
    network_of,
)
from tests.examples import examples

senders = st.integers(0, 3)
places = st.sampled_from([0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6])
"""Participants: the accounts, and who can't sign."""

amounts = st.sampled_from([0, 1, 10, 50, 51, 100, 700, 2**255, MAX]) | st.integers(0, 300)
sent = st.sampled_from([0, 0, 1, 20, 90, 2**255, MAX])
roots = st.sampled_from([NO_HASH, b"\xaa" * 32])
SIGNED = {"closeChannel", "updateNonClosingBalanceProof"}

limits = st.sampled_from([GAS, GAS, GAS, GAS, FAILING_GAS_LIMIT])
seldom = st.integers(0, 11).map(lambda n: n == 0)


@dataclass(frozen=True)
class Proof:
    """What one participant has signed last."""

    nonce: int = 0
    transferred: int = 0
    locked: int = 0
    locksroot: bytes = NO_HASH

    @property
    def terms(self) -> tuple[int, int, bytes]:
        return self.transferred, self.locked, self.locksroot

    def state(self, channel: int) -> SignedState:
        hashed = balance_hash(*self.terms) if self.nonce else NO_HASH
        return SignedState(channel, hashed, self.nonce, NO_HASH)


proofs = st.builds(Proof, st.integers(0, 3), sent, sent, roots)


def spoiled(signature: Signed, how: int) -> bytes:
    """A signature as it is, in the other convention, or wrong in some way."""
    data = bytes(signature)
    ways = {
        1: data[:-1] + bytes([data[-1] - 27]),
        2: data[:-1] + b"\x05",
        3: b"\xff" * 64 + b"\x1b",
        4: NO_SIGNATURE,
        5: data[:-1],
        6: b"",
        7: bytes([data[0] ^ 1]) + data[1:],
    }
    return ways.get(how, data)


class Histories(RuleBasedStateMachine):
    """One token network, four accounts with keys, some addresses without."""

    net: Network

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[ContractCall] = []
        self.balances: list[tuple[Address, int]] = []
        self.channels: list[tuple[Address, Address]] = []
        self.proofs: dict[tuple[int, Address], Proof] = {}
        self.slack = 0

    @initialize(
        limits=st.sampled_from([(MAX, MAX), (MAX, MAX), (120, 300)]),
        supply=st.sampled_from([1, MAX - 2000]),
        shortest=st.sampled_from([1, 5]),
        longest=st.sampled_from([50, MAX]),
    )
    def build(self, limits: tuple[int, int], supply: int, shortest: int, longest: int) -> None:
        self.net = network_of(Twins(), (shortest, longest), limits, supply)
        for index, account in enumerate(ACCOUNTS):
            self.waiting.append(self.net.of_token("mintFor", 300, account))
            if index < 3:
                self.waiting.append(
                    self.net.of_token("approve", self.net.address, 1000, sender=index)
                )
        for one, two in ((0, 1), (1, 2), (2, 0)):
            self.network(one, GAS, "openChannel", ACCOUNTS[one], ACCOUNTS[two], shortest)
        self.network(0, GAS, "openChannelWithDeposit", ACCOUNTS[3], ACCOUNTS[0], shortest, 20)
        self.network(1, GAS, "setTotalDeposit", 1, ACCOUNTS[1], 60, ACCOUNTS[0])
        self.make_block(0)

    def place(self, index: int) -> Address:
        return [*ACCOUNTS, ZERO_ADDRESS, BOOTSTRAP_ADDRESS, self.net.address][index]

    def network(self, sender: int, gas: int, name: str, *arguments: Any) -> None:
        self.waiting.append(self.net.call(name, *arguments, sender=sender, gas=gas))

    def token(self, sender: int, gas: int, name: str, *arguments: Any) -> None:
        self.waiting.append(self.net.of_token(name, *arguments, sender=sender, gas=gas))

    def sides(self, channel: int, swap: bool, wrong: int | None) -> tuple[int, Address, Address]:
        """A channel that there is, most of the time."""
        if not self.channels:
            return channel, ACCOUNTS[0], ACCOUNTS[1]
        identifier = channel % len(self.channels) + 1
        one, two = self.channels[identifier - 1]
        if swap:
            one, two = two, one
        if wrong is not None:
            return (channel, one, two) if wrong > 6 else (identifier, self.place(wrong), two)
        return identifier, one, two

    # -- tokens --------------------------------------------------------------------------

    @rule(
        sender=senders,
        name=st.sampled_from(["mint", "mintFor", "approve", "approve", "transfer", "transferFrom"]),
        source=places,
        to=places,
        amount=amounts,
        gas=limits,
    )
    def move_tokens(
        self, sender: int, name: str, source: int, to: int, amount: int, gas: int
    ) -> None:
        arguments: dict[str, tuple[Any, ...]] = {
            "mint": (amount,),
            "mintFor": (amount, self.place(to)),
            "approve": (self.place(to), amount),
            "transfer": (self.place(to), amount),
            "transferFrom": (self.place(source), self.place(to), amount),
        }
        self.token(sender, gas, name, *arguments[name])

    # -- channels ------------------------------------------------------------------------

    @rule(sender=senders, one=places, two=places, timeout=st.sampled_from([0, 1, 5, 5, 50, MAX]))
    def open(self, sender: int, one: int, two: int, timeout: int) -> None:
        self.network(sender, GAS, "openChannel", self.place(one), self.place(two), timeout)

    @rule(sender=senders, one=places, two=places, deposit=amounts, gas=limits)
    def open_with(self, sender: int, one: int, two: int, deposit: int, gas: int) -> None:
        pair = (self.place(one), self.place(two))
        self.network(sender, gas, "openChannelWithDeposit", *pair, 5, deposit)

    wrongs = st.none() | st.none() | st.none() | st.integers(0, 8)

    @rule(
        sender=senders,
        channel=st.integers(0, 6),
        swap=st.booleans(),
        wrong=wrongs,
        deposit=amounts,
        gas=limits,
    )
    def deposit(
        self, sender: int, channel: int, swap: bool, wrong: int | None, deposit: int, gas: int
    ) -> None:
        identifier, one, two = self.sides(channel, swap, wrong)
        self.network(sender, gas, "setTotalDeposit", identifier, one, deposit, two)

    def show(
        self,
        sides: tuple[int, Address, Address],
        proof: Proof,
        kind: Kind,
        spoil: tuple[int, int],
        lazy: bool,
    ) -> tuple[Any, ...]:
        """A proof of the first one, shown by the second one, both having signed."""
        identifier, one, two = sides
        state = proof.state(identifier)
        keys = [ACCOUNTS.index(side) if side in ACCOUNTS else 0 for side in (one, two)]
        first = NO_SIGNATURE
        if proof.nonce:
            first = spoiled(self.net.sign(keys[0], state, Kind.BALANCE_PROOF, None), spoil[0])
        signed = self.net.sign(keys[1], state, kind, first)
        second = signed if lazy else spoiled(signed, spoil[1])
        return state.balance_hash, state.nonce, state.additional_hash, first, second

    spoils = st.just((0, 0)) | st.just((0, 0)) | st.tuples(st.integers(0, 7), st.integers(0, 7))

    @precondition(lambda self: self.channels)
    @rule(
        sender=senders,
        channel=st.integers(0, 6),
        swap=st.booleans(),
        wrong=wrongs,
        proof=proofs,
        spoil=spoils,
        lazy=st.booleans(),
    )
    def close(
        self,
        sender: int,
        channel: int,
        swap: bool,
        wrong: int | None,
        proof: Proof,
        spoil: tuple[int, int],
        lazy: bool,
    ) -> None:
        sides = self.sides(channel, swap, wrong)
        shown = self.show(sides, proof, Kind.BALANCE_PROOF, spoil, lazy)
        identifier, partner, closer = sides
        self.network(sender, GAS, "closeChannel", identifier, partner, closer, *shown)
        self.proofs.setdefault((identifier, partner), proof)

    @precondition(lambda self: self.channels)
    @rule(
        sender=senders,
        channel=st.integers(0, 6),
        swap=st.booleans(),
        wrong=wrongs,
        proof=proofs,
        spoil=spoils,
    )
    def update(
        self,
        sender: int,
        channel: int,
        swap: bool,
        wrong: int | None,
        proof: Proof,
        spoil: tuple[int, int],
    ) -> None:
        sides = self.sides(channel, swap, wrong)
        shown = self.show(sides, proof, Kind.BALANCE_PROOF_UPDATE, spoil, lazy=False)
        self.network(sender, GAS, "updateNonClosingBalanceProof", *sides, *shown)
        identifier, closer, _ = sides
        self.proofs.setdefault((identifier, closer), proof)

    @precondition(lambda self: self.channels)
    @rule(
        sender=senders,
        channel=st.integers(0, 6),
        wrong=wrongs,
        change=seldom,
        unordered=seldom,
        as_two=st.booleans(),
    )
    def settle(
        self,
        sender: int,
        channel: int,
        wrong: int | None,
        change: bool,
        unordered: bool,
        as_two: bool,
    ) -> None:
        identifier, one, two = self.sides(channel, swap=False, wrong=wrong)
        proofs = [self.proofs.get((identifier, side), Proof()) for side in (one, two)]
        proofs = [proof if proof.nonce else Proof() for proof in proofs]
        if change:
            proofs[0] = replace(proofs[0], locked=1)
        sides = [(one, *proofs[0].terms), (two, *proofs[1].terms)]
        sides.sort(key=lambda side: min(side[1] + side[2], MAX), reverse=unordered)
        if as_two:
            self.network(sender, GAS, "settleChannel2", identifier, *sides)
        else:
            self.network(sender, GAS, "settleChannel", identifier, *sides[0], *sides[1])

    @rule(
        sender=st.sampled_from([0, 0, 1]),
        name=st.sampled_from(["removeLimits", "changeController", "deprecate"]),
        really=seldom,
    )
    def administer(self, sender: int, name: str, really: bool) -> None:
        if really:
            arguments = (ACCOUNTS[1],) if name == "changeController" else ()
            self.network(sender, GAS, name, *arguments)

    # -- blocks --------------------------------------------------------------------------

    @precondition(lambda self: self.channels)
    @rule(
        channel=st.integers(0, 6),
        swap=st.booleans(),
        closers=proofs,
        partners=proofs,
        spoil=spoils,
        early=seldom,
        as_two=st.booleans(),
    )
    def whole_life(
        self,
        channel: int,
        swap: bool,
        closers: Proof,
        partners: Proof,
        spoil: tuple[int, int],
        early: bool,
        as_two: bool,
    ) -> None:
        """Close, show both proofs, and settle in time."""
        self.proofs.clear()
        self.close(0, channel, not swap, None, partners, (0, 0), lazy=not partners.nonce)
        self.update(1, channel, swap, None, closers, spoil)
        self.update(1, channel, swap, None, closers, (0, 0))
        self.make_block(0)
        self.make_block(1 if early else 6)
        self.settle(2, channel, None, change=False, unordered=False, as_two=as_two)
        self.make_block(0)

    @rule(account=senders, wei=st.sampled_from([0, 10**15, 3 * 10**16, ETH]), really=seldom)
    def set_eth(self, account: int, wei: int, really: bool) -> None:
        self.balances.append((ACCOUNTS[account], wei if really else ETH))

    @rule(empty=st.sampled_from([0, 0, 1, 6]))
    def make_block(self, empty: int) -> None:
        self.net.twins.advance(empty)
        if self.waiting or self.balances:
            count = len(self.net.twins.gas)
            block = self.net.twins.run(*self.waiting, balances=self.balances)
            self.balances, self.waiting = [], []
            for outcome in block.outcomes:
                for event in outcome.events:
                    if isinstance(event, ChannelOpened):
                        self.channels.append((event.participant1, event.participant2))
            self.check_gas(count)

    def check_gas(self, count: int) -> None:
        """Gas is nearly equal; odd are signatures that are none, or not there yet."""
        for call, evm, model in self.net.twins.gas[count:]:
            self.slack += abs(evm - model)
            assert abs(evm - model) <= (evm // 50 if call.function in SIGNED else 20), call
        twins = self.net.twins
        for account in ACCOUNTS:
            difference = twins.evm.eth_balance(account) - twins.model.eth_balance(account)
            assert abs(difference) <= self.slack * twins.model.gas_price

    def teardown(self) -> None:
        if not hasattr(self, "net"):
            return
        self.make_block(0)
        for index in range(7):
            self.net.read("balanceOf", self.place(index))
            self.net.read("allowance", self.place(index), self.net.address)
        self.net.read("totalSupply")
        self.net.ask("channel_counter")
        self.net.ask("safety_deprecation_switch")
        for number, (one, two) in enumerate([*self.channels, (ACCOUNTS[0], ACCOUNTS[1])], 1):
            self.net.ask("channels", number)
            self.net.ask("getChannelIdentifier", one, two)
            self.net.ask("getChannelInfo", number, one, two)
            self.net.ask("getChannelParticipantInfo", number, one, two)
            self.net.ask("getChannelParticipantInfo", number, two, one)
            self.net.ask("getChannelParticipantInfo", number, ZERO_ADDRESS, one)


TestHistories = Histories.TestCase
TestHistories.settings = examples(40, stateful_step_count=40)
