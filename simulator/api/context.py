"""What handlers need: the world, its driver, and the node that a request is for."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Generic, TypeVar

import simpy
from fastapi import APIRouter, Depends, FastAPI, Path
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request

import simulator
from simulator.api import body, errors, pages
from simulator.api.driver import Driver
from simulator.node.node import Node
from simulator.testnet.simulation import Simulation
from simulator.words.statuses import ApiCall
from simulator.words.units import Address, parse_address

B = TypeVar("B", bound=body.Body)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """What is served.

    Attributes:
        host: where it listens.
        ports: the port of each node.
        indices: the node behind each port.
    """

    testnet: Simulation
    driver: Driver
    host: str
    ports: Sequence[int]
    indices: Mapping[int, int]

    async def read(self, request: Request, model: type[B]) -> B:
        """Return a request's body; see `body.parse`.

        Raises:
            InvalidRequest: it is not what the model says.
        """
        return body.parse(model, await self.driver.unless_closed(body.read_bytes(request)))


@dataclass(frozen=True, slots=True)
class Session:
    """A request to a node."""

    request: Request
    context: Context
    node: Node

    @property
    def testnet(self) -> Simulation:
        """The world."""
        return self.context.testnet

    @property
    def call(self) -> ApiCall:
        """Which call it is."""
        found: ApiCall = self.request.state.call
        return found

    @property
    def path(self) -> list[str]:
        """The addresses in its path, as texts."""
        return list(self.request.path_params.values())

    async def make(
        self, start: Callable[..., simpy.Process], arguments: "Reader[B, T] | None" = None
    ) -> Any:
        """Make the call that the request asks for; see `Node.call`.

        Args:
            start: begins it, given the addresses of the path and the arguments.
            arguments: what the body is, and what is read from it; None: it is ignored.

        Returns:
            The call's value.

        Raises:
            SimulatorError: the call failed.
        """
        driver = self.context.driver
        if arguments is None:
            return await driver.call(lambda: self.node.call(self.call, self.path, _nothing, start))
        data = await driver.unless_closed(body.read_bytes(self.request))
        read = partial(arguments.read, data)
        return await driver.call(lambda: self.node.call(self.call, self.path, read, start))


@dataclass(frozen=True, slots=True)
class Reader(Generic[B, T]):
    """Reads the arguments of a call from a body.

    Attributes:
        model: what the body must be.
        arguments: what is taken from it.
    """

    model: type[B]
    arguments: Callable[[B], T]

    def read(self, data: bytes) -> T:
        """Read a body; see `body.parse`."""
        return self.arguments(body.parse(self.model, data))


def _nothing() -> None:
    """Stand for the arguments of a call that has none."""


async def context_of(request: Request) -> Context:
    """Return what the request's app serves."""
    found: Context = request.app.state.context
    return found


async def any_session(
    request: Request, context: Annotated[Context, Depends(context_of)]
) -> Session:
    """Find the node that a request is for, running or not, by the port it came in on."""
    index = context.indices[request.scope["server"][1]]
    return Session(request, context, context.testnet.nodes[index])


def opening(call: ApiCall) -> Callable[..., Awaitable[Session]]:
    """Return a dependency that admits a call of a node; see `Node.admit`."""

    async def admit(session: Annotated[Session, Depends(any_session)]) -> Session:
        session.request.state.call = call
        session.node.admit(call, session.path)
        return session

    return admit


_AddressInPath = Annotated[
    str, Path(description="EIP-55", json_schema_extra={"pattern": "^0x[0-9a-fA-F]{40}$"})
]


async def token_in_path(token_address: _AddressInPath) -> Address:
    """Read the token's address in the path; 404 unless it is in EIP-55 spelling."""
    return parse_address(token_address)


async def partner_in_path(partner_address: _AddressInPath) -> Address:
    """Read the partner's address in the path; 404 unless it is in EIP-55 spelling."""
    return parse_address(partner_address)


Served = Annotated[Context, Depends(context_of)]
Token = Annotated[Address, Depends(token_in_path)]
Partner = Annotated[Address, Depends(partner_in_path)]


def url(host: str, port: int) -> str:
    """Return the address of a server for people on this machine."""
    anywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only shown
    shown = anywhere.get(host, host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def make_app(title: str, description: str, context: Context, *routers: APIRouter) -> FastAPI:
    """Return an app that answers errors in Raiden's way and documents itself."""
    app = FastAPI(
        title=title,
        description=description,
        version=simulator.__version__,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    app.state.context = context
    for router in routers:
        app.include_router(router)
    errors.install(app, routers)
    pages.install(app)

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _without_422(
                get_openapi(
                    title=title,
                    version=simulator.__version__,
                    description=description,
                    routes=app.routes,
                )
            )
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app


def _without_422(schema: dict[str, Any]) -> dict[str, Any]:
    """Drop the status that FastAPI documents by itself and nothing here answers."""
    for operations in schema["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
    for name in ("HTTPValidationError", "ValidationError"):
        schema["components"]["schemas"].pop(name, None)
    return schema
