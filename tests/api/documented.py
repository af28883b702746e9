"""Compares answers with the OpenAPI document of the port that they come from.

Whoever talks to a testnet in a test does so through a client of this kind: an answer that is not
documented, or is another one than what is documented, fails the test that asked for it.
"""

import re
import ssl
from collections.abc import Collection, Iterator
from typing import Any

import httpx
from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from tests.waiting import PATIENCE_SECONDS

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Shared, and without certificates, which take longer to read than a request does."""

PAGES = {
    *("/openapi.json", "/docs", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css"),
    "/docs/favicon-32x32.png",
}
"""What a port serves besides what it documents."""
WEB_INTERFACE = re.compile("/|/index.html|/ui(/.*)?")
"""And a node, which sends browsers from the first ones to the last, and knows what is not there."""
UNKNOWN = {"errors": ["invalid endpoint"]}
NOT_ALLOWED = {"message": "The method is not allowed for the requested URL."}

Validator = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    # 1.0 is an integer for JSON Schema, and none for those who read our answers
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: type(value) is int
    ),
)


class Documents:
    """The documents of testnets, each fetched when it is first needed.

    Attributes:
        seen: the answers that were compared: port, method, path as it is documented, and status.
    """

    def __init__(self) -> None:
        self._documents: dict[str, dict[str, Any]] = {}
        self.seen: set[tuple[int | None, str, str | None, str]] = set()

    def of(self, url: httpx.URL) -> dict[str, Any]:
        """Return what the port of a URL documents."""
        origin = f"http://{url.host}:{url.port}"
        if origin not in self._documents:
            answer = httpx.get(
                f"{origin}/openapi.json", timeout=PATIENCE_SECONDS, trust_env=False, verify=NO_TLS
            )
            self._documents[origin] = answer.raise_for_status().json()
        return self._documents[origin]

    def check(self, answer: httpx.Response) -> None:
        """See whether an answer is documented.

        Raises:
            AssertionError: it is not.
        """
        answer.read()
        document = self.of(answer.url)
        problems = list(problems_of(answer, document))
        asked = (answer.url.port, answer.request.method.lower(), path_of(answer, document))
        self.seen.add((*asked, str(answer.status_code)))
        said = f"{answer.request.method} {answer.url.path} answers {answer.status_code}"
        assert not problems, f"{said} {answer.text[:500]}: {'; '.join(problems)}"


def problems_of(answer: httpx.Response, document: dict[str, Any]) -> Iterator[str]:
    """Yield what is other in an answer than the document says."""
    method = answer.request.method.lower()
    documented = path_of(answer, document)
    offered = document["paths"][documented] if documented else {}
    operation = offered.get("get" if method == "head" else method)
    if operation is not None:
        yield from _other(answer, operation, document, has_body=method != "head")
    elif answer.status_code == 403:  # before anybody looks at the path
        yield from _invalid(answer, {"$ref": "#/components/schemas/ErrorBody"}, document)
    elif documented or answer.url.path in PAGES:
        yield from _beside(answer, {*offered} or {"get"})
    elif WEB_INTERFACE.fullmatch(answer.url.path):
        yield from _beside(answer, {"get"}, {200, 307, 404})
    elif answer.status_code != 404 or (method != "head" and body_of(answer) != UNKNOWN):
        yield "the path is not documented"


def body_of(answer: httpx.Response) -> object:
    """Return what an answer says, which is of no type that JSON has if it is not JSON."""
    try:
        return answer.json()
    except ValueError:
        return ...


def path_of(answer: httpx.Response, document: dict[str, Any]) -> str | None:
    """Return the documented path that was asked for, if there is one."""
    asked = answer.url.raw_path.decode().partition("?")[0]
    for path in document["paths"]:
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), asked):
            return str(path)
    return None


def _other(
    answer: httpx.Response, operation: dict[str, Any], document: dict[str, Any], *, has_body: bool
) -> Iterator[str]:
    """Yield what an operation's answer has other than it should."""
    said = operation["responses"].get(str(answer.status_code))
    if said is None:
        yield "the status is not documented"
        return
    media_type = answer.headers.get("Content-Type")
    if media_type not in said.get("content", {None: {}}):
        yield f"the content type {media_type} is not documented"
    elif media_type is None or not has_body:
        if answer.content:
            yield "no body is documented"
    else:
        yield from _invalid(answer, said["content"][media_type]["schema"], document)


def _invalid(
    answer: httpx.Response, schema: dict[str, Any], document: dict[str, Any]
) -> Iterator[str]:
    # the schema beside all else, so that its references are found
    for error in Validator({**document, **schema}).iter_errors(body_of(answer)):
        yield f"{error.json_path} {error.message[:500]}"


def _beside(
    answer: httpx.Response, offered: set[str], pages: Collection[int] = (200,)
) -> Iterator[str]:
    """Yield what is wrong with an answer to a method that a path does not document."""
    allowed = {*map(str.upper, offered), "OPTIONS", *(["HEAD"] if "get" in offered else [])}
    if answer.request.method in {"GET", "HEAD"} & allowed:
        if answer.status_code not in pages:
            yield "a page is missing"
        return
    if set(answer.headers.get("Allow", "").split(", ")) != allowed:
        yield f"Allow does not name {allowed}"
    if answer.request.method == "OPTIONS":
        if (answer.status_code, answer.content) != (200, b""):
            yield "OPTIONS has another answer than Allow"
    elif answer.status_code != 405 or (
        answer.request.method != "HEAD" and body_of(answer) != NOT_ALLOWED
    ):
        yield "a method that is not documented is not refused"
