"""The REST API of a node, as Raiden offers it. The port selects the node."""

from typing import Annotated

import simpy
from fastapi import FastAPI
from starlette.responses import Response

import simulator
from simulator.api import onchain, payments, schemas, webui
from simulator.api.context import (
    Context,
    Partner,
    Read,
    Session,
    Token,
    make_app,
    new_router,
    opening,
    url,
)
from simulator.api.errors import EMPTY, documented
from simulator.node.by_hand import Opening
from simulator.node.channels import ChannelEntry
from simulator.node.dialects import Dialect, RoutingMode
from simulator.words.errors import ChannelNotFound, UnknownTokenNetwork
from simulator.words.statuses import ALREADY_OPEN, SUCCESS, ApiCall
from simulator.words.units import Address, checksum

Reading = Annotated[Session, opening(ApiCall.READ)]
Asking = Annotated[Session, opening(ApiCall.READ, also_stopped=True)]
Joining = Annotated[Session, opening(ApiCall.JOIN)]
Leaving = Annotated[Session, opening(ApiCall.LEAVE)]
Opens = Annotated[Session, opening(ApiCall.OPEN_CHANNEL)]
ShuttingDown = Annotated[Session, opening(ApiCall.SHUT_DOWN)]
Patching = Annotated[Session, opening(ApiCall.PATCH_CHANNEL)]

router = new_router("/api/v1")
joining = new_router(router.prefix)
"""What only nodes have whose dialect offers joining."""
by_hand = new_router(router.prefix)
"""What only those have whose dialect does not."""

_OF_DIALECT = {
    Dialect.RED_EYES: (joining, onchain.minting),
    Dialect.ALDERAAN: (joining, onchain.minting, onchain.telling_contracts),
    Dialect.BESPIN: (
        *(by_hand, onchain.minting_with_hash),
        *(onchain.telling_contracts, onchain.user_deposit),
    ),
}
"""What only nodes of some dialects have."""


def node_api(context: Context, dialect: Dialect) -> FastAPI:
    """Return the app that serves all nodes of a dialect."""
    app = make_app(
        f"Raiden node (simulated, {dialect})",
        "The REST API of one node of a local testnet. State-changing calls of a node queue; "
        "each answers when its transactions are mined. HEAD goes with every GET.",
        context,
        *_OF_DIALECT[dialect],
        *(router, payments.router, onchain.router),
        Amount=schemas.AMOUNTS[dialect.numbers],
        ContractAddress=schemas.ABSENT_TOO[dialect],
    )
    webui.install(app, dialect)
    return app


@joining.put(
    "/connections/{token_address}",
    **EMPTY,
    responses=documented(402, 404, 405, 408, 409, 503),
    tags=["connections"],
)
async def join(session: Joining, _token: Token, body: Read[schemas.JoinBody]) -> None:
    """Join a token network: open channels and keep up the number that was asked for."""
    node = session.node
    await session.make(lambda token, asked: node.join(token, asked.terms()), body)


@router.delete(
    "/connections/{token_address}",
    responses=documented(402, 404, 408, 409, 503),
    tags=["connections"],
)
async def leave(session: Leaving, _token: Token) -> list[schemas.AddressText]:
    """Leave a token network: close all channels, wait until they are settled, name the partners.

    A body is ignored.
    """
    partners = await session.make(lambda token, _: session.node.leave(token))
    return [checksum(partner) for partner in partners]


@joining.get("/connections", responses=documented(503), tags=["connections"])
async def get_connections(session: Reading) -> schemas.ByToken:
    """Show funds, deposits and channels for each token with an open channel."""
    number = session.node.dialect.numbers
    return {
        checksum(token): schemas.ConnectionBody(
            funds=number(found.funds),
            sum_deposits=number(found.sum_deposits),
            channels=number(found.channels),
        )
        for token, found in session.node.connections().items()
    }


@by_hand.get("/connections", responses=documented(503), tags=["connections"])
async def get_deposits(session: Reading) -> schemas.DepositsByToken:
    """Show deposits and channels for each token with an open channel."""
    number = session.node.dialect.numbers
    return {
        checksum(token): schemas.Deposits(
            sum_deposits=number(found.sum_deposits), channels=number(found.channels)
        )
        for token, found in session.node.connections().items()
    }


@router.get("/address", responses=documented(503), tags=["node"])
async def get_address(session: Reading) -> schemas.OurAddress:
    """Name the node's account."""
    return schemas.OurAddress(our_address=checksum(session.node.address))


@router.get("/version", responses=documented(503), tags=["node"])
async def get_version(_: Reading) -> schemas.Version:
    """Name the simulator's version."""
    return schemas.Version(version=simulator.__version__)


@router.get("/status", tags=["node"])
async def get_status(session: Asking) -> schemas.NodeStatus:
    """Tell whether the node is running; the only question that a stopped node answers."""
    return schemas.NodeStatus(status="ready" if session.node.online else "unavailable")


@router.post("/shutdown", responses=documented(503), tags=["node"])
async def shut_down(session: ShuttingDown) -> schemas.ShutDownBody:
    """Stop the node, and no other one; the control API starts it again. A body is ignored."""
    session.context.driver.act(session.node.stop)
    return schemas.ShutDownBody(status="shutdown")


@by_hand.get("/settings", responses=documented(503), tags=["node"])
async def get_settings(session: Reading) -> schemas.SettingsBody:
    """Name the pathfinding service that the node asks; null: it asks none."""
    private = session.node.routing_mode is RoutingMode.PRIVATE
    host = session.request.url.hostname or session.context.host
    service = url(host, session.context.control_port)
    return schemas.SettingsBody(pathfinding_service_address=None if private else service)


@by_hand.get("/notifications", responses=documented(503), tags=["node"])
async def get_notifications(session: Reading) -> list[schemas.NotificationBody]:
    """Return what the node has to tell its user, once."""
    told = session.context.testnet.notifications.take(session.node.address)
    return [
        schemas.NotificationBody(id=one.id, summary=one.summary, body=one.body, urgency=one.urgency)
        for one in told
    ]


@router.get("/tokens", responses=documented(503), tags=["tokens"])
async def get_tokens(session: Reading) -> list[schemas.AddressText]:
    """List the tokens that have a token network."""
    return session.context.testnet.tokens


@router.get("/tokens/{token_address}", responses=documented(404, 503), tags=["tokens"])
async def get_token_network(session: Reading, token: Token) -> schemas.AddressText:
    """Name a token's token network."""
    return checksum(_token_network(session, token))


@router.get("/tokens/{token_address}/partners", responses=documented(404, 503), tags=["tokens"])
async def get_partners(session: Reading, token: Token) -> list[schemas.PartnerBody]:
    """List the partners of the node's channels in a token network."""
    partners = [checksum(channel.partner) for _, channel in session.node.channels(token)]
    path = f"{router.prefix}/channels/{checksum(token)}"
    return [schemas.PartnerBody(partner_address=end, channel=f"{path}/{end}") for end in partners]


@router.get("/channels", responses=documented(503), tags=["channels"])
async def get_channels(session: Reading) -> list[schemas.ChannelBody]:
    """List the node's unsettled channels."""
    return [_render(session, *found) for found in session.node.channels()]


@router.put(
    "/channels",
    status_code=SUCCESS[ApiCall.OPEN_CHANNEL],
    responses={ALREADY_OPEN: {"model": schemas.ChannelBody}, **documented(400, 402, 408, 409, 503)},
    tags=["channels"],
)
async def open_channel(
    session: Opens, body: Read[schemas.OpenChannelBody], response: Response
) -> schemas.ChannelBody:
    """Open a channel, with a deposit if one is given; 200 if it is open already.

    A deposit into a channel that is open already must be higher than the one there.
    """
    node = session.node
    opened: Opening = await session.make(lambda asked: node.open_channel(*asked.arguments()), body)
    if not opened.created:
        response.status_code = ALREADY_OPEN
    return _render(session, opened.token, opened.channel)


@router.get("/channels/{token_address}", responses=documented(404, 503), tags=["channels"])
async def get_channels_of_token(session: Reading, token: Token) -> list[schemas.ChannelBody]:
    """List the node's unsettled channels in a token network."""
    return [_render(session, *found) for found in session.node.channels(token)]


@router.get(
    "/channels/{token_address}/{partner_address}",
    responses=documented(404, 503),
    tags=["channels"],
)
async def get_channel(session: Reading, token: Token, partner: Partner) -> schemas.ChannelBody:
    """Show the unsettled channel with a partner."""
    channel = session.node.channel(token, partner)
    if channel is None:
        raise ChannelNotFound(checksum(token), checksum(partner))
    return _render(session, token, channel)


@router.patch(
    "/channels/{token_address}/{partner_address}",
    responses=documented(400, 402, 404, 408, 409, 503),
    tags=["channels"],
)
async def patch_channel(
    session: Patching, token: Token, _partner: Partner, body: Read[schemas.PatchChannelBody]
) -> schemas.ChannelBody:
    """Put tokens into a channel, take some out, set its reveal timeout, or close it."""
    node = session.node

    def start(token: Address, partner: Address, asked: schemas.PatchChannelBody) -> simpy.Process:
        field, number = asked.change()
        if field == "total_deposit":
            return node.deposit(token, partner, number)
        if field == "total_withdraw":
            return node.withdraw(token, partner, number)
        if field == "reveal_timeout":
            return node.set_reveal_timeout(token, partner, number)
        return node.close_channel(token, partner)

    return _render(session, token, await session.make(start, body))


def _token_network(session: Session, token: Address) -> Address:
    networks = session.context.testnet.world.networks
    if token not in networks:
        raise UnknownTokenNetwork(checksum(token))
    return networks[token].address


def _render(session: Session, token: Address, channel: ChannelEntry) -> schemas.ChannelBody:
    """Return a channel object."""
    number = session.node.dialect.numbers
    return schemas.ChannelBody(
        channel_identifier=number(channel.identifier),
        token_address=checksum(token),
        token_network_address=checksum(_token_network(session, token)),
        partner_address=checksum(channel.partner),
        settle_timeout=number(channel.settle_timeout_blocks),
        reveal_timeout=number(channel.reveal_timeout_blocks),
        balance=number(channel.balance),
        state=channel.state,
        total_deposit=number(channel.own_deposit),
        total_withdraw=number(channel.own_withdrawn),
    )
