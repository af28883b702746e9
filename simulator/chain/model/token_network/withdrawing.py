"""Taking tokens out of open channels, all at once or in part; see contracts/Withdrawals.sol."""

from typing import Any, NamedTuple

from simulator.chain.model.gas import (
    COLD_LOAD,
    COOPERATED,
    FIRST_PAYOUT,
    NOTHING_TAKEN,
    PAYOUT,
    WARM,
    signature_in_memory,
)
from simulator.chain.model.proofs import Signature, recover
from simulator.chain.model.token_network.channel import ModelChannel
from simulator.chain.model.token_network.state import NetworkState
from simulator.chain.model.transaction import OVERFLOW, Revert, TransactionContext
from simulator.words import events
from simulator.words.units import UINT256_MAX, Address


class Agreement(NamedTuple):
    """A total that a participant may take out, as both have signed it."""

    participant: Address
    total: int
    expiration_block: int
    participant_signature: Signature
    partner_signature: Signature


def _decoded(run: TransactionContext, arguments: tuple[Any, ...]) -> Agreement:
    agreed = Agreement(*arguments)
    for signature in agreed[3:]:
        if isinstance(signature, bytes):
            run.gas += signature_in_memory(len(signature))
    return agreed


class Withdrawing(NetworkState):
    """What participants do together while a channel is open."""

    def set_total_withdraw(self, run: TransactionContext, identifier: int, *agreement: Any) -> None:
        """Raise what a participant has taken out to a total; anyone may call."""
        self.set_total_withdraw2(run, identifier, agreement)

    def set_total_withdraw2(
        self, run: TransactionContext, identifier: int, agreement: tuple[Any, ...]
    ) -> None:
        """Do the same with everything that is signed in one argument."""
        agreed = _decoded(run, agreement)
        channel = self._opened(identifier)
        amount = self._check_withdraw(run, channel, agreed, {})
        run.gas += FIRST_PAYOUT
        self.token.prepare_move(run, self.address, agreed.participant, amount)
        run.pay()
        self._withdraw(run, channel, agreed, amount)

    def cooperative_settle(
        self,
        run: TransactionContext,
        identifier: int,
        first: tuple[Any, ...],
        second: tuple[Any, ...],
    ) -> None:
        """End an open channel by two withdrawals that leave nothing in it; anyone may call."""
        one, two = _decoded(run, first), _decoded(run, second)
        channel = self._opened(identifier)
        self._match(run, identifier, one.participant, two.participant, "coopSettle")
        side1, side2 = channel.sides(one.participant, two.participant)
        if one.total + two.total > UINT256_MAX:
            raise Revert(OVERFLOW, "sum of totals too large")
        if side1.deposit + side2.deposit != one.total + two.total:
            raise Revert("TN/coopSettle: incomplete amounts")

        totals: dict[Address, int] = {}
        withdrawals: list[tuple[Agreement, int]] = []
        for agreed in (one, two):
            if agreed.total == 0:
                run.gas += NOTHING_TAKEN
            else:
                amount = self._check_withdraw(run, channel, agreed, totals)
                run.gas += COOPERATED + (PAYOUT if withdrawals else FIRST_PAYOUT)
                self.token.prepare_move(run, self.address, agreed.participant, amount)
                withdrawals.append((agreed, amount))
                totals[agreed.participant] = agreed.total
        if not withdrawals:  # nobody has read what was withdrawn before it is deleted
            run.gas += 2 * (COLD_LOAD + WARM)
        ends = (one.participant, two.participant)
        self._count_deletion(run, *ends, (side1, side2), totals)
        run.pay()
        for agreed, amount in withdrawals:
            self._withdraw(run, channel, agreed, amount)
        self._delete(channel)
        self._tell_settled(run, identifier, (ends[0], one.total), (ends[1], two.total))

    def _check_withdraw(
        self,
        run: TransactionContext,
        channel: ModelChannel,
        agreed: Agreement,
        totals: dict[Address, int],
    ) -> int:
        """Return what a withdrawal pays.

        Args:
            run: the transaction.
            channel: that is open.
            agreed: what both should have signed.
            totals: what this transaction has let others withdraw.
        """
        if agreed.total == 0:
            raise Revert("TN/withdraw: total withdraw is zero")
        if run.block_number >= agreed.expiration_block:
            raise Revert("TN/withdraw: expired")
        identifier, participant = channel.identifier, agreed.participant
        message = self._domain.withdraw_message(identifier, *agreed[:3])
        if recover(run, message, agreed.participant_signature, "participant") != participant:
            raise Revert("TN/withdraw: invalid participant sig")
        partner = recover(run, message, agreed.partner_signature, "partner")
        try:
            self._match(run, identifier, participant, partner, "withdraw")
        except Revert as failure:
            raise Revert(failure.reason, f"partner: {failure.reason}") from None

        taker, other = channel.sides(participant, partner)
        if not totals:  # of both: what one withdrawal has read, the next one finds warm
            run.load_cold()
            run.load_cold()
        others = totals.get(partner, other.withdrawn)
        if agreed.total + others > UINT256_MAX:
            raise Revert(OVERFLOW, "sum of withdrawals too large")
        if agreed.total + others > taker.deposit + other.deposit:
            raise Revert("TN/withdraw: withdraw > deposit")
        if agreed.total < taker.withdrawn:
            raise Revert(OVERFLOW, "less than before")
        if agreed.total == taker.withdrawn:
            raise Revert("TN/withdraw: amount is zero")
        run.write(taker.withdrawn, agreed.total)
        return agreed.total - taker.withdrawn

    def _withdraw(
        self, run: TransactionContext, channel: ModelChannel, agreed: Agreement, amount: int
    ) -> None:
        side = channel.side_of(agreed.participant)
        assert side is not None  # noqa: S101 - it was checked
        side.withdrawn = agreed.total
        if self.address in run.watched:
            run.events.append(
                events.Withdrawn(
                    self.address,
                    run.block_number,
                    channel.identifier,
                    agreed.participant,
                    agreed.total,
                )
            )
        self.token.commit_move(run, self.address, agreed.participant, amount)
