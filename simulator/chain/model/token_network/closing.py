"""Closing channels, and showing balance proofs; see contracts/TokenNetwork.sol."""

from typing import Any

from simulator.chain.model.gas import PROOF_SHOWN
from simulator.chain.model.proofs import MessageKind, SignedState, recover
from simulator.chain.model.token_network.channel import NO_HASH, Side
from simulator.chain.model.token_network.state import NetworkState
from simulator.chain.model.transaction import OVERFLOW, Revert, TransactionContext
from simulator.words import events
from simulator.words.units import UINT256_MAX, Address


class Closing(NetworkState):
    """What participants do when they want their tokens back."""

    def close_channel(
        self,
        run: TransactionContext,
        identifier: int,
        non_closing_participant: Address,
        closing_participant: Address,
        *proof: Any,
    ) -> None:
        """Close a channel with the partner's last balance proof; nonce 0 is "none received"."""
        balance_hash, nonce, additional_hash, non_closing_signature, closing_signature = proof
        channel = self._opened(identifier)
        self._match(run, identifier, closing_participant, non_closing_participant, "close")
        closer, other = channel.sides(closing_participant, non_closing_participant)
        if channel.settle_block_number + run.block_number > UINT256_MAX:
            raise Revert(OVERFLOW)
        state = SignedState(identifier, balance_hash, nonce, additional_hash)
        message = self._domain.message(MessageKind.BALANCE_PROOF, state, non_closing_signature)
        if recover(run, message, closing_signature, "closing") != closing_participant:
            raise Revert("TN/close: invalid closing sig")
        if nonce > 0:
            run.gas += PROOF_SHOWN
            message = self._domain.message(MessageKind.BALANCE_PROOF, state)
            signer = recover(run, message, non_closing_signature, "non-closing")
            if signer != non_closing_participant:
                raise Revert("TN/close: invalid non-closing sig")
            self._check_proof(run, other, state)
        run.pay()
        channel.closed = True
        channel.settle_block_number += run.block_number
        closer.is_the_closer = True
        other.nonce, other.balance_hash = nonce, balance_hash if nonce else NO_HASH
        if self.address in run.watched:
            run.events.append(
                events.ChannelClosed(
                    self.address, run.block_number, identifier, closing_participant
                )
            )

    @staticmethod
    def _check_proof(run: TransactionContext, side: Side, state: SignedState) -> None:
        if state.nonce <= side.nonce:
            raise Revert("TN: nonce reused")
        run.write(side.nonce, state.nonce)
        run.write(
            int.from_bytes(side.balance_hash, "big"), int.from_bytes(state.balance_hash, "big")
        )

    def update_non_closing_balance_proof(
        self,
        run: TransactionContext,
        identifier: int,
        closing_participant: Address,
        non_closing_participant: Address,
        *proof: Any,
    ) -> None:
        """Show the closing participant's last balance proof, signed by the other one too."""
        balance_hash, nonce, additional_hash, closing_signature, non_closing_signature = proof
        self._match(run, identifier, closing_participant, non_closing_participant, "update")
        if balance_hash == NO_HASH:
            raise Revert("TN/update: balance hash is zero")
        if nonce == 0:
            raise Revert("TN/update: nonce is zero")
        channel = self.channels.get(identifier)
        if channel is None or not channel.closed:
            raise Revert("TN/update: channel not closed")
        state = SignedState(identifier, balance_hash, nonce, additional_hash)
        message = self._domain.message(MessageKind.BALANCE_PROOF_UPDATE, state, closing_signature)
        signer = recover(run, message, non_closing_signature, "non-closing")
        if signer != non_closing_participant:
            raise Revert("TN/update: invalid non-closing sig")
        message = self._domain.message(MessageKind.BALANCE_PROOF, state)
        if recover(run, message, closing_signature, "closing") != closing_participant:
            raise Revert("TN/update: invalid closing sig")
        closer, _ = channel.sides(closing_participant, non_closing_participant)
        if not closer.is_the_closer:
            raise Revert("TN/update: incorrect signature order")
        self._check_proof(run, closer, state)
        run.pay()
        closer.nonce, closer.balance_hash = nonce, balance_hash
        if self.address in run.watched:
            run.events.append(
                events.BalanceProofUpdated(
                    self.address, run.block_number, identifier, closing_participant, nonce
                )
            )
