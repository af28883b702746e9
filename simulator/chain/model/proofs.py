"""What participants sign, and who has; see contracts/BalanceProofs.sol and Withdrawals.sol."""

from dataclasses import dataclass
from enum import IntEnum

from simulator.chain.model.gas import SIGNATURE_VERSION
from simulator.chain.model.transaction import NO_REASON, Revert, TransactionContext
from simulator.chain.signatures import Signed, signer_of
from simulator.evm.ecdsa import LENGTH
from simulator.words.units import Address

PREFIX = b"\x19Ethereum Signed Message:\n"

Signature = bytes | Signed


class MessageKind(IntEnum):
    """The numbers are part of the signed bytes."""

    BALANCE_PROOF = 1
    BALANCE_PROOF_UPDATE = 2
    WITHDRAW = 3


@dataclass(frozen=True, slots=True)
class SignedState:
    """What participants sign about a channel."""

    channel_identifier: int
    balance_hash: bytes
    nonce: int
    additional_hash: bytes


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


class Domain:
    """Where messages are good: one token network on one chain."""

    def __init__(self, token_network: Address, chain_id: int) -> None:
        self._bytes = token_network + _word(chain_id)

    def message(
        self, kind: MessageKind, state: SignedState, appended: Signature | None = None
    ) -> bytes:
        """Return what is signed, alone or together with the sender's signature."""
        body = (
            self._bytes,
            _word(kind),
            _word(state.channel_identifier),
            state.balance_hash,
            _word(state.nonce),
            state.additional_hash,
        )
        if appended is None:
            return b"".join((PREFIX, b"212", *body))
        return b"".join((PREFIX, b"277", *body, bytes(appended)))

    def withdraw_message(
        self, channel_identifier: int, participant: Address, total: int, expiration_block: int
    ) -> bytes:
        """Return what both sign where one may take out a total."""
        body = (
            self._bytes,
            _word(MessageKind.WITHDRAW),
            _word(channel_identifier),
            participant,
            _word(total),
            _word(expiration_block),
        )
        return b"".join((PREFIX, b"200", *body))


def recover(run: TransactionContext, message: bytes, signature: Signature, whose: str) -> Address:
    """Return who has signed a message, and count what that takes.

    Args:
        run: the transaction.
        message: what is signed.
        signature: by whom is to be found out.
        whose: the part that the signer has, for telling endings apart.

    Raises:
        Revert: nobody can have signed so.
    """
    if isinstance(signature, Signed):
        if signature.message == message and signature.signer is not None:
            return signature.signer
        signature = bytes(signature)
    if len(signature) != LENGTH:
        raise Revert(NO_REASON, f"{whose} signature of wrong length")
    if signature[-1] not in SIGNATURE_VERSION:
        raise Revert(NO_REASON, f"{whose} signature of unknown kind")
    run.gas += SIGNATURE_VERSION[signature[-1]]
    signer = signer_of(message, signature)
    if signer is None:
        raise Revert(NO_REASON, f"{whose} signature of nobody")
    return signer
