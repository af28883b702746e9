"""Typed calls on the contracts.

Gas limits are fixed for each function: a little above what the call can use at most, so that a
node can tell in advance whether it is able to pay. `benchmarks` prints the gas really used.
"""

from functools import lru_cache

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
CLOSE = "closeChannel"
SETTLE = "settleChannel"
"""The contract functions that the simulator calls."""

# A node must be able to pay for the limit, not for what is used: the closer to it, the fewer calls
# are refused for want of ETH.
GAS_LIMITS = {
    APPROVE: 60_000,
    MINT: 90_000,
    OPEN: 150_000,
    OPEN_WITH_DEPOSIT: 220_000,
    SET_TOTAL_DEPOSIT: 120_000,
    CLOSE: 140_000,
    SETTLE: 160_000,
}
"""The gas limit of each call, by function name."""

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
NO_BALANCE_PROOF = NO_HASH + bytes(32) + NO_HASH + NO_SIGNATURE
CLOSING_MESSAGE_PREFIX = b"\x19Ethereum Signed Message:\n277"


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


@lru_cache(maxsize=2**16)
def slot_of(position: int, key: Address) -> int:
    """Return the slot in which a mapping at a position of a contract's storage keeps a key."""
    return int.from_bytes(keccak(bytes(12) + key + _word(position)), "big")


class Token:
    """An ERC-20 token that anyone may mint.

    Args:
        address: the contract.
        contracts: which contracts it is one of.
    """

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
        self._closing_prefix = (
            CLOSING_MESSAGE_PREFIX + address + _word(chain_id) + _word(BALANCE_PROOF_MESSAGE)
        )
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

    def close_channel(
        self, sender: Address, key: Key, channel_identifier: int, partner: Address
    ) -> ContractCall:
        """Close a channel in which the sender has received nothing.

        The contract wants the closer's own signature even when there is no balance proof of
        the partner; the layout of the message is that of raiden-contracts 0.40.
        """
        message = self._closing_prefix + _word(channel_identifier) + NO_BALANCE_PROOF
        proof = (NO_HASH, 0, NO_HASH, NO_SIGNATURE, Signed(message, key))
        return self._call(sender, CLOSE, channel_identifier, partner, sender, *proof)

    def settle_channel(
        self, sender: Address, channel_identifier: int, participant1: Address, participant2: Address
    ) -> ContractCall:
        """Settle a closed channel in which nothing was transferred."""
        nothing = (0, 0, NO_HASH)
        arguments = (channel_identifier, participant1, *nothing, participant2, *nothing)
        return self._call(sender, SETTLE, *arguments)
