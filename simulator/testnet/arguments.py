"""Checks what a world is to be made of, before anything is made."""

from collections.abc import Sequence

from simulator.kernel.rng import MAX_SEED, MIN_SEED
from simulator.node.dialects import Dialect, RoutingMode
from simulator.node.settings import Settings
from simulator.payments.conditions import check_conditions
from simulator.payments.fees import Fees
from simulator.words.errors import ConfigurationError, check_range
from simulator.words.quoting import shown
from simulator.words.units import UINT256_MAX

MAX_TOKENS = 100
WORDS = {"dialects": Dialect, "routing_modes": RoutingMode}
"""What some lists of options hold."""


def check_amounts(nodes: int, seed: int, tokens: int, token_balance: int, eth_balance: int) -> None:
    """See whether there can be so many nodes and tokens, with so much.

    Raises:
        ConfigurationError: a number is out of range.
    """
    check_range("tokens", tokens, 1, MAX_TOKENS)
    check_range("token_balance", token_balance, 0, UINT256_MAX // (nodes + 1))
    check_range("eth_balance", eth_balance, 0, UINT256_MAX // (nodes + 2))
    check_range("seed", seed, MIN_SEED, MAX_SEED)


def check_kept(**given: int | None) -> None:
    """See whether so many of each can be kept; None: all.

    Raises:
        ConfigurationError: a number is out of range.
    """
    for name, keep in given.items():
        if keep is not None:
            check_range(name, keep, 1, UINT256_MAX)


def check_types(settings: object, messages: Sequence[object], fees: Sequence[object]) -> None:
    """See whether a caller of Python has given what the words stand for.

    Raises:
        ConfigurationError: something is of another kind.
    """
    for conditions in messages:
        if conditions is not None:
            check_conditions("messages", conditions)
    for one in fees:
        if not isinstance(one, Fees | None):
            raise ConfigurationError(f"fees must hold Fees(…), not {shown(one)}.")
    if not isinstance(settings, Settings | None):
        raise ConfigurationError(f"settings must be Settings(…), not {shown(settings)}.")


def check_lists(**given: Sequence[object]) -> None:
    """See whether what nodes are given in turn are lists of known words, and not empty.

    Raises:
        ConfigurationError: one is not.
    """
    for name, values in given.items():
        if isinstance(values, str) or not isinstance(values, Sequence):
            raise ConfigurationError(f"{name} must be a list, not {shown(values)}.")
        if not values:
            raise ConfigurationError(
                f"{name} must hold at least one, since nodes get them in turn."
            )
        known = [*WORDS.get(name, ())]
        for one in values if known else ():
            if one not in known:
                words = ", ".join(known)
                raise ConfigurationError(f"{name} must name some of {words}, not {shown(one)}.")
