"""Raiden's own web interface on a node's port, from the wheel in which Raiden has published it.

The first generation asks nodes to join, the second one opens channels: which one a node serves
follows from its dialect. Two versions of a package can't be installed at once, so that either may
also lie in a folder, as the wheel file that it came in; it is read from there, unpacked nowhere.
"""

import hashlib
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import metadata, resources
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from simulator.api.context import context_of, node_of
from simulator.api.errors import INVALID_ENDPOINT
from simulator.api.schemas import ErrorBody
from simulator.node.channels import usual_reveal_timeout
from simulator.node.dialects import Dialect

HOME = "/ui/"
PACKAGE = "raiden-webui"
FOLDER = Path(sys.prefix) / "share" / "raiden-simulator"
"""Where wheel files are looked for."""

INSIDE = "raiden_webui/ui/"
"""Where a wheel has what is served."""

_CONFIG = "assets/config/config."
_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
}
"""By suffix; what a machine knows of them may differ from what browsers want."""

_ONLY_OURS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self' http://localhost:* http://127.0.0.1:*; object-src 'none'; base-uri 'self'"
}
"""The page loads nothing from other machines; it asks the control port for partners. It makes
functions of schemas, which is an eval."""
_KEEP = {"Cache-Control": "max-age=3600"}
_ASK_AGAIN = {"Cache-Control": "no-cache"}


@dataclass(frozen=True, slots=True)
class Edition:
    """A version of the web interface.

    Attributes:
        sha256: of its wheel.
    """

    version: str
    sha256: str

    @property
    def wheel(self) -> Path:
        """Where its wheel file would be."""
        return FOLDER / f"raiden_webui-{self.version}-py3-none-any.whl"


WITH_JOINING = Edition("1.0.2", "f7daf84efdcf0cff81cb46b7f2370212b120f3b1a8d3793c65ee1a92ca6160d3")
WITH_CHANNELS = Edition("1.2.1", "7b7a896fa071c73c8ae7b1b849cdd5e63d166f408f6882360c5f90efab587caf")
EDITIONS = {Dialect.ALDERAAN: WITH_JOINING, Dialect.BESPIN: WITH_CHANNELS}
"""What nodes serve, by dialect. Browsers would round the integers that older ones answer."""


def installed_version() -> str:
    """Return the version that is installed; empty if none is."""
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        return ""


@cache
def files_of(edition: Edition) -> Mapping[str, bytes]:
    """Return the files of a version by their paths; none if it is neither installed nor there."""
    if installed_version() == edition.version:
        with resources.as_file(resources.files("raiden_webui") / "ui") as folder:
            found = [path for path in folder.rglob("*") if path.is_file()]
            return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
    wheel = edition.wheel
    # a file that is another one than it says is none
    if not wheel.is_file() or hashlib.sha256(wheel.read_bytes()).hexdigest() != edition.sha256:
        return {}
    with ZipFile(wheel) as opened:
        names = [name for name in opened.namelist() if name.startswith(INSIDE)]
        return {name.removeprefix(INSIDE): opened.read(name) for name in names}


def install(app: FastAPI, dialect: Dialect) -> None:
    """Serve the web interface that belongs to a dialect, or a page that says why there is none."""

    async def home(_: Request) -> Response:
        return RedirectResponse(HOME, 307)

    async def show(request: Request) -> Response:
        if reason := why_none(dialect):
            return HTMLResponse(_instead(reason), headers=_ONLY_OURS | _ASK_AGAIN)
        return await _file(request, EDITIONS[dialect], request.path_params.get("name", ""))

    for path in ("/", "/index.html", "/ui"):
        app.add_route(path, home, include_in_schema=False)
    app.add_route(HOME + "{name:path}", show, include_in_schema=False)


async def _file(request: Request, edition: Edition, name: str) -> Response:
    kind = _TYPES.get(PurePosixPath(name).suffix)
    if name.startswith(_CONFIG) and name.endswith(".json"):
        return JSONResponse(await _configuration(request), headers=_ASK_AGAIN)
    if name not in files_of(edition):
        if kind is not None:
            return JSONResponse(ErrorBody(errors=[INVALID_ENDPOINT]), 404)
        name, kind = "index.html", "text/html"  # the page itself knows what is shown there
    kept = _ASK_AGAIN if name == "index.html" else _KEEP
    return Response(files_of(edition)[name], media_type=kind, headers=_ONLY_OURS | kept)


async def _configuration(request: Request) -> dict[str, str | int]:
    """Return what the page wants to know: its own file says that the chain is somewhere else."""
    node = node_of(request, await context_of(request))
    settle_timeout = node.account.settle_timeout_blocks
    return {
        "raiden": "/api/v1",
        "web3": "/web3",
        "settle_timeout": settle_timeout,
        "reveal_timeout": usual_reveal_timeout(settle_timeout),
        "environment_type": "development",
    }


def why_none(dialect: Dialect) -> str:
    """Return why nodes of a dialect have no web interface, and what to do; empty if they have."""
    edition = EDITIONS.get(dialect)
    if edition is None:
        return (
            f"browsers would round the numbers of {dialect} nodes; start the testnet with "
            f"`--dialect {Dialect.ALDERAAN}`"
        )
    if files_of(edition):
        return ""
    return (
        f"{PACKAGE} {edition.version} is not there; `python -m pip download --no-deps --dest "
        f"{FOLDER} {PACKAGE}=={edition.version}` fetches it for {dialect} nodes"
    )


def _instead(reason: str) -> str:
    why = re.sub("`(.*?)`", r"<code>\1</code>", escape(reason))
    style = "font: 1.2em sans-serif; max-width: 40em; margin: 4em auto; line-height: 1.6"
    more = '<p>The API is documented at <a href="/docs">/docs</a>.</p>'
    return (
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Raiden</title>'
        f'<body style="{style}"><p>Raiden\'s web interface is not here: {why}.</p>{more}'
        "</body></html>"
    )
