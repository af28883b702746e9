"""Raiden's own web interface in a real browser, at nodes of the dialects that serve it."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.api import webui
from simulator.node.dialects import Dialect
from tests.api.live import Live, Start

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not there")
if (CHROMIUM := shutil.which("chromium")) is None:
    pytest.skip("there is no browser: Debian's package chromium has one", allow_module_level=True)

from tests.api.window import Window  # noqa: E402 - needs Playwright

NIGHTLY = pytest.mark.nightly
"""Five flows take more than a minute; by day windows are opened and looked at."""

OPTIONS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def in_page(dialect: Dialect) -> Any:
    """Return a test's parameter: a dialect, and a visible skip where its page is not there."""
    edition = webui.EDITIONS[dialect]
    reason = f"raiden-webui {edition.version} is not there: `make install` fetches it"
    there = pytest.mark.skipif(not webui.files_of(edition), reason=reason)
    return pytest.param(dialect, marks=[there])


JOINS, OPENS = Dialect.ALDERAAN, Dialect.BESPIN
UNIT = 10**18
PICTURES = os.environ.get("WEB_INTERFACE_PICTURES")
"""A folder for pictures of what the windows show in the end, for who wants to look."""

Open = Callable[[int], Window]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield launched
        launched.close()


@pytest.fixture
def net(start: Start, dialect: Dialect) -> Live:
    """Four nodes, of which all but the first have channels with each other."""
    net = start(4, dialects=[dialect], services=True)
    for one, other in ((1, 2), (2, 3), (3, 1)):
        body = {"token_address": net.token, "partner_address": net.address(other)}
        opened = net.request(one, "PUT", "/channels", {**body, "total_deposit": str(50 * UNIT)})
        assert opened.status_code == 201
    return net


@pytest.fixture
def window(browser: Any, net: Live, dialect: Dialect) -> Iterator[Open]:
    """Open windows; in the end nothing was asked for elsewhere, and nothing went wrong."""
    opened: list[Window] = []

    def open_at(index: int) -> Window:
        opened.append(Window(browser, net.node_url(index)))
        return opened[-1]

    yield open_at
    ours = {f"127.0.0.1:{port}" for port in (*net.sockets.ports, net.sockets.control_port)}
    for number, each in enumerate(opened):
        if PICTURES is not None:
            each.page.screenshot(path=Path(PICTURES) / f"{dialect}-{number}.png")
        each.page.close()
        assert each.asked <= ours
        assert (each.failed, each.said) == ([], [])


def channels(net: Live) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = net.request(0, "GET", "/channels").json()
    return found


def total(net: Live, field: str) -> int:
    """Return a sum over the channels of the first node, exactly."""
    return sum(int(channel[field]) for channel in channels(net))


@pytest.mark.parametrize("dialect", [in_page(JOINS), in_page(OPENS)])
def test_a_window_shows_what_its_node_has(net: Live, window: Open, dialect: Dialect) -> None:
    here = window(1)
    here.shows("999950 TK0")
    here.show_channels()
    here.shows("50 TK0")


@NIGHTLY
@pytest.mark.parametrize("dialect", [in_page(JOINS), in_page(OPENS)])
def test_from_quick_connect_to_leaving(net: Live, window: Open, dialect: Dialect) -> None:
    """To the unit: every amount here is above 2^53, and odd."""
    here, there = window(0), window(3)
    here.shows("100 ETH")
    here.quick_connect("60.000000000000000015", suggested=not dialect.offers_joining)
    joined = (60 * UNIT + 15) * 3 // 5 if dialect.offers_joining else 60 * UNIT + 15
    here.until(lambda: total(net, "total_deposit") == joined)
    assert len(channels(net)) == 3
    here.shows(f"{joined // UNIT}.000 TK0")

    here.pay(net.address(3), "1.000000000000000003")
    there.is_told("1.000000000000000003 TK0 from")
    here.shows("Sent to")
    there.shows("Received from")

    here.show_channels()
    here.with_channel("Deposit", "3.000000000000000007")
    here.until(lambda: total(net, "total_deposit") == joined + 3 * UNIT + 7)
    here.with_channel("Withdraw", "2.000000000000000001")
    here.until(lambda: total(net, "total_withdraw") == 2 * UNIT + 1)
    here.with_channel("Close Channel")
    here.until(lambda: sum(one["state"] == "opened" for one in channels(net)) == 2)

    here.with_token("Leave network")
    here.until(lambda: channels(net) == [])
    wallet = net.testnet.balance(0, next(iter(net.testnet.world.networks)))
    assert wallet == 10**24 - UNIT - 3
    here.shows("in 0 open channels")


@NIGHTLY
@pytest.mark.parametrize("dialect", [in_page(JOINS), in_page(OPENS)])
def test_tokens_are_minted_and_registered_and_a_node_shut_down(
    net: Live, window: Open, dialect: Dialect
) -> None:
    here = window(0)
    token = next(iter(net.testnet.world.networks))
    here.mint(in_menu=dialect.offers_joining)
    here.until(lambda: net.testnet.balance(0, token) == 10**24 + UNIT // 2)
    new = net.control("POST", "/tokens", {"symbol": "NEW", "balance": 7}).json()["token_address"]
    here.register(new)
    here.until(lambda: new in net.request(1, "GET", "/tokens").json())
    here.shut_down()
    here.until(lambda: not net.testnet.nodes[0].online)
    assert net.testnet.nodes[1].online


@NIGHTLY
@pytest.mark.parametrize("dialect", [in_page(OPENS)])
def test_tokens_are_put_aside_for_services(net: Live, window: Open, dialect: Dialect) -> None:
    here = window(0)
    here.shows("0 SVT")
    here.put_aside("4.000000000000000009")
    services, owner = net.testnet.user_deposits, net.testnet.nodes[0].address
    aside = 4 * UNIT + 9
    here.until(lambda: services.contract.balance(net.testnet.ledger, owner) == aside)
    here.shows("4.000 SVT")
