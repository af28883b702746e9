"""Where a new contract is: its address follows from who deploys it."""

from eth._utils.address import generate_contract_address
from eth_typing import Address as EthAddress

from simulator.words.units import Address


def contract_address(sender: bytes, nonce: int) -> Address:
    """Return the address of what an account deploys with its transaction of a nonce."""
    return Address(bytes(generate_contract_address(EthAddress(sender), nonce)))
