"""Typed calls on the contract that creates token networks, and on tokens that anybody may bring."""

from contextlib import suppress

from simulator.chain.abi import Artifact, Unreadable
from simulator.chain.contract_sets import OURS, ContractSet
from simulator.chain.contracts import Token, TokenNetworkContract
from simulator.chain.ledger import ContractCall, Ledger
from simulator.words.units import Address, bytes_of

CREATE = "createERC20TokenNetworkWithoutLimits"
CREATION_GAS = 4_000_000
"""A little above what our contracts need, and those that Raiden has published."""


class StrangersToken(Token):
    """An ERC-20 token of which nothing is known but what it answers.

    Where it keeps its balances is its own affair, and so is whether its transfers tell all.

    Args:
        address: the contract.
        contracts: which contracts tokens of the world are of.
    """

    is_ours = False

    def __init__(self, address: Address, contracts: ContractSet = OURS) -> None:
        super().__init__(address, contracts)
        known = contracts.artifact("CustomToken")
        code = known.bytecode.hex()
        self._artifact = Artifact(known.name, {"abi": known.abi, "bytecode": code}, is_ours=False)

    def balance_of(self, ledger: Ledger, owner: Address) -> int:
        """Return how many tokens are in a wallet: none, if it does not answer that."""
        with suppress(Unreadable):
            return super().balance_of(ledger, owner)
        return 0

    def allowance(self, ledger: Ledger, owner: Address, spender: Address) -> int:
        """Return what `spender` may take from `owner`: nothing, if it does not answer that."""
        with suppress(Unreadable):
            return super().allowance(ledger, owner, spender)
        return 0

    def is_there(self, ledger: Ledger) -> bool:
        """Tell whether there is a token at the address, of which there is something."""
        try:
            return self.total_supply(ledger) > 0
        except Unreadable:
            return False


class TokenNetworkRegistryContract:
    """The contract that creates token networks, one for each token.

    Args:
        address: the contract.
        contracts: which contracts it is one of.
    """

    def __init__(self, address: Address, contracts: ContractSet = OURS) -> None:
        self.address = address
        self.contracts = contracts
        self._artifact = contracts.artifact("TokenNetworkRegistry")

    def create(self, sender: Address, token: Address) -> ContractCall:
        """Create a token's network; anybody may."""
        return ContractCall(sender, self.address, self._artifact, CREATE, (token,), CREATION_GAS)

    def network_of(self, ledger: Ledger, token: Address) -> Address:
        """Return the address of a token's network; the zero address: there is none."""
        (text,) = ledger.read(self.address, self._artifact, "token_to_token_networks", token)
        return bytes_of(text)

    def most_networks(self, ledger: Ledger) -> int:
        """Return how many token networks there can be."""
        return int(ledger.read(self.address, self._artifact, "max_token_networks")[0])

    def count(self, ledger: Ledger) -> int:
        """Return how many token networks have been created."""
        return int(ledger.read(self.address, self._artifact, "token_network_created")[0])

    def network(self, ledger: Ledger, token: Token, address: Address) -> TokenNetworkContract:
        """Return a token network that it has created."""
        return TokenNetworkContract(address, token, ledger.chain_id, self.contracts)
