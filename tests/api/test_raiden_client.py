"""Raiden's own Python client, raiden-api-client 1.1.1, at nodes of each dialect."""

import collections
import sys
import urllib.parse
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from simulator.node.dialects import Dialect
from tests.api.live import BOOTSTRAP, Live, Start

FOLDER = Path(__file__).parents[1] / "published"
WHEELS = ("raiden_api_client-1.1.1-", "attrdict-2.0.1-", "six-1.17.0-")
MOVED = (Mapping, MutableMapping, Sequence)
"""What its dependency looks for where Python had it before 3.10."""


@pytest.fixture(scope="module")
def wrapper() -> Iterator[Any]:
    """Its class, from wheels that are not installed."""
    found = [wheel for name in WHEELS for wheel in FOLDER.glob(f"{name}*.whl")]
    if len(found) < len(WHEELS):
        pytest.skip("raiden-api-client is not there: `make test` fetches it")
    with pytest.MonkeyPatch.context() as patch:
        for moved in MOVED:
            patch.setattr(collections, moved.__name__, moved, raising=False)
        for wheel in found:
            patch.syspath_prepend(str(wheel))
        patch.setitem(sys.modules, "pkg_resources", _pkg_resources())
        patch.setenv("NO_PROXY", "127.0.0.1")
        before = set(sys.modules)
        yield import_module("raiden_api_client").RaidenAPIWrapper
        for name in set(sys.modules) - before:
            if name.partition(".")[0] in {"raiden_api_client", "attrdict", "six"}:
                del sys.modules[name]


def _pkg_resources() -> ModuleType:
    """Return the part of a module, long gone from setuptools, that tells it its own version."""
    module = ModuleType("pkg_resources")
    vars(module).update(DistributionNotFound=LookupError, get_distribution=_nothing_is_installed)
    return module


def _nothing_is_installed(name: str) -> None:
    raise LookupError(name)


@pytest.fixture
def net(start: Start, dialect: Dialect) -> Live:
    return start(3, engine="model", dialects=[dialect])


def clients_of(wrapper: Any, net: Live) -> list[Any]:
    ports = [urllib.parse.urlsplit(net.node_url(index)).port for index in range(3)]
    return [wrapper("127.0.0.1", port) for port in ports]


@pytest.mark.parametrize("dialect", [*Dialect])
def test_all_its_methods_work(wrapper: Any, net: Live, dialect: Dialect) -> None:
    client, other, third = clients_of(wrapper, net)
    token, number = net.token, dialect.numbers
    asked: set[str] = set()

    def ask(of: Any, method: str, *arguments: Any) -> Any:
        asked.add(method)
        return getattr(of, method)(*arguments)

    assert ask(client, "get_raiden_version").version
    assert ask(client, "get_node_status").status == "ready"
    here, there, behind = (ask(one, "get_address").our_address for one in (client, other, third))
    assert [here, there, behind] == [net.address(index) for index in range(3)]
    assert ask(client, "get_token_network") == [token]
    network = ask(client, "get_token_network", token)

    opened = ask(client, "open_channel", there, token, 100)
    assert (opened.token_network_address, opened.balance) == (network, number(100))
    assert ask(other, "open_channel", behind, token, 50).partner_address == behind
    assert ask(client, "fund_channel", there, token, 150).total_deposit == number(150)
    assert ask(client, "get_channels", token, there).state == "opened"
    for arguments in ((), (token,)):
        assert [one.partner_address for one in ask(client, "get_channels", *arguments)] == [there]
    paid = ask(client, "transfer", behind, token, 7, 12)
    assert (paid.identifier, paid.target_address) == (number(12), behind)
    (received,) = ask(third, "get_payments")
    assert (received.event, received.initiator) == ("EventPaymentReceivedSuccess", here)
    assert [one.target for one in ask(client, "get_payments", behind, token)] == [behind]
    for of in ((), (token,), (token, there)):
        assert ask(client, "get_pending_transfer", *of) == []
    connections = ask(client, "get_connections")
    assert connections[token]["sum_deposits"] == number(150)

    new = net.control("POST", "/tokens", {"balance": 9}).json()["token_address"]
    made = ask(client, "register_token", new)
    assert ask(other, "get_token_network", new) == made.token_network_address
    assert ask(other, "mint_tokens", there, new, 10**20) is not None
    assert ask(other, "open_channel", here, new, 10**20).balance == number(10**20)

    closed = ask(client, "close_channel", there, token)
    assert closed.state == ("settled" if dialect is Dialect.BESPIN else "closed")
    assert ask(other, "leave_token_network", token) == [behind]
    assert ask(client, "get_connections").keys() == {new}
    offered = {name for name in vars(wrapper) if not name.startswith("_")}
    assert offered == asked
    assert len(asked) == 15


@pytest.mark.parametrize("dialect", [Dialect.ALDERAAN])
def test_it_tells_what_a_node_refuses(wrapper: Any, net: Live) -> None:
    client, *_ = clients_of(wrapper, net)
    exceptions = import_module("raiden_api_client.exceptions")
    with pytest.raises(exceptions.RaidenAPIException, match="No token network registered"):
        client.get_token_network(BOOTSTRAP)
    with pytest.raises(TypeError):  # as of every 409 that it is answered: its own mistake
        client.register_token(net.token)
