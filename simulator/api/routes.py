"""The REST API of a node, as Raiden offers it. The port selects the node."""

from typing import Annotated, Any

import simpy
from fastapi import APIRouter, Depends, FastAPI
from starlette.responses import JSONResponse, Response

import simulator
from simulator.api import payments, schemas
from simulator.api.context import (
    Context,
    Partner,
    Reader,
    Session,
    Token,
    any_session,
    make_app,
    opening,
)
from simulator.api.errors import documented
from simulator.node.by_hand import Opening
from simulator.node.channels import ChannelEntry
from simulator.node.node import Dialect
from simulator.words.errors import ChannelNotFound, UnknownTokenNetwork
from simulator.words.statuses import ApiCall
from simulator.words.units import Address, checksum, parse_address

AnySession = Annotated[Session, Depends(any_session)]
Reading = Annotated[Session, Depends(opening(ApiCall.READ))]
Joining = Annotated[Session, Depends(opening(ApiCall.JOIN))]
Leaving = Annotated[Session, Depends(opening(ApiCall.LEAVE))]
Opens = Annotated[Session, Depends(opening(ApiCall.OPEN_CHANNEL))]
Patching = Annotated[Session, Depends(opening(ApiCall.PATCH_CHANNEL))]

router = APIRouter(prefix="/api/v1")
joining = APIRouter(prefix=router.prefix)
"""What only nodes have whose dialect offers it."""


def node_api(context: Context, dialect: Dialect) -> FastAPI:
    """Return the app that serves all nodes of a dialect."""
    return make_app(
        f"Raiden node (simulated, {dialect})",
        "The REST API of one node of a local testnet. State-changing calls of a node queue; "
        "each answers when its transactions are mined. HEAD goes with every GET.",
        context,
        *([joining] if dialect.offers_joining else []),
        router,
        payments.router,
    )


# -- connections -------------------------------------------------------------------------


@router.get("/connections", **documented(503, model=schemas.Connections), tags=["connections"])
async def get_connections(session: Reading) -> Response:
    """Show funds, deposits and channels for each token with an open channel."""
    node = session.node
    return JSONResponse(schemas.render_connections(node.dialect, node.connections()))


@joining.put(
    "/connections/{token_address}",
    **documented(402, 404, 405, 408, 409, 503, ok=204, body=schemas.JoinBody),
    tags=["connections"],
)
async def join(session: Joining, _token: Token) -> Response:
    """Join a token network: open channels and keep up the number that was asked for."""
    await session.make(session.node.join, Reader(schemas.JoinBody, schemas.JoinBody.terms))
    return Response(status_code=204)


@router.delete(
    "/connections/{token_address}",
    **documented(402, 404, 408, 409, 503, model=list[schemas.AddressText]),
    tags=["connections"],
)
async def leave(session: Leaving, _token: Token) -> Response:
    """Leave a token network: close all channels, wait until they are settled, name the partners.

    A body is ignored.
    """
    partners = await session.make(lambda token, _: session.node.leave(token))
    return JSONResponse([checksum(partner) for partner in partners])


# -- the node ----------------------------------------------------------------------------


@router.get("/address", **documented(503, model=schemas.OurAddress), tags=["node"])
async def get_address(session: Reading) -> Response:
    """Name the node's account."""
    return JSONResponse({"our_address": checksum(session.node.address)})


@router.get("/version", **documented(503, model=schemas.Version), tags=["node"])
async def get_version(_: Reading) -> Response:
    """Name the simulator's version."""
    return JSONResponse({"version": simulator.__version__})


@router.get("/status", **documented(model=schemas.NodeStatus), tags=["node"])
async def get_status(session: AnySession) -> Response:
    """Tell whether the node is running; the only question that a stopped node answers."""
    return JSONResponse({"status": "ready" if session.node.online else "unavailable"})


# -- tokens ------------------------------------------------------------------------------


@router.get("/tokens", **documented(503, model=list[schemas.AddressText]), tags=["tokens"])
async def get_tokens(session: Reading) -> Response:
    """List the tokens that have a token network."""
    return JSONResponse(session.testnet.tokens)


@router.get(
    "/tokens/{token_address}", **documented(404, 503, model=schemas.AddressText), tags=["tokens"]
)
async def get_token_network(session: Reading, token: Token) -> Response:
    """Name a token's token network."""
    return JSONResponse(checksum(_token_network(session, token)))


@router.get(
    "/tokens/{token_address}/partners",
    **documented(404, 503, model=list[schemas.PartnerBody]),
    tags=["tokens"],
)
async def get_partners(session: Reading, token: Token) -> Response:
    """List the partners of the node's channels in a token network."""
    partners = [checksum(channel.partner) for _, channel in session.node.channels(token)]
    path = f"{router.prefix}/channels/{checksum(token)}"
    return JSONResponse(
        [{"partner_address": partner, "channel": f"{path}/{partner}"} for partner in partners]
    )


# -- channels ----------------------------------------------------------------------------


@router.get("/channels", **documented(503, model=list[schemas.ChannelBody]), tags=["channels"])
async def get_channels(session: Reading) -> Response:
    """List the node's unsettled channels."""
    return JSONResponse([_render(session, *found) for found in session.node.channels()])


@router.put(
    "/channels",
    **documented(
        *(400, 402, 408, 409, 503),
        ok=201,
        also_ok=200,
        model=schemas.ChannelBody,
        body=schemas.OpenChannelBody,
    ),
    tags=["channels"],
)
async def open_channel(session: Opens) -> Response:
    """Open a channel, with a deposit if one is given; 200 if it is open already.

    A deposit into a channel that is open already must be higher than the one there.
    """
    opened: Opening = await session.make(
        lambda arguments: session.node.open_channel(*arguments),
        Reader(schemas.OpenChannelBody, schemas.OpenChannelBody.arguments),
    )
    rendered = _render(session, opened.token, opened.channel)
    return JSONResponse(rendered, 201 if opened.created else 200)


@router.get(
    "/channels/{token_address}",
    **documented(404, 503, model=list[schemas.ChannelBody]),
    tags=["channels"],
)
async def get_channels_of_token(session: Reading, token: Token) -> Response:
    """List the node's unsettled channels in a token network."""
    return JSONResponse([_render(session, *found) for found in session.node.channels(token)])


@router.get(
    "/channels/{token_address}/{partner_address}",
    **documented(404, 503, model=schemas.ChannelBody),
    tags=["channels"],
)
async def get_channel(session: Reading, token: Token, partner: Partner) -> Response:
    """Show the unsettled channel with a partner."""
    channel = session.node.channel(token, partner)
    if channel is None:
        raise ChannelNotFound(checksum(token), checksum(partner))
    return JSONResponse(_render(session, token, channel))


@router.patch(
    "/channels/{token_address}/{partner_address}",
    **documented(
        400, 402, 404, 408, 409, 503, model=schemas.ChannelBody, body=schemas.PatchChannelBody
    ),
    tags=["channels"],
)
async def patch_channel(session: Patching, _token: Token, _partner: Partner) -> Response:
    """Raise the node's total deposit in a channel, set its reveal timeout, or close it."""
    node = session.node

    def start(token: Address, partner: Address, change: tuple[str, int]) -> simpy.Process:
        field, number = change
        if field == "total_deposit":
            return node.deposit(token, partner, number)
        if field == "reveal_timeout":
            return node.set_reveal_timeout(token, partner, number)
        return node.close_channel(token, partner)

    reader = Reader(schemas.PatchChannelBody, schemas.PatchChannelBody.change)
    channel: ChannelEntry = await session.make(start, reader)
    return JSONResponse(_render(session, parse_address(session.path[0]), channel))


def _token_network(session: Session, token: Address) -> Address:
    networks = session.testnet.world.networks
    if token not in networks:
        raise UnknownTokenNetwork(checksum(token))
    return networks[token].address


def _render(session: Session, token: Address, channel: ChannelEntry) -> dict[str, Any]:
    network = _token_network(session, token)
    return schemas.render_channel(session.node.dialect, token, network, channel)
