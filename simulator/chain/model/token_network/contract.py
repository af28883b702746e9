"""TokenNetwork without an EVM: opening and depositing; see contracts/TokenNetwork.sol."""

from collections.abc import Callable
from typing import ClassVar

from simulator.chain.model.token_network.channel import ModelChannel, Side
from simulator.chain.model.token_network.closing import Closing
from simulator.chain.model.token_network.settling import Settling
from simulator.chain.model.token_network.unlocking import Unlocking
from simulator.chain.model.token_network.withdrawing import Withdrawing
from simulator.chain.model.transaction import Revert, TransactionContext
from simulator.words import events
from simulator.words.units import UINT256_MAX, Address

WORD_VALUES = 2**256


class ModelTokenNetwork(Closing, Settling, Withdrawing, Unlocking):
    """The contract that keeps all channels of one token."""

    def _check_open(
        self,
        run: TransactionContext,
        participant1: Address,
        participant2: Address,
        settle_timeout: int,
    ) -> bytes:
        self._require_not_deprecated()
        if settle_timeout < self.shortest:
            raise Revert("TN: settle timeout < min")
        if settle_timeout > self.longest:
            raise Revert("TN: settle timeout > max")
        if self.token.load(run, self.address) >= self.network_limit:
            raise Revert("TN/open: network deposit limit reached")
        pair = self._pair(run, participant1, participant2)
        if pair in self.pairs:
            raise Revert("TN/open: channel exists for participants")
        run.write(self.count, self.count + 1)
        return pair

    def _open(
        self,
        run: TransactionContext,
        pair: bytes,
        participants: tuple[Address, Address],
        settle_timeout: int,
    ) -> ModelChannel:
        self.count += 1
        channel = ModelChannel(self.count, pair, settle_timeout, Side(), Side())
        self.channels[self.count] = self.pairs[pair] = channel
        if self.address in run.watched:
            run.events.append(
                events.ChannelOpened(
                    self.address, run.block_number, self.count, *participants, settle_timeout
                )
            )
        return channel

    def open_channel(
        self,
        run: TransactionContext,
        participant1: Address,
        participant2: Address,
        settle_timeout: int,
    ) -> None:
        """Open a channel between any two accounts that have none."""
        pair = self._check_open(run, participant1, participant2, settle_timeout)
        run.pay()
        self._open(run, pair, (participant1, participant2), settle_timeout)

    def open_channel_with_deposit(
        self,
        run: TransactionContext,
        participant1: Address,
        participant2: Address,
        settle_timeout: int,
        total_deposit: int,
    ) -> None:
        """Open a channel and deposit the caller's tokens for participant 1."""
        pair = self._check_open(run, participant1, participant2, settle_timeout)
        self._pair(run, participant1, participant2)
        self._check_deposit(run, total_deposit, 0, 0)
        run.pay()
        channel = self._open(run, pair, (participant1, participant2), settle_timeout)
        side, _ = channel.sides(participant1, participant2)
        self._deposit(run, channel.identifier, participant1, side, total_deposit)

    def _check_deposit(
        self, run: TransactionContext, total_deposit: int, previous: int, partners: int
    ) -> None:
        if total_deposit == 0:
            raise Revert("TN/deposit: total_deposit is zero")
        if total_deposit > self.participant_limit:
            raise Revert("TN/deposit: deposit limit reached")
        if total_deposit == previous:
            raise Revert("TN/deposit: no deposit added")
        if total_deposit < previous:
            raise Revert("TN/deposit: deposit underflow")
        added = total_deposit - previous
        locked = self.token.load(run, self.address)
        if (locked + added) % WORD_VALUES > self.network_limit:
            raise Revert("TN/deposit: network limit reached")
        if partners > UINT256_MAX - total_deposit:
            raise Revert("TN/deposit: deposit overflow")
        run.write(previous, total_deposit)
        self.token.prepare_transfer_from(run, self.address, run.sender, self.address, added)

    def _deposit(
        self,
        run: TransactionContext,
        identifier: int,
        participant: Address,
        side: Side,
        total_deposit: int,
    ) -> None:
        added = total_deposit - side.deposit
        side.deposit = total_deposit
        if self.address in run.watched:
            run.events.append(
                events.Deposited(
                    self.address, run.block_number, identifier, participant, total_deposit
                )
            )
        self.token.commit_transfer_from(run, self.address, run.sender, self.address, added)

    def set_total_deposit(
        self,
        run: TransactionContext,
        identifier: int,
        participant: Address,
        total_deposit: int,
        partner: Address,
    ) -> None:
        """Raise a participant's deposit to a total; the caller pays the difference."""
        self._require_not_deprecated()
        channel = self._opened(identifier)
        self._match(run, identifier, participant, partner, "deposit")
        side, partners = channel.sides(participant, partner)
        self._check_deposit(run, total_deposit, side.deposit, partners.deposit)
        run.pay()
        self._deposit(run, identifier, participant, side, total_deposit)

    functions: ClassVar[dict[str, Callable[..., None]]] = {
        "openChannel": open_channel,
        "openChannelWithDeposit": open_channel_with_deposit,
        "setTotalDeposit": set_total_deposit,
        "closeChannel": Closing.close_channel,
        "updateNonClosingBalanceProof": Closing.update_non_closing_balance_proof,
        "settleChannel": Settling.settle_channel,
        "settleChannel2": Settling.settle_channel2,
        "setTotalWithdraw": Withdrawing.set_total_withdraw,
        "setTotalWithdraw2": Withdrawing.set_total_withdraw2,
        "cooperativeSettle": Withdrawing.cooperative_settle,
        "unlock": Unlocking.unlock,
        "deprecate": Closing.deprecate,
        "removeLimits": Closing.remove_limits,
        "changeController": Closing.change_controller,
    }
