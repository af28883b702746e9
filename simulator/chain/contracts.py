"""Typed calls on the contracts.

Gas limits are fixed for each function: a little above what the call can use at most, so that a
node can tell in advance whether it is able to pay. `benchmarks` prints the gas really used.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from msgspec.structs import replace

from simulator.chain.contract_sets import OURS, ContractSet
from simulator.chain.keys import Key
from simulator.chain.ledger import ContractCall, Ledger
from simulator.chain.signatures import Signed
from simulator.words.hashing import keccak
from simulator.words.units import Address

APPROVE = "approve"
MINT = "mintFor"
OPEN = "openChannel"
OPEN_WITH_DEPOSIT = "openChannelWithDeposit"
SET_TOTAL_DEPOSIT = "setTotalDeposit"
WITHDRAW = "setTotalWithdraw"
COOPERATE = "cooperativeSettle"
CLOSE = "closeChannel"
UPDATE = "updateNonClosingBalanceProof"
SETTLE = "settleChannel"
UNLOCK = "unlock"
REGISTER = "registerSecretBatch"
"""The contract functions that the simulator calls."""

# A node must be able to pay for the limit, not for what is used: the closer to it, the fewer calls
# are refused for want of ETH.
GAS_LIMITS = {
    APPROVE: 60_000,
    MINT: 90_000,
    OPEN: 150_000,
    OPEN_WITH_DEPOSIT: 220_000,
    SET_TOTAL_DEPOSIT: 120_000,
    WITHDRAW: 130_000,
    COOPERATE: 230_000,
    CLOSE: 140_000,
    UPDATE: 110_000,
    SETTLE: 160_000,
    UNLOCK: 1_256_636,
    REGISTER: 30_000,
}
"""The gas limit of each call, by function name; two take more, as below."""

GAS_OF_SECRET = 30_000
GAS_OF_KEPT_LOCKS = 40_000
"""What registering takes for each secret, and settling for each end with pending locks."""

GETTERS = {("CustomToken", "balanceOf"): 6}
"""Functions that return what a mapping from addresses holds, and the mapping's position in storage.

Nodes read wallets for every plan, and invariants are checked after every block: looking the slot up
takes a twentieth of the time that executing the function takes.
"""

SETTLE_TIMEOUT_MIN_BLOCKS = 5
SETTLE_TIMEOUT_MAX_BLOCKS = 100_000
"""What the registry is deployed with; the limits of Raiden's own test deployments."""

NO_SIGNATURE = bytes(65)
NO_HASH = bytes(32)
BALANCE_PROOF_MESSAGE = 1
BALANCE_PROOF_UPDATE_MESSAGE = 2
WITHDRAW_MESSAGE = 3
MESSAGE_PREFIX = b"\x19Ethereum Signed Message:\n"
NO_AMOUNTS = (0, 0, NO_HASH)
"""What a participant has sent of whom the contract has no balance proof, when it settles."""


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


@lru_cache(maxsize=2**16)
def slot_of(position: int, key: Address) -> int:
    """Return the slot in which a mapping at a position of a contract's storage keeps a key."""
    return int.from_bytes(keccak(bytes(12) + key + _word(position)), "big")


@dataclass(frozen=True, slots=True)
class ProofOfBalance:
    """What a participant has signed of what it has sent, in the form that the contract takes.

    Attributes:
        balance_hash: the hash of amounts and locks.
        nonce: which of the participant's proofs it is.
        additional_hash: the hash of the message that it came with.
        key: whose it is; None: nobody's, where nothing was ever sent.
    """

    balance_hash: bytes = NO_HASH
    nonce: int = 0
    additional_hash: bytes = NO_HASH
    key: Key | None = None


NO_PROOF = ProofOfBalance()

Amounts = tuple[int, int, bytes]
"""What has been transferred, what is locked, and the hash of the locks."""


class AgreedWithdraw(NamedTuple):
    """A total that a participant may take out of a channel, as both have signed it.

    Attributes:
        participant: who may.
        partner: the other end.
        total: everything that the participant has ever taken out, this included.
        expiration_block: the first block in which it is too late.
    """

    participant: Key
    partner: Key
    total: int
    expiration_block: int


class OnChainParticipant(NamedTuple):
    """What the contract knows of one end of a channel.

    Attributes:
        balance_hash: of the balance proof that was shown.
        nonce: its nonce; 0: none was shown.
        locksroot: of the locks that are kept for it since the settlement.
        kept: the tokens in these.
    """

    balance_hash: bytes
    nonce: int
    locksroot: bytes
    kept: int


class Token:
    """An ERC-20 token that anyone may mint.

    Args:
        address: the contract.
        contracts: which contracts it is one of.

    Attributes:
        is_ours: whether the world has deployed it, and knows of every token there is.
    """

    is_ours = True

    def __init__(self, address: Address, contracts: ContractSet = OURS) -> None:
        self.address = address
        self._artifact = contracts.artifact("CustomToken")

    def _call(self, sender: Address, name: str, *arguments: object) -> ContractCall:
        return ContractCall(sender, self.address, self._artifact, name, arguments, GAS_LIMITS[name])

    def approve(self, owner: Address, spender: Address, amount: int) -> ContractCall:
        """Let `spender` take up to `amount` from `owner`."""
        return self._call(owner, APPROVE, spender, amount)

    def mint_for(self, sender: Address, amount: int, target: Address) -> ContractCall:
        """Create `amount` new tokens in the wallet of `target`."""
        return self._call(sender, MINT, amount, target)

    def _read(self, ledger: Ledger, name: str, *arguments: object) -> int:
        return int(ledger.read(self.address, self._artifact, name, *arguments)[0])

    def balance_of(self, ledger: Ledger, owner: Address) -> int:
        """Return how many tokens are in a wallet."""
        return self._read(ledger, "balanceOf", owner)

    def allowance(self, ledger: Ledger, owner: Address, spender: Address) -> int:
        """Return how many tokens `spender` may still take from `owner`."""
        return self._read(ledger, "allowance", owner, spender)

    def total_supply(self, ledger: Ledger) -> int:
        """Return how many tokens exist."""
        return self._read(ledger, "totalSupply")


class SecretRegistryContract:
    """The public record of secrets.

    Args:
        address: the contract.
        contracts: which contracts it is one of.
    """

    def __init__(self, address: Address, contracts: ContractSet = OURS) -> None:
        self.address = address
        self._artifact = contracts.artifact("SecretRegistry")

    def register(self, sender: Address, secrets: Sequence[bytes]) -> ContractCall:
        """Make secrets known to everybody."""
        limit = GAS_LIMITS[REGISTER] + GAS_OF_SECRET * len(secrets)
        arguments = (tuple(secrets),)
        return ContractCall(sender, self.address, self._artifact, REGISTER, arguments, limit)


class TokenNetworkContract:
    """The contract that keeps all channels of one token.

    Args:
        address: the contract.
        token: the token that it moves.
        chain_id: part of every signed message.
        contracts: which contracts it is one of.
    """

    def __init__(
        self, address: Address, token: Token, chain_id: int, contracts: ContractSet = OURS
    ) -> None:
        self.address = address
        self.token = token
        self._domain = address + _word(chain_id)
        self._artifact = contracts.artifact("TokenNetwork")

    def _call(self, sender: Address, name: str, *arguments: object) -> ContractCall:
        return ContractCall(sender, self.address, self._artifact, name, arguments, GAS_LIMITS[name])

    def open_channel(
        self, sender: Address, partner: Address, settle_timeout_blocks: int
    ) -> ContractCall:
        """Open a channel between the sender and a partner."""
        return self._call(sender, OPEN, sender, partner, settle_timeout_blocks)

    def open_channel_with_deposit(
        self, sender: Address, partner: Address, settle_timeout_blocks: int, total_deposit: int
    ) -> ContractCall:
        """Open a channel and deposit into it for the sender."""
        arguments = (sender, partner, settle_timeout_blocks, total_deposit)
        return self._call(sender, OPEN_WITH_DEPOSIT, *arguments)

    def set_total_deposit(
        self, sender: Address, channel_identifier: int, total_deposit: int, partner: Address
    ) -> ContractCall:
        """Raise the sender's total deposit in a channel."""
        arguments = (channel_identifier, sender, total_deposit, partner)
        return self._call(sender, SET_TOTAL_DEPOSIT, *arguments)

    def balance_proof_digest(self, channel_identifier: int, proof: ProofOfBalance) -> bytes:
        """Return what a participant signs of what it has sent, hashed."""
        return keccak(self._message(BALANCE_PROOF_MESSAGE, channel_identifier, proof))

    def _message(
        self, kind: int, channel_identifier: int, proof: ProofOfBalance, appended: bytes = b""
    ) -> bytes:
        hashes = (proof.balance_hash, _word(proof.nonce), proof.additional_hash)
        return self._prefixed(kind, channel_identifier, *hashes, appended)

    def _prefixed(self, kind: int, channel_identifier: int, *parts: bytes) -> bytes:
        """Return a message of the layout of raiden-contracts 0.40, with the prefix of wallets."""
        body = b"".join([self._domain, _word(kind), _word(channel_identifier), *parts])
        return MESSAGE_PREFIX + str(len(body)).encode() + body

    def _agreement(self, channel_identifier: int, agreed: AgreedWithdraw) -> tuple[object, ...]:
        """Return what both have signed of a withdraw, in the order of the contract's arguments."""
        total, expiration = agreed.total, agreed.expiration_block
        owner = agreed.participant.address
        parts = (owner, _word(total), _word(expiration))
        message = self._prefixed(WITHDRAW_MESSAGE, channel_identifier, *parts)
        signatures = (Signed(message, agreed.participant), Signed(message, agreed.partner))
        return owner, total, expiration, *signatures

    def set_total_withdraw(
        self, sender: Address, channel_identifier: int, agreed: AgreedWithdraw
    ) -> ContractCall:
        """Raise what a participant has taken out of an open channel."""
        agreement = self._agreement(channel_identifier, agreed)
        return self._call(sender, WITHDRAW, channel_identifier, *agreement)

    def cooperative_settle(
        self,
        sender: Address,
        channel_identifier: int,
        first: AgreedWithdraw,
        second: AgreedWithdraw,
    ) -> ContractCall:
        """End an open channel by two withdraws that leave nothing in it."""
        agreements = (self._agreement(channel_identifier, agreed) for agreed in (first, second))
        return self._call(sender, COOPERATE, channel_identifier, *agreements)

    def _signatures(
        self, kind: int, channel_identifier: int, proof: ProofOfBalance, key: Key
    ) -> tuple[Signed | bytes, Signed]:
        """Return the signature of whose proof it is, and that of who shows it, on top of it."""
        theirs: Signed | bytes = NO_SIGNATURE
        if proof.key is not None:
            message = self._message(BALANCE_PROOF_MESSAGE, channel_identifier, proof)
            theirs = Signed(message, proof.key)
        shown = self._message(kind, channel_identifier, proof, bytes(theirs))
        return theirs, Signed(shown, key)

    def close_channel(
        self,
        sender: Address,
        key: Key,
        channel_identifier: int,
        partner: Address,
        proof: ProofOfBalance = NO_PROOF,
    ) -> ContractCall:
        """Close a channel, and show what the partner has sent.

        The contract wants the closer's own signature even when there is no balance proof of
        the partner.
        """
        signatures = self._signatures(BALANCE_PROOF_MESSAGE, channel_identifier, proof, key)
        hashes = (proof.balance_hash, proof.nonce, proof.additional_hash)
        ends = (partner, sender)
        return self._call(sender, CLOSE, channel_identifier, *ends, *hashes, *signatures)

    def update_balance_proof(
        self,
        sender: Address,
        key: Key,
        channel_identifier: int,
        closer: Address,
        proof: ProofOfBalance,
    ) -> ContractCall:
        """Show what the closer of a channel has sent."""
        signatures = self._signatures(BALANCE_PROOF_UPDATE_MESSAGE, channel_identifier, proof, key)
        hashes = (proof.balance_hash, proof.nonce, proof.additional_hash)
        ends = (closer, sender)
        return self._call(sender, UPDATE, channel_identifier, *ends, *hashes, *signatures)

    def settle_channel(
        self,
        sender: Address,
        channel_identifier: int,
        first: tuple[Address, Amounts],
        second: tuple[Address, Amounts],
    ) -> ContractCall:
        """Settle a closed channel.

        Args:
            sender: anybody.
            channel_identifier: which channel.
            first: the participant that has sent less, and what the contract knows of that.
            second: the other one.
        """
        (one, sent), (other, received) = first, second
        arguments = (channel_identifier, one, *sent, other, *received)
        call = self._call(sender, SETTLE, *arguments)
        locks = sum(locked > 0 for _, locked, _ in (sent, received))
        return (
            replace(call, gas_limit=call.gas_limit + GAS_OF_KEPT_LOCKS * locks) if locks else call
        )

    def unlock(
        self,
        sender: Address,
        channel_identifier: int,
        lock_receiver: Address,
        lock_sender: Address,
        locks: bytes,
    ) -> ContractCall:
        """Pay out what a settled channel has kept for an end's locks.

        Args:
            sender: anybody.
            channel_identifier: which channel.
            lock_receiver: who gets what was claimed in time.
            lock_sender: who gets the rest.
            locks: all of them in their order, as they are hashed.
        """
        ends = (lock_receiver, lock_sender)
        return self._call(sender, UNLOCK, channel_identifier, *ends, locks)

    def participant(
        self, ledger: Ledger, channel_identifier: int, participant: Address, partner: Address
    ) -> OnChainParticipant:
        """Return what the contract knows of one end of a channel."""
        ends = (participant, partner)
        values = ledger.read(
            self.address, self._artifact, "getChannelParticipantInfo", channel_identifier, *ends
        )
        return OnChainParticipant(*values[3:])
