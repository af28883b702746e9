"""Raiden's web interface, as nodes serve it; what it does in a browser, tests/browser tells."""

import re
from html import unescape
from pathlib import Path
from shutil import copyfile

import pytest

from simulator.api import webui
from simulator.node.dialects import Dialect
from simulator.node.settings import Settings
from tests.api.live import Live, Start, get

needs = {
    edition: pytest.mark.skipif(
        not webui.files_of(edition),
        reason=f"raiden-webui {edition.version} is not there: `make install` fetches it",
    )
    for edition in webui.EDITIONS.values()
}
"""A visible skip where an edition is not there."""
WITH_PAGE = [
    pytest.param(dialect, marks=needs[webui.EDITIONS[dialect]]) for dialect in webui.EDITIONS
]


@pytest.fixture
def net(start: Start, dialect: Dialect) -> Live:
    return start(2, engine="model", dialects=[dialect], settings=Settings(settle_timeout_blocks=80))


@pytest.fixture
def nothing_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Have no edition installed, and look for wheels in an empty folder."""
    monkeypatch.setattr(webui, "FOLDER", tmp_path)
    monkeypatch.setattr(webui, "installed_version", str)
    webui.files_of.cache_clear()
    return tmp_path


@pytest.fixture(autouse=True)
def _look_again() -> None:
    webui.files_of.cache_clear()


@pytest.mark.parametrize("dialect", WITH_PAGE)
def test_each_address_that_people_type_leads_to_the_page(net: Live, dialect: Dialect) -> None:
    page = get(net.node_url(0) + "/ui/")
    assert page.headers["Content-Type"].startswith("text/html")
    assert '<base href="/ui/"' in page.text
    for path in ("/ui/channels", "/ui/transfers", "/ui/about", "/ui/index.html"):
        assert get(net.node_url(0) + path).content == page.content
    for path in ("/", "/index.html", "/ui"):
        answer = get(net.node_url(0) + path)
        assert (answer.status_code, answer.headers["Location"]) == (307, "/ui/")


@pytest.mark.parametrize("dialect", WITH_PAGE)
def test_all_that_the_page_loads_is_there(net: Live, dialect: Dialect) -> None:
    page = get(net.node_url(0) + "/ui/").text
    names = re.findall(r'(?:src|href)="([\w./-]+\.\w+)"', page)
    assert len(names) > 5
    for name in names:
        answer = get(f"{net.node_url(0)}/ui/{name}")
        assert answer.status_code == 200
        kind = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
        wanted = kind.get(name.rpartition(".")[2], "image/png")
        assert answer.headers["Content-Type"].partition(";")[0] == wanted
    # each dialect has its own version, which names its script by its content
    (script,) = (name for name in names if name.startswith("main-es2015"))
    assert script in webui.files_of(webui.EDITIONS[dialect])
    for missing in ("main.js", "assets/none.json", "assets/icons/none.svg"):
        assert get(f"{net.node_url(0)}/ui/{missing}").status_code == 404


@pytest.mark.parametrize("dialect", WITH_PAGE)
def test_the_page_is_told_where_it_is(net: Live, dialect: Dialect) -> None:
    found = get(net.node_url(1) + "/ui/assets/config/config.production.json").json()
    assert found == {
        "raiden": "/api/v1",
        "web3": "/web3",
        "settle_timeout": 80,
        "reveal_timeout": 40,
        "environment_type": "development",
    }


@pytest.mark.parametrize("dialect", WITH_PAGE)
def test_a_node_that_is_stopped_shows_its_page(net: Live, dialect: Dialect) -> None:
    net.control("POST", "/nodes/0/stop")
    assert get(net.node_url(0) + "/ui/").status_code == 200
    assert get(net.node_url(0) + "/ui/assets/config/config.production.json").status_code == 200


@pytest.mark.parametrize("dialect", WITH_PAGE)
def test_the_page_may_load_nothing_from_elsewhere(net: Live, dialect: Dialect) -> None:
    policy = get(net.node_url(0) + "/ui/channels").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    sources = set(re.findall(r"https?://[^\s;]+", policy))
    assert sources == {"http://localhost:*", "http://127.0.0.1:*"}


def sentence(net: Live, path: str = "/ui/") -> str:
    page = get(net.node_url(0) + path).text
    (found,) = re.findall("<p>(Raiden.*?)</p>", page)
    return unescape(re.sub("<.*?>", "", found))


@pytest.mark.parametrize("dialect", [Dialect.RED_EYES])
def test_nodes_whose_numbers_browsers_round_say_what_to_do(net: Live, dialect: Dialect) -> None:
    for path in ("/ui/", "/ui/channels"):
        assert sentence(net, path).endswith("start the testnet with --dialect alderaan.")


@pytest.mark.parametrize("dialect", [*webui.EDITIONS])
def test_without_its_wheel_the_page_says_how_to_get_it(
    nothing_there: Path, net: Live, dialect: Dialect
) -> None:
    edition = webui.EDITIONS[dialect]
    command = f"pip download --no-deps --dest {nothing_there} raiden-webui=={edition.version}"
    assert command in sentence(net)


@needs[webui.WITH_CHANNELS]
@pytest.mark.parametrize("dialect", [Dialect.BESPIN])
def test_a_wheel_file_will_do_unless_it_is_another_one(
    nothing_there: Path, net: Live, dialect: Dialect, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = webui.WITH_CHANNELS
    monkeypatch.undo()
    wheel = edition.wheel
    if not wheel.exists():
        pytest.skip("it is installed, and no wheel file is there")
    monkeypatch.setattr(webui, "FOLDER", nothing_there)
    monkeypatch.setattr(webui, "installed_version", str)
    edition.wheel.write_bytes(b"PK" + bytes(1000))
    assert "is not there" in sentence(net)
    webui.files_of.cache_clear()
    copyfile(wheel, edition.wheel)
    assert '<base href="/ui/"' in get(net.node_url(0) + "/ui/").text
