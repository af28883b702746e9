"""Error answers: which status, which body, and how they are documented."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match

from simulator.api.body import Body, shown
from simulator.api.schemas import ErrorBody, MessageBody
from simulator.words.errors import (
    InternalFault,
    InvalidAddress,
    InvalidBody,
    SimulatorError,
)
from simulator.words.statuses import ApiCall, status_of

INVALID_ENDPOINT = "invalid endpoint"
METHOD_NOT_ALLOWED = "The method is not allowed for the requested URL."

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


def body_of(error: SimulatorError) -> dict[str, Any]:
    """Return the body of an error's answer."""
    match error:
        case InvalidAddress():
            return {"errors": [INVALID_ENDPOINT, shown(str(error))]}
        case InvalidBody():
            return {"errors": {shown(error.field): [shown(error.reason)]}}
        case InternalFault():
            return {"errors": [str(error)]}
    return {"errors": shown(str(error))}


def install(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """Let an app, which serves routers, answer all errors in Raiden's way."""
    app.state.routes = [route for router in routers for route in router.routes]
    app.add_exception_handler(SimulatorError, _expected)
    app.add_exception_handler(HTTPException, _routing)
    app.add_exception_handler(RequestValidationError, _parameter)
    app.add_exception_handler(ClientDisconnect, _disconnected)
    app.add_exception_handler(Exception, _unexpected)


async def _expected(request: Request, error: Exception) -> Response:
    assert isinstance(error, SimulatorError)  # noqa: S101 - registered for this class
    call = getattr(request.state, "call", ApiCall.READ)
    return JSONResponse(body_of(error), status_of(call, error))


async def _routing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    if error.status_code != 405:
        return JSONResponse({"errors": [INVALID_ENDPOINT]}, error.status_code)
    if request.method == "OPTIONS":
        response = Response()
    else:
        response = JSONResponse({"message": METHOD_NOT_ALLOWED}, 405)
    _allow(request, response.headers)
    return response


async def _parameter(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    problem = error.errors()[0]
    reason = problem["msg"][:1].lower() + problem["msg"][1:]
    return JSONResponse({"errors": {shown(str(problem["loc"][-1])): [shown(reason)]}}, 409)


async def _disconnected(*_: object) -> Response:
    return Response(status_code=400)  # nobody reads it


async def _unexpected(*_: object) -> Response:
    return JSONResponse(body_of(InternalFault()), 500)


def _allow(request: Request, headers: MutableHeaders) -> None:
    """Name the methods that the path does take, in the `Allow` header."""
    methods = {"OPTIONS"}
    for route in (*request.app.routes, *request.app.state.routes):
        if route.matches(request.scope)[0] is Match.PARTIAL:
            methods.update(getattr(route, "methods", ()))
    if "GET" in methods:
        methods.add("HEAD")
    headers["Allow"] = ", ".join(sorted(methods))


def documented(
    *statuses: int,
    ok: int = 200,
    also_ok: int | None = None,
    model: Any = None,
    body: type[Body] | None = None,
) -> dict[str, Any]:
    """Return what an operation's documentation needs, as arguments of its decorator.

    Args:
        statuses: of errors, besides 403 and 500, which everything may answer.
        ok: the status of success.
        also_ok: another one, with the same model.
        model: the body of success; None: empty.
        body: the request body, which the operation reads by itself.
    """
    responses: dict[int | str, dict[str, Any]] = {
        status: {"model": model} if model else {} for status in (ok, also_ok) if status
    }
    for status in sorted({403, *statuses, 500}):
        error = MessageBody if status == 405 else ErrorBody
        responses[status] = {"model": error, "description": _MEANINGS[status]}
    found: dict[str, Any] = {"status_code": ok, "responses": responses}
    if body is not None:
        content = {"application/json": {"schema": body.model_json_schema()}}
        found["openapi_extra"] = {"requestBody": {"required": True, "content": content}}
    return found
