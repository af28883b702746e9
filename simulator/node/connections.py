"""Joining a token network, and keeping the promise of a join.

The connection manager of one node and one token gathers the facts, lets the pure `plan` decide
and carries the decision out. It plans again whenever something has changed, so the fourth channel
opens as soon as a fourth peer appears. One plan runs at a time.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet

from simulator.chain.ledger import Status
from simulator.chain.submissions import TransactionResult
from simulator.kernel.clock import when_over
from simulator.kernel.turns import Turn
from simulator.node.join_terms import JoinTerms
from simulator.node.membership import Membership, Mode
from simulator.node.plan import Candidates, Facts, Plan, UnfundedChannel, money_left, plan
from simulator.node.transactions import Intent, pending_effects
from simulator.node.world import Steps, name_of_failure
from simulator.topology.choice import PartnerChoice
from simulator.words.errors import InsufficientEth, InsufficientFunds, TransactionFailed
from simulator.words.events import JoinEnded, PlanUnaffordable
from simulator.words.units import BOOTSTRAP_ADDRESS, Address


class ConnectionManager:
    """Plans for one node in one token network.

    Args:
        membership: the node's state there.
    """

    __slots__ = ("_drawings", "_turn", "account", "membership", "order", "world")

    def __init__(self, membership: Membership) -> None:
        self.membership = membership
        self.account = membership.account
        self.world = membership.world
        self.order = (membership.account.address, membership.token)
        self._drawings = 0  # a new stream for each: one has 2.5 kB, and few nodes draw again
        self._turn: Turn | None = None  # of a plan that is to come

    def facts(self, terms: JoinTerms) -> Facts:
        """Gather what the plan depends on; candidates are drawn when the plan asks for some.

        The work does not grow with the channels of a hub, unless it has money to spend on them.
        """
        book, share = self.membership.channels, terms.share
        way = pending_effects(self.account.outbox.pending(self.membership.token))
        raising = {
            n for n, total in way.raised.items() if total >= share and not book.is_funded(n, share)
        }
        wallet = self.membership.wallet
        # all that is pending counts as done: a plan must not do it again while a block is made
        left = money_left(terms.funds, book.deposited, wallet, way.spends)
        return Facts(
            funds=terms.funds,
            share=share,
            target=terms.initial_channel_target,
            channels=self._unfunded(terms, way.closing | raising, way.raised) if left else (),
            funded=book.funded(share)
            + len(raising)
            - sum(book.is_funded(n, share) or n in raising for n in way.closing),
            deposited=book.deposited,
            wallet=wallet,
            pending=way.spends,
            candidates=Candidates(self._candidates(way.opening)),
            pending_opens=way.deposits_of_opening,
            visible=bool(way.opening) or book.open_count > sum(map(book.is_open, way.closing)),
            may_bootstrap=terms.initial_channel_target > 0
            and book.with_partner(BOOTSTRAP_ADDRESS) is None,
        )

    def _unfunded(
        self, terms: JoinTerms, excepted: AbstractSet[int], raised: Mapping[int, int]
    ) -> list[UnfundedChannel]:
        is_online = self.membership.graph.is_online
        return [
            UnfundedChannel(
                channel.identifier,
                channel.partner,
                max(channel.own_deposit, raised.get(channel.identifier, 0)),
                channel.partner_deposit,
                is_online(channel.partner),
            )
            for channel in self.membership.channels.opened()
            if not channel.holds(terms.share)
            and channel.identifier not in excepted
            and channel.identifier > terms.answers_after
            and not (channel.is_bootstrap or channel.is_settling)
        ]

    def _candidates(self, opening: Container[Address]) -> Iterator[Address]:
        graph = self.membership.graph
        stream = self.world.rng.stream("strategy", *self.order, self._drawings)
        self._drawings += 1
        choice = PartnerChoice(graph, self.account.address, opening, stream)
        yield from choice.possible(self.account.strategy(choice))

    def _plan(self, terms: JoinTerms) -> Plan:
        facts = self.facts(terms)
        decision = plan(facts)
        if decision.actions:
            for callback in self.world.on_plan:
                callback(self.account.name, facts, decision)
        return decision

    def join(self, terms: JoinTerms) -> Steps[None]:
        """Put funds into the network and open channels.

        Raises:
            InsufficientFunds: the node has not got that many tokens.
            InsufficientEth: its ETH does not cover the plan's transactions.
            TransactionTimedOut: one of them was not mined in time.
            TransactionFailed: all its openings and deposits were mined and failed.
        """
        membership = self.membership
        with membership.written_down_at_the_end(), membership.lock.request() as turn:
            yield from turn.wait()
            available = membership.wallet + membership.sum_deposits
            if terms.funds > available:
                raise InsufficientFunds("funds", terms.funds, available)
            decision = self._plan(terms)
            intents = membership.intents.of_actions(decision.actions)
            # last of all checks: what is refused here has changed nothing
            self.account.outbox.check_eth(intents)
            before = (membership.mode, membership.terms)
            membership.connect(terms)
            if decision.waits_for_peers:
                self._wait_for_peers()
            try:
                yield from self._carry_out(intents)
            except Exception as error:
                # what has timed out may still be mined: that join stays in force
                if isinstance(error, InsufficientEth | TransactionFailed):
                    self._restore(*before)
                self._note_end(name_of_failure(error))
                raise
            self._note_end("")

    def _note_end(self, error: str) -> None:
        membership = self.membership
        self.world.record(JoinEnded(self.account.address, membership.token, error))

    def _carry_out(self, intents: Sequence[Intent]) -> Steps[None]:
        if intents:
            receipts = yield from self._send(intents)
            if any(receipt.status is Status.REFUSED for receipt in receipts):
                self.account.outbox.raise_for_refusal(intents)
            self.account.outbox.raise_for_timeout(intents, receipts)
            self._raise_for_failures(intents, receipts)

    def _raise_for_failures(
        self, intents: Sequence[Intent], receipts: Sequence[TransactionResult]
    ) -> None:
        """Tell the first failure if no opening or deposit has had its effect."""
        steps = [
            (intent, receipt)
            for intent, receipt in zip(intents, receipts, strict=True)
            if intent.changes_channels
        ]
        if not any(receipt.succeeded or self._is_there(intent) for intent, receipt in steps):
            intent, receipt = steps[0]
            raise TransactionFailed(intent.name, receipt.reason)

    def _is_there(self, intent: Intent) -> bool:
        """Tell whether the partner was quicker to open the channel: its deposit comes later."""
        return intent.opens is not None and self.membership.channels.has_open(intent.opens)

    def _send(
        self, intents: Sequence[Intent], cause: str | None = None
    ) -> Steps[list[TransactionResult]]:
        """Send a plan's calls; one that fails leaves the target unmet, whatever was planned."""
        receipts = yield from self.account.outbox.send(intents, cause)
        if not all(receipt.succeeded for receipt in receipts):
            self._wait_for_peers()
        return receipts

    def _restore(self, mode: Mode, terms: JoinTerms) -> None:
        """Go on as before the join; a plan that failed waits for news, as all do."""
        self.membership.take_back(mode, terms)
        if mode is not Mode.CONNECTED:
            self._wait_for_no_peers()

    def plan_soon(self) -> None:
        """Plan at the end of this instant, or once more if a plan is running: there is news."""
        if self.membership.mode is Mode.CONNECTED and self.account.online:
            self.world.plan_soon(self)

    def plan_in_turn(self) -> None:
        """Run the plan now, or when its turn comes; `World` sees to the order among nodes."""
        if self._turn is not None or not self.account.online:
            return
        lock = self.membership.lock
        if lock.busy:
            self._wait_for_no_peers()  # it plans anyway: nobody wakes it for every block
        self._turn = lock.request()
        self._turn.then(self._plan_and_send)

    def stop(self) -> None:
        """Forget that a plan was to run: the node went offline."""
        if self._turn is not None:
            self._turn.give_back()
            self._turn = None

    def _plan_and_send(self) -> None:
        turn, self._turn = self._turn, None  # news from here on ask for another run
        assert turn is not None  # noqa: S101 - it has come
        with self.world.journal.acting_for(""):  # a call behind it may have made it come
            intents = self.world.attempt(self.account, self._decide).value
            if not intents:  # as most plans: no process where there is nothing to wait for
                turn.give_back()
                return
            process = self.account.background(lambda: self._send(intents, cause=""))
        when_over(process, lambda _: turn.give_back())

    def _decide(self) -> list[Intent]:
        """Run the plan and return what is to be sent."""
        if self.membership.mode is not Mode.CONNECTED:
            return []
        decision = self._plan(self.membership.terms)
        if decision.waits_for_peers:
            self._wait_for_peers()
        else:
            self._wait_for_no_peers()
        if not decision.actions:
            return []
        intents = self.membership.intents.of_actions(decision.actions)
        try:
            self.account.outbox.check_eth(intents)
        except InsufficientEth as error:
            self.world.record(PlanUnaffordable(*self.order, error.required_wei))
            self._wait_for_peers()  # what it lacks, it lacks still: a peer is news to it, as ETH is
            return []
        return intents

    def _wait_for_no_peers(self) -> None:
        self.world.without_peers[self.membership.token].pop(self, None)

    def _wait_for_peers(self) -> None:
        """Be woken when a node becomes available: it would be of use."""
        self.world.without_peers[self.membership.token][self] = None
