"""The page at /docs, with all that it loads: Swagger UI, from a package instead of another host."""

from importlib.resources import files

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

DOCS = "/docs"

_ASSETS = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon-32x32.png": "image/png",
}
_ONLY_OURS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; "
    "script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"
}
"""The page holds its start in itself, and the browser loads nothing from elsewhere, whatever a
later Swagger UI may want."""
_KEEP = {"Cache-Control": "max-age=3600"}


def install(app: FastAPI) -> None:
    """Serve the documentation page of an app."""
    script, style, icon = (f"{DOCS}/{name}" for name in _ASSETS)
    page = get_swagger_ui_html(
        openapi_url=str(app.openapi_url),
        title=app.title,
        swagger_js_url=script,
        swagger_css_url=style,
        swagger_favicon_url=icon,
        # otherwise pages that are not on localhost ask a service to validate the document
        swagger_ui_parameters={"validatorUrl": None},
    )
    page.headers.update(_ONLY_OURS)

    async def show(_: Request) -> Response:
        return page

    async def asset(request: Request) -> Response:
        name = request.url.path.rpartition("/")[2]
        return Response(_read(name), media_type=_ASSETS[name], headers=_KEEP)

    app.add_route(DOCS, show, include_in_schema=False)
    for name in _ASSETS:
        app.add_route(f"{DOCS}/{name}", asset, include_in_schema=False)


async def show_docs(_: Request) -> Response:
    """Lead who opens a port in a browser to the page."""
    return RedirectResponse(DOCS, 307)


def _read(name: str) -> bytes:
    return (files("fastapi_swagger") / "resources" / name).read_bytes()
