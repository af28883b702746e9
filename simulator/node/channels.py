"""A node's own channels in one token network, as the chain's events tell them."""

from collections.abc import Iterator
from functools import cache
from itertools import islice

from msgspec import Struct, field
from msgspec.structs import replace

from simulator.payments.channel_state import (
    NOTHING_SENT,
    BalanceProof,
    ChannelView,
    Withdraw,
    still_wanted,
    taken,
)
from simulator.payments.messages import ChannelMessage
from simulator.words.events import (
    BalanceProofUpdated,
    ChannelClosed,
    ChannelOpened,
    ChannelSettled,
    Deposited,
    Event,
    Unlocked,
    Withdrawn,
)
from simulator.words.units import (
    BOOTSTRAP_ADDRESS,
    CLOSED,
    OPENED,
    SETTLED,
    Address,
    AnyChannelState,
)

ChannelEvent = (
    ChannelOpened
    | Deposited
    | Withdrawn
    | ChannelClosed
    | BalanceProofUpdated
    | ChannelSettled
    | Unlocked
)

REVEAL_TIMEOUT_BLOCKS = 50
"""Raiden's default."""


NOTICE_BLOCKS = 2
"""Registering a secret takes a block, and everybody learns of it when that has its confirmations:
so a reveal timeout must be longer than the confirmations by as many blocks, or tokens are lost."""


def shortest_reveal_timeout(confirmation_blocks: int) -> int:
    """Return how many blocks a reveal timeout must have."""
    return confirmation_blocks + NOTICE_BLOCKS


@cache  # a world has a few
def usual_reveal_timeout(settle_timeout_blocks: int) -> int:
    """Return how many blocks the reveal timeout has that nobody has chosen."""
    return min(REVEAL_TIMEOUT_BLOCKS, longest_reveal_timeout(settle_timeout_blocks))


def longest_reveal_timeout(settle_timeout_blocks: int) -> int:
    """Return how many blocks a reveal timeout can have: half of the settle timeout."""
    return settle_timeout_blocks // 2


class Transfers(Struct, eq=False):
    """What has been sent in a channel, seen from one of its ends.

    An old balance proof may come back to the chain, so whatever was signed is kept by its nonce
    until the channel is settled and unlocked.

    Attributes:
        sent: the newest balance proof of the owner, as of its newest message, if that had none.
        received: that of the partner.
        sent_log: the messages that had the owner's, by nonce.
        received_log: those that had the partner's.
        updated: the nonce of the closer's proof that was shown to the contract.
        own_withdraw: what the owner wants to take out.
        partner_withdraw: what the partner does.
        is_settled: whether the channel is gone.
    """

    sent: BalanceProof = NOTHING_SENT
    received: BalanceProof = NOTHING_SENT
    sent_log: dict[int, ChannelMessage] = field(default_factory=dict)
    received_log: dict[int, ChannelMessage] = field(default_factory=dict)
    updated: int = 0
    own_withdraw: Withdraw | None = None
    partner_withdraw: Withdraw | None = None
    is_settled: bool = False

    def with_proof(self, back: int = 0) -> ChannelMessage | None:
        """Return one of the partner's messages that had a balance proof: withdraws have none.

        Args:
            back: how much older than the newest it is.
        """
        return next(islice(reversed(self.received_log.values()), back, None), None)

    def copied(self) -> "Transfers":
        """Return a copy that does not change with it."""
        return replace(self, sent_log=dict(self.sent_log), received_log=dict(self.received_log))


class ChannelEntry(Struct, eq=False, gc=False):
    """One channel, seen from one of its ends. Amounts are totals.

    Attributes:
        transfers: what has been sent in it; None: nothing ever, as in most of a network that grows.
        chosen_reveal_timeout: in blocks, what its owner asked for when it opened the channel.
    """

    identifier: int
    partner: Address
    settle_timeout_blocks: int
    block_opened: int
    own_deposit: int = 0
    partner_deposit: int = 0
    own_withdrawn: int = 0
    partner_withdrawn: int = 0
    block_closed: int | None = None
    closed_by_self: bool = False
    chosen_reveal_timeout: int | None = None
    transfers: Transfers | None = None

    @property
    def balance(self) -> int:
        """What its owner has in it: deposited, not paid, or received, and not taken out.

        What the owner wants to take out counts as taken.
        """
        transfers = self.transfers
        if transfers is None:
            return self.own_deposit - self.own_withdrawn
        own = self.own_deposit - taken(self.own_withdrawn, transfers.own_withdraw)
        return own - transfers.sent.transferred + transfers.received.transferred

    @property
    def locked(self) -> int:
        """What its owner has locked in it for payments on their way."""
        return 0 if self.transfers is None else self.transfers.sent.locked

    def view(self, *, usable: bool = True) -> ChannelView:
        """Return it as the rules of payments see it.

        Args:
            usable: whether new transfers may be sent, if it is open.
        """
        transfers = self.transfers
        return ChannelView(
            self.own_deposit,
            self.partner_deposit,
            NOTHING_SENT if transfers is None else transfers.sent,
            NOTHING_SENT if transfers is None else transfers.received,
            usable and self.is_open,
            self.reveal_timeout_blocks,
            self.settle_timeout_blocks,
            self.own_withdrawn,
            self.partner_withdrawn,
            None if transfers is None else transfers.own_withdraw,
            None if transfers is None else transfers.partner_withdraw,
        )

    @property
    def is_settling(self) -> bool:
        """Whether it is open, and an end has asked for a cooperative settlement."""
        transfers = self.transfers
        return transfers is not None and self.is_open and self.view().is_settling

    @property
    def ends_by(self) -> int | None:
        """The block by which its owner settles it together with the partner, or else closes it."""
        own = None if self.transfers is None else self.transfers.own_withdraw
        return own.expiration if own is not None and own.starts else None

    @property
    def is_ending(self) -> bool:
        """Whether its owner has begun to settle it together with the partner."""
        return self.ends_by is not None

    @property
    def capacity(self) -> int:
        """What is in it: what both have deposited, less what they have withdrawn."""
        deposits = self.own_deposit + self.partner_deposit
        return deposits - self.own_withdrawn - self.partner_withdrawn

    @property
    def is_open(self) -> bool:
        """Whether it can still be used; a closed channel waits for its settlement."""
        return self.block_closed is None

    @property
    def reveal_timeout_blocks(self) -> int:
        """How long before a lock expires its owner must know the secret, at its end."""
        if self.chosen_reveal_timeout is not None:
            return self.chosen_reveal_timeout
        return usual_reveal_timeout(self.settle_timeout_blocks)

    @property
    def state(self) -> AnyChannelState:
        """The state's name in the REST API."""
        if self.transfers is not None and self.transfers.is_settled:
            return SETTLED
        return OPENED if self.is_open else CLOSED

    def withdrawn(self, total: int, *, own: bool) -> None:
        """Take in what its owner, or the partner, has taken out on the chain."""
        transfers = self.transfers
        if own:
            self.own_withdrawn = total
            if transfers is not None:
                transfers.own_withdraw = still_wanted(transfers.own_withdraw, total)
        else:
            self.partner_withdrawn = total
            if transfers is not None:
                transfers.partner_withdraw = still_wanted(transfers.partner_withdraw, total)

    def restore(self, saved: Transfers) -> None:
        """Have what was saved of it once, if anything was ever sent; what the chain tells stays."""
        if self.transfers is None:
            return
        restored, updated = saved.copied(), self.transfers.updated
        restored.updated, self.transfers = updated, restored
        self.withdrawn(self.own_withdrawn, own=True)
        self.withdrawn(self.partner_withdrawn, own=False)
        if self.block_closed is not None:
            self.closed(self.block_closed)

    def closed(self, block: int) -> None:
        """Take in that it is closed: nothing can be taken out before it is settled."""
        self.block_closed = block
        if self.transfers is not None:
            self.transfers.own_withdraw = self.transfers.partner_withdraw = None

    @property
    def is_bootstrap(self) -> bool:
        """Whether it only makes its owner visible."""
        return self.partner == BOOTSTRAP_ADDRESS

    def holds(self, share: int) -> bool:
        """Tell whether it is open and has a share of its owner's, or more; bootstrap excepted."""
        return self.own_deposit >= share and self.block_closed is None and not self.is_bootstrap

    @property
    def settle_block(self) -> int:
        """The block after which the contract allows settling; closed channels only."""
        assert self.block_closed is not None  # noqa: S101 - a programmer's error otherwise
        return self.block_closed + self.settle_timeout_blocks


class ChannelBook:
    """All unsettled channels of one node in one token network, in order of identifier.

    Attributes:
        deposited: the owner's deposits in all of them.
        open_count: how many of them are open.
    """

    __slots__ = (
        "_by_identifier",
        "_by_partner",
        "_funded",
        "_owner",
        "_share",
        "deposited",
        "open_count",
    )

    def __init__(self, owner: Address) -> None:
        self.deposited = 0
        self.open_count = 0
        self._owner = owner
        self._share: int | None = None  # nobody has asked yet
        self._funded = 0
        self._by_identifier: dict[int, ChannelEntry] = {}
        self._by_partner: dict[Address, ChannelEntry] = {}

    def __iter__(self) -> Iterator[ChannelEntry]:
        """Iterate over the unsettled channels; identifiers only grow, so they come in order."""
        # a copy: what is done for each may settle some
        return iter(list(self._by_identifier.values()))

    def __len__(self) -> int:
        """Return how many unsettled channels there are."""
        return len(self._by_identifier)

    @property
    def partner_count(self) -> int:
        """With how many partners; each can have one."""
        return len(self._by_partner)

    def opened(self) -> list[ChannelEntry]:
        """Return the open channels, in order of identifier."""
        return [channel for channel in self._by_identifier.values() if channel.is_open]

    def closed(self) -> list[ChannelEntry]:
        """Return the channels that wait for settlement, in order of identifier."""
        return [channel for channel in self._by_identifier.values() if not channel.is_open]

    def proofs(self) -> dict[int, tuple[BalanceProof, BalanceProof]]:
        """Return what both ends have sent, by channel, where anything was ever sent."""
        return {
            channel.identifier: (channel.transfers.sent, channel.transfers.received)
            for channel in self._by_identifier.values()
            if channel.transfers is not None
        }

    def is_open(self, identifier: int) -> bool:
        """Tell whether there is such a channel and it is open."""
        channel = self._by_identifier.get(identifier)
        return channel is not None and channel.is_open

    def get(self, identifier: int) -> ChannelEntry | None:
        """Return an unsettled channel by its identifier."""
        return self._by_identifier.get(identifier)

    def with_partner(self, partner: Address) -> ChannelEntry | None:
        """Return the one unsettled channel with a partner, if there is one."""
        return self._by_partner.get(partner)

    def has_open(self, partner: Address) -> bool:
        """Tell whether there is an open channel with a partner."""
        channel = self._by_partner.get(partner)
        return channel is not None and channel.is_open

    def funded(self, share: int) -> int:
        """Return how many channels hold a share of their owner's; see `ChannelEntry.holds`.

        It is kept for the share that was asked for last: a hub plans often.
        """
        if share != self._share:
            self._share = share
            self._funded = sum(channel.holds(share) for channel in self._by_identifier.values())
        return self._funded

    def is_funded(self, identifier: int, share: int) -> bool:
        """Tell whether a channel is one of them."""
        channel = self._by_identifier.get(identifier)
        return channel is not None and channel.holds(share)

    def _count(self, channel: ChannelEntry, change: int) -> None:
        """Count a channel that has come, or that will not be as it is."""
        if self._share is not None and channel.holds(self._share):
            self._funded += change

    def apply(self, event: Event) -> None:
        """Take in an event about one of the owner's channels."""
        match event:
            case ChannelOpened():
                ends = (event.participant1, event.participant2)
                partner = ends[1] if ends[0] == self._owner else ends[0]
                channel = ChannelEntry(
                    event.channel_identifier,
                    partner,
                    event.settle_timeout_blocks,
                    event.block_number,
                )
                self._by_identifier[channel.identifier] = channel
                self._by_partner[partner] = channel
                self.open_count += 1
                self._count(channel, 1)
            case Deposited():
                channel = self._by_identifier[event.channel_identifier]
                if event.participant == self._owner:
                    self.deposited += event.total_deposit - channel.own_deposit
                    self._count(channel, -1)
                    channel.own_deposit = event.total_deposit
                    self._count(channel, 1)
                else:
                    channel.partner_deposit = event.total_deposit
            case Withdrawn():
                channel = self._by_identifier[event.channel_identifier]
                channel.withdrawn(event.total_withdraw, own=event.participant == self._owner)
            case ChannelClosed():
                channel = self._by_identifier[event.channel_identifier]
                self._count(channel, -1)
                channel.closed(event.block_number)
                channel.closed_by_self = event.closing_participant == self._owner
                self.open_count -= 1
            case BalanceProofUpdated():
                channel = self._by_identifier[event.channel_identifier]
                if channel.transfers is not None:
                    channel.transfers.updated = event.nonce
            case ChannelSettled():
                channel = self._by_identifier.pop(event.channel_identifier)
                if channel.transfers is not None:
                    channel.transfers.is_settled = True
                del self._by_partner[channel.partner]
                self.deposited -= channel.own_deposit
                if channel.is_open:  # settled cooperatively
                    self.open_count -= 1
                    self._count(channel, -1)
