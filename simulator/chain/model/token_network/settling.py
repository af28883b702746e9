"""Settling closed channels; see contracts/TokenNetwork.sol."""

from typing import Any

from simulator.chain.model.gas import (
    COMPARED,
    FIRST_PAYOUT,
    LOCK_KEPT,
    PAYOUT,
    PROOF_MATCHED,
    SATURATED,
    SMALLER,
)
from simulator.chain.model.token_network.channel import NO_HASH, ModelChannel
from simulator.chain.model.token_network.division import Division, SettlementTerms, divide
from simulator.chain.model.token_network.state import NetworkState
from simulator.chain.model.transaction import Revert, TransactionContext


class Settling(NetworkState):
    """How channels end."""

    def settle_channel(self, run: TransactionContext, identifier: int, *terms: Any) -> None:
        """Pay out a closed channel after its settle timeout; anyone may call."""
        self._settle(run, identifier, SettlementTerms(*terms[:4]), SettlementTerms(*terms[4:]))

    def settle_channel2(
        self,
        run: TransactionContext,
        identifier: int,
        first: tuple[Any, ...],
        second: tuple[Any, ...],
    ) -> None:
        """Do the same with the terms of each participant in one argument."""
        self._settle(run, identifier, SettlementTerms(*first), SettlementTerms(*second))

    def _settle(
        self,
        run: TransactionContext,
        identifier: int,
        first: SettlementTerms,
        second: SettlementTerms,
    ) -> None:
        one, two = first.participant, second.participant
        channel, division = self._check_settle(run, identifier, first, second)
        kept = [
            (sender, receiver, locksroot, amount)
            for sender, receiver, locksroot, amount in (
                (one, two, first.locksroot, division.share1.kept),
                (two, one, second.locksroot, division.share2.kept),
            )
            if amount
        ]
        for _, _, locksroot, amount in kept:
            run.gas += LOCK_KEPT
            run.write(0, int.from_bytes(locksroot, "big"))
            run.write(0, amount)
        paid = ((one, division.share1.paid), (two, division.share2.paid))
        payouts = [payout for payout in paid if payout[1]]
        for number, payout in enumerate(payouts):
            run.gas += PAYOUT if number else FIRST_PAYOUT
            self.token.prepare_move(run, self.address, *payout)
        run.pay()
        self._delete(channel)
        for sender, receiver, locksroot, amount in kept:
            self.kept[identifier, sender, receiver] = (locksroot, amount)
        self._tell_settled(run, identifier, *paid)
        for payout in payouts:
            self.token.commit_move(run, self.address, *payout)

    def _check_settle(
        self,
        run: TransactionContext,
        identifier: int,
        first: SettlementTerms,
        second: SettlementTerms,
    ) -> tuple[ModelChannel, Division]:
        one, two = first.participant, second.participant
        self._match(run, identifier, one, two, "settle")
        channel = self.channels.get(identifier)
        if channel is None or not channel.closed:
            raise Revert("TN/settle: channel not closed")
        if channel.settle_block_number >= run.block_number:
            raise Revert("TN/settle: settlement timeout")
        side1, side2 = channel.sides(one, two)
        for number, terms, side in ((1, first, side1), (2, second, side2)):
            if side.balance_hash != NO_HASH or terms.transferred or terms.locked:
                run.gas += PROOF_MATCHED
                if side.balance_hash == NO_HASH:
                    run.gas += COMPARED if terms.transferred else 2 * COMPARED
                if side.balance_hash != terms.balance_hash:
                    raise Revert(f"TN/settle: invalid data for participant {number}")
        division = divide(side1, first, side2, second)
        run.gas += SMALLER * division.smaller + SATURATED * division.saturated
        self._count_deletion(run, one, two, (side1, side2))
        return channel, division
