"""The control API: what nodes take for passing payments on, and how they find ways."""

from typing import Annotated

from pydantic import Field

from simulator.api.body import Body, Integer
from simulator.api.context import NodeInPath, Read, Served, new_router
from simulator.api.errors import documented
from simulator.api.schemas import AddressText, Answer, one_of
from simulator.node.dialects import RoutingMode
from simulator.payments.fees import MAX_IMBALANCE, MILLION, Fees
from simulator.payments.routing.atlas import Knowledge
from simulator.payments.routing.routing import MAX_PATHS, MAX_PENALTY, POLICIES
from simulator.words.units import checksum, parse_address, parse_address_field

router = new_router()

TAG = "payments"


class FeesBody(Body):
    """What a node takes for passing payments on; what is left out stays as it is."""

    flat: Annotated[Integer | None, Field(description="Tokens for each payment.")] = None
    proportional: Annotated[
        Integer | None,
        Field(description=f"Parts per million of what is passed on, 0 to {MILLION:,}."),
    ] = None
    imbalance: Annotated[
        Integer | None,
        Field(description=f"Parts per million of a channel's capacity, 0 to {MAX_IMBALANCE:,}."),
    ] = None
    capped: Annotated[
        bool | None,
        Field(description="Whether it never takes less than nothing; of all channels only."),
    ] = None
    to: Annotated[
        Integer | None,
        Field(
            description="In the channel with this node only; by default wherever nothing was said."
        ),
    ] = None
    token: Annotated[
        AddressText | None, Field(description="Of that channel; the first token if left out.")
    ] = None


class TakenInfo(Answer):
    """What is taken for passing a payment on, a half in either channel."""

    flat: Annotated[int, Field(description="Tokens for each payment.")]
    proportional: Annotated[int, Field(description="Parts per million of what is passed on.")]
    imbalance: Annotated[int, Field(description="Parts per million of a channel's capacity.")]


class OfChannelInfo(TakenInfo):
    """What is taken in one channel."""

    token_address: AddressText
    partner_address: AddressText


class FeesInfo(TakenInfo):
    """What a node takes where nothing else is said, and what else is said."""

    capped: Annotated[bool, Field(description="Whether it never takes less than nothing.")]
    of_channels: list[OfChannelInfo]


class RoutingBody(Body):
    """How a node finds the ways of its payments; what is left out stays as it is."""

    policy: Annotated[
        str | None,
        Field(description=f"{', '.join(POLICIES)}, or one of an installed package's."),
    ] = None
    knowledge: Annotated[
        str | None, Field(description="What it knows of others' channels."), one_of(Knowledge)
    ] = None
    max_paths: Annotated[
        Integer | None,
        Field(description=f"How many routes a pathfinding service is asked for, 1 to {MAX_PATHS}."),
    ] = None
    fee_penalty: Annotated[
        Integer | None,
        Field(description=f"For it, as many hops a fee of 10^18 is as bad as, to {MAX_PENALTY:,}."),
    ] = None
    diversity_penalty: Annotated[
        Integer | None,
        Field(description="For it, as many hops a channel is as bad as that was in a route."),
    ] = None


class PolicyInfo(Answer):
    """A policy, and what it is told."""

    policy: str
    knowledge: Annotated[str, one_of(Knowledge)]
    max_paths: int
    fee_penalty: int
    diversity_penalty: int


class RoutingInfo(Answer):
    """How a node finds the ways of its payments."""

    routing_mode: Annotated[str, one_of(RoutingMode)]
    routing: Annotated[PolicyInfo | None, Field(description="None: it pays partners only.")]


@router.get("/nodes/{index}/fees", responses=documented(404), tags=[TAG])
async def get_fees(node: NodeInPath) -> FeesInfo:
    """Show what a node takes for passing payments on."""
    book = node.account.fees
    return FeesInfo(
        **_taken(book.usual),
        capped=book.usual.capped,
        of_channels=[
            OfChannelInfo(
                **_taken(fees), token_address=checksum(token), partner_address=checksum(partner)
            )
            for (token, partner), fees in book.by_channel.items()
        ],
    )


@router.put("/nodes/{index}/fees", responses=documented(404, 409, 503), tags=[TAG])
async def set_fees(context: Served, node: NodeInPath, body: Read[FeesBody]) -> FeesInfo:
    """Change what a node takes for passing payments on: everywhere, or in a channel.

    What is left out stays as it is. When nothing is given, it takes what it did at first, or, in
    the channel with `to`, what it takes elsewhere.
    """
    asked, testnet = body(), context.testnet
    token = (
        parse_address(testnet.token)
        if asked.token is None
        else parse_address_field("token", asked.token)
    )
    partner = None if asked.to is None else (token, testnet.controls.node(asked.to).address)
    context.driver.act(
        lambda: testnet.controls.set_fees(
            node.index,
            partner,
            flat=asked.flat,
            proportional=asked.proportional,
            imbalance=asked.imbalance,
            capped=asked.capped,
        )
    )
    return await get_fees(node)


@router.get("/nodes/{index}/routing", responses=documented(404), tags=[TAG])
async def get_routing(node: NodeInPath) -> RoutingInfo:
    """Show how a node finds the ways of its payments."""
    routing = node.member.routing
    told = (
        None
        if routing is None
        else PolicyInfo(
            policy=routing.policy_name,
            knowledge=str(routing.knowledge),
            max_paths=routing.max_paths,
            fee_penalty=routing.fee_penalty,
            diversity_penalty=routing.diversity_penalty,
        )
    )
    return RoutingInfo(routing_mode=str(node.routing_mode), routing=told)


@router.put("/nodes/{index}/routing", responses=documented(404, 409, 503), tags=[TAG])
async def set_routing(context: Served, node: NodeInPath, body: Read[RoutingBody]) -> RoutingInfo:
    """Change how a node finds the ways of its payments, from the next attempt on.

    What is left out stays as it is. When nothing is given, it finds them as it did at first.
    """
    changes = body().model_dump(exclude_none=True)
    context.driver.act(lambda: context.testnet.controls.set_routing(node.index, **changes))
    return await get_routing(node)


def _taken(fees: Fees) -> TakenInfo:
    return TakenInfo(flat=fees.flat, proportional=fees.proportional, imbalance=fees.imbalance)
