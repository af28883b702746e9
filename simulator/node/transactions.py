"""A node's transactions: what they will cost and change once they are mined."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn, Protocol

import simpy

from simulator.chain.contracts import CLOSE, SET_TOTAL_DEPOSIT
from simulator.chain.ledger import ContractCall, Status
from simulator.chain.submissions import PendingTransaction, TransactionResult
from simulator.kernel.clock import when_over
from simulator.node.pending_closes import PendingClose
from simulator.node.world import Steps, World
from simulator.words.errors import InsufficientEth, TransactionFailed, TransactionTimedOut
from simulator.words.units import BOOTSTRAP_ADDRESS, Address


class Intent(NamedTuple):
    """A call and what it is to change in a token network.

    Attributes:
        opens: the partner of a channel that it opens.
        deposits: the total deposit that it sets.
        identifier: the channel that it deposits into, closes or settles.
        spends: tokens that it takes from the wallet.
    """

    call: ContractCall
    token: Address
    opens: Address | None = None
    deposits: int = 0
    identifier: int | None = None
    spends: int = 0

    @property
    def name(self) -> str:
        """The contract function."""
        return self.call.function

    @property
    def changes_channels(self) -> bool:
        """Whether it is about a channel; an approval is not."""
        return self.opens is not None or self.identifier is not None


@dataclass(frozen=True, slots=True)
class PendingEffects:
    """What an account's pending transactions will change in a token network.

    Attributes:
        closing: channels that they close.
        raised: total deposits that they set, by channel.
        opening: partners of the channels that they open.
        deposits_of_opening: what they put into these, the bootstrap channel excepted.
        spends: tokens that they take from the wallet.
    """

    closing: AbstractSet[int] = frozenset()
    raised: Mapping[int, int] = field(default_factory=dict)
    opening: AbstractSet[Address] = frozenset()
    deposits_of_opening: Sequence[int] = ()
    spends: int = 0


NOTHING = PendingEffects()


def pending_effects(pending: Sequence[Intent]) -> PendingEffects:
    """Return what pending calls will change; mostly there are none."""
    if not pending:
        return NOTHING
    about = [(intent, intent.identifier) for intent in pending if intent.identifier is not None]
    opens = [(intent, intent.opens) for intent in pending if intent.opens is not None]
    return PendingEffects(
        closing={number for intent, number in about if intent.name == CLOSE},
        raised={n: intent.deposits for intent, n in about if intent.name == SET_TOTAL_DEPOSIT},
        opening={partner for _, partner in opens},
        deposits_of_opening=[i.deposits for i, partner in opens if partner != BOOTSTRAP_ADDRESS],
        spends=sum(intent.spends for intent in pending),
    )


class Sender(Protocol):
    """Whose transactions they are: a node."""

    def on_late_end(self, token: Address) -> None:
        """Take in that a transaction about a token network has ended after its timeout."""


class Outbox:
    """Transactions of one account that may still be mined.

    Args:
        world: where they go.
        account: the sender.

    Attributes:
        sender: told of a transaction that ended after its timeout: nobody waits for it any more.
        cause: on whose behalf it sends now; see `GasUse`.
    """

    __slots__ = ("_account", "_pending", "_reserved_gas", "_topics", "_world", "cause", "sender")

    def __init__(self, world: World, account: Address) -> None:
        self.sender: Sender | None = None
        self.cause = ""
        self._world = world
        self._account = account
        self._pending: dict[int, tuple[PendingTransaction, Intent]] = {}
        self._topics: dict[tuple[str, Address, int], int] = {}
        self._reserved_gas: dict[Address, Callable[[], int]] | None = None  # few nodes ever leave

    def pending(self, token: Address) -> list[Intent]:
        """Return what is pending in a token network, oldest first; mostly nothing."""
        if not self._pending:
            return []
        return [intent for _, intent in self._pending.values() if intent.token == token]

    def reserve(self, token: Address, gas: Callable[[], int]) -> None:
        """Leave gas for what will be done in a token network: a leave will settle with it."""
        self._reserved_gas = {**(self._reserved_gas or {}), token: gas}

    def release(self, token: Address) -> None:
        """Leave no gas for a token network any more."""
        others = {other: gas for other, gas in (self._reserved_gas or {}).items() if other != token}
        self._reserved_gas = others or None

    def has(self, intent: Intent) -> bool:
        """Tell whether this very call is pending: after a crash it is not, and no answer comes."""
        return any(pending is intent for _, pending in self._pending.values())

    def is_pending(self, name: str, token: Address, identifier: int) -> bool:
        """Tell whether such a call about a channel is pending: at once, however many there are."""
        return (name, token, identifier) in self._topics

    def spent_unnoticed(self, token: Address) -> int:
        """Return tokens that have left the wallet on the chain, which the node can't know yet.

        The chain is asked as it is now, events come with the confirmations: without this, a deposit
        would be missing in the wallet and count as pending, too.
        """
        if not self._pending:
            return 0
        return sum(
            intent.spends
            for transaction, intent in self._pending.values()
            if intent.token == token and transaction.outcome is Status.MINED
        )

    def check_eth(self, intents: Iterable[Intent], extra_gas: int = 0) -> None:
        """See whether the account's ETH pays for calls on top of the pending ones.

        Raises:
            InsufficientEth: it does not; calls that need no gas always pass.
        """
        gas = sum(intent.call.gas_limit for intent in intents) + extra_gas
        if gas == 0:
            return
        spoken_for = sum(reserved() for reserved in (self._reserved_gas or {}).values())
        for transaction, intent in self._pending.values():
            if transaction.outcome is None:  # else the balance is without it
                spoken_for += intent.call.gas_limit
        required = (gas + spoken_for) * self._world.ledger.gas_price
        available = self._world.ledger.eth_balance(self._account)
        if available < required:
            raise InsufficientEth(required, available)

    def send(
        self, intents: Sequence[Intent], cause: str | None = None
    ) -> Steps[list[TransactionResult]]:
        """Submit calls together and wait for all their receipts; see `post`."""
        receipts: list[TransactionResult] = yield self.post(intents, cause)
        return receipts

    def post(self, intents: Sequence[Intent], cause: str | None = None) -> simpy.Event:
        """Submit calls together; the event that is returned succeeds with all their receipts.

        Args:
            intents: the calls.
            cause: on whose behalf; empty: on nobody's; None: on that of the call in progress.
        """
        calls = [intent.call for intent in intents]
        cause = self.cause if cause is None else cause
        transactions = self._world.mempool.submit(calls, self._forget, cause)
        for transaction, intent in zip(transactions, intents, strict=True):
            self._pending[transaction.sequence] = (transaction, intent)
            self._count_topic(intent, 1)
            close = self._close(intent)
            if close is not None:
                self._world.pending_closes.add(close, transaction)
        answers = transactions[0].submission.answers
        when_over(answers, self._look_for_late_ones)
        return answers

    def _look_for_late_ones(self, receipts: Sequence[TransactionResult]) -> None:
        for receipt in receipts:
            if receipt.status is Status.TIMED_OUT:
                self.doubt_closes()
                return

    def doubt_closes(self) -> None:
        """Let partners look again who rely on a close of this account: it may not come."""
        for _, intent in self._pending.values():
            close = self._close(intent)
            if close is not None:
                self._world.pending_closes.doubt(close)

    def _close(self, intent: Intent) -> PendingClose | None:
        if intent.name != CLOSE or intent.identifier is None:
            return None
        return PendingClose(intent.token, intent.identifier, self._account)

    def _count_topic(self, intent: Intent, change: int) -> None:
        if intent.identifier is not None:
            topic = (intent.name, intent.token, intent.identifier)
            count = self._topics.pop(topic, 0) + change
            if count:
                self._topics[topic] = count
            elif not self._topics:
                self._topics.clear()

    def _forget(self, transaction: PendingTransaction) -> None:
        _, intent = self._pending.pop(transaction.sequence)
        if not self._pending:  # and let go of its table: most nodes are at rest
            self._pending.clear()
        self._count_topic(intent, -1)
        close = self._close(intent)
        if close is not None:
            self._world.pending_closes.end(close)
            self._world.transport.go_on(self._account)  # messages were put off meanwhile
        # whoever waited has been answered long since: nobody else would plan because of it
        known = intent.token in self._world.networks  # others can be minted, too
        if transaction.overdue and known and self.sender is not None:
            self.sender.on_late_end(intent.token)

    def send_all(self, intents: Sequence[Intent]) -> Steps[list[TransactionResult]]:
        """Submit calls together and wait until all are mined.

        Raises:
            InsufficientEth: the ETH does not cover them.
            TransactionTimedOut, TransactionFailed: one was late, or reverted.
        """
        self.check_eth(intents)
        receipts = yield from self.send(intents)
        self.raise_for_failure(intents, receipts)
        return receipts

    def raise_for_failure(
        self, intents: Sequence[Intent], receipts: Sequence[TransactionResult]
    ) -> None:
        """Say so when transactions did not do what they should.

        Raises:
            InsufficientEth: one was refused.
            TransactionTimedOut, TransactionFailed: one was late, or reverted.
        """
        if all(receipt.succeeded for receipt in receipts):
            return
        if any(receipt.status is Status.REFUSED for receipt in receipts):
            self.raise_for_refusal(intents)
        self.raise_for_timeout(intents, receipts)
        for intent, receipt in zip(intents, receipts, strict=True):
            if not receipt.succeeded:
                raise TransactionFailed(intent.name, receipt.reason)

    def raise_for_refusal(self, intents: Sequence[Intent]) -> NoReturn:
        """Say that the account could not pay when the block was filled.

        Raises:
            InsufficientEth: always, with the present balance.
        """
        required = sum(intent.call.gas_limit for intent in intents) * self._world.ledger.gas_price
        raise InsufficientEth(required, self._world.ledger.eth_balance(self._account))

    def raise_for_timeout(
        self, intents: Sequence[Intent], receipts: Sequence[TransactionResult]
    ) -> None:
        """Say so when transactions were not mined in time.

        Raises:
            TransactionTimedOut: at least one was not.
        """
        late = tuple(
            intent.name
            for intent, receipt in zip(intents, receipts, strict=True)
            if receipt.status is Status.TIMED_OUT
        )
        if late:
            raise TransactionTimedOut(late, self._world.settings.transaction_timeout_seconds)
