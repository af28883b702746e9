"""What handlers need: the world, its driver, and the node that a request is for."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import simpy
from fastapi import APIRouter, Depends, FastAPI, Path
from fastapi.routing import APIRoute
from pydantic import PlainValidator, WithJsonSchema
from pydantic.config import JsonDict
from starlette.requests import Request

import simulator
from simulator.api import body, errors, pages
from simulator.api.driver import Driver
from simulator.api.schemas import ADDRESS_SCHEMA
from simulator.node.node import Node
from simulator.testnet.simulation import Simulation
from simulator.words.errors import NodeNotFound
from simulator.words.quoting import shortened, visible_line
from simulator.words.statuses import ApiCall
from simulator.words.units import Address, parse_address

B = TypeVar("B", bound=body.Body)


@dataclass(frozen=True, slots=True)
class Context:
    """What is served.

    Attributes:
        host: where it listens.
        ports: the port of each node.
        control_port: the port of the control API.
        indices: the node behind each port.
    """

    testnet: Simulation
    driver: Driver
    host: str
    ports: Sequence[int]
    control_port: int
    indices: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Session:
    """A request to a node, and which call it is."""

    request: Request
    context: Context
    node: Node
    call: ApiCall

    @property
    def path(self) -> list[str]:
        """The addresses in its path, as texts."""
        return list(self.request.path_params.values())

    async def make(
        self, start: Callable[..., simpy.Process], arguments: Callable[[], Any] = lambda: None
    ) -> Any:
        """Make the call that the request asks for, and return its value; see `Node.call`.

        Args:
            start: begins it, given the addresses of the path and the arguments.
            arguments: reads the body; by default it is ignored.

        Raises:
            SimulatorError: the call failed.
        """
        return await self.context.driver.call(
            lambda: self.node.call(self.call, self.path, arguments, start)
        )


async def context_of(request: Request) -> Context:
    """Return what the request's app serves."""
    found: Context = request.app.state.context
    return found


Served = Annotated[Context, Depends(context_of)]


def node_of(request: Request, context: Context) -> Node:
    """Return the node behind the port that a request came in on."""
    return context.testnet.nodes[context.indices[request.scope["server"][1]]]


def opening(call: ApiCall, *, also_stopped: bool = False) -> Any:
    """Return a dependency: a call of the node behind the port that a request came in on.

    It is admitted by `Node.admit`, unless nodes that are stopped answer it as well.
    """

    async def admit(request: Request, context: Served) -> Session:
        node = node_of(request, context)
        request.state.call = call
        session = Session(request, context, node, call)
        if not also_stopped:
            node.admit(call, session.path)
        return session

    return Depends(admit)


async def _receive(request: Request, context: Served) -> Callable[[], body.Body]:
    """Take a body in, once the dependencies before have admitted the request."""
    data = await context.driver.unless_closed(body.read_bytes(request))
    return lambda: body.parse(request.scope["route"].body_model, data)


Read = Annotated[Callable[[], B], Depends(_receive)]
"""Reads the body, see `body.parse`: when a handler wants it, since a node may have stopped while it
came in. The last dependency of a handler."""


class Route(APIRoute):
    """A route that knows, and documents, which body its handler is to `Read`."""

    body_model: type[body.Body]

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        for hint in get_type_hints(endpoint).values():
            if get_origin(hint) is Callable:
                self.body_model = get_args(hint)[-1]
                content = {"application/json": {"schema": self.body_model.model_json_schema()}}
                self.openapi_extra = {"requestBody": {"required": True, "content": content}}


def new_router(prefix: str = "") -> APIRouter:
    """Return a router for operations with typed bodies and answers."""
    return APIRouter(prefix=prefix, route_class=Route, responses=errors.documented(403, 500))


_IN_PATH = (PlainValidator(parse_address), WithJsonSchema(ADDRESS_SCHEMA))
Token = Annotated[Address, Path(alias="token_address", description="EIP-55"), *_IN_PATH]
TokenNetwork = Annotated[
    Address, Path(alias="token_network_address", description="EIP-55"), *_IN_PATH
]
Partner = Annotated[Address, Path(alias="partner_address", description="EIP-55"), *_IN_PATH]
"""An address in a path; 404 unless it is in EIP-55 spelling."""


async def _node_in_path(
    context: Served,
    index: Annotated[str, Path(description="From 0.", json_schema_extra={"pattern": "^[0-9]+$"})],
) -> Node:
    if not re.fullmatch("[0-9]{1,9}", index):
        raise NodeNotFound(visible_line(shortened(index)), len(context.testnet.nodes))
    return context.testnet.controls.node(int(index))


NodeInPath = Annotated[Node, Depends(_node_in_path)]
"""A node by its number in a path; 404 if there is none."""


def url(host: str, port: int) -> str:
    """Return the address of a server for people on this machine."""
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only shown
    shown = anywhere.get(host, host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


_documents: dict[object, dict[str, Any]] = {}
"""Of all apps that are alike, in whatever testnets: making one takes a tenth of a second."""


class _App(FastAPI):
    """An app without the status that FastAPI documents by itself and nothing here answers."""

    def openapi(self) -> dict[str, Any]:
        alike = self.state.alike
        if alike not in _documents:
            _documents[alike] = self._document()
        return _documents[alike]

    def _document(self) -> dict[str, Any]:
        document = super().openapi()
        for operations in document["paths"].values():
            for operation in operations.values():
                operation["responses"].pop("422", None)
        schemas = document["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schemas.update(self.state.schemas)
        return document


def make_app(
    title: str, description: str, context: Context, *routers: APIRouter, **schemas: JsonDict
) -> FastAPI:
    """Return an app that answers errors in Raiden's way and documents itself.

    In its documentation the `schemas` take the place of those that have the same names; apps of one
    title and the same operations have the same ones.
    """
    app = _App(
        title=title,
        description=description,
        version=simulator.__version__,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
        exception_handlers=errors.HANDLERS,
    )
    app.state.context, app.state.schemas = context, schemas
    app.state.routes = [route for router in routers for route in router.routes]
    app.state.alike = (title, *(route.endpoint for route in app.state.routes))
    for router in routers:
        app.include_router(router)
    pages.install(app)
    return app
