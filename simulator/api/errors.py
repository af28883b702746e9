"""Error answers: which status, which body, and how they are documented."""

from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from simulator.api.body import shown
from simulator.api.schemas import ErrorBody, MessageBody
from simulator.words.errors import (
    InternalFault,
    InvalidAddress,
    InvalidBody,
    SimulatorError,
)
from simulator.words.statuses import SUCCESS, ApiCall, status_of

INVALID_ENDPOINT = "invalid endpoint"
METHOD_NOT_ALLOWED = "The method is not allowed for the requested URL."
RPC_ELSEWHERE = (
    f"{METHOD_NOT_ALLOWED} If this is a JSON-RPC request: `simulator up` prints where it is "
    "answered, usually http://127.0.0.1:8545, and each node answers it at /web3."
)
"""For wallets and libraries that were given a node's port, or that of the control API."""

EMPTY: dict[str, Any] = {"status_code": SUCCESS[ApiCall.JOIN], "response_class": Response}
"""What an operation is that has nothing to say when it succeeds."""

_MEANINGS = {
    400: "The body is not a JSON object of the expected shape.",
    402: "The account's ETH (or, for a deposit, its tokens) does not cover the call.",
    403: "The Host or Origin header names another machine.",
    404: "There is no such thing, or an address in the path is not an EIP-55 address.",
    405: "Nodes of another dialect don't offer the method.",
    408: "A transaction was not mined within the transaction timeout. It may still be.",
    409: "The request is invalid, or the present state forbids it.",
    410: "What is asked for happened too long ago and is no longer kept.",
    500: "An internal fault; it is logged.",
    503: "The node is stopped, was stopped during the call, or the simulator is shutting down.",
}


def body_of(error: SimulatorError) -> ErrorBody:
    """Return the body of an error's answer."""
    match error:
        case InvalidAddress():
            return ErrorBody(errors=[INVALID_ENDPOINT, shown(str(error))])
        case InvalidBody():
            return ErrorBody(errors={shown(error.field): [shown(error.reason)]})
        case InternalFault():
            return ErrorBody(errors=[str(error)])
    return ErrorBody(errors=shown(str(error)))


async def _expected(request: Request, error: SimulatorError) -> Response:
    call = getattr(request.state, "call", ApiCall.READ)
    return JSONResponse(body_of(error), status_of(call, error))


async def _routing(request: Request, error: HTTPException) -> Response:
    if error.status_code != 405:
        return JSONResponse(ErrorBody(errors=[INVALID_ENDPOINT]), error.status_code)
    if request.method == "OPTIONS":
        response = Response()
    else:
        message = RPC_ELSEWHERE if request.url.path == "/" else METHOD_NOT_ALLOWED
        response = JSONResponse(MessageBody(message=message), 405)
    _allow(request, response.headers)
    return response


async def _parameter(request: Request, error: RequestValidationError) -> Response:
    problem = error.errors()[0]
    reason = problem["msg"][:1].lower() + problem["msg"][1:]
    return await _expected(request, InvalidBody(str(problem["loc"][-1]), reason))


async def _disconnected(*_: object) -> Response:
    return Response(status_code=400)  # nobody reads it


async def _unexpected(*_: object) -> Response:
    return JSONResponse(body_of(InternalFault()), 500)


HANDLERS: dict[Any, Any] = {
    SimulatorError: _expected,
    HTTPException: _routing,
    RequestValidationError: _parameter,
    ClientDisconnect: _disconnected,
    Exception: _unexpected,
}
"""What answers which error, in Raiden's way."""


def _allow(request: Request, headers: MutableHeaders) -> None:
    """Name the methods that the path does take, in the `Allow` header."""
    methods = {"OPTIONS"}
    for route in (*request.app.routes, *request.app.state.routes):
        if route.matches(request.scope)[0] is Match.PARTIAL:
            methods.update(getattr(route, "methods", ()))
    if "GET" in methods:
        methods.add("HEAD")
    headers["Allow"] = ", ".join(sorted(methods))


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return how operations document the errors of these statuses."""
    return {
        status: {
            "model": MessageBody if status == 405 else ErrorBody,
            "description": _MEANINGS[status],
        }
        for status in statuses
    }
