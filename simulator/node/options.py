"""What a single node is told when a world is set up."""

from dataclasses import dataclass

from simulator.node.dialects import (
    DEFAULT_DIALECT,
    DEFAULT_ROUTING_MODE,
    Dialect,
    RoutingMode,
)
from simulator.payments.fees import Fees
from simulator.payments.routing.routing import Routing
from simulator.topology.choice import Strategy


@dataclass(frozen=True, slots=True)
class NodeOptions:
    """What a node is told.

    Attributes:
        strategy: whom to open channels with.
        dialect: the REST API that it speaks, and how it pays.
        settle_timeout_blocks: of channels that it opens, unless a call says it; None: the world's.
        routing_mode: where it finds the way of a payment.
        fees: what it takes for passing payments on; None: as nodes of its dialect do.
        routing: how it finds the ways of its payments; None: as nodes of its dialect do.
    """

    strategy: Strategy
    dialect: Dialect = DEFAULT_DIALECT
    settle_timeout_blocks: int | None = None
    routing_mode: RoutingMode = DEFAULT_ROUTING_MODE
    fees: Fees | None = None
    routing: Routing | None = None
