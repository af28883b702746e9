"""The part of a node's REST API that is about payments."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal, NotRequired

import simpy
from fastapi import Depends, Query
from pydantic import Field

from simulator.api.body import Body, Integer
from simulator.api.context import Partner, Read, Session, Token, new_router, opening
from simulator.api.errors import documented
from simulator.api.schemas import HASH_TEXT, AddressText, Amount, Answer, HashText
from simulator.node.dialects import Dialect
from simulator.node.orders import FAILED, RECEIVED, HistoryEntry, PaymentOrder, PaymentResult
from simulator.node.pending import PendingTransfer, RoleName
from simulator.words.errors import (
    ChannelNotFound,
    InvalidBody,
    InvalidRequest,
    UnknownTokenNetwork,
)
from simulator.words.statuses import ApiCall
from simulator.words.units import Address, checksum

router = new_router("/api/v1")

Paying = Annotated[Session, opening(ApiCall.PAY)]
Remembering = Annotated[Session, opening(ApiCall.HISTORY)]
Reading = Annotated[Session, opening(ApiCall.READ)]


class PaymentBody(Body):
    """What to pay."""

    amount: Annotated[Integer, Field(description="Tokens, above 0.")]
    identifier: Annotated[
        Integer | None, Field(description="Names the payment; a random number if left out.")
    ] = None
    secret: Annotated[
        HashText | None, Field(description="What unlocks the payment; new if left out.")
    ] = None
    secret_hash: Annotated[
        HashText | None,
        Field(description="The secret's SHA-256; alone, if somebody else knows the secret."),
    ] = None
    lock_timeout: Annotated[
        Integer | None,
        Field(
            description="Blocks until the locks expire; twice the reveal timeout if left out. "
            "Red-eyes nodes ignore it."
        ),
    ] = None

    def order(self, target: Address) -> PaymentOrder:
        """Return the order.

        Raises:
            InvalidBody: a secret or its hash is not 32 bytes in hexadecimal.
        """
        secret = _bytes("secret", self.secret)
        secrethash = _bytes("secret_hash", self.secret_hash)
        named = (self.amount, self.identifier, secret, secrethash, self.lock_timeout)
        return PaymentOrder(target, *named)


def _bytes(field: str, text: str | None) -> bytes | None:
    if text is None:
        return None
    if not HASH_TEXT.fullmatch(text):
        raise InvalidBody(field, "must be 0x and 64 hexadecimal digits")
    return bytes.fromhex(text[2:])


class PaidBody(Answer):
    """A payment that has succeeded."""

    initiator_address: AddressText
    target_address: AddressText
    token_address: AddressText
    amount: Amount
    identifier: Amount
    secret: HashText
    secret_hash: HashText


LogTime = Annotated[str, Field(description="ISO 8601, without a zone: UTC.")]
TokenOfEvent = Annotated[AddressText, Field(description="Not of red-eyes nodes.")]


class SentBody(Answer):
    """A payment of the node's that has succeeded."""

    event: Literal["EventPaymentSentSuccess"]
    amount: Amount
    target: AddressText
    identifier: Amount
    log_time: LogTime
    token_address: NotRequired[TokenOfEvent]


class FailedBody(Answer):
    """A payment of the node's that has failed."""

    event: Literal["EventPaymentSentFailed"]
    reason: str
    target: AddressText
    log_time: LogTime
    token_address: NotRequired[TokenOfEvent]


class ReceivedBody(Answer):
    """A payment to the node."""

    event: Literal["EventPaymentReceivedSuccess"]
    amount: Amount
    initiator: AddressText
    identifier: Amount
    log_time: LogTime
    token_address: NotRequired[TokenOfEvent]


HistoryBody = SentBody | FailedBody | ReceivedBody


class PendingBody(Answer):
    """A transfer that is neither paid nor expired."""

    payment_identifier: Amount
    token_address: AddressText
    token_network_address: AddressText
    channel_identifier: Amount
    initiator: AddressText
    target: AddressText
    transferred_amount: Amount
    locked_amount: Amount
    role: RoleName


@router.post(
    "/payments/{token_address}/{partner_address}",
    responses=documented(400, 404, 409, 503),
    tags=["payments"],
)
async def pay(
    session: Paying, _token: Token, _target: Partner, body: Read[PaymentBody]
) -> PaidBody:
    """Pay another node; the answer comes when it is certain that this has succeeded or failed."""
    node, number = session.node, session.node.dialect.numbers

    def start(token: Address, target: Address, asked: PaymentBody) -> simpy.Process:
        return node.pay(token, asked.order(target))

    paid: PaymentResult = await session.make(start, body)
    return PaidBody(
        initiator_address=checksum(paid.initiator),
        target_address=checksum(paid.target),
        token_address=checksum(paid.token),
        amount=number(paid.amount),
        identifier=number(paid.identifier),
        secret="0x" + paid.secret.hex(),
        secret_hash="0x" + paid.secrethash.hex(),
    )


class Page:
    """Which part of a history is asked for.

    Args:
        limit: how many events at most; None: all.
        offset: how many of the oldest are passed over.
    """

    def __init__(
        self,
        limit: Annotated[str | None, Query(description="How many events at most.")] = None,
        offset: Annotated[str | None, Query(description="How many to pass over.")] = None,
    ) -> None:
        self._limit = limit
        self._offset = offset

    def of(self, dialect: Dialect, entries: Sequence[HistoryEntry]) -> Sequence[HistoryEntry]:
        """Return the part.

        Raises:
            InvalidRequest: a number is negative, or none.
        """
        limit = _number(dialect, "limit", self._limit)
        offset = _number(dialect, "offset", self._offset) or 0
        end = None if limit is None else offset + limit
        return entries[offset:end]


def _number(dialect: Dialect, field: str, text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch("[0-9]{1,18}", text):
        error = InvalidRequest if dialect is Dialect.RED_EYES else InvalidBody
        raise error(field, "must be a whole number from 0")
    return int(text)


_OF_HISTORY = documented(400, 404, 409, 503)
AnyPage = Annotated[Page, Depends()]


@router.get("/payments", responses=documented(400, 409, 503), tags=["payments"])
async def get_payments(session: Remembering, page: AnyPage) -> list[HistoryBody]:
    """List how payments have ended, oldest first."""
    return _history(session, page, None, None)


@router.get("/payments/{token_address}", responses=_OF_HISTORY, tags=["payments"])
async def get_payments_of_token(
    session: Remembering, token: Token, page: AnyPage
) -> list[HistoryBody]:
    """List how payments of a token have ended, oldest first."""
    return _history(session, page, token, None)


@router.get("/payments/{token_address}/{partner_address}", responses=_OF_HISTORY, tags=["payments"])
async def get_payments_with(
    session: Remembering, token: Token, other: Partner, page: AnyPage
) -> list[HistoryBody]:
    """List how payments of a token to or from another node have ended, oldest first."""
    return _history(session, page, token, other)


def _history(
    session: Session, page: Page, token: Address | None, other: Address | None
) -> list[HistoryBody]:
    dialect, entries = session.node.dialect, session.node.member.history()
    pages_first = dialect is Dialect.RED_EYES
    networks = session.context.testnet.world.networks
    if token is not None and not pages_first and token not in networks:
        raise UnknownTokenNetwork(checksum(token))
    of_page = page.of(dialect, entries) if pages_first else entries
    found = [
        entry for entry in of_page if token in (None, entry.token) and other in (None, entry.other)
    ]
    shown = found if pages_first else page.of(dialect, found)
    return [_event(session, entry) for entry in shown]


def _event(session: Session, entry: HistoryEntry) -> HistoryBody:
    body = _body_of(session, entry)
    if session.node.dialect is not Dialect.RED_EYES:
        body["token_address"] = checksum(entry.token)
    return body


def _body_of(session: Session, entry: HistoryEntry) -> HistoryBody:
    number, other = session.node.dialect.numbers, checksum(entry.other)
    time = _log_time(session, entry.time)
    amount, identifier = number(entry.amount), number(entry.identifier)
    if entry.event == FAILED:
        return FailedBody(
            event="EventPaymentSentFailed", reason=entry.reason, target=other, log_time=time
        )
    if entry.event == RECEIVED:
        return ReceivedBody(
            event="EventPaymentReceivedSuccess",
            amount=amount,
            initiator=other,
            identifier=identifier,
            log_time=time,
        )
    return SentBody(
        event="EventPaymentSentSuccess",
        amount=amount,
        target=other,
        identifier=identifier,
        log_time=time,
    )


def _log_time(session: Session, seconds: float) -> str:
    testnet = session.context.testnet
    start = testnet.settings.genesis_time + testnet.first_block * testnet.settings.block_time
    return datetime.fromtimestamp(start + seconds, UTC).replace(tzinfo=None).isoformat()


_OF_PENDING = documented(404, 503)


@router.get("/pending_transfers", responses=documented(503), tags=["payments"])
async def get_pending(session: Reading) -> list[PendingBody]:
    """List the node's transfers that are neither paid nor expired."""
    return _pending(session, session.node.member.pending_transfers())


@router.get("/pending_transfers/{token_address}", responses=_OF_PENDING, tags=["payments"])
async def get_pending_of_token(session: Reading, token: Token) -> list[PendingBody]:
    """List the node's transfers of a token that are neither paid nor expired."""
    _must_be_known(session, token)
    found = session.node.member.pending_transfers()
    return _pending(session, [one for one in found if one.channel.token == token])


@router.get(
    "/pending_transfers/{token_address}/{partner_address}",
    responses=_OF_PENDING,
    tags=["payments"],
)
async def get_pending_with(session: Reading, token: Token, partner: Partner) -> list[PendingBody]:
    """List the transfers in the channel with a partner that are neither paid nor expired."""
    _must_be_known(session, token)
    channel = session.node.channel(token, partner)
    if channel is None:
        raise ChannelNotFound(checksum(token), checksum(partner))
    found = session.node.member.pending_transfers()
    key = (token, channel.identifier)
    return _pending(session, [one for one in found if one.channel == key])


def _must_be_known(session: Session, token: Address) -> None:
    if token not in session.context.testnet.world.networks:
        raise UnknownTokenNetwork(checksum(token))


def _pending(session: Session, found: Sequence[PendingTransfer]) -> list[PendingBody]:
    number = session.node.dialect.numbers
    networks = session.context.testnet.world.networks
    return [
        PendingBody(
            payment_identifier=number(one.payment.identifier),
            token_address=checksum(one.payment.token),
            token_network_address=checksum(networks[one.payment.token].address),
            channel_identifier=number(one.channel.identifier),
            initiator=checksum(one.payment.initiator),
            target=checksum(one.payment.target),
            transferred_amount=number(one.transferred),
            locked_amount=number(one.locked),
            role=one.role,
        )
        for one in found
    ]
