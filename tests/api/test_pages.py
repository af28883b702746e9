"""The documentation page needs nothing from anywhere else."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest

from simulator.node.dialects import Dialect
from tests.api.live import Live, Start, get


class Loaded(HTMLParser):
    """Collects what a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.urls += [value for name, value in attrs if name in ("src", "href") and value]


@pytest.fixture(scope="module", params=["node", "control"])
def base(request: pytest.FixtureRequest, idle_net: Live) -> str:
    return idle_net.node_url(0) if request.param == "node" else idle_net.control_url


def test_everything_that_the_page_loads_is_served_here(base: str) -> None:
    page = get(f"{base}/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    loaded = Loaded()
    loaded.feed(page.text)
    assert len(loaded.urls) == 3
    types = []
    for url in loaded.urls:
        assert urlsplit(url).netloc == ""
        answer = get(urljoin(f"{base}/docs", url)).raise_for_status()
        types.append(answer.headers["Content-Type"].partition(";")[0])
        assert len(answer.content) > 500
    assert sorted(types) == ["image/png", "text/css", "text/javascript"]
    assert re.search(r"url: '/openapi\.json'", page.text)


def test_the_page_names_no_other_host(base: str) -> None:
    page = get(f"{base}/docs")
    assert "//" not in re.sub("<!--.*?-->|// .*", "", page.text)
    assert '"validatorUrl": null' in page.text  # Swagger UI would ask a service of its makers
    style = get(f"{base}/docs/swagger-ui.css").text
    assert all(
        address.startswith(("data:", "#")) for address in re.findall(r"url\(['\"]?([^)]*)", style)
    )
    assert "@import" not in style


def test_the_browser_is_told_to_load_nothing_from_elsewhere(base: str) -> None:
    policy = get(f"{base}/docs").headers["Content-Security-Policy"]
    sources = {word for rule in policy.split(";") for word in rule.split()[1:]}
    assert sources == {"'self'", "'unsafe-inline'", "data:"}
    assert policy.startswith("default-src 'self';")


def test_the_old_places_of_documentation_are_gone(base: str) -> None:
    for path in ("/redoc", "/docs/oauth2-redirect", "/docs/", "/docs/nothing.js"):
        assert get(base + path).status_code == 404


def test_each_dialect_documents_its_own_calls(start: Start) -> None:
    net = start(3, dialects=list(Dialect))
    path = "/api/v1/connections/{token_address}"
    documents = [net.document(port) for port in net.sockets.ports]
    assert [sorted(document["paths"][path]) for document in documents] == [
        *(["delete", "put"], ["delete", "put"]),
        ["delete"],
    ]
    assert [document["info"]["title"] for document in documents] == [
        f"Raiden node (simulated, {dialect})" for dialect in Dialect
    ]


def test_who_opens_the_control_port_in_a_browser_gets_its_page(idle_net: Live) -> None:
    answer = get(f"{idle_net.control_url}/")
    assert (answer.status_code, answer.headers["Location"]) == (307, "/docs")
