"""Seeing a node's withdraws and cooperative settlements through, whatever happens meanwhile.

What is due is found from what is kept and from the chain, so that nothing is lost when the node
stops, or a transaction is. Withdraws of one node run beside each other and beside payments.
"""

from collections.abc import Callable, Iterable
from functools import partial

import simpy
from msgspec.structs import replace

from simulator.chain.contracts import CLOSE, COOPERATE, GAS_LIMITS, WITHDRAW
from simulator.chain.ledger import Status
from simulator.chain.submissions import TransactionResult
from simulator.kernel.clock import when_over
from simulator.node.account import Account
from simulator.node.channels import ChannelEntry
from simulator.node.pending_closes import PendingClose
from simulator.node.transactions import Intent
from simulator.node.transfers import Found, TransferBook, transfers_of
from simulator.node.withdrawing.asking import Asking
from simulator.node.withdrawing.book import WithdrawBook
from simulator.node.world import CallResult
from simulator.payments.channel_state import Withdraw
from simulator.payments.messages import (
    ChannelKey,
    WithdrawExpired,
    WithdrawMessage,
    WithdrawRequest,
)
from simulator.payments.withdraws import (
    CloseInstead,
    Expire,
    Submit,
    WithdrawFacts,
    agrees,
    cannot_withdraw,
    due,
    may_settle,
    wakes_at,
)
from simulator.words.errors import (
    ChannelStateConflict,
    InsufficientEth,
    InvalidRequest,
    SimulatorError,
    TransactionFailed,
    TransactionTimedOut,
    WithdrawUnsuccessful,
)
from simulator.words.events import PlanUnaffordable, SettlementFailed
from simulator.words.units import Address

Then = Callable[[Asking, Intent, TransactionResult], None]
"""Takes in what has come of a transaction."""


class WithdrawDuty:
    """The withdraws and cooperative settlements that one node has a part in.

    Args:
        account: the node.
        transfers: what it sends and takes in over its channels.
        freed: told when a channel may carry more, since a withdraw came to nothing.
        cooperates: whether its generation settles channels together.
    """

    def __init__(
        self,
        account: Account,
        transfers: TransferBook,
        freed: Callable[[], None],
        *,
        cooperates: bool,
    ) -> None:
        self._account = account
        self._world = account.world
        self._transfers = transfers
        self._cooperates = cooperates
        self._freed = partial(account.world.clock.soon, freed)
        self._book = WithdrawBook(account, transfers)
        self._askings: dict[ChannelKey, Asking] = {}
        self._changed: dict[ChannelKey, None] = {}

    def restore(self, channels: Iterable[Found]) -> None:
        """Know only what is on the disk: it was another one until now.

        Args:
            channels: those out of which the node may want to take something.
        """
        self.go_offline()
        self._changed.clear()
        self._askings.clear()
        for waiting in self._world.settling_with.values():
            waiting.pop(self, None)
        for membership, entry in channels:
            own = transfers_of(entry).own_withdraw
            if own is not None:
                key = ChannelKey(membership.token, entry.identifier)
                self._keep(Asking(key, membership, entry, own))

    def withdraw(self, found: Found, total: int, cause: str = "") -> simpy.Event:
        """Ask the partner of a channel to agree to a withdraw; the event tells what comes of it.

        Who asks again for what is pending waits for that.

        Raises:
            InvalidRequest, ChannelStateConflict: it can't be asked for now.
            InsufficientEth: the ETH does not cover the transaction.
        """
        membership, entry = found
        asking = self._askings.get(ChannelKey(membership.token, entry.identifier))
        if asking is None or not asking.is_for(total):
            refusal = cannot_withdraw(membership.view_of(entry), total)
            if refusal is not None:
                raise InvalidRequest("total_withdraw", refusal.reason)
            if not self._may_answer(entry.partner):
                raise ChannelStateConflict("The partner is offline: it can't agree to a withdraw.")
            self._account.outbox.check_eth((), GAS_LIMITS[WITHDRAW])
            asking = self._ask(found, Withdraw(total, self._expiration(entry)), cause)
        event = asking.wait()
        self._go_on(asking)  # it may have lacked ETH until now
        return event

    def settle(self, found: Found, cause: str = "") -> simpy.Event | None:
        """Settle a channel together with the partner, or else close it.

        Returns:
            What tells that it is settled or closed, or why not; None: there is no use in trying.
        """
        membership, entry = found
        asking = self._askings.get(ChannelKey(membership.token, entry.identifier))
        if asking is not None and entry.is_ending:
            return asking.wait()
        view = entry.view(usable=not membership.intents.is_pending(CLOSE, entry))
        if not self._partner_cooperates(entry.partner) or not may_settle(view):
            return None
        try:
            self._account.outbox.check_eth((), GAS_LIMITS[COOPERATE])
        except InsufficientEth:
            return None
        own = view.own_withdraw
        if own is None:
            wanted = Withdraw(view.own_total, self._expiration(entry), settles=True, starts=True)
            return self._ask(found, wanted, cause).wait()
        # the partner was quicker to ask, and has got its answer
        assert asking is not None  # noqa: S101 - which is kept until it is over
        asking.own, asking.cause = replace(own, starts=True), cause
        self._keep(asking)
        self._go_on(asking)
        return asking.wait()

    def _may_answer(self, partner: Address) -> bool:
        """Tell whether it makes sense to ask; later generations know who is online."""
        member = self._world.members.get(partner)
        return member is not None and (member.online or not self._cooperates)

    def _partner_cooperates(self, partner: Address) -> bool:
        member = self._world.members.get(partner)
        return self._cooperates and member is not None and member.cooperates and member.online

    def _expiration(self, entry: ChannelEntry) -> int:
        return self._world.known_block + 2 * entry.reveal_timeout_blocks - 1

    def _ask(self, found: Found, wanted: Withdraw, cause: str = "") -> Asking:
        membership, entry = found
        key = ChannelKey(membership.token, entry.identifier)
        asking = Asking(key, membership, entry, wanted, cause)
        self._book.request(key, entry, wanted)
        self._keep(asking)
        self._plan_next(asking)
        return asking

    def _keep(self, asking: Asking) -> None:
        self._askings[asking.key] = asking
        if asking.entry.is_ending:  # it wants to know when the partner goes offline
            self._world.settling_with.setdefault(asking.entry.partner, {})[self] = None

    def receive(self, sender: Address, message: WithdrawMessage) -> bool:
        """Handle a message; False: it waits."""
        if self._transfers.is_put_off(message):
            return False
        found = self._transfers.find(message.channel)
        if found is None or not found[1].is_open:
            return True
        if not self._book.take_in(sender, found[1], message):
            return True
        match message:
            case WithdrawRequest():
                self._answer(found, message)
            case WithdrawExpired():
                self._freed()
        asking = self._askings.get(message.channel)
        if asking is not None:
            self._go_on(asking)
        return True

    def _answer(self, found: Found, message: WithdrawRequest) -> None:
        """Agree to a withdraw; to half of a settlement only where the other half is added."""
        membership, entry = found
        own = transfers_of(entry).own_withdraw
        if message.settles and (own is None or not own.settles):
            if not (
                self._cooperates and agrees(membership.view_of(entry), self._world.known_block)
            ):
                return  # who keeps silent has refused
            total = entry.view().own_total
            self._ask(found, Withdraw(total, message.expiration, settles=True))
        self._book.confirm(message.channel, entry)

    def look_at(self, key: ChannelKey) -> None:
        """See what is due in a channel, when everything is known that happens in this instant."""
        if key in self._askings:
            if not self._changed:
                self._world.clock.soon(self._look_at_changed)
            self._changed[key] = None

    def look_at_all(self) -> None:
        """See what is due: much may have changed."""
        for key in self._askings:
            self.look_at(key)

    def _look_at_changed(self) -> None:
        changed, self._changed = self._changed, {}
        for key in changed:
            if key in self._askings:
                self._contained(self._askings[key])

    def _contained(self, asking: Asking) -> None:
        self._world.attempt(self._account, partial(self._go_on, asking))

    def go_offline(self) -> None:
        """Forget timers and calls; what is due is found from what is kept."""
        for asking in self._askings.values():
            asking.waiting.clear()
            asking.stop_timer()

    def _go_on(self, asking: Asking) -> None:
        """Do what is due, and tell what has come of it."""
        outcome = asking.outcome
        if outcome is not None:
            self._over(asking, outcome)
            return
        if asking.own is None or not self._account.online:
            return
        match due(asking.entry.view(), self._facts(asking)):
            case Submit():
                self._submit(asking)
            case Expire():
                self._book.expire(asking.key, asking.entry)
                self._freed()
                self._over(asking, CallResult(error=WithdrawUnsuccessful("it has expired")))
            case CloseInstead() as step:
                self._close(asking, step.reason)
        self._plan_next(asking)

    def _facts(self, asking: Asking) -> WithdrawFacts:
        intents, entry = asking.membership.intents, asking.entry
        partner = self._world.members.get(entry.partner)
        return WithdrawFacts(
            self._world.known_block,
            self._world.settings.confirmation_blocks,
            partner is not None and partner.online,
            intents.is_pending(COOPERATE if asking.wanted.settles else WITHDRAW, entry),
        )

    def _plan_next(self, asking: Asking) -> None:
        asking.stop_timer()
        block = wakes_at(asking.own, self._world.known_block)
        if block is not None and self._askings.get(asking.key) is asking:
            at = block + self._world.settings.confirmation_blocks
            asking.timer = self._world.clock.at_block(at, partial(self._contained, asking))

    def _over(self, asking: Asking, result: CallResult[ChannelEntry]) -> None:
        """Let go of it, and answer who waits."""
        asking.stop_timer()
        if self._askings.get(asking.key) is asking:
            del self._askings[asking.key]
        if asking.wanted.settles and not self._is_settling_with(asking.entry.partner):
            self._world.settling_with.get(asking.entry.partner, {}).pop(self, None)
        asking.tell(result)

    def _is_settling_with(self, partner: Address) -> bool:
        return any(a.entry.partner == partner and a.wanted.settles for a in self._askings.values())

    def _submit(self, asking: Asking) -> None:
        """Show the contract what both have signed."""
        intents, transfers = asking.membership.intents, transfers_of(asking.entry)
        own, other = transfers.own_withdraw, transfers.partner_withdraw
        assert own is not None  # noqa: S101 - it is due
        if own.settles:
            assert other is not None  # noqa: S101 - as above
            intent = intents.cooperative_settle(asking.entry, own, other)
        else:
            intent = intents.withdraw(asking.entry, own)
        try:
            self._account.outbox.check_eth([intent])
        except InsufficientEth as error:
            self._unaffordable(asking, intent, error)
            return
        self._post(asking, intent, self._submitted)

    def _unaffordable(self, asking: Asking, intent: Intent, error: InsufficientEth) -> None:
        if asking.wanted.settles:
            self._close(asking, "the ETH does not cover it")
            return
        event = PlanUnaffordable(self._account.address, intent.token, error.required_wei)
        self._world.record(event)
        asking.tell(CallResult(error=error))

    def _post(self, asking: Asking, intent: Intent, then: Then) -> None:
        outbox = self._account.outbox
        cause, outbox.cause = outbox.cause, asking.cause
        try:
            answers = outbox.post([intent])
        finally:
            outbox.cause = cause

        def take_in(receipts: list[TransactionResult]) -> None:
            if self._askings.get(asking.key) is asking:  # else it is over, or the disk was lost
                self._world.attempt(self._account, partial(then, asking, intent, receipts[0]))

        when_over(answers, take_in)

    def _submitted(self, asking: Asking, intent: Intent, receipt: TransactionResult) -> None:
        """Take in what has come of what both have signed; where it is mined, the events tell."""
        own = asking.own
        if receipt.succeeded or own is None or asking.outcome is not None:
            return
        if receipt.status is Status.TIMED_OUT:
            asking.tell(CallResult(error=self._error_of(intent, receipt)))
        elif not self._account.online:
            return  # what is due is found when the node starts
        elif own.starts:
            self._close(asking, receipt.reason or "the ETH does not cover it")
        else:
            if receipt.status is not Status.REFUSED:  # else it is done when ETH arrives
                asking.own = replace(own, given_up=receipt.reason)
            asking.tell(CallResult(error=self._error_of(intent, receipt)))
        self._plan_next(asking)

    def _error_of(self, intent: Intent, receipt: TransactionResult) -> SimulatorError:
        if receipt.status is Status.TIMED_OUT:
            timeout = self._world.settings.transaction_timeout_seconds
            return TransactionTimedOut((intent.name,), timeout)
        if receipt.status is Status.REFUSED:
            ledger = self._world.ledger
            required = intent.call.gas_limit * ledger.gas_price
            return InsufficientEth(required, ledger.eth_balance(self._account.address))
        return TransactionFailed(intent.name, receipt.reason)

    def _close(self, asking: Asking, reason: str) -> None:
        """Close a channel that was to be settled together."""
        own, entry, membership = asking.own, asking.entry, asking.membership
        assert own is not None  # noqa: S101 - it is given up now, or was before
        if not own.given_up:
            asking.own = replace(own, given_up=reason)
            told = (self._account.address, entry.partner, *asking.key, reason)
            self._world.record(SettlementFailed(*told))
        theirs = PendingClose(membership.token, entry.identifier, entry.partner)
        if self._world.pending_closes.rely_on(theirs, partial(self.look_at, asking.key)):
            return
        for intent in membership.intents.closes([entry]):
            try:
                self._account.outbox.check_eth([intent])
            except InsufficientEth as error:
                if asking.waiting:
                    self._leave_open(asking, error)
                else:
                    wei = error.required_wei
                    event = PlanUnaffordable(self._account.address, intent.token, wei)
                    self._world.record(event)
            else:
                self._post(asking, intent, self._closed)

    def _closed(self, asking: Asking, intent: Intent, receipt: TransactionResult) -> None:
        if not receipt.succeeded and asking.outcome is None:
            self._leave_open(asking, self._error_of(intent, receipt))

    def _leave_open(self, asking: Asking, error: SimulatorError) -> None:
        """Want the channel to end no longer, since that has failed; its half expires by itself."""
        if asking.own is not None:
            asking.own = replace(asking.own, starts=False)
        self._plan_next(asking)
        asking.tell(CallResult(error=error))
        asking.membership.wake_leave()
