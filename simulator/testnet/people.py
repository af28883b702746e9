"""Accounts for people, whose keys everybody may know: they follow from a few words."""

import re

from simulator.chain.keys import Key
from simulator.words.errors import ConfigurationError

USUAL_MNEMONIC = "test test test test test test test test test test test junk"
"""What development nodes use: so the accounts are those that everybody knows from there."""

USUAL_ACCOUNTS = 10
MAX_ACCOUNTS = 100
PATH = "m/44'/60'/0'/0/{}"


def derive(mnemonic: str, count: int) -> list[Key]:
    """Return the keys of the first accounts that wallets find behind some words (BIP-39, BIP-44).

    Raises:
        ConfigurationError: the words are no mnemonic.
    """
    from eth_account.hdaccount import key_from_seed, seed_from_mnemonic  # noqa: PLC0415
    from eth_utils.exceptions import ValidationError  # noqa: PLC0415

    words = " ".join(re.findall(r"[a-z]+", mnemonic.lower()))
    try:
        seed = seed_from_mnemonic(words, "")
    except ValidationError:
        raise ConfigurationError(
            "The mnemonic is none: 12 to 24 English words of BIP-39, the last of which checks them."
        ) from None
    return [Key(key_from_seed(seed, PATH.format(number))) for number in range(count)]
