"""From what a node wants to do to the contract calls that do it."""

from collections.abc import Iterable, Iterator, Sequence

from simulator.chain.contracts import (
    CLOSE,
    GAS_LIMITS,
    AgreedWithdraw,
    OnChainParticipant,
    TokenNetworkContract,
)
from simulator.node import proving
from simulator.node.account import Account
from simulator.node.channels import ChannelEntry
from simulator.node.plan import Action, JoinDeposit, OpenBootstrap, OpenWithDeposit, TopUp
from simulator.node.transactions import Intent
from simulator.payments.balance_proof import packed
from simulator.payments.channel_state import Lock, Withdraw
from simulator.words.units import BOOTSTRAP_ADDRESS, UINT256_MAX, Address


class Intents:
    """Makes the calls of one node in one token network.

    Args:
        account: the sender.
        network: the contract.
    """

    __slots__ = ("_account", "_network", "_token")

    def __init__(self, account: Account, network: TokenNetworkContract) -> None:
        self._account = account
        self._network = network
        self._token = network.token.address

    def of_actions(self, actions: Sequence[Action]) -> list[Intent]:
        """Return the calls of a plan, preceded by an approval where deposits need one."""
        intents = [self._of_action(action) for action in actions]
        return [*self._approval(sum(intent.spends for intent in intents)), *intents]

    def _of_action(self, action: Action) -> Intent:
        match action:
            case TopUp() | JoinDeposit():
                channel = (action.identifier, action.partner)
                return self._deposit(*channel, action.total_deposit, action.amount)
            case OpenWithDeposit():
                timeout = self._account.settle_timeout_blocks
                return self._open(action.partner, timeout, action.deposit)
            case OpenBootstrap():
                timeout = self._account.settle_timeout_blocks
                return self._open(BOOTSTRAP_ADDRESS, timeout, 0)

    def open(self, partner: Address, settle_timeout_blocks: int, deposit: int) -> list[Intent]:
        """Return the calls that open a channel, with a deposit unless that is 0."""
        return [*self._approval(deposit), self._open(partner, settle_timeout_blocks, deposit)]

    def deposit(self, channel: ChannelEntry, total_deposit: int) -> list[Intent]:
        """Return the calls that raise the own deposit in a channel."""
        amount = total_deposit - channel.own_deposit
        intent = self._deposit(channel.identifier, channel.partner, total_deposit, amount)
        return [*self._approval(amount), intent]

    def _approval(self, amount: int) -> list[Intent]:
        """Let the token network take deposits: once, for good, while the allowance lasts."""
        if amount == 0:
            return []
        on_their_way = self._account.outbox.pending(self._token)
        if any(intent.name == "approve" for intent in on_their_way):
            return []
        owner, spender = self._account.address, self._network.address
        taken_already = self._account.outbox.spent_unnoticed(self._token)
        spoken_for = sum(intent.spends for intent in on_their_way) - taken_already
        allowed = self._network.token.allowance(self._account.world.ledger, owner, spender)
        if allowed - spoken_for >= amount:
            return []
        return [Intent(self._network.token.approve(owner, spender, UINT256_MAX), self._token)]

    def _open(self, partner: Address, settle_timeout_blocks: int, deposit: int) -> Intent:
        sender = self._account.address
        if deposit == 0:
            call = self._network.open_channel(sender, partner, settle_timeout_blocks)
        else:
            call = self._network.open_channel_with_deposit(
                sender, partner, settle_timeout_blocks, deposit
            )
        return Intent(call, self._token, opens=partner, deposits=deposit, spends=deposit)

    def _deposit(
        self, identifier: int, partner: Address, total_deposit: int, amount: int
    ) -> Intent:
        call = self._network.set_total_deposit(
            self._account.address, identifier, total_deposit, partner
        )
        return Intent(
            call, self._token, identifier=identifier, deposits=total_deposit, spends=amount
        )

    def closes(self, channels: Iterable[ChannelEntry], proofs_back: int = 0) -> list[Intent]:
        """Return the calls that close channels, except those that are pending already.

        Args:
            channels: which.
            proofs_back: how much older the partners' proofs are that they show than the newest.
        """
        account = self._account
        return [
            Intent(
                self._network.close_channel(
                    account.address,
                    account.key,
                    channel.identifier,
                    channel.partner,
                    proving.received_proof(account.world, channel, proofs_back),
                ),
                self._token,
                identifier=channel.identifier,
            )
            for channel in self._to_close(channels)
        ]

    def gas_of_closing(self, channels: Iterable[ChannelEntry]) -> int:
        """Return the gas limits of the calls in `closes`, together."""
        return sum(GAS_LIMITS[CLOSE] for _ in self._to_close(channels))

    def _to_close(self, channels: Iterable[ChannelEntry]) -> Iterator[ChannelEntry]:
        return (c for c in channels if not self.is_pending(CLOSE, c))

    def settle(self, channel: ChannelEntry) -> Intent | None:
        """Return the call that settles a closed channel; None: only its partner knows how."""
        own, ledger = self._account.address, self._account.world.ledger
        amounts = proving.amounts_on_chain(self._network, ledger, own, channel)
        if amounts is None:
            return None
        call = self._network.settle_channel(own, channel.identifier, *amounts)
        return Intent(call, self._token, identifier=channel.identifier)

    def update(self, channel: ChannelEntry) -> Intent:
        """Return the call that shows what the closer of a channel has sent."""
        account = self._account
        call = self._network.update_balance_proof(
            account.address,
            account.key,
            channel.identifier,
            channel.partner,
            proving.received_proof(account.world, channel),
        )
        return Intent(call, self._token, identifier=channel.identifier)

    def withdraw(self, channel: ChannelEntry, agreed: Withdraw) -> Intent:
        """Return the call that takes out of an open channel what both ends have agreed to."""
        own = self._account.address
        shown = self._agreed(channel, agreed, own=True)
        call = self._network.set_total_withdraw(own, channel.identifier, shown)
        return Intent(call, self._token, identifier=channel.identifier)

    def cooperative_settle(self, channel: ChannelEntry, own: Withdraw, other: Withdraw) -> Intent:
        """Return the call that ends an open channel, as both ends have agreed to."""
        halves = self._agreed(channel, own, own=True), self._agreed(channel, other, own=False)
        account = self._account.address
        call = self._network.cooperative_settle(account, channel.identifier, *halves)
        return Intent(call, self._token, identifier=channel.identifier)

    def _agreed(self, channel: ChannelEntry, agreed: Withdraw, *, own: bool) -> AgreedWithdraw:
        keys = self._account.key, self._account.world.members[channel.partner].key
        whose = keys if own else keys[::-1]
        return AgreedWithdraw(*whose, agreed.total, agreed.expiration)

    def unlock(
        self, identifier: int, receiver: Address, sender: Address, locks: Sequence[Lock]
    ) -> Intent:
        """Return the call that pays out what a settled channel has kept for pending locks."""
        ends = (receiver, sender)
        call = self._network.unlock(self._account.address, identifier, *ends, packed(locks))
        return Intent(call, self._token, identifier=identifier)

    def participant(
        self, identifier: int, participant: Address, partner: Address
    ) -> OnChainParticipant:
        """Return what the contract knows of one end of a channel."""
        ledger = self._account.world.ledger
        return self._network.participant(ledger, identifier, participant, partner)

    def is_pending(self, name: str, channel: ChannelEntry) -> bool:
        """Tell whether a call of a contract function about a channel is pending."""
        return self._account.outbox.is_pending(name, self._token, channel.identifier)
