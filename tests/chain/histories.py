"""Random histories of one token network, told to two chains that must answer alike.

Accounts, amounts and signatures are often wrong on purpose. What the two chains are, and how they
are compared, says the `Pair` of a subclass: contracts and model, or contracts and published ones.
"""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from simulator.chain.ledger import ContractCall, Status
from simulator.chain.model.proofs import MessageKind
from simulator.words.events import ChainEvent, ChannelClosed, ChannelOpened, ChannelSettled
from simulator.words.units import BOOTSTRAP_ADDRESS, ZERO_ADDRESS, Address
from tests.chain.drafts import (
    SECRETS,
    Choice,
    Consent,
    Phase,
    Proof,
    amounts,
    choices,
    consents,
    gas_limits,
    places,
    proofs,
    seldom,
    senders,
    spoiled,
    spoils,
)
from tests.chain.side_by_side import (
    ACCOUNTS,
    ETH,
    GAS,
    MAX,
    NO_SIGNATURE,
    Network,
    Pair,
    network_of,
)

Sides = tuple[int, Address, Address]
"""A channel and its participants."""


class Histories(RuleBasedStateMachine):
    """One token network, four accounts with keys, some addresses without."""

    net: Network[Any]
    pair: Callable[[], Pair]

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[tuple[ContractCall, Callable[[], None]]] = []
        self.balances: list[tuple[Address, int]] = []
        self.channels: list[tuple[Address, Address]] = []
        self.phases: dict[int, Phase] = {}
        self.proofs: dict[tuple[int, Address], Proof] = {}

    def gas(self, limit: int) -> int:
        """The gas limit of a call, where it may be too low."""
        return limit

    def check(self, _calls: int) -> None:
        """Compare more of the newest block's calls than the pair does by itself."""

    @initialize(
        limits=st.sampled_from([(MAX, MAX), (MAX, MAX), (120, 300)]),
        supply=st.sampled_from([1, MAX - 2000]),
        shortest=st.sampled_from([1, 5]),
        longest=st.sampled_from([50, MAX]),
    )
    def build(self, limits: tuple[int, int], supply: int, shortest: int, longest: int) -> None:
        self.net = network_of(type(self).pair(), (shortest, longest), limits, supply)
        for index, account in enumerate(ACCOUNTS):
            self.token(0, GAS, "mintFor", 300, account)
            if index < 3:
                self.token(index, GAS, "approve", self.net.address, 1000)
        for one, two in ((0, 1), (1, 2), (2, 0)):
            self.network(one, GAS, "openChannel", ACCOUNTS[one], ACCOUNTS[two], shortest)
        self.network(0, GAS, "openChannelWithDeposit", ACCOUNTS[3], ACCOUNTS[0], shortest, 20)
        self.network(1, GAS, "setTotalDeposit", 1, ACCOUNTS[1], 60, ACCOUNTS[0])
        self.make_block(0)

    # -- what rules are made of ----------------------------------------------------------

    def place(self, index: int) -> Address:
        return [*ACCOUNTS, ZERO_ADDRESS, BOOTSTRAP_ADDRESS, self.net.address][index]

    def send(self, call: ContractCall, then: Callable[[], None] = lambda: None) -> None:
        """Put a call into the next block, and do something if it succeeds."""
        self.waiting.append((call, then))

    def network(self, sender: int, gas: int, name: str, *arguments: Any) -> None:
        self.send(self.net.call(name, *arguments, sender=sender, gas=gas))

    def token(self, sender: int, gas: int, name: str, *arguments: Any) -> None:
        self.send(self.net.of_token(name, *arguments, sender=sender, gas=gas))

    def sides(self, choice: Choice, phase: Phase) -> Sides:
        """A channel that is in this phase, most of the time."""
        if not self.channels:
            return choice.channel, ACCOUNTS[0], ACCOUNTS[1]
        fitting = [number for number, found in self.phases.items() if found is phase]
        fitting = fitting if fitting and not choice.unfit else list(self.phases)
        identifier = fitting[choice.channel % len(fitting)]
        one, two = self.channels[identifier - 1]
        if choice.swap:
            one, two = two, one
        if choice.wrong is None:
            return identifier, one, two
        if choice.wrong > 6:
            return choice.channel, one, two
        return identifier, self.place(choice.wrong), two

    def proof_of(self, identifier: int, side: Address) -> Proof:
        """What the chain has seen of a participant."""
        return self.proofs.get((identifier, side), Proof())

    # -- tokens and secrets --------------------------------------------------------------

    @rule(
        sender=senders,
        name=st.sampled_from(["mint", "mintFor", "approve", "approve", "transfer", "transferFrom"]),
        source=places,
        to=places,
        amount=amounts,
        gas=gas_limits,
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
        self.token(sender, self.gas(gas), name, *arguments[name])

    @rule(
        sender=senders,
        known=st.lists(st.integers(0, len(SECRETS) - 1), max_size=3),
        gas=gas_limits,
    )
    def reveal(self, sender: int, known: list[int], gas: int) -> None:
        secrets = [SECRETS[index] for index in known]
        if len(secrets) == 1:
            call = self.net.of_secrets("registerSecret", *secrets, sender=sender, gas=self.gas(gas))
        else:
            call = self.net.of_secrets("registerSecretBatch", secrets, sender=sender)
        self.send(call)

    # -- channels ------------------------------------------------------------------------

    @rule(sender=senders, one=places, two=places, timeout=st.sampled_from([0, 1, 5, 5, 50, MAX]))
    def open(self, sender: int, one: int, two: int, timeout: int) -> None:
        self.network(sender, GAS, "openChannel", self.place(one), self.place(two), timeout)

    @rule(sender=senders, one=places, two=places, deposit=amounts, gas=gas_limits)
    def open_with(self, sender: int, one: int, two: int, deposit: int, gas: int) -> None:
        pair = (self.place(one), self.place(two))
        self.network(sender, self.gas(gas), "openChannelWithDeposit", *pair, 5, deposit)

    @rule(
        sender=senders,
        choice=choices,
        deposit=amounts,
        gas=gas_limits,
    )
    def deposit(self, sender: int, choice: Choice, deposit: int, gas: int) -> None:
        identifier, one, two = self.sides(choice, Phase.OPEN)
        self.network(sender, self.gas(gas), "setTotalDeposit", identifier, one, deposit, two)

    def show(
        self,
        sides: Sides,
        proof: Proof,
        kind: MessageKind,
        spoil: tuple[int, int],
        lazy: bool,
    ) -> tuple[Any, ...]:
        """A proof of the first one, shown by the second one, both having signed."""
        identifier, one, two = sides
        state = proof.state(identifier)
        keys = [ACCOUNTS.index(side) if side in ACCOUNTS else 0 for side in (one, two)]
        first = NO_SIGNATURE
        if proof.nonce:
            first = spoiled(
                self.net.sign(keys[0], state, MessageKind.BALANCE_PROOF, None), spoil[0]
            )
        signed = self.net.sign(keys[1], state, kind, first)
        second = signed if lazy else spoiled(signed, spoil[1])
        return state.balance_hash, state.nonce, state.additional_hash, first, second

    def remember(self, identifier: int, side: Address, proof: Proof) -> Callable[[], None]:
        def seen() -> None:
            if proof.nonce:
                self.proofs[identifier, side] = proof

        return seen

    @precondition(lambda self: self.channels)
    @rule(
        sender=senders,
        choice=choices,
        proof=proofs,
        spoil=spoils,
        lazy=st.booleans(),
    )
    def close(
        self,
        sender: int,
        choice: Choice,
        proof: Proof,
        spoil: tuple[int, int],
        lazy: bool,
    ) -> None:
        proof = proof.made_in(self.net.pair.head)
        sides = self.sides(choice, Phase.OPEN)
        shown = self.show(sides, proof, MessageKind.BALANCE_PROOF, spoil, lazy)
        identifier, partner, closer = sides
        call = self.net.call("closeChannel", identifier, partner, closer, *shown, sender=sender)
        self.send(call, self.remember(identifier, partner, proof))

    @precondition(lambda self: self.channels)
    @rule(
        sender=senders,
        choice=choices,
        proof=proofs,
        spoil=spoils,
    )
    def update(
        self,
        sender: int,
        choice: Choice,
        proof: Proof,
        spoil: tuple[int, int],
    ) -> None:
        proof = proof.made_in(self.net.pair.head)
        sides = self.sides(choice, Phase.CLOSED)
        shown = self.show(sides, proof, MessageKind.BALANCE_PROOF_UPDATE, spoil, lazy=False)
        call = self.net.call("updateNonClosingBalanceProof", *sides, *shown, sender=sender)
        identifier, closer, _ = sides
        self.send(call, self.remember(identifier, closer, proof))

    @precondition(lambda self: self.channels)
    @rule(
        sender=senders,
        choice=choices,
        change=seldom,
        unordered=seldom,
        as_two=st.booleans(),
    )
    def settle(
        self,
        sender: int,
        choice: Choice,
        change: bool,
        unordered: bool,
        as_two: bool,
    ) -> None:
        identifier, one, two = self.sides(replace(choice, swap=False), Phase.CLOSED)
        terms = [self.proof_of(identifier, side).terms for side in (one, two)]
        if change:
            terms[0] = (terms[0][0], 1, terms[0][2])
        sides = [(one, *terms[0]), (two, *terms[1])]
        sides.sort(key=lambda side: min(side[1] + side[2], MAX), reverse=unordered)
        if as_two:
            self.network(sender, GAS, "settleChannel2", identifier, *sides)
        else:
            self.network(sender, GAS, "settleChannel", identifier, *sides[0], *sides[1])

    # -- withdrawals ---------------------------------------------------------------------

    def agreement(self, sides: Sides, total: int, consent: Consent) -> tuple[Any, ...]:
        """A total that the first one may take out, signed by both."""
        identifier, one, two = sides
        expiration = max(0, self.net.pair.head + consent.margin)
        signed = []
        for index, (side, how) in enumerate(zip((one, two), consent.spoil, strict=True)):
            key = ACCOUNTS.index(side) if side in ACCOUNTS else 0
            key = key if consent.keys is None else consent.keys[index]
            signature = self.net.sign_withdraw(key, identifier, one, total, expiration)
            signed.append(signature if consent.lazy else spoiled(signature, how))
        return one, total, expiration, *signed

    @precondition(lambda self: self.channels)
    @rule(
        sender=senders,
        choice=choices,
        total=st.sampled_from([0, 1, 5, 20, 60, 61, 80, MAX, MAX - 20]) | st.integers(0, 90),
        consent=consents,
        as_two=st.booleans(),
    )
    def withdraw(
        self,
        sender: int,
        choice: Choice,
        total: int,
        consent: Consent,
        as_two: bool,
    ) -> None:
        sides = self.sides(choice, Phase.OPEN)
        agreed = self.agreement(sides, total, consent)
        if as_two:
            self.network(sender, GAS, "setTotalWithdraw2", sides[0], agreed)
        else:
            self.network(sender, GAS, "setTotalWithdraw", sides[0], *agreed)

    @precondition(lambda self: self.channels)
    @rule(
        sender=senders,
        choice=choices,
        share=st.sampled_from([0, 0, 100, 30, 50, 71]),
        skew=st.sampled_from([0, 0, 0, 0, 1, -1, MAX]),
        consent=consents,
    )
    def cooperate(
        self,
        sender: int,
        choice: Choice,
        share: int,
        skew: int,
        consent: Consent,
    ) -> None:
        sides = self.sides(choice, Phase.OPEN)
        identifier, one, two = sides
        deposits = sum(self.deposit_of(identifier, *pair) for pair in ((one, two), (two, one)))
        total = deposits * share // 100
        rest = max(0, deposits - total + skew) % 2**256
        agreed = (
            self.agreement(sides, total, replace(consent, margin=100, spoil=(0, 0))),
            self.agreement((identifier, two, one), rest, replace(consent, keys=None)),
        )
        self.network(sender, GAS, "cooperativeSettle", identifier, *agreed)

    def deposit_of(self, identifier: int, one: Address, two: Address) -> int:
        if one == two:
            return 0
        return int(str(self.net.ask("getChannelParticipantInfo", identifier, one, two)[0]))

    # -- locks ---------------------------------------------------------------------------

    @precondition(lambda self: self.channels)
    @rule(
        sender=senders,
        choice=choices,
        how=st.sampled_from([0, 0, 0, 0, 1, 2, 3, 4]),
    )
    def unlock(self, sender: int, choice: Choice, how: int) -> None:
        identifier, one, two = self.sides(choice, Phase.SETTLED)
        packed = self.proof_of(identifier, two).packed
        ways = [packed, packed[96:] + packed[:96], packed[:-96], packed[:-1], packed * 2]
        self.network(sender, GAS, "unlock", identifier, one, two, ways[how])

    # -- the rest ------------------------------------------------------------------------

    @rule(
        sender=st.sampled_from([0, 0, 1]),
        name=st.sampled_from(["removeLimits", "changeController", "deprecate"]),
        really=seldom,
    )
    def administer(self, sender: int, name: str, really: bool) -> None:
        if really:
            arguments = (ACCOUNTS[1],) if name == "changeController" else ()
            self.network(sender, GAS, name, *arguments)

    @precondition(lambda self: self.channels)
    @rule(
        choice=st.builds(Choice, st.integers(0, 6), st.booleans()),
        total=st.sampled_from([0, 0, 5, 20, 60]),
        closers=proofs,
        partners=proofs,
        spoil=spoils,
        early=seldom,
        known=st.lists(st.integers(0, len(SECRETS) - 1), max_size=3),
        as_two=st.booleans(),
    )
    def whole_life(
        self,
        choice: Choice,
        total: int,
        closers: Proof,
        partners: Proof,
        spoil: tuple[int, int],
        early: bool,
        known: list[int],
        as_two: bool,
    ) -> None:
        """Withdraw, close, show both proofs, settle in time, and unlock."""
        identifier, one, two = self.sides(choice, Phase.OPEN)
        keys = [ACCOUNTS.index(side) if side in ACCOUNTS else 0 for side in (one, two)]
        choice = replace(choice, channel=identifier - 1, unfit=True)
        back = replace(choice, swap=not choice.swap)
        if total:
            self.withdraw(0, choice, total, Consent(), as_two)
            self.withdraw(1, back, total + 20, Consent(), not as_two)
        self.close(0, back, partners, (0, 0), lazy=not partners.nonce)
        self.update(1, choice, closers, spoil)
        self.update(1, choice, closers, (0, 0))
        self.reveal(2, known, GAS)
        self.make_block(0)
        self.make_block(1 if early else 6)
        self.settle(2, choice, change=False, unordered=False, as_two=as_two)
        self.make_block(0)
        self.unlock(3, choice, 0)
        self.unlock(3, back, 0)
        self.open_with(keys[0], keys[0], keys[1], 50, GAS)
        self.make_block(0)

    # -- blocks --------------------------------------------------------------------------

    @rule(account=senders, wei=st.sampled_from([0, 10**15, 3 * 10**16, ETH]), really=seldom)
    def set_eth(self, account: int, wei: int, really: bool) -> None:
        self.balances.append((ACCOUNTS[account], wei if really else ETH))

    @rule(empty=st.sampled_from([0, 0, 1, 6]))
    def make_block(self, empty: int) -> None:
        self.net.pair.advance(empty)
        if not self.waiting and not self.balances:
            return
        waiting, self.waiting = self.waiting, []
        balances, self.balances = self.balances, []
        block = self.net.pair.run(*(call for call, _ in waiting), balances=balances)
        for (_, then), outcome in zip(waiting, block.outcomes, strict=True):
            if outcome.status is Status.MINED:
                then()
            for event in outcome.events:
                self.follow(event)
        self.check(len(waiting))

    def follow(self, event: ChainEvent) -> None:
        if isinstance(event, ChannelOpened):
            self.channels.append((event.participant1, event.participant2))
            self.phases[event.channel_identifier] = Phase.OPEN
        elif isinstance(event, ChannelClosed):
            self.phases[event.channel_identifier] = Phase.CLOSED
        elif isinstance(event, ChannelSettled):
            self.phases[event.channel_identifier] = Phase.SETTLED

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
        for secret in SECRETS:
            self.net.ask_secrets("getSecretRevealBlockHeight", sha256(secret).digest())
        for number, (one, two) in enumerate([*self.channels, (ACCOUNTS[0], ACCOUNTS[1])], 1):
            self.net.ask("channels", number)
            self.net.ask("getChannelIdentifier", one, two)
            self.net.ask("getChannelInfo", number, one, two)
            self.net.ask("getChannelParticipantInfo", number, one, two)
            self.net.ask("getChannelParticipantInfo", number, two, one)
            self.net.ask("getChannelParticipantInfo", number, ZERO_ADDRESS, one)
