"""How a node finds the ways of its payments: a policy, and what it knows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from simulator.payments.routing.atlas import Knowledge
from simulator.payments.routing.policies import (
    Policy,
    cheapest,
    most_capacity,
    pathfinding_service,
    shortest,
)
from simulator.payments.routing.user_policy import OwnPolicy, UserPolicy
from simulator.system import extensions
from simulator.words.errors import ConfigurationError
from simulator.words.quoting import shown


def own(_: object) -> Iterator[Any]:
    """Find ways as nodes of the older generations do by themselves: see `own`."""
    raise NotImplementedError("whoever pays needs no map for it")


POLICIES: dict[str, Policy] = {
    "own": own,
    "shortest": shortest,
    "cheapest": cheapest,
    "most_capacity": most_capacity,
    "pathfinding_service": pathfinding_service,
}
"""Our own by the names that scenario files and the Python API use."""

WHOLE = "routing"
"""What it is called where no part of it is meant."""

MAX_PATHS = 25
MAX_PENALTY = 1_000_000


class Routing(Struct, frozen=True):
    """How a node finds the ways of its payments.

    Attributes:
        policy: one of `own`, `shortest`, `cheapest`, `most_capacity` and `pathfinding_service`,
            what an installed package offers by name, or a function of your own.
        knowledge: what it knows of channels that are not its own: `perfect`, `reports` or
            `capacities`; `own` knows nothing.
        max_paths: how many routes a pathfinding service is asked for, 1 to 25.
        fee_penalty: for it, as many hops a fee of 10^18 is as bad as.
        diversity_penalty: for it, as many hops a channel is as bad as that is in a route before.
    """

    policy: "str | Callable[..., Any]" = "shortest"
    knowledge: str = Knowledge.PERFECT
    max_paths: int = 3
    fee_penalty: int = 100
    diversity_penalty: int = 5

    @property
    def policy_name(self) -> str:
        """What the policy is called."""
        named = (name for name, policy in POLICIES.items() if policy is self.policy)
        return next(named, str(self.policy))

    @property
    def needs_no_map(self) -> bool:
        """Whether nothing is known of others, and nobody is asked."""
        return self.policy is own


OWN = Routing(own)
TOLD = Routing(shortest)
"""How older nodes find ways, and how others are told them by default."""


class RoutingInvalid(ConfigurationError):
    """A way of finding ways can't be.

    Args:
        part: the part of it that can't, or `routing` for the whole.
        reason: why not, as what is said of that part.
    """

    def __init__(self, part: str, reason: str) -> None:
        self.part = part
        self.reason = reason
        self.told = f"{part} {reason}"
        super().__init__(f"{'' if part == WHOLE else f'{WHOLE}: '}{self.told}.")


AnyRouting = str | Mapping[str, Any] | Routing | OwnPolicy
"""A policy by its name, that with more in a mapping, or a function of a user's."""


def routings_of(wanted: Sequence[AnyRouting | None]) -> list[Routing | None]:
    """Return how nodes find ways, given in any form; None: as their dialect does.

    Raises:
        ConfigurationError: there is none, or one is unknown or can't be used.
    """
    if isinstance(wanted, str | Mapping) or not isinstance(wanted, Sequence) or not wanted:
        such = f", such as [{shown(wanted)}]" if isinstance(wanted, str) else ""
        raise ConfigurationError(f"routing must be a list of at least one policy{such}.")
    return [None if one is None else routing_of(one) for one in wanted]


def routing_of(wanted: AnyRouting) -> Routing:
    """Return how a node finds ways.

    Raises:
        RoutingInvalid: it can't be.
        ConfigurationError: an installed policy can't be loaded.
    """
    if isinstance(wanted, Mapping):
        unknown = [key for key in wanted if key not in Routing.__struct_fields__]
        if unknown:
            known = ", ".join(Routing.__struct_fields__)
            raise RoutingInvalid(WHOLE, f"has no {shown(unknown[0])}: it has {known}")
        wanted = Routing(**wanted)
    given = wanted if isinstance(wanted, Routing) else Routing(wanted)
    if given.knowledge not in [*Knowledge]:
        told = f"must be one of {', '.join(Knowledge)}, not {shown(given.knowledge)}"
        raise RoutingInvalid("knowledge", told)
    for name, least, most in (
        ("max_paths", 1, MAX_PATHS),
        ("fee_penalty", 0, MAX_PENALTY),
        ("diversity_penalty", 0, MAX_PENALTY),
    ):
        value = getattr(given, name)
        if type(value) is not int or not least <= value <= most:
            told = f"must be a whole number within {least} to {most}, not {shown(value)}"
            raise RoutingInvalid(name, told)
    return replace(given, policy=_policy(given.policy), knowledge=Knowledge(given.knowledge))


def _policy(wanted: object) -> Callable[..., Any]:
    if isinstance(wanted, UserPolicy) or wanted in POLICIES.values():
        return wanted  # type: ignore[return-value]
    known = extensions.names(extensions.ROUTING, POLICIES)
    if callable(wanted):
        return UserPolicy(wanted)
    if isinstance(wanted, str) and wanted in POLICIES:
        return POLICIES[wanted]
    if isinstance(wanted, str) and wanted in known:
        return UserPolicy(extensions.installed_one(extensions.ROUTING, wanted), wanted)
    told = f"must name some of {', '.join(known)}, or be functions, not {shown(wanted)}"
    raise RoutingInvalid(WHOLE, told)
