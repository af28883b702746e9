"""Checks payments while a world lives: what is sent in channels, and what is paid out of them.

A check costs as much as its channel has locks. Right after each message that is more than handling
it; so by default the channels that messages were about are looked at once a block.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from simulator.node.channels import ChannelEntry
from simulator.node.node import Node
from simulator.node.world import World
from simulator.payments.channel_state import BalanceProof, Lock
from simulator.payments.messages import (
    ChannelKey,
    LockedTransfer,
    PaymentIdentity,
    PeerMessage,
    RefundTransfer,
    SignedMessage,
)
from simulator.testnet.transfer_invariants import Finding, falls, of_transfers
from simulator.words.events import (
    ChannelSettled,
    EthBalanceSet,
    Event,
    FaultSet,
    GasPriceSet,
    InvalidMessage,
    NodeCrashed,
    NodeStopped,
    OldProofShown,
    PlanUnaffordable,
)
from simulator.words.options import Check
from simulator.words.units import Address, checksum

FEW_LOCKS = 1_000
"""So many are remembered before old ones are forgotten."""

Report = Callable[[Iterable[Finding]], None]
"""Told what does not hold."""


class PaymentChecker:
    """Checks what nodes tell each other, and what they get when a channel is settled.

    Args:
        world: the environment.
        nodes: all nodes, by address.
        tell: told what does not hold.
        check: how often channels are looked at.
    """

    def __init__(
        self, world: World, nodes: Mapping[Address, Node], tell: Report, check: Check
    ) -> None:
        self._world = world
        self._nodes = nodes
        self._tell = tell
        self._at_once = check is Check.EVERY_MESSAGE
        self._block = 0
        self._talked: dict[ChannelKey, tuple[Address, Address]] = {}
        self._last: dict[tuple[ChannelKey, Address], tuple[BalanceProof, BalanceProof]] = {}
        self._locks: dict[tuple[PaymentIdentity, bytes], Lock] = {}
        self._max_locks = FEW_LOCKS
        self._excused: set[Address] = set()
        if check.is_often:
            world.transport.on_handled.append(self._after_message)
        journal = world.journal
        journal.subscribe(self._after_invalid, InvalidMessage)
        journal.subscribe(self._on_settled, ChannelSettled)
        for kind in _EXCUSES:
            journal.subscribe(self._excuse, kind)

    def _after_message(self, sender: Address, receiver: Address, message: PeerMessage) -> None:
        if not isinstance(message, SignedMessage):
            return
        block = self._world.clock.block_number
        if block != self._block:
            self.look()
            self._block = block
        self._talked[message.channel] = (sender, receiver)
        if isinstance(message, LockedTransfer | RefundTransfer):
            self._tell(self._of_lock(message.payment, message.lock))
        if self._at_once:
            self.look()

    def look(self) -> None:
        """Look at the channels that messages were about since the last time."""
        talked, self._talked = self._talked, {}
        for key, (one, other) in talked.items():
            self._look_at(key, one, other)
            self._look_at(key, other, one)

    def _look_at(self, key: ChannelKey, own: Address, partner: Address) -> None:
        """Look at one end's view of a channel."""
        found = self._entry(key, own)
        if found is None or found[1].transfers is None or self._is_forgotten(key, own):
            self._last.pop((key, own), None)
            return
        node, channel = found
        there = self._entry(key, partner)
        quiet = not self._is_forgotten(key, partner)
        quiet = quiet and self._world.transport.is_quiet(own, partner)
        other = None if there is None else there[1]
        self._tell(of_transfers(key.token, node, channel, other, quiet=quiet))
        assert found[1].transfers is not None  # noqa: S101 - see above
        proofs = (found[1].transfers.sent, found[1].transfers.received)
        before = self._last.get((key, own))
        if before is not None and before != proofs:
            self._tell(falls(key, node, before, proofs))
        self._last[key, own] = proofs

    def _entry(self, key: ChannelKey, end: Address) -> tuple[Node, ChannelEntry] | None:
        node = self._nodes.get(end)
        book = None if node is None else node.book(key.token)
        channel = None if book is None else book.get(key.identifier)
        return None if node is None or channel is None else (node, channel)

    def _is_forgotten(self, key: ChannelKey, *ends: Address) -> bool:
        """Tell whether one of these ends has lost something that was sent in a channel."""
        nodes = (self._nodes.get(end) for end in ends)
        return any(node is not None and key in node.disk.forgotten for node in nodes)

    def _of_lock(self, payment: PaymentIdentity, lock: Lock) -> Iterator[Finding]:
        """Check that all hops of an attempt have a lock that expires at the same time."""
        if lock.expiration <= self._block:  # one that was long on its way
            return
        first = self._locks.setdefault((payment, lock.secrethash), lock)
        if first.expiration != lock.expiration:
            yield (
                f"all locks of payment {payment.identifier} with one secret expire together",
                f"{first} and {lock}",
            )
        if len(self._locks) > self._max_locks:
            block = self._block
            self._locks = {k: one for k, one in self._locks.items() if one.expiration > block}
            self._max_locks = max(FEW_LOCKS, 2 * len(self._locks))

    def _after_invalid(self, event: Event) -> None:
        if isinstance(event, InvalidMessage):
            key = ChannelKey(event.token, event.channel_identifier)
            if not self._is_forgotten(key, event.node, event.sender):
                told = f"{checksum(event.node)} got a {event.message} of {checksum(event.sender)}"
                finding = ("what nodes tell each other is valid", f"{told}: {event.reason}")
                self._tell([finding])

    def _excuse(self, event: Event) -> None:
        """Know of somebody who may lose something: he can't always do what he should."""
        match event:
            case NodeStopped() | NodeCrashed() | PlanUnaffordable() | OldProofShown():
                self._excused.add(event.node)
            case EthBalanceSet() | FaultSet():
                self._excused.add(event.account)
            case GasPriceSet():
                self._excused.update(self._nodes)

    def _on_settled(self, event: Event) -> None:
        """Check what is paid out: the ends don't know yet that the channel is settled."""
        if isinstance(event, ChannelSettled):
            token = self._world.token_of[event.contract]
            key = ChannelKey(token, event.channel_identifier)
            amounts = [
                (event.participant1, event.participant1_amount),
                (event.participant2, event.participant2_amount),
            ]
            for end, amount in amounts:
                found = self._entry(key, end)
                # nothing was ever sent in most of them, when many leave
                if found is not None and found[1].transfers is not None:
                    self._tell(self._of_payout(key, *found, amount))

    def _of_payout(
        self, key: ChannelKey, node: Node, channel: ChannelEntry, amount: int
    ) -> Iterator[Finding]:
        """Check that who was always there has its balance, or it is kept for its locks.

        What is kept for these it may lose to a partner who shows an old proof: no contract can
        prevent that.
        """
        end = node.address
        if self._is_forgotten(key, end):
            return
        if channel.is_open:
            yield from _of_cooperation(key, node, channel, amount)
            return
        if amount >= channel.balance or end in self._excused:
            return
        membership = node.membership(key.token)
        assert membership is not None  # noqa: S101 - it has a channel
        kept = membership.intents.participant(key.identifier, end, channel.partner).kept
        if amount + kept < channel.balance:
            rule = "who is always online and honest gets its balance when a channel is settled"
            of = f"{kept} are kept, of a balance of {channel.balance}"
            yield rule, f"{node.account.name} gets {amount} of channel {key.identifier}, and {of}"


def _of_cooperation(
    key: ChannelKey, node: Node, channel: ChannelEntry, total: int
) -> Iterator[Finding]:
    """Check that who settles a channel together with its partner leaves nothing in it."""
    due = channel.view().own_total
    if total != due:
        rule = "who settles a channel together gets all that it has in it"
        yield rule, f"{node.account.name} gets {total} of channel {key.identifier}, and has {due}"


_EXCUSES = (
    *(NodeStopped, NodeCrashed, PlanUnaffordable, OldProofShown),
    *(EthBalanceSet, FaultSet, GasPriceSet),
)
