"""What `simulator up` opens and prints for wallets and tools."""

import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from eth_account import Account

from simulator.api import listening, server, webui
from simulator.api.announcement import announcement
from simulator.cli.up import up
from simulator.testnet.people import USUAL_MNEMONIC
from simulator.testnet.simulation import Simulation
from tests.chain import anvil
from tests.rpc.asking import Asking

Start = Callable[..., tuple[int, str]]
SCENARIO = "nodes:\n  count: 2\nscenario:\n  serial:\n    tasks:\n      - wait_blocks: 1\n"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Simulation]:
    """What `up` would have served."""
    worlds: list[Simulation] = []

    def serve(testnet: Simulation, sockets: listening.Sockets, **given: object) -> None:
        worlds.append(testnet)
        announce = given["announce"]
        assert callable(announce)
        for line in announcement(testnet, sockets):
            announce(line)

    monkeypatch.setattr(server, "serve", serve)
    return worlds


@pytest.fixture
def start(served: list[Simulation]) -> Start:
    """Run the command; return its exit code and what it says."""
    del served

    def run(*options: str) -> tuple[int, str]:
        result = CliRunner().invoke(up, ["--port", "0", *options])
        return result.exit_code, result.output

    return run


@pytest.fixture
def taken() -> "socket.socket":
    """A socket on a port of its own."""
    return socket.create_server(("127.0.0.1", 0))


def test_the_port_that_was_asked_for_is_opened_and_told(start: Start) -> None:
    code, text = start("--nodes", "1", "--rpc-port", "0")
    assert code == 0
    assert re.search(r"^rpc  http://127\.0\.0\.1:\d+  chain id 1337$", text, re.MULTILINE)
    assert text.endswith("ready\n")


@pytest.mark.skipif(not webui.files_of(webui.WITH_JOINING), reason="raiden-webui is not there")
def test_each_node_is_told_with_its_web_interface_or_why_it_has_none(start: Start) -> None:
    _, text = start("--nodes", "3", "--dialect", "alderaan,red-eyes")
    found = re.findall(
        r"^node (\d)  (\S+)  0x\w{40}(?:  web interface (\S+))?$", text, re.MULTILINE
    )
    assert [(number, page) for number, _, page in found] == [
        ("0", f"{found[0][1]}/ui/"),
        ("1", ""),
        ("2", f"{found[2][1]}/ui/"),
    ]
    (reason,) = re.findall("^web interface  none: (.*)$", text, re.MULTILINE)
    assert "the numbers of red-eyes nodes" in reason
    assert reason.endswith("`--dialect alderaan`")


def test_the_model_has_no_web_interface(start: Start) -> None:
    _, text = start("--nodes", "2", "--dialect", "alderaan", "--engine", "model")
    assert text.count("web interface") == 1
    assert "web interface  none: the engine model keeps no chain that can be asked" in text


def test_a_web_interface_that_is_missing_is_told_with_the_command_that_fetches_it(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webui, "files_of", lambda _: {})
    _, text = start("--nodes", "1", "--dialect", "bespin")
    assert re.search(r"^web interface  none: .*`.* raiden-webui==1\.2\.1`", text, re.MULTILINE)


def test_without_being_asked_nobody_fails_for_a_port_that_is_taken(
    start: Start, taken: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    with taken:
        number = taken.getsockname()[1]
        monkeypatch.setattr(listening, "RPC_PORT", number)
        code, text = start("--nodes", "1")
        assert code == 0
        assert f"rpc  none: port {number} is in use; choose another --rpc-port\n" in text
        code, text = start("--nodes", "1", "--rpc-port", str(number))
        assert code == 2
        assert f"Port {number} on 127.0.0.1 is in use" in text
        assert "--rpc-port" in text


@pytest.mark.parametrize("engine", ["model", "pyevm-full"])
def test_an_engine_without_records_says_that_there_is_no_port(start: Start, engine: str) -> None:
    code, text = start("--nodes", "1", "--engine", engine)
    assert code == 0
    assert "account" not in text
    assert f"rpc  none: the engine {engine} keeps no chain that can be asked" in text
    code, text = start("--nodes", "1", "--engine", engine, "--rpc-port", "0")
    assert code == 2
    assert "Leave --rpc-port out" in text


def test_a_chain_elsewhere_is_asked_itself(start: Start) -> None:
    with anvil.running() as url, Asking(url) as chain:
        before = chain.ask("eth_getBalance", chain.ask("eth_accounts")[0], "latest")
        code, text = start("--nodes", "1", "--chain", url, "--accounts", "1")
        assert chain.ask("eth_getBalance", chain.ask("eth_accounts")[0], "latest") == before
    assert code == 0
    assert f"rpc  none: the chain at {url} is asked itself\n" in text
    code, text = start("--chain", "http://127.0.0.1:1", "--chain-id", "7")
    assert code == 2
    assert "--chain-id can't be given with --chain" in text


def test_ten_accounts_are_told_with_keys_that_everybody_knows(
    start: Start, served: list[Simulation]
) -> None:
    _, text = start("--nodes", "2")
    told = re.findall(r"^account (\d)  (0x\w{40})  (0x\w{64})$", text, re.MULTILINE)
    assert [int(number) for number, _, _ in told] == [*range(10)]
    assert all(Account.from_key(key).address == address for _, address, key in told)
    Account.enable_unaudited_hdwallet_features()
    assert Account.from_mnemonic(USUAL_MNEMONIC).address == told[0][1]
    assert "whose keys everybody knows" in text
    (net,) = served
    for key in net.accounts:
        assert net.ledger.eth_balance(key.address) == 10**20
        (network,) = net.world.networks.values()
        assert network.token.balance_of(net.ledger, key.address) == 10**24
        assert key.address not in [node.address for node in net.nodes]


def test_other_words_give_other_accounts(start: Start) -> None:
    words = "legal winner thank year wave sausage worth useful legal winner thank yellow"
    _, text = start("--nodes", "1", "--accounts", "1", "--mnemonic", words)
    Account.enable_unaudited_hdwallet_features()
    assert f"account 0  {Account.from_mnemonic(words).address}  0x" in text
    code, text = start("--mnemonic", "twelve words that are none")
    assert code == 2
    assert "The mnemonic is none: 12 to 24 English words" in text


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--chain-id", "1"), "chain_id 1 is a public network's"),
        (("--chain-id", "11155111"), "is a public network's"),
        (("--chain-id", "0"), "--chain-id"),
        (("--genesis-time", "yesterday"), "neither Unix seconds nor a date"),
        (("--genesis-time", "9999-01-01"), "genesis_time"),
        (("--accounts", "101"), "--accounts"),
        (("--rpc-port", "70000"), "--rpc-port"),
    ],
)
def test_what_no_chain_can_be_is_refused(
    start: Start, options: tuple[str, ...], reason: str
) -> None:
    code, text = start("--nodes", "1", *options)
    assert code == 2
    assert reason in text


def test_id_and_date_change_no_journal(
    start: Start, served: list[Simulation], tmp_path: Path
) -> None:
    file = tmp_path / "some.yaml"
    file.write_text(SCENARIO)
    other = tmp_path / "other.yaml"
    other.write_text(f'{SCENARIO}chain:\n  id: 31337\n  genesis_time: "2026-01-01"\n')
    options = ("--chain-id", "4242", "--genesis-time", "1700000000")
    for given in ((str(file),), (str(file), *options), (str(other),), (str(other), *options)):
        code, _ = start("--scenario", *given)
        assert code == 0
    kinds = [(net.ledger.chain_id, net.settings.genesis_time) for net in served]
    assert kinds == [
        (1337, 1_600_000_000),
        (4242, 1_700_000_000),
        (31337, 1_767_225_600),
        (4242, 1_700_000_000),
    ]
    assert len({net.digest for net in served}) == 1
    assert len({net.last_block_hash for net in served}) == 3
    for net in served:
        assert net.web3.eth.chain_id == net.ledger.chain_id
        assert net.web3.net.version == str(net.ledger.chain_id)
        first = net.web3.eth.get_block(0)
        assert first["timestamp"] == net.settings.genesis_time
