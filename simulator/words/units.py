"""Units of the domain: addresses, amounts, exact shares.

An `Address` (of an account or contract) is 20 bytes; text appears at the edges only, as EIP-55.
"""

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NewType

from simulator.words.errors import InvalidAddress, InvalidBody
from simulator.words.hashing import keccak

__all__ = [
    "BOOTSTRAP_ADDRESS",
    "CLOSED",
    "OPENED",
    "SETTLED",
    "UINT256_MAX",
    "ZERO_ADDRESS",
    "Address",
    "AnyChannelState",
    "ChannelState",
    "bytes_of",
    "checksum",
    "exact_fraction",
    "parse_address",
    "split_funds",
]

if TYPE_CHECKING:
    from eth_typing import Address
else:
    # for type checkers it is theirs; the model has no other need of their package, which takes as
    # long to load as a small scenario takes to run
    Address = NewType("Address", bytes)

UINT256_MAX = 2**256 - 1
"""The largest token amount that a contract can hold."""

BOOTSTRAP_ADDRESS = Address(b"\x22" * 20)
"""The partner that makes the first participant of a token network visible; nobody's account."""

ZERO_ADDRESS = Address(bytes(20))
"""What contracts take for nobody; minted tokens come from there."""

ChannelState = Literal["opened", "closed"]
"""The states of a channel that is not settled, as the REST API names them."""

AnyChannelState = Literal[ChannelState, "settled"]
"""And that of one that a call has just settled."""

OPENED: Final[ChannelState] = "opened"
CLOSED: Final[ChannelState] = "closed"
SETTLED: Final = "settled"

ADDRESS_TEXT = re.compile("0x[0-9a-fA-F]{40}", re.ASCII)


@lru_cache(maxsize=2**18)  # each costs 10 microseconds, and every journal line has some
def checksum(address: Address) -> str:
    """Return the EIP-55 text of an address."""
    text = address.hex()
    case = keccak(text.encode()).hex()
    letters = zip(text, case, strict=False)
    return "0x" + "".join([c.upper() if digit > "7" else c for c, digit in letters])


def parse_address(text: str) -> Address:
    """Read an address in EIP-55 spelling.

    Raises:
        InvalidAddress: no text, without the 0x prefix, of a wrong length or a wrong checksum.
    """
    if not isinstance(text, str):  # a node or its number, from a program
        raise InvalidAddress(repr(text), f"An address must be an EIP-55 text, not {text!r}.")
    if not text.startswith("0x"):
        raise InvalidAddress(text, "Not a valid hex address, 0x prefix missing.")
    if not ADDRESS_TEXT.fullmatch(text) or checksum(bytes_of(text)) != text:
        raise InvalidAddress(text, "Not a valid EIP55 encoded address.")
    return bytes_of(text)


def parse_address_field(field: str, text: str) -> Address:
    """Read an address that a call's body has in a field.

    Raises:
        InvalidBody: it is not an EIP-55 address.
    """
    try:
        return parse_address(text)
    except InvalidAddress as error:
        raise InvalidBody(field, str(error)) from None


def bytes_of(text: str) -> Address:
    """Return the address behind a hexadecimal text that is known to be one."""
    return Address(bytes.fromhex(text[2:]))


def split_funds(funds: int, joinable_funds_target: Fraction, initial_channel_target: int) -> int:
    """Return the deposit for each channel: ``floor(funds x (1 - joinable) / target)``, exact.

    The target is the requested one, however few peers there are: the published example splits
    100 tokens over 4 channels into 15 each although only 3 peers exist.

    Args:
        funds: tokens put into the network, in the token's smallest unit.
        joinable_funds_target: the fraction kept for channels that others open, in [0, 1].
        initial_channel_target: how many channels were asked for, at least 1.
    """
    return int(funds * (1 - joinable_funds_target) / initial_channel_target)


def exact_fraction(number: Decimal | float | Fraction | str) -> Fraction:
    """Return a number as an exact fraction; a float counts as the decimal that it prints as.

    >>> exact_fraction(0.4)
    Fraction(2, 5)
    """
    if isinstance(number, Fraction):
        return number
    return Fraction(str(number)) if isinstance(number, float) else Fraction(number)
