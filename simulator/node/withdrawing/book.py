"""What a node says and hears of withdraws: each step is booked, kept and sent at once."""

from msgspec.structs import replace

from simulator.node.account import Account
from simulator.node.channels import ChannelEntry, Transfers
from simulator.node.transfers import TransferBook, transfers_of
from simulator.payments.channel_state import Refusal, Withdraw
from simulator.payments.messages import (
    ChannelKey,
    WithdrawConfirmation,
    WithdrawExpired,
    WithdrawMessage,
    WithdrawRequest,
)
from simulator.payments.withdraws import (
    receive_confirmation,
    receive_request,
    receive_withdraw_expired,
)
from simulator.words.events import (
    InvalidMessage,
    SettlementRequested,
    WithdrawConfirmed,
    WithdrawEvent,
    WithdrawLapsed,
    WithdrawRequested,
)
from simulator.words.units import Address


class WithdrawBook:
    """The withdraws of one node's channels, those of its partners too.

    Args:
        account: the node.
        transfers: what it sends and takes in otherwise, over the same channels.
    """

    def __init__(self, account: Account, transfers: TransferBook) -> None:
        self._account = account
        self._world = account.world
        self._transfers = transfers

    def request(self, key: ChannelKey, entry: ChannelEntry, wanted: Withdraw) -> None:
        """Ask the partner to agree to a withdraw of the node's own."""
        transfers = transfers_of(entry)
        transfers.own_withdraw = wanted
        kind = SettlementRequested if wanted.settles else WithdrawRequested
        message = WithdrawRequest(*self._heading(key, transfers), wanted.settles)
        self._send(entry, message, kind)

    def confirm(self, key: ChannelKey, entry: ChannelEntry) -> None:
        """Agree to what the partner wants to take out."""
        transfers = transfers_of(entry)
        asked = transfers.partner_withdraw
        assert asked is not None  # noqa: S101 - it has just come
        transfers.partner_withdraw = replace(asked, confirmed=True)
        about = (asked.total, asked.expiration)
        heading = (key, self._transfers.next_message(), transfers.sent.nonce + 1, *about)
        self._send(entry, WithdrawConfirmation(*heading), WithdrawConfirmed)

    def expire(self, key: ChannelKey, entry: ChannelEntry) -> None:
        """Take back what the node wanted to take out."""
        transfers = transfers_of(entry)
        message = WithdrawExpired(*self._heading(key, transfers))
        transfers.own_withdraw = None
        self._send(entry, message, WithdrawLapsed)

    def _heading(
        self, key: ChannelKey, transfers: Transfers
    ) -> tuple[ChannelKey, int, int, int, int]:
        """Return what messages about the node's own withdraw have in common."""
        own = transfers.own_withdraw
        assert own is not None  # noqa: S101 - it is about that
        number, nonce = self._transfers.next_message(), transfers.sent.nonce + 1
        return key, number, nonce, own.total, own.expiration

    def _send(
        self, entry: ChannelEntry, message: WithdrawMessage, event: type[WithdrawEvent]
    ) -> None:
        transfers = transfers_of(entry)
        transfers.sent = transfers.sent.counting()
        about = (self._account.address, entry.partner, *message.channel)
        self._world.record(event(*about, message.total, message.expiration))
        self._transfers.tell(entry.partner, message)

    def take_in(self, sender: Address, entry: ChannelEntry, message: WithdrawMessage) -> bool:
        """Book what a partner has said; return whether it is what may follow."""
        transfers = transfers_of(entry)
        refusal = self._book(entry, transfers, message)
        if refusal is not None:
            told = (sender, *message.channel, message.name, refusal.reason)
            self._world.record(InvalidMessage(self._account.address, *told))
            return False
        transfers.received = transfers.received.counting()
        return True

    def _book(
        self, entry: ChannelEntry, transfers: Transfers, message: WithdrawMessage
    ) -> Refusal | None:
        view, nonce, about = entry.view(), message.nonce, (message.total, message.expiration)
        match message:
            case WithdrawRequest():
                asked = receive_request(view, nonce, Withdraw(*about, message.settles))
                if isinstance(asked, Refusal):
                    return asked
                transfers.partner_withdraw = asked
            case WithdrawConfirmation():
                own = receive_confirmation(view, nonce, *about)
                if isinstance(own, Refusal):
                    return own
                transfers.own_withdraw = own
            case WithdrawExpired():
                block = self._world.known_block
                refusal = receive_withdraw_expired(view, nonce, *about, block)
                if refusal is not None:
                    return refusal
                transfers.partner_withdraw = None
        return None
