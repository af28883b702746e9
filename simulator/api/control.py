"""The control API: what a tester can do to the testnet and a Raiden node can't."""

import re
from typing import Annotated, cast

import networkx as nx
from fastapi import Depends, FastAPI, Path, Query
from pydantic import BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from simulator.api import control_messages, control_workloads, suggestions
from simulator.api.body import EXACTLY_ONE, Body, Integer, Number
from simulator.api.context import Context, Read, Served, Token, make_app, new_router, url
from simulator.api.errors import EMPTY, documented
from simulator.api.graph_forms import GraphInfo
from simulator.api.journal_entries import JournalEntry
from simulator.api.pages import show_docs
from simulator.api.schemas import AddressText, Answer, one_of
from simulator.chain.mempool import Fault
from simulator.node.dialects import Dialect
from simulator.node.node import Node
from simulator.reports.concerned import page_about
from simulator.words.errors import InvalidRequest, NodeNotFound
from simulator.words.options import Check
from simulator.words.quoting import shortened, visible_line
from simulator.words.units import (
    Address,
    checksum,
    parse_address,
    parse_address_field,
)

MAX_PAGE = 1_000

router = new_router()


class FaultBody(Body):
    """What happens to a node's transactions."""

    mode: Annotated[Fault, Field(description="none lifts the fault."), one_of(Fault)]
    blocks: Annotated[Integer | None, Field(description="Lift it after so many blocks.")] = None


class EthBody(Body):
    """How much ETH a node is to have."""

    wei: Integer


class GasPriceBody(Body):
    """What every transaction pays."""

    wei: Annotated[
        Integer | None, Field(description="For each unit of gas; the usual price if left out.")
    ] = None
    blocks: Annotated[Integer | None, Field(description="Lift it after so many blocks.")] = None


class MintBody(Body):
    """Tokens for a node's wallet."""

    amount: Integer
    token: Annotated[AddressText | None, Field(description="The first token if left out.")] = None


class TokenBody(Body):
    """Which token to deploy."""

    name: Annotated[str | None, Field(description="A name of its number if left out.")] = None
    symbol: Annotated[str | None, Field(description="Likewise.")] = None
    decimals: Annotated[Integer | None, Field(description="18 if left out.")] = None
    balance: Annotated[Integer, Field(description="Minted into each node's wallet.")] = 0


class TokenInfo(Answer):
    """A token that has no token network yet."""

    token_address: AddressText


class AdvanceBody(Body):
    """How much time is to pass: blocks or virtual seconds."""

    model_config = ConfigDict(json_schema_extra=EXACTLY_ONE)

    blocks: Integer | None = None
    seconds: Number | None = None


class NodeInfo(Answer):
    """One node of the testnet."""

    index: int
    address: AddressText
    port: int
    url: str
    online: bool
    dialect: Annotated[str, one_of(Dialect)]
    fault: Annotated[str, one_of(Fault)]


class TimeInfo(Answer):
    """Virtual time."""

    now: Annotated[float, Field(description="Virtual seconds since the start.")]
    block_number: int


class BrokenInfo(Answer):
    """Something that does not hold and always should: a fault of the simulator."""

    block_number: Annotated[int, Field(description="When it was found.")]
    rule: Annotated[str, Field(description="What should hold.")]
    found: Annotated[str, Field(description="What was found instead.")]


class InvariantsInfo(Answer):
    """What should always hold, across nodes and chain."""

    check: Annotated[str, one_of(Check), Field(description="When it is checked.")]
    broken: Annotated[list[BrokenInfo], Field(description="What did not hold: the first 100.")]


class StatusInfo(TimeInfo):
    """The state of the testnet."""

    pace: str
    gas_price: Annotated[int, Field(description="In wei, for a unit of gas.")]
    seed: int
    digest: Annotated[str, Field(description="The journal's: the name of all so far.")]
    journal_count: Annotated[int, Field(description="How many journal entries there have been.")]
    journal_oldest: Annotated[int, Field(description="The position of the oldest that is kept.")]
    invariants: InvariantsInfo
    tokens: list[AddressText]
    nodes: list[NodeInfo]


class JournalPage(Answer):
    """A part of the journal."""

    count: Annotated[int, Field(description="How many entries there have been.")]
    oldest: Annotated[int, Field(description="The position of the oldest entry that is kept.")]
    offset: Annotated[int, Field(description="The position from which on it was looked.")]
    next: Annotated[int, Field(description="The offset of the next page; `count` at the end.")]
    entries: list[JournalEntry]


def control_api(context: Context) -> FastAPI:
    """Return the control app."""
    app = make_app(
        "Testnet control",
        "Stops and starts nodes, makes their transactions fail, gives them ETH and tokens, and "
        "lets virtual time pass.",
        context,
        router,
        control_messages.router,
        suggestions.router,
        control_workloads.router,
    )
    app.add_route("/", show_docs, include_in_schema=False)
    return app


async def _node_in_path(
    context: Served,
    index: Annotated[str, Path(description="From 0.", json_schema_extra={"pattern": "^[0-9]+$"})],
) -> Node:
    if not re.fullmatch("[0-9]{1,9}", index):
        raise NodeNotFound(visible_line(shortened(index)), len(context.testnet.nodes))
    return context.testnet.controls.node(int(index))


def _whole(value: object) -> int:
    """Read a number in a query as those in bodies are read: digits, and not thousands of them."""
    if isinstance(value, str) and re.fullmatch("-?[0-9]{1,3999}", value):
        return int(value)
    raise PydanticCustomError("integer", "not a whole number of at most 4,000 digits")


_WHOLE = BeforeValidator(_whole)

NodeInPath = Annotated[Node, Depends(_node_in_path)]


@router.get("/status", tags=["testnet"])
async def get_status(context: Served) -> StatusInfo:
    """Show time, digest, tokens and nodes."""
    testnet = context.testnet
    return StatusInfo(
        **_time(context),
        pace=str(context.driver.pace),
        gas_price=testnet.ledger.gas_price,
        seed=testnet.seed,
        digest=testnet.digest,
        journal_count=testnet.journal.count,
        journal_oldest=testnet.journal.oldest,
        invariants=InvariantsInfo(
            check=testnet.checker.check,
            broken=[
                BrokenInfo(block_number=one.block_number, rule=one.rule, found=one.found)
                for one in testnet.world.broken
            ],
        ),
        tokens=testnet.tokens,
        nodes=[_node(context, node) for node in testnet.nodes],
    )


Moment = Annotated[
    int | None,
    Query(ge=0, description="As it was right before the journal entry of this position."),
    _WHOLE,
]


@router.get("/graph", responses=documented(409, 410), tags=["testnet"])
async def get_graph(context: Served, everything: bool = False, at: Moment = None) -> GraphInfo:
    """Show the first token's peer graph; see the graph of a token."""
    token = parse_address(context.testnet.token)
    return await get_graph_of_token(context, token, everything, at)


@router.get("/graph/{token_address}", responses=documented(404, 409, 410), tags=["testnet"])
async def get_graph_of_token(
    context: Served, token: Token, everything: bool = False, at: Moment = None
) -> GraphInfo:
    """Show a token network's peer graph: by default the channels that can carry payments.

    With `everything`, also closed channels, those with the bootstrap address, and nodes without
    channels. With `at`, the graph as it was at a moment since the oldest journal entry that is
    kept.
    """
    graph = context.testnet.graph(checksum(token), everything=everything, at=at)
    return cast("GraphInfo", nx.node_link_data(graph, edges="edges"))


@router.get("/journal", responses=documented(404, 409, 410), tags=["testnet"])
async def get_journal(
    context: Served,
    offset: Annotated[
        int | None,
        Query(ge=0, description="From this position on; by default from the oldest."),
        _WHOLE,
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE), _WHOLE] = 100,
    node: Annotated[
        str | None, Query(description="Only what concerns a node: its number, or its address.")
    ] = None,
) -> JournalPage:
    """Show what has happened, oldest first; of very old entries only that they are gone.

    With `node`, entries that name it and those about its channels. A page may have fewer than
    `limit`, or none, before the end is reached: go on at `next`.
    """
    journal = context.testnet.journal
    first = journal.oldest if offset is None else offset
    if node is None:
        found, end = list(journal.part(first, first + limit)), first + limit
    else:
        account, channels = _account(context, node), context.testnet.world.past.channels()
        found, end = page_about(journal, account, channels, first, limit)
    return JournalPage(
        count=journal.count,
        oldest=journal.oldest,
        offset=first,
        next=max(first, min(end, journal.count)),
        entries=[entry.as_dict() for entry in found],
    )


def _account(context: Context, text: str) -> Address:
    if re.fullmatch("[0-9]{1,9}", text):
        return context.testnet.controls.node(int(text)).address
    return parse_address_field("node", text)


@router.post("/nodes/{index}/stop", responses=documented(404), tags=["nodes"])
async def stop(context: Served, node: NodeInPath) -> NodeInfo:
    """Stop a node: its calls end with 503, its transactions go on."""
    context.driver.act(node.stop)
    return _node(context, node)


@router.post("/nodes/{index}/crash", responses=documented(404), tags=["nodes"])
async def crash(context: Served, node: NodeInPath) -> NodeInfo:
    """End a node at once: its calls end with 503, what is in no block yet is lost."""
    context.driver.act(node.crash)
    return _node(context, node)


@router.post("/nodes/{index}/back-up", responses=documented(404), tags=["nodes"])
async def back_up(context: Served, node: NodeInPath) -> NodeInfo:
    """Put a copy of what a node has saved aside, in place of any earlier one."""
    context.driver.act(lambda: context.testnet.controls.back_up(node.index))
    return _node(context, node)


@router.post("/nodes/{index}/lose-disk", responses=documented(404), tags=["nodes"])
async def lose_disk(context: Served, node: NodeInPath) -> NodeInfo:
    """Crash a node that loses what it has saved since its last back-up, or everything."""
    context.driver.act(lambda: context.testnet.controls.lose_disk(node.index))
    return _node(context, node)


@router.post("/nodes/{index}/start", responses=documented(404), tags=["nodes"])
async def start(context: Served, node: NodeInPath) -> NodeInfo:
    """Start a node again."""
    context.driver.act(node.start)
    return _node(context, node)


@router.put("/nodes/{index}/fault", responses=documented(404, 409, 503), tags=["nodes"])
async def set_fault(context: Served, node: NodeInPath, body: Read[FaultBody]) -> NodeInfo:
    """Hold back, drop or fail a node's transactions, for some blocks or for good."""
    fault, controls = body(), context.testnet.controls
    context.driver.act(lambda: controls.set_fault(node.index, fault.mode, fault.blocks))
    return _node(context, node)


@router.put("/nodes/{index}/eth", **EMPTY, responses=documented(404, 409, 503), tags=["nodes"])
async def set_eth(context: Served, node: NodeInPath, body: Read[EthBody]) -> None:
    """Give a node exactly so much ETH; answers when the next block has made it so."""
    wei, controls = body().wei, context.testnet.controls
    await context.driver.call(lambda: controls.set_eth_balance(node.index, wei))


@router.post(
    "/nodes/{index}/mint", **EMPTY, responses=documented(404, 408, 409, 503), tags=["nodes"]
)
async def mint(context: Served, node: NodeInPath, body: Read[MintBody]) -> None:
    """Mint tokens into a node's wallet; answers when they are there."""
    asked, testnet = body(), context.testnet
    token = (
        parse_address(testnet.token)
        if asked.token is None
        else parse_address_field("token", asked.token)
    )
    await context.driver.call(lambda: testnet.controls.mint(node.index, token, asked.amount))


@router.post("/tokens", status_code=201, responses=documented(408, 409, 503), tags=["testnet"])
async def deploy_token(context: Served, body: Read[TokenBody]) -> TokenInfo:
    """Deploy a token that has no token network: a node can register it."""
    asked, deployer = body(), context.testnet.token_deployer
    details = deployer.details(asked.name, asked.symbol, asked.decimals)
    made = await context.driver.call(lambda: deployer.deploy(details, asked.balance))
    return TokenInfo(token_address=checksum(made))


@router.put("/gas-price", responses=documented(409, 503), tags=["testnet"])
async def set_gas_price(context: Served, body: Read[GasPriceBody]) -> StatusInfo:
    """Change what every transaction pays, for some blocks or for good."""
    price, controls = body(), context.testnet.controls
    context.driver.act(lambda: controls.set_gas_price(price.wei, price.blocks))
    return await get_status(context)


@router.post("/advance", responses=documented(409, 503), tags=["time"])
async def advance(context: Served, body: Read[AdvanceBody]) -> TimeInfo:
    """Let virtual time pass, as fast as it can; answers when it has."""
    asked, controls = body(), context.testnet.controls
    blocks, seconds = asked.blocks, asked.seconds
    if blocks is not None and seconds is None:
        await context.driver.call(lambda: controls.advance_blocks(blocks), hurry=True)
    elif seconds is not None and blocks is None:
        await context.driver.call(lambda: controls.advance_seconds(float(seconds)), hurry=True)
    else:
        raise InvalidRequest("body", "give either blocks or seconds")
    return _time(context)


@router.post("/idle", responses=documented(503), tags=["time"])
async def wait_until_idle(context: Served) -> TimeInfo:
    """Let virtual time pass until nothing is left to do, automatic settlements included."""
    await context.driver.call(context.testnet.controls.wait_until_idle, hurry=True)
    return _time(context)


def _time(context: Context) -> TimeInfo:
    context.driver.synchronize()
    return TimeInfo(now=context.testnet.now, block_number=context.testnet.block_number)


def _node(context: Context, node: Node) -> NodeInfo:
    return {  # a literal: there may be thousands
        "index": node.index,
        "address": checksum(node.address),
        "port": context.ports[node.index],
        "url": url(context.host, context.ports[node.index]),
        "online": node.online,
        "dialect": node.dialect,
        "fault": context.testnet.world.mempool.fault(node.address),
    }
