"""What a pathfinding service answers to nodes that look for partners, on the control port."""

from typing import Annotated

from fastapi import Query

from simulator.api.context import Served, TokenNetwork, new_router
from simulator.api.errors import documented
from simulator.api.schemas import AddressText, Answer
from simulator.topology.suggestions import suggest
from simulator.words.errors import UnknownTokenNetwork
from simulator.words.units import checksum

MOST = 20

router = new_router("/api/v1")


class SuggestionBody(Answer):
    """A node that others may open a channel with; numbers are JSON numbers in every dialect."""

    address: AddressText
    score: Annotated[float, "the product of the other three"]
    centrality: float
    uptime: float
    capacity: int


@router.get(
    "/{token_network_address}/suggest_partner", responses=documented(404, 409), tags=["services"]
)
async def suggest_partner(
    context: Served,
    network: TokenNetwork,
    limit: Annotated[int, Query(ge=1, le=1_000, description="How many at most.")] = MOST,
) -> list[SuggestionBody]:
    """Suggest whom to open a channel with, best first: who takes part and is online.

    Nodes that are leaving or have left are not suggested.
    """
    world = context.testnet.world
    if network not in world.token_of:
        raise UnknownTokenNetwork(checksum(network))
    graph = world.graphs[world.token_of[network]]
    found = suggest(graph, context.testnet.presence.uptime, limit)
    return [
        SuggestionBody(
            address=checksum(one.address),
            score=one.score,
            centrality=one.centrality,
            uptime=one.uptime,
            capacity=one.capacity,
        )
        for one in found
    ]
