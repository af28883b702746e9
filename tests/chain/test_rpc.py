"""A chain that runs elsewhere: a real anvil, and nodes that can't be used."""

import gc
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from msgspec import structs

from simulator.chain.ledger import Status, at_once
from simulator.chain.mempool import Fault
from simulator.chain.remote.funding import SETTERS
from simulator.chain.remote.jsonrpc import JsonRpc
from simulator.node.settings import Settings
from simulator.reports.golden import compare
from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import run
from simulator.testnet.testnet import Testnet
from simulator.words.errors import (
    ChainUnavailable,
    ConfigurationError,
    InsufficientEth,
    TransactionFailed,
)
from tests.chain import anvil
from tests.marks import nightly
from tests.scenarios.writing import SHIPPED

GOLDENS = Path(__file__).parents[2] / "scenarios" / "golden"


@pytest.fixture
def url() -> Iterator[str]:
    with anvil.running() as url:
        yield url


FILES = [file for file in SHIPPED if file.stem in {"too_few_peers", "join_leave", "out_of_eth"}]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.stem))
def test_a_fresh_anvil_tells_the_same_story(file: Path, url: str) -> None:
    report = run(replace(load(file), engine=url))
    assert report.passed, report.failure
    assert compare(report, GOLDENS / f"{file.stem}.golden") is None


def test_a_chain_that_was_used_before_goes_on(url: str) -> None:
    for _ in range(2):
        net = Testnet(3, engine=url)
        for index in range(3):
            net.node(index).join(net.token, 100)
        net.run_until_idle()
        assert net.graph().number_of_edges() == 3
        net.check_invariants()
    assert net.block_number == net._simulation.ledger.head


def test_failures_come_with_their_reasons(url: str) -> None:
    net = Testnet(3, engine=url)
    (network,) = net._simulation.world.networks.values()
    one, other = net._simulation.nodes[0].address, net._simulation.nodes[1].address
    opening = network.open_channel(one, other, 500)
    itself = network.open_channel(one, one, 500)
    starved = structs.replace(opening, gas_limit=40_000)
    block = at_once(net._simulation.ledger.execute([opening, opening, itself, starved]))
    assert [(o.status, o.reason) for o in block.outcomes] == [
        (Status.MINED, ""),
        (Status.REVERTED, "TN/open: channel exists for participants"),
        (Status.REVERTED, "TN: identical addresses"),
        (Status.REVERTED, "out of gas"),
    ]


def test_what_is_turned_down_holds_nobody_up(url: str) -> None:
    """Its nonce is used up by something else, so that what comes after it is mined."""
    sent: list[str] = []

    def refuses_the_next(entry: dict[str, object]) -> bool:
        if entry["method"] == "eth_sendRawTransaction" and armed:
            sent.append("refused")
            return armed.pop()
        return False

    armed: list[bool] = []
    with anvil.refusing(url, refuses_the_next) as proxy:
        net = Testnet(3, engine=proxy)
        (network,) = net._simulation.world.networks.values()
        one, other, third = (node.address for node in net._simulation.nodes)
        openings = [network.open_channel(one, partner, 500) for partner in (other, third)]
        armed.append(True)
        block = at_once(net._simulation.ledger.execute(openings))
        assert [outcome.status for outcome in block.outcomes] == [Status.REFUSED, Status.MINED]
        block = at_once(net._simulation.ledger.execute([openings[0]]))
        assert [outcome.status for outcome in block.outcomes] == [Status.MINED]


def test_a_node_that_loses_transactions_is_given_up(url: str) -> None:
    net = Testnet(3, engine=url)
    (network,) = net._simulation.world.networks.values()
    opening = network.open_channel(
        net._simulation.nodes[0].address, net._simulation.nodes[1].address, 500
    )
    with pytest.raises(ChainUnavailable, match="does not mine what it was sent"):
        at_once(net._simulation.ledger.execute([structs.replace(opening, gas_limit=21_000)]))


def test_a_slot_keeps_its_order(url: str) -> None:
    """Nodes mine in order of what is paid; channels are numbered in the order of their openings."""
    net = Testnet(150, engine=url)
    (network,) = net._simulation.world.networks.values()
    ring = zip(
        net._simulation.nodes, [*net._simulation.nodes[1:], net._simulation.nodes[0]], strict=True
    )
    calls = [network.open_channel(one.address, other.address, 500) for one, other in ring]
    outcomes = at_once(net._simulation.ledger.execute(calls)).outcomes
    events = [event for outcome in outcomes for event in outcome.events]
    assert [event.channel_identifier for event in events] == list(range(1, len(outcomes) + 1))  # type: ignore[attr-defined]


def test_faults_and_money_work_there_too(url: str) -> None:
    net = Testnet(4, engine=url)
    for index in range(3):
        net.node(index).join(net.token, 100)
    net.set_fault(3, Fault.FAIL)
    with pytest.raises(TransactionFailed):
        net.node(3).join(net.token, 100)
    assert net.node(3).channels(net.token) == []
    net.set_fault(3, Fault.NONE)
    net.set_eth_balance(3, 10**9)
    with pytest.raises(InsufficientEth):
        net.node(3).join(net.token, 200)
    net.set_eth_balance(3, 10**16)
    net.set_gas_price(10**12)
    with pytest.raises(InsufficientEth):
        net.node(3).join(net.token, 100)


HAS_A_MINER = """\
import sys
from simulator.chain.remote.jsonrpc import JsonRpc
from simulator.chain.remote.mining import Miner

rpc = JsonRpc(sys.argv[1])
miner = Miner(rpc)
assert rpc.call("anvil_getAutomine") is False
"""


def test_the_node_mines_by_itself_again_in_the_end(url: str) -> None:
    """Also where a program ends that has a miner still."""
    rpc = JsonRpc(url)
    net = Testnet(1, engine=url)
    assert rpc.call("anvil_getAutomine") is False
    del net
    gc.collect()
    assert rpc.call("anvil_getAutomine") is True
    subprocess.run([sys.executable, "-c", HAS_A_MINER, url], check=True)
    assert rpc.call("anvil_getAutomine") is True


def test_where_blocks_come_by_themselves_time_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("simulator.chain.remote.mining.POLL_SECONDS", 0.01)
    hidden = anvil.mining_by_itself
    with anvil.running("--block-time", "0.05") as url, anvil.refusing(url, hidden) as proxy:
        net = Testnet(3, engine=proxy, settings=Settings(settle_timeout_blocks=5))
        for index in range(3):
            net.node(index).join(net.token, 100)
        net.run_until_idle()
        assert net.graph().number_of_edges() == 3
        assert len(net.node(0).leave(net.token)) == 3  # with the bootstrap channel
        assert net.node(0).channels(net.token) == []
        assert net.block_number >= net._simulation.ledger.head
        net.check_invariants()


def test_a_node_that_mines_each_transaction_and_gives_its_own_money() -> None:
    """As Ganache does, and geth's development mode, which can't make empty blocks though."""
    hidden = ("evm_setAutomine", *SETTERS)
    with (
        anvil.running("--balance", "4000000000") as url,  # in ETH
        anvil.refusing(url, lambda entry: entry["method"] in hidden) as proxy,
    ):
        net = Testnet(3, engine=proxy)
        for index in range(3):
            net.node(index).join(net.token, 100)
        net.run_until_idle()
        assert net.graph().number_of_edges() == 3
        assert len(net.node(0).leave(net.token)) == 3  # with the bootstrap channel
        net.set_eth_balance(0, 10**21)
        assert net.node(0).eth_balance == 10**21
        net.check_invariants()
        with pytest.raises(ChainUnavailable, match="can't take ETH away"):
            net.set_eth_balance(0, 0)


def test_a_node_without_money_is_one_sentence(url: str) -> None:
    hidden = ("eth_accounts", *SETTERS)
    with (
        anvil.refusing(url, lambda entry: entry["method"] in hidden) as proxy,
        pytest.raises(ChainUnavailable, match="has no anvil_setBalance, and no account of its own"),
    ):
        Testnet(1, engine=proxy)


CLIENTS = {
    "as anvil says it": (None, r"anvil/v\d.*"),
    "none": ({"error": {"code": -32601, "message": "no such method"}}, "unknown"),
    "no text": ({"result": {"name": 5}}, "unknown"),
    "an empty one": ({"result": ""}, "unknown"),
    "one with a line break": ({"result": "geth\n1"}, r"geth\\n1"),
    "a long one": ({"result": "x" * 5_000}, "x{90,100}…?.{0,5}"),
}


BY_DAY = {"as anvil says it", "a long one"}


@pytest.mark.parametrize(
    ("answer", "client"),
    [
        pytest.param(*one, id=name) if name in BY_DAY else nightly(*one, id=name)
        for name, one in CLIENTS.items()
    ],
)
def test_results_name_the_client_of_a_chain_elsewhere(
    url: str, answer: dict[str, object] | None, client: str, tmp_path: Path
) -> None:
    """Whatever it answers: it is no reason to fail."""
    with anvil.answering(url, {} if answer is None else {"web3_clientVersion": answer}) as proxy:
        Testnet(1, engine=proxy).report(tmp_path)
    for name in ("manifest.json", "report.json"):
        versions = json.loads((tmp_path / name).read_text())["versions"]
        assert re.fullmatch(client, versions["client"]), versions["client"]
        assert "py-evm" not in versions
    assert "client" not in _versions_of(Testnet(1), tmp_path / "own")


def _versions_of(net: Testnet, folder: Path) -> dict[str, str]:
    net.report(folder)
    found: dict[str, str] = json.loads((folder / "manifest.json").read_text())["versions"]
    return found


class _Nobody(BaseHTTPRequestHandler):
    """A server that is no node."""

    answer = b""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"<html>", "does not speak JSON-RPC: HTTP 200"),
        (b"[]", "answers eth_chainId: no answer"),
        (b"5", "does not speak JSON-RPC: no list of answers"),
        (b"[" * 100_000, "does not speak JSON-RPC: HTTP 200"),
        (b"\xff", "does not speak JSON-RPC: HTTP 200"),
        (
            b'{"id": null, "error": {"code": -32600, "message": "no batches"}}',
            "answers eth_chainId: no batches",
        ),
        (b'[{"id": 1}]', "answers eth_chainId: no answer"),
        (b'[{"id": 1, "result": 5}]', "answers what no Ethereum node does"),
    ],
)
def test_what_is_no_development_node_is_one_sentence(answer: bytes, reason: str) -> None:
    handler = type("Handler", (_Nobody,), {"answer": answer})
    with (
        anvil.serving(handler) as url,
        pytest.raises(ChainUnavailable, match=reason) as caught,
    ):
        Testnet(1, engine=url)
    assert "\n" not in str(caught.value)


def test_public_networks_are_refused() -> None:
    with (
        anvil.running("--chain-id", "11155111") as url,
        pytest.raises(ChainUnavailable, match=r"is a public network \(chain id 11155111\)"),
    ):
        Testnet(1, engine=url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://[", "http://", "http://a b"])
def test_nobody_there_is_one_sentence(url: str) -> None:
    with pytest.raises(ChainUnavailable, match="The chain at http"):
        Testnet(1, engine=url)


def test_a_chain_that_ends_is_one_sentence() -> None:
    with anvil.running() as url:
        net = Testnet(2, engine=url)
    with pytest.raises(ChainUnavailable, match="cannot be reached"):
        net.node(0).join(net.token, 100)


def test_there_is_no_web3_and_no_third_kind(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"There is no web3\.py here"):
        _ = Testnet(1, engine=url).web3
    with pytest.raises(ConfigurationError, match="engine must be one of"):
        Testnet(1, engine="ftp://127.0.0.1")


def test_a_node_that_is_back_goes_on(url: str) -> None:
    """What was signed for requests that failed has used up no nonce."""
    gone: list[bool] = []

    def unreachable(entry: dict[str, object]) -> bool:
        if gone and entry["method"] == "eth_sendRawTransaction":
            raise ConnectionError
        return False

    with anvil.refusing(url, unreachable) as proxy:
        net = Testnet(3, engine=proxy)
        (network,) = net._simulation.world.networks.values()
        opening = network.open_channel(
            net._simulation.nodes[0].address, net._simulation.nodes[1].address, 500
        )
        gone.append(True)
        with pytest.raises(ChainUnavailable):
            at_once(net._simulation.ledger.execute([opening]))
        gone.clear()
        block = at_once(net._simulation.ledger.execute([opening]))
        assert [outcome.status for outcome in block.outcomes] == [Status.MINED]
