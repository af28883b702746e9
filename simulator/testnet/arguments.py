"""What a world can be told when it is set up, of what is not checked where it is used."""

from collections.abc import Sequence

from simulator.kernel.rng import MAX_SEED, MIN_SEED
from simulator.node.dialects import Dialect, RoutingMode
from simulator.node.world import Settings
from simulator.payments.conditions import check_conditions
from simulator.payments.fees import Fees
from simulator.words.errors import ConfigurationError, check_range
from simulator.words.quoting import shown
from simulator.words.units import UINT256_MAX

MAX_TOKENS = 100
WORDS = {"dialects": Dialect, "routing_modes": RoutingMode}
"""What some lists of options hold."""


def check_amounts(nodes: int, seed: int, tokens: int, token_balance: int, eth_balance: int) -> None:
    """See whether there can be so much.

    Raises:
        ConfigurationError: it is not so.
    """
    check_range("tokens", tokens, 1, MAX_TOKENS)
    check_range("token_balance", token_balance, 0, UINT256_MAX // (nodes + 1))
    check_range("eth_balance", eth_balance, 0, UINT256_MAX // (nodes + 2))
    check_range("seed", seed, MIN_SEED, MAX_SEED)


def check_kept(**given: int | None) -> None:
    """See whether so much can be kept; None: all.

    Raises:
        ConfigurationError: it is not so.
    """
    for name, keep in given.items():
        if keep is not None:
            check_range(name, keep, 1, UINT256_MAX)


def check_types(settings: object, messages: Sequence[object], fees: Sequence[object]) -> None:
    """See whether these are of the classes that they must be.

    Raises:
        ConfigurationError: it is not so.
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
    """See whether these are lists, and of known words where there are such.

    Raises:
        ConfigurationError: it is not so.
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
