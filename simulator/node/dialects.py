"""The generations of Raiden that a node may be of: what it offers, and how it pays."""

from enum import StrEnum

from msgspec.structs import replace

from simulator.node.paying import Generation
from simulator.payments.fees import RAIDENS_FEES
from simulator.payments.routing.routing import TOLD, Routing
from simulator.words.errors import ConfigurationError
from simulator.words.statuses import ApiCall


class Dialect(StrEnum):
    """Which generation of Raiden's REST API a node speaks."""

    RED_EYES = "red-eyes"
    """Raiden 0.100: with joining; numbers are JSON integers."""
    ALDERAAN = "alderaan"
    """Raiden 1.x: with joining; numbers are decimal strings."""
    BESPIN = "bespin"
    """Raiden 2 and later: without joining; numbers are decimal strings."""

    @property
    def offers_joining(self) -> bool:
        """Whether nodes have a call to join a token network."""
        return self is not Dialect.BESPIN

    def offers(self, call: ApiCall) -> bool:
        """Whether nodes have a call."""
        if call is ApiCall.USER_DEPOSIT:
            return self is Dialect.BESPIN
        return call is not ApiCall.JOIN or self.offers_joining

    @property
    def numbers(self) -> type[int] | type[str]:
        """What the numbers in its answers are."""
        return int if self is Dialect.RED_EYES else str


_GENERATIONS = {
    Dialect.RED_EYES: Generation(refunds=True, seals=False, times_out=False, cooperates=False),
    Dialect.ALDERAAN: Generation(
        refunds=True,
        seals=False,
        times_out=True,
        cooperates=False,
        assumes_fees=True,
        fees=RAIDENS_FEES,
    ),
    Dialect.BESPIN: Generation(
        refunds=False,
        seals=True,
        times_out=True,
        cooperates=True,
        assumes_fees=True,
        fees=RAIDENS_FEES,
        routing=TOLD,
    ),
}
"""The generations of the protocol; payments/ has the rules."""

DEFAULT_DIALECT = Dialect.RED_EYES


class RoutingMode(StrEnum):
    """Where `bespin` nodes find the way of a payment; others find it by themselves."""

    PFS = "pfs"
    """They are told, by somebody who knows all balances."""
    PRIVATE = "private"
    """They pay direct partners only, and nobody is told of it."""


DEFAULT_ROUTING_MODE = RoutingMode.PFS


def generation_of(
    dialect: Dialect,
    routing_mode: RoutingMode = DEFAULT_ROUTING_MODE,
    routing: Routing | None = None,
) -> Generation:
    """Return how nodes of a dialect pay.

    Args:
        dialect: which.
        routing_mode: whether they ask anybody for ways.
        routing: how they find ways; None: as usual.

    Raises:
        ConfigurationError: they don't have the routing mode, or need no ways in it.
    """
    if routing_mode is RoutingMode.PFS:
        usual = _GENERATIONS[dialect]
        return usual if routing is None else replace(usual, routing=routing)
    if routing is not None:
        raise ConfigurationError(
            f"routing says nothing with the routing mode {routing_mode}: nodes pay direct partners."
        )
    if dialect is not Dialect.BESPIN:
        raise ConfigurationError(
            f"{dialect} nodes can't have the routing mode {routing_mode}: only {Dialect.BESPIN} "
            "nodes can."
        )
    return replace(_GENERATIONS[dialect], private=True)
