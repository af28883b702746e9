"""The control API: how messages travel between nodes."""

from typing import Annotated

from pydantic import Field

from simulator.api.body import Body, Integer, Number
from simulator.api.context import Read, Served, new_router
from simulator.api.errors import documented
from simulator.api.schemas import Answer, one_of
from simulator.payments.conditions import LineConditions, Spread

router = new_router()


class MessagesBody(Body):
    """How messages travel from now on; what is left out stays as it is."""

    delay_seconds: Annotated[
        Number | None, Field(description="How long they take on average, 0 to 100,000.")
    ] = None
    spread: Annotated[
        Spread | None, Field(description="How delays are spread around it."), one_of(Spread)
    ] = None
    loss: Annotated[Number | None, Field(description="The part that is lost, 0 to 1.")] = None
    nodes: Annotated[
        list[Integer] | None,
        Field(description="Two nodes, between which they travel, or one; of all if left out."),
    ] = None


class PartitionBody(Body):
    """Who can reach only each other."""

    groups: Annotated[
        list[list[Integer]],
        Field(description="The nodes of each group; none: everybody reaches everybody."),
    ]


class SilenceBody(Body):
    """Who says nothing."""

    nodes: Annotated[list[Integer], Field(description="None: everybody speaks.")]


class ConditionsInfo(Answer):
    """How messages travel."""

    delay_seconds: float
    spread: Annotated[str, one_of(Spread)]
    loss: float


class OfNodesInfo(ConditionsInfo):
    """How those of one node travel, or those between two."""

    nodes: list[int]


class MessagesInfo(ConditionsInfo):
    """How messages travel where nothing else is said, and what else is said."""

    of_nodes: Annotated[
        list[OfNodesInfo], Field(description="Of pairs first: what is said of a pair counts most.")
    ]
    groups: Annotated[list[list[int]], Field(description="A partition, if there is one.")]
    silent: Annotated[list[int], Field(description="Who says nothing to others.")]


@router.get("/messages", tags=["messages"])
async def get_messages(context: Served) -> MessagesInfo:
    """Show how messages travel between nodes, and who can't reach whom."""
    world = context.testnet.world
    air, numbers = world.transport.air, world.numbers
    said = {**air.of_pair, **{frozenset([node]): found for node, found in air.of_node.items()}}
    return MessagesInfo(
        **_shown(air.of_all),
        of_nodes=[
            OfNodesInfo(**_shown(found), nodes=sorted(numbers[node] for node in nodes))
            for nodes, found in said.items()
        ],
        groups=[[numbers[node] for node in group] for group in air.groups],
        silent=sorted(numbers[node] for node in air.silent),
    )


@router.put("/messages", responses=documented(404, 409, 503), tags=["messages"])
async def set_messages(context: Served, body: Read[MessagesBody]) -> MessagesInfo:
    """Let messages take time or get lost: of all nodes, of one, or between two.

    What is left out stays as it is. Without delay, spread and loss they travel as usual again.
    """
    asked, controls = body(), context.testnet.controls
    delay, loss = (None if one is None else float(one) for one in (asked.delay_seconds, asked.loss))
    context.driver.act(
        lambda: controls.set_messages(
            *(asked.nodes or ()), delay_seconds=delay, spread=asked.spread, loss=loss
        )
    )
    return await get_messages(context)


@router.put("/partition", responses=documented(404, 409, 503), tags=["messages"])
async def divide(context: Served, body: Read[PartitionBody]) -> MessagesInfo:
    """Let nodes reach only those of their own group; who is in none reaches everybody."""
    groups, controls = body().groups, context.testnet.controls
    context.driver.act(lambda: controls.divide(groups))
    return await get_messages(context)


@router.put("/silence", responses=documented(404, 409, 503), tags=["messages"])
async def silence(context: Served, body: Read[SilenceBody]) -> MessagesInfo:
    """Let nodes take in what others tell them and say nothing themselves: what they say waits."""
    nodes, controls = body().nodes, context.testnet.controls
    context.driver.act(lambda: controls.silence(nodes))
    return await get_messages(context)


def _shown(conditions: LineConditions) -> ConditionsInfo:
    return ConditionsInfo(
        delay_seconds=conditions.delay_seconds,
        spread=str(conditions.spread),
        loss=conditions.loss,
    )
