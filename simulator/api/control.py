"""The control API: what a tester can do to the testnet and a Raiden node can't."""

import re
from typing import Annotated, Any

import networkx as nx
from fastapi import APIRouter, Depends, FastAPI, Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulator.api.body import EXACTLY_ONE, Body, Integer, Number
from simulator.api.context import Context, Served, Token, make_app, url
from simulator.api.errors import documented
from simulator.api.schemas import AddressText
from simulator.chain.mempool import Fault
from simulator.node.node import Dialect, Node
from simulator.words.errors import InvalidRequest, NodeNotFound
from simulator.words.options import Check
from simulator.words.quoting import shortened, visible_line
from simulator.words.units import checksum, parse_address, parse_address_field

MAX_PAGE = 1_000

router = APIRouter()


# -- bodies ------------------------------------------------------------------------------


class FaultBody(Body):
    """What happens to a node's transactions."""

    mode: Annotated[
        Fault,
        Field(description="none lifts the fault."),
        WithJsonSchema({"type": "string", "enum": [mode.value for mode in Fault]}),
    ]
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


class AdvanceBody(Body):
    """How much time is to pass: blocks or virtual seconds."""

    model_config = ConfigDict(json_schema_extra=EXACTLY_ONE)

    blocks: Integer | None = None
    seconds: Number | None = None


class NodeInfo(BaseModel):
    """One node of the testnet."""

    index: int
    address: AddressText
    port: int
    url: str
    online: bool
    dialect: Dialect
    fault: Fault


class TimeInfo(BaseModel):
    """Virtual time."""

    now: float = Field(description="Virtual seconds since the start.")
    block_number: int


class BrokenInfo(BaseModel):
    """Something that does not hold and always should: a fault of the simulator."""

    block_number: int = Field(description="When it was found.")
    rule: str = Field(description="What should hold.")
    found: str = Field(description="What was found instead.")


class InvariantsInfo(BaseModel):
    """What should always hold, across nodes and chain."""

    check: Check = Field(description="When it is checked.")
    broken: list[BrokenInfo] = Field(description="What did not hold: the first 100.")


class StatusInfo(TimeInfo):
    """The state of the testnet."""

    pace: str
    gas_price: int = Field(description="What every transaction pays, in wei for a unit of gas.")
    seed: int
    digest: str = Field(description="The journal's digest: the name of everything so far.")
    journal_count: int = Field(description="How many journal entries there have been.")
    journal_oldest: int = Field(description="The position of the oldest one that is kept.")
    invariants: InvariantsInfo
    tokens: list[AddressText]
    nodes: list[NodeInfo]


class GraphInfo(BaseModel):
    """A peer graph in networkx's node-link form; its attributes are those of `net.graph()`."""

    directed: bool
    multigraph: bool
    graph: dict[str, Any]
    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]


class JournalPage(BaseModel):
    """A part of the journal."""

    count: int = Field(description="How many entries there have been.")
    oldest: int = Field(description="The position of the oldest entry that is kept.")
    offset: int = Field(description="The position of the first entry shown.")
    entries: list[dict[str, Any]]


# -- what is served ----------------------------------------------------------------------


def control_api(context: Context) -> FastAPI:
    """Return the control app."""
    return make_app(
        "Testnet control",
        "Stops and starts nodes, makes their transactions fail, gives them ETH and tokens, and "
        "lets virtual time pass.",
        context,
        router,
    )


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


@router.get("/status", **documented(model=StatusInfo), tags=["testnet"])
async def get_status(context: Served) -> Response:
    """Show time, digest, tokens and nodes."""
    testnet, driver = context.testnet, context.driver
    return JSONResponse(
        {
            **_time(context),
            "pace": str(driver.pace),
            "gas_price": testnet.ledger.gas_price,
            "seed": testnet.seed,
            "digest": testnet.digest,
            "journal_count": testnet.journal.count,
            "journal_oldest": testnet.journal.oldest,
            "invariants": {
                "check": testnet.checker.check,
                "broken": [
                    {"block_number": one.block_number, "rule": one.rule, "found": one.found}
                    for one in testnet.world.broken
                ],
            },
            "tokens": testnet.tokens,
            "nodes": [_node(context, node) for node in testnet.nodes],
        }
    )


Moment = Annotated[
    int | None,
    Query(ge=0, description="As it was right before the journal entry of this position."),
    _WHOLE,
]


@router.get("/graph", **documented(409, 410, model=GraphInfo), tags=["testnet"])
async def get_graph(context: Served, everything: bool = False, at: Moment = None) -> Response:
    """Show the first token's peer graph; see the graph of a token."""
    return _graph(context, context.testnet.token, everything, at)


@router.get(
    "/graph/{token_address}", **documented(404, 409, 410, model=GraphInfo), tags=["testnet"]
)
async def get_graph_of_token(
    context: Served, token: Token, everything: bool = False, at: Moment = None
) -> Response:
    """Show a token network's peer graph: by default the channels that can carry payments.

    With `everything`, also closed channels, those with the bootstrap address, and nodes without
    channels. With `at`, the graph as it was at a moment since the oldest journal entry that is
    kept.
    """
    return _graph(context, checksum(token), everything, at)


@router.get("/journal", **documented(409, 410, model=JournalPage), tags=["testnet"])
async def get_journal(
    context: Served,
    offset: Annotated[
        int | None,
        Query(ge=0, description="From this position on; by default from the oldest."),
        _WHOLE,
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE), _WHOLE] = 100,
) -> Response:
    """Show what has happened, oldest first; of very old entries only that they are gone."""
    journal = context.testnet.journal
    first = journal.oldest if offset is None else offset
    entries = [entry.as_dict() for entry in journal.part(first, first + limit)]
    return JSONResponse(
        {"count": journal.count, "oldest": journal.oldest, "offset": first, "entries": entries}
    )


# -- nodes -------------------------------------------------------------------------------


@router.post("/nodes/{index}/stop", **documented(404, model=NodeInfo), tags=["nodes"])
async def stop(context: Served, node: NodeInPath) -> Response:
    """Stop a node: its calls end with 503, its transactions go on."""
    context.driver.act(node.stop)
    return JSONResponse(_node(context, node))


@router.post("/nodes/{index}/crash", **documented(404, model=NodeInfo), tags=["nodes"])
async def crash(context: Served, node: NodeInPath) -> Response:
    """End a node at once: its calls end with 503, what is in no block yet is lost."""
    context.driver.act(node.crash)
    return JSONResponse(_node(context, node))


@router.post("/nodes/{index}/start", **documented(404, model=NodeInfo), tags=["nodes"])
async def start(context: Served, node: NodeInPath) -> Response:
    """Start a node again."""
    context.driver.act(node.start)
    return JSONResponse(_node(context, node))


@router.put(
    "/nodes/{index}/fault",
    **documented(404, 409, 503, model=NodeInfo, body=FaultBody),
    tags=["nodes"],
)
async def set_fault(request: Request, context: Served, node: NodeInPath) -> Response:
    """Hold back, drop or fail a node's transactions, for some blocks or for good."""
    body = await context.read(request, FaultBody)
    controls = context.testnet.controls
    context.driver.act(lambda: controls.set_fault(node.index, body.mode, body.blocks))
    return JSONResponse(_node(context, node))


@router.put("/nodes/{index}/eth", **documented(404, 409, 503, ok=204, body=EthBody), tags=["nodes"])
async def set_eth(request: Request, context: Served, node: NodeInPath) -> Response:
    """Give a node exactly so much ETH; answers when the next block has made it so."""
    body = await context.read(request, EthBody)
    controls = context.testnet.controls
    await context.driver.call(lambda: controls.set_eth_balance(node.index, body.wei))
    return Response(status_code=204)


@router.post(
    "/nodes/{index}/mint",
    **documented(404, 408, 409, 503, ok=204, body=MintBody),
    tags=["nodes"],
)
async def mint(request: Request, context: Served, node: NodeInPath) -> Response:
    """Mint tokens into a node's wallet; answers when they are there."""
    body = await context.read(request, MintBody)
    testnet = context.testnet
    token = (
        parse_address(testnet.token)
        if body.token is None
        else parse_address_field("token", body.token)
    )
    await context.driver.call(lambda: testnet.controls.mint(node.index, token, body.amount))
    return Response(status_code=204)


# -- the chain ---------------------------------------------------------------------------


@router.put(
    "/gas-price", **documented(409, 503, model=StatusInfo, body=GasPriceBody), tags=["testnet"]
)
async def set_gas_price(request: Request, context: Served) -> Response:
    """Change what every transaction pays, for some blocks or for good."""
    body = await context.read(request, GasPriceBody)
    controls = context.testnet.controls
    context.driver.act(lambda: controls.set_gas_price(body.wei, body.blocks))
    return await get_status(context)


# -- time --------------------------------------------------------------------------------


@router.post("/advance", **documented(409, 503, model=TimeInfo, body=AdvanceBody), tags=["time"])
async def advance(request: Request, context: Served) -> Response:
    """Let virtual time pass, as fast as it can; answers when it has."""
    body = await context.read(request, AdvanceBody)
    controls = context.testnet.controls
    blocks, seconds = body.blocks, body.seconds
    if blocks is not None and seconds is None:
        await context.driver.call(lambda: controls.advance_blocks(blocks), hurry=True)
    elif seconds is not None and blocks is None:
        await context.driver.call(lambda: controls.advance_seconds(float(seconds)), hurry=True)
    else:
        raise InvalidRequest("body", "give either blocks or seconds")
    return JSONResponse(_time(context))


@router.post("/idle", **documented(503, model=TimeInfo), tags=["time"])
async def wait_until_idle(context: Served) -> Response:
    """Let virtual time pass until nothing is left to do, automatic settlements included."""
    await context.driver.call(context.testnet.controls.wait_until_idle, hurry=True)
    return JSONResponse(_time(context))


def _time(context: Context) -> dict[str, Any]:
    context.driver.synchronize()
    return {"now": context.testnet.now, "block_number": context.testnet.block_number}


def _node(context: Context, node: Node) -> dict[str, Any]:
    return {
        "index": node.index,
        "address": checksum(node.address),
        "port": context.ports[node.index],
        "url": url(context.host, context.ports[node.index]),
        "online": node.online,
        "dialect": node.dialect,
        "fault": context.testnet.world.mempool.fault(node.address),
    }


def _graph(context: Context, token: str, everything: bool, at: int | None) -> Response:
    graph = context.testnet.graph(token, everything=everything, at=at)
    return JSONResponse(nx.node_link_data(graph, edges="edges"))
