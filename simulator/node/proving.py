"""What a node shows to the contract of what was sent in a channel."""

from simulator.chain.contracts import (
    GAS_LIMITS,
    GAS_OF_KEPT_LOCKS,
    GAS_OF_SECRET,
    NO_AMOUNTS,
    NO_PROOF,
    REGISTER,
    UNLOCK,
    UPDATE,
    Amounts,
    ProofOfBalance,
    TokenNetworkContract,
)
from simulator.chain.ledger import Ledger
from simulator.node.channels import ChannelEntry
from simulator.node.world import World
from simulator.payments.balance_proof import additional_hash, balance_hash, locksroot
from simulator.payments.messages import ChannelMessage
from simulator.words.units import Address

Shown = tuple[Address, Amounts]
"""A participant, and what the contract has been shown of what it has sent."""


def received_proof(world: World, channel: ChannelEntry, back: int = 0) -> ProofOfBalance:
    """Return a balance proof of a partner, with what is needed to sign it.

    Args:
        world: the environment.
        channel: in which it was sent.
        back: how much older than the newest it is; 0: the newest.
    """
    transfers = channel.transfers
    message = None if transfers is None else transfers.with_proof(back)
    return NO_PROOF if message is None else proof_with(message, world, channel.partner)


def proof_with(message: ChannelMessage, world: World, sender: Address) -> ProofOfBalance:
    """Return the balance proof that came with a message."""
    proof = message.proof
    hashes = (balance_hash(proof), proof.nonce, additional_hash(message))
    return ProofOfBalance(*hashes, world.members[sender].key)


def amounts_on_chain(
    network: TokenNetworkContract, ledger: Ledger, own: Address, channel: ChannelEntry
) -> tuple[Shown, Shown] | None:
    """Return both ends of a closed channel as the contract settles them: who has sent less first.

    What counts is what was shown to the contract, be it an old proof: whatever an end has signed is
    kept by its nonce. None: a proof was shown that is lost with the node's disk.
    """
    partner, transfers = channel.partner, channel.transfers
    if transfers is None:  # so nobody can have shown anything
        return (own, NO_AMOUNTS), (partner, NO_AMOUNTS)
    shown = []
    for end, other, log in [
        (own, partner, transfers.sent_log),
        (partner, own, transfers.received_log),
    ]:
        info = network.participant(ledger, channel.identifier, end, other)
        message = log.get(info.nonce)
        if info.nonce and (message is None or balance_hash(message.proof) != info.balance_hash):
            return None
        shown.append((end, NO_AMOUNTS if message is None else _amounts(message)))
    first, second = sorted(shown, key=lambda one: one[1][0] + one[1][1])
    return first, second


def _amounts(message: ChannelMessage) -> Amounts:
    proof = message.proof
    if not (proof.transferred or proof.locked):
        return NO_AMOUNTS  # nothing is hashed of them
    return proof.transferred, proof.locked, locksroot(proof.locks)


def must_update(channel: ChannelEntry) -> bool:
    """Tell whether the owner has a proof of a channel's closer that the contract doesn't know."""
    transfers = channel.transfers
    if transfers is None or channel.is_open or channel.closed_by_self:
        return False
    message = transfers.with_proof()
    if message is None:
        return False
    proof = message.proof
    return proof.transferred + proof.locked > 0 and proof.nonce > transfers.updated


def gas_of_claims(channel: ChannelEntry) -> int:
    """Return what claiming a channel's payments may take, besides closing and settling it.

    Nothing of it is needed where nothing was ever sent.
    """
    transfers = channel.transfers
    if transfers is None:
        return 0
    locks = len(transfers.received.locks)
    if not locks and not transfers.sent.locks:
        return GAS_LIMITS[UPDATE]
    secrets = locks * (GAS_LIMITS[REGISTER] + GAS_OF_SECRET)
    return GAS_LIMITS[UPDATE] + 2 * GAS_OF_KEPT_LOCKS + GAS_LIMITS[UNLOCK] + secrets
