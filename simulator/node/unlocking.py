"""Unlocking: what a settled channel keeps for pending locks is paid out by whoever gains from it.

The receiver gains where a secret was registered in time, the sender where one was not. Where both
do, the receiver comes first, and the sender a block later if it is still to be done.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Protocol

from msgspec import Struct

from simulator.chain.submissions import TransactionResult
from simulator.kernel.clock import Timer, when_over
from simulator.node.account import Account
from simulator.node.channels import Transfers
from simulator.node.intents import Intents
from simulator.node.transactions import Intent
from simulator.payments.balance_proof import locksroot
from simulator.payments.channel_state import Lock, in_time
from simulator.payments.messages import ChannelMessage
from simulator.words.errors import InsufficientEth
from simulator.words.events import PlanUnaffordable, Unlocked
from simulator.words.units import Address

BLOCKS_FOR_RECEIVER = 2
"""One for its transaction, and one so that everybody knows of it."""

Kept = tuple[int, Address]
"""A channel's identifier, and who has sent the locks that it keeps tokens for."""


class KeptLocks(Struct, frozen=True):
    """Locks for which a settled channel keeps tokens.

    Attributes:
        identifier: of the channel.
        locks: all of them, in the order in which they are hashed.
    """

    identifier: int
    sender: Address
    receiver: Address
    locks: tuple[Lock, ...]


class Leaver(Protocol):
    """Who may wait for the tokens: a node's state in a token network."""

    account: Account
    intents: Intents

    def wake_leave(self) -> None:
        """Be told that nothing is kept any more."""


class UnlockDuty:
    """The duty of one node in one token network; mostly there is nothing to do.

    Args:
        owner: the node's state there.
    """

    __slots__ = ("_kept", "_owner", "_pending", "_timers")

    def __init__(self, owner: Leaver) -> None:
        self._owner = owner
        self._kept: dict[Kept, KeptLocks] = {}
        self._pending: dict[Kept, Intent] = {}
        self._timers: dict[Kept, Timer] = {}

    @property
    def gains(self) -> bool:
        """Whether something is kept of which the node gets a part."""
        return any(self._gains(kept, self._own) for kept in self._kept.values())

    @property
    def kept(self) -> tuple[KeptLocks, ...]:
        """What is kept, oldest first."""
        return tuple(self._kept.values())

    def restore(self, known: Iterable[KeptLocks], transfers: Mapping[int, Transfers]) -> None:
        """Know only what was on a disk once: of other locks nobody tells the node again.

        Args:
            known: what was kept for then.
            transfers: what had been sent in the channels that were not settled then.
        """
        lists = {
            (identifier, message.proof.locks)
            for identifier, sent in transfers.items()
            for message in (*sent.sent_log.values(), *sent.received_log.values())
        }
        lists |= {(kept.identifier, kept.locks) for kept in known}
        for key, kept in list(self._kept.items()):
            if (kept.identifier, kept.locks) not in lists:
                del self._kept[key]

    def settled(self, identifier: int, partner: Address, transfers: Transfers) -> None:
        """Take in that a channel is settled in which something was sent; see what it keeps."""
        own = self._own
        for sender, receiver, log in [
            (partner, own, transfers.received_log),
            (own, partner, transfers.sent_log),
        ]:
            locks = self._kept_of(identifier, sender, receiver, log.values())
            if locks is not None:
                self._kept[identifier, sender] = locks
                self._look_at(locks)

    def _kept_of(
        self,
        identifier: int,
        sender: Address,
        receiver: Address,
        messages: Iterable[ChannelMessage],
    ) -> KeptLocks | None:
        """Return what is kept of somebody's locks: an old proof may need an old list of them."""
        lists = dict.fromkeys(message.proof.locks for message in messages if message.proof.locks)
        if not lists:
            return None
        info = self._owner.intents.participant(identifier, sender, receiver)
        if not info.kept:
            return None
        locks = next((some for some in lists if locksroot(some) == info.locksroot), None)
        return None if locks is None else KeptLocks(identifier, sender, receiver, locks)

    def unlocked(self, event: Unlocked) -> None:
        """Take in that what was kept is paid out."""
        key = event.channel_identifier, event.sender
        self._kept.pop(key, None)
        self._stop(key)
        if not self._kept:
            self._owner.wake_leave()

    def look_at_all(self) -> None:
        """See what is to be done: the node has come online, or can pay by now."""
        for kept in list(self._kept.values()):
            self._look_at(kept)

    def stop(self) -> None:
        """Leave it to the partners: the node went offline."""
        for key in list(self._timers):
            self._stop(key)

    def _stop(self, key: Kept) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

    @property
    def _own(self) -> Address:
        return self._owner.account.address

    def _gains(self, kept: KeptLocks, who: Address) -> bool:
        """Tell whether the receiver, or the sender, of locks gets something of what is kept."""
        secrets = self._owner.account.world.secrets
        found = (secrets.get(lock.secrethash) for lock in kept.locks)
        claimed = [
            in_time(lock, None if secret is None else secret.block)
            for lock, secret in zip(kept.locks, found, strict=True)
        ]
        return any(claimed) if who == kept.receiver else not all(claimed)

    def _look_at(self, kept: KeptLocks) -> None:
        account, key = self._owner.account, (kept.identifier, kept.sender)
        pending = self._pending.get(key)
        if pending is not None and account.outbox.has(pending):
            return
        if not account.online or not self._gains(kept, self._own):
            return
        others_turn = self._own == kept.sender and self._gains(kept, kept.receiver)
        if others_turn and key not in self._timers:
            clock, settings = account.world.clock, account.world.settings
            at = clock.block_number + BLOCKS_FOR_RECEIVER + settings.confirmation_blocks
            self._timers[key] = clock.at_block(at, partial(self._contained, kept))
        elif not others_turn:
            self._contained(kept)

    def _contained(self, kept: KeptLocks) -> None:
        account = self._owner.account
        account.world.attempt(account, partial(self._send, kept))

    def _send(self, kept: KeptLocks) -> None:
        account, key = self._owner.account, (kept.identifier, kept.sender)
        self._stop(key)
        intent = self._owner.intents.unlock(kept.identifier, kept.receiver, kept.sender, kept.locks)
        try:
            account.outbox.check_eth([intent])
        except InsufficientEth as error:
            event = PlanUnaffordable(account.address, intent.token, error.required_wei)
            account.world.record(event)
            return
        self._pending[key] = intent

        def over(_: list[TransactionResult]) -> None:
            self._pending.pop(key, None)

        when_over(account.outbox.post([intent]), over)
