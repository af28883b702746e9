"""The server itself: routing, documentation, start and end."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator.api import listening
from simulator.api.driver import Pace
from simulator.node.dialects import Dialect
from simulator.words.errors import ConfigurationError
from tests.api.live import Live, Start, client, get
from tests.marks import nightly
from tests.waiting import PATIENCE_SECONDS, until

SCENARIO = Path(__file__).parents[2] / "scenarios" / "too_few_peers.yaml"
UP = """\
from simulator.api import protocol
from simulator.cli.up import up

protocol.CLIENT_SECONDS = 100_000  # however slow the machine is, no client is too slow
up()
"""


# -- routing -----------------------------------------------------------------------------


def test_unknown_paths_and_trailing_slashes(idle_net: Live) -> None:
    for path in ("/nothing", "/connections/", "/channels/", f"/tokens/{idle_net.token}/", "/"):
        answer = idle_net.request(0, "GET", path)
        assert answer.status_code == 404
        assert answer.json() == {"errors": ["invalid endpoint"]}


def test_methods(idle_net: Live) -> None:
    head = idle_net.request(0, "HEAD", "/channels")
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", "2")
    options = idle_net.request(0, "OPTIONS", "/channels")
    assert (options.status_code, options.content) == (200, b"")
    assert options.headers["Allow"] == "GET, HEAD, OPTIONS, PUT"
    refused = idle_net.request(0, "POST", f"/connections/{idle_net.token}")
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "DELETE, OPTIONS, PUT"
    assert refused.json() == {"message": "The method is not allowed for the requested URL."}


METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND")


def test_what_options_tells_is_what_is_taken(start: Start) -> None:
    """For each path, on nodes of each dialect and the control port."""
    net = start(len(Dialect), dialects=list(Dialect))
    partner = net.address(1)
    paths = {
        *("/docs", "/docs/swagger-ui.css", "/openapi.json", "/status", "/graph", "/journal"),
        *("/nodes/0/fault", "/nodes/0/stop", f"/graph/{net.token}", "/advance", "/gas-price"),
        *("/api/v1/connections", f"/api/v1/connections/{net.token}", "/api/v1/channels"),
        *(f"/api/v1/channels/{net.token}", f"/api/v1/channels/{net.token}/{partner}"),
        *("/api/v1/status", "/api/v1/tokens", f"/api/v1/tokens/{net.token}/partners"),
    }
    for base in (*map(net.node_url, range(len(Dialect))), net.control_url):
        with client(base, net.documents) as caller:
            for path in sorted(paths):
                see_what_is_taken(caller, path)


def see_what_is_taken(caller: httpx.Client, path: str) -> None:
    options = caller.options(path)
    if options.status_code == 404:
        assert all(caller.request(name, path).status_code == 404 for name in METHODS)
        return
    assert (options.status_code, options.content) == (200, b"")
    taken = options.headers["Allow"].split(", ")
    for name in set(METHODS) - set(taken):
        refused = caller.request(name, path, content=b"{}")
        assert refused.status_code == 405, (path, name)
        assert refused.headers["Allow"] == options.headers["Allow"]
    for name in set(taken) - {"POST", "OPTIONS"}:  # no world is changed
        answer = caller.request(name, path, content=b"[]")
        assert answer.status_code != 405, (path, name)


def test_a_dialect_without_joining_does_not_offer_it(start: Start) -> None:
    net = start(3, dialects=list(Dialect))
    path = f"/connections/{net.token}"
    allowed = [net.request(index, "OPTIONS", path).headers["Allow"] for index in range(3)]
    assert allowed == ["DELETE, OPTIONS, PUT", "DELETE, OPTIONS, PUT", "DELETE, OPTIONS"]
    assert net.join(2, funds=100).headers["Allow"] == "DELETE, OPTIONS"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("127.0.0.1:5001", 200),
        ("127.8.8.8", 200),
        ("[::1]:5001", 200),
        ("LOCALHOST:1", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("10.0.0.1", 403),
        ("", 403),
    ],
)
def test_only_local_host_names_are_served(idle_net: Live, host: str, status: int) -> None:
    assert idle_net.request(0, "GET", "/address", headers={"Host": host}).status_code == status


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:3000", 200),
        ("http://127.0.0.1:5001", 200),
        ("http://[::1]", 200),
        ("https://evil.example", 403),
        ("http://localhost.evil.example", 403),
        ("http://[", 403),
        ("null", 403),
    ],
)
def test_pages_of_other_machines_are_turned_away(idle_net: Live, origin: str, status: int) -> None:
    answer = idle_net.request(0, "GET", "/address", headers={"Origin": origin})
    assert answer.status_code == status


def test_a_fault_in_a_handler_is_logged(
    idle_net: Live, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(idle_net.testnet.nodes[0], "connections", lambda: 1 // 0)
        answer = idle_net.request(0, "GET", "/connections")
    assert answer.status_code == 500
    assert answer.json() == {"errors": ["Internal Raiden node error"]}
    until(lambda: "ZeroDivisionError" in caplog.text)  # the answer goes out first
    assert idle_net.request(0, "GET", "/connections").status_code == 200


def test_a_caller_that_leaves_in_mid_sentence_is_no_fault(
    idle_net: Live,
    transports: list[asyncio.Transport],
    received: bytearray,
    caplog: pytest.LogCaptureFixture,
) -> None:
    head = f"PUT /api/v1/connections/{idle_net.token} HTTP/1.1\r\nHost: localhost\r\n"
    with socket.create_connection(("127.0.0.1", idle_net.sockets.ports[0])) as caller:
        caller.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())
        until(lambda: received.endswith(b"{"))
    until(transports[0].is_closing)
    assert idle_net.connections(0) == {}
    assert caplog.text == ""


# -- documentation -----------------------------------------------------------------------


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


BARE = (
    *("/idle", "/nodes/{index}/st", "/nodes/{index}/crash", "/nodes/{index}/back-up"),
    *("/nodes/{index}/lose-disk", "/workloads/{name}/stop"),
    *("/api/v1/tokens/", "/api/v1/shutdown"),
)
"""How the paths of calls begin that change something and take no body."""


@pytest.mark.parametrize("control", [False, True])
def test_openapi_is_complete(idle_net: Live, *, control: bool) -> None:
    port = idle_net.sockets.control_port if control else idle_net.sockets.ports[0]
    document = idle_net.document(port)
    operations = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    assert len({operation["operationId"] for *_, operation in operations}) == len(operations)
    for method, path, operation in operations:
        reads_body = method in ("put", "patch", "post") and not path.startswith(BARE)
        assert ("requestBody" in operation) == reads_body, path
        named = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"}
        assert named == {part[1:-1] for part in path.split("/") if part.startswith("{")}
        assert "422" not in operation["responses"]
    for reference in _references(document):
        found = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found


def test_openapi_documents_a_join(idle_net: Live) -> None:
    document = idle_net.document(idle_net.sockets.ports[0])
    join = document["paths"]["/api/v1/connections/{token_address}"]["put"]
    assert set(join["responses"]) == {
        *("204", "402", "403", "404", "405", "408", "409", "500", "503")
    }
    schema = join["requestBody"]["content"]["application/json"]["schema"]
    assert schema["required"] == ["funds"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["joinable_funds_target"]["default"] == 0.4
    assert schema["properties"]["initial_channel_target"]["default"] == 3


# -- sockets -----------------------------------------------------------------------------


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock.getsockname()[1]


def test_a_port_in_use_starts_nothing(taken_port: int) -> None:
    with pytest.raises(ConfigurationError, match=f"Port {taken_port} .* in use; choose another"):
        listening.listen(1, "127.0.0.1", taken_port, control_port=0)
    with pytest.raises(ConfigurationError, match=f"Port {taken_port} .* in use"):
        listening.listen(3, "127.0.0.1", 0, control_port=taken_port)


def test_ports_that_cannot_be() -> None:
    with pytest.raises(ConfigurationError, match="above 65535"):
        listening.listen(10, "127.0.0.1", 65_530)
    with pytest.raises(ConfigurationError, match="belongs to a node"):
        listening.listen(10, "127.0.0.1", 5001, control_port=5005)
    with pytest.raises(ConfigurationError, match="unknown"):
        listening.listen(1, "no.such.host.invalid", 0)


def test_many_sockets() -> None:
    sockets = listening.listen(1_000, "127.0.0.1", 0)
    assert len(set(sockets.ports)) == 1_000
    sockets.close()


@pytest.mark.parametrize(
    ("text", "factor"), [("warp", None), ("realtime", 1.0), ("realtime:60", 60.0)]
)
def test_paces(text: str, factor: float | None) -> None:
    assert Pace.parse(text).factor == factor


@pytest.mark.parametrize(
    "text", ["", "fast", "realtime:", "realtime:0", "realtime:-1", "realtime:nan", "realtime:1e9"]
)
def test_no_paces(text: str) -> None:
    with pytest.raises(ConfigurationError, match="is no pace"):
        Pace.parse(text)


# -- the command -------------------------------------------------------------------------


@contextmanager
def _up(*options: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, str]]]:
    """Run the command; the lines that it prints come by their first word(s)."""
    with subprocess.Popen(
        [sys.executable, "-c", UP, "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            lines = {}
            for line in process.stdout:
                words = line.split()
                if words == ["ready"]:
                    break
                name = " ".join(words[:2]) if words[0] == "node" else words[0]
                lines[name] = words[2] if words[0] == "node" else words[1]
            assert "control" in lines
            yield process, lines
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, nightly(signal.SIGINT)])
def test_signals_answer_open_calls_and_exit_0(number: signal.Signals) -> None:
    with (
        _up("--nodes", "3", "--engine", "model", "--pace", "realtime") as (process, lines),
        ExitStack() as stack,
    ):
        url = f"{lines['node 0']}/api/v1/connections/{lines['token']}"
        assert get(f"{lines['node 0']}/api/v1/status").json() == {"status": "ready"}
        host, port = lines["node 0"].removeprefix("http://").split(":")
        head = f"PUT {url.removeprefix(lines['node 0'])} HTTP/1.1\r\nHost: localhost\r\n"
        body = '{"funds": 100}'
        requests = [
            f"{head}Content-Length: {len(body)}\r\n\r\n{body}",  # a call in progress or queued
            f"{head}Content-Length: 1000\r\n\r\n" + "{",  # a body that never ends
            head,  # not even a whole head
        ]
        callers = [
            stack.enter_context(socket.create_connection((host, int(port)), PATIENCE_SECONDS))
            for _ in range(300)
        ]
        for index, caller in enumerate(callers):
            caller.sendall(requests[index % 3].encode())
        assert get(f"{lines['node 0']}/api/v1/connections").json() == {}  # after all of these
        process.send_signal(number)
        answers = [caller.recv(100) for caller in callers]
        assert all(a.startswith(b"HTTP/1.1 503") for a in answers[0::3])
        assert all(a.startswith(b"HTTP/1.1 503") for a in answers[1::3])
        assert set(answers[2::3]) == {b""}
        _, stderr = process.communicate(timeout=PATIENCE_SECONDS)
        assert (process.returncode, stderr) == (0, "")


def _mint(lines: dict[str, str], times: int) -> dict[str, Any]:
    """Mint some tokens, one after the other; return the status then."""
    with client() as caller:
        for _ in range(times):
            answer = caller.post(f"{lines['control']}/nodes/0/mint", json={"amount": 1})
            assert answer.status_code == 204
        status: dict[str, Any] = caller.get(f"{lines['control']}/status").json()
        return status


@pytest.fixture(scope="module")
def of_options() -> Iterator[dict[str, str]]:
    """What the command prints about a world that is given by options."""
    nodes = ("--nodes", "3", "--tokens", "2", "--dialect", "bespin,red-eyes")
    with _up(*nodes, "--engine", "model", "--keep-journal", "all") as (_, lines):
        yield lines


def test_the_journal_has_the_bound_that_is_asked_for(
    of_options: dict[str, str], of_a_scenario: dict[str, str]
) -> None:
    status = _mint(of_a_scenario, 5)
    assert status["journal_count"] > 10
    assert status["journal_count"] - status["journal_oldest"] == 5
    assert _mint(of_options, 5)["journal_oldest"] == 0


@pytest.fixture(scope="module")
def of_a_scenario() -> Iterator[dict[str, str]]:
    """What the command prints about the world of a scenario."""
    with _up("--scenario", str(SCENARIO), "--keep-journal", "5") as (_, lines):
        yield lines


def test_nodes_have_the_dialects_in_turn(of_options: dict[str, str]) -> None:
    status = get(f"{of_options['control']}/status").json()
    dialects = [node["dialect"] for node in status["nodes"]]
    assert dialects == ["bespin", "red-eyes", "bespin"]
    assert [node["url"] for node in status["nodes"]] == [
        of_options[f"node {index}"] for index in range(3)
    ]


def test_as_many_tokens_as_are_asked_for_can_be_joined(of_options: dict[str, str]) -> None:
    with client(f"{of_options['node 1']}/api/v1") as caller:
        tokens = caller.get("/tokens").json()
        assert len(tokens) == 2
        for token in tokens:
            assert caller.put(f"/connections/{token}", json={"funds": 9}).status_code == 204
        joined = caller.get("/connections").json()
    assert joined == {token: {"funds": 9, "sum_deposits": 0, "channels": 1} for token in tokens}
    assert of_options["token"] == tokens[1], "each has a line of its own"


def test_a_scenario_makes_the_world(of_a_scenario: dict[str, str]) -> None:
    channels = get(f"{of_a_scenario['node 3']}/api/v1/channels").json()
    assert sorted(channel["total_deposit"] for channel in channels) == [15, 15, 15, 15]


GROWING = """parameters:
  small: {nodes: 2}
  large: {nodes: 4}
---
nodes: {count: {{ nodes }}}
scenario: {wait_blocks: {{ blocks }}}
"""


def test_a_scenario_with_parameters_makes_the_world(tmp_path: Path) -> None:
    file = tmp_path / "growing.yaml"
    file.write_text(GROWING)
    chosen = ("--parameters", "large", "--set", "blocks=7", "--engine", "model")
    with _up("--scenario", str(file), *chosen) as (_, lines):
        status = get(f"{lines['control']}/status").json()
        assert len(status["nodes"]) == 4
        assert status["now"] == 7 * 15


def test_one_of_several_sets_must_be_chosen(tmp_path: Path) -> None:
    from click.testing import CliRunner  # noqa: PLC0415

    from simulator.cli.up import up  # noqa: PLC0415

    file = tmp_path / "growing.yaml"
    file.write_text(GROWING)
    result = CliRunner().invoke(up, ["--scenario", str(file), "--set", "blocks=7"])
    assert result.exit_code == 2
    assert "choose --parameters of small, large" in result.output


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--engine", "abacus"], "--engine"),
        (["--chain", "here"], "--chain must be a URL"),
        (["--chain", "http://127.0.0.1:1"], "cannot be reached"),
        (["--engine", "revm", "--chain", "http://127.0.0.1:1"], "exclude each other"),
        (["--dialect", "klingon"], "klingon"),
        (["--routing-mode", "pfs,local"], "is not a list of: pfs, private"),
        (["--routing-mode", "private"], "only bespin nodes can"),
        (["--scenario", __file__, "--routing-mode", "pfs"], "--routing-mode can't be given with"),
        (["--pace", "slow"], "is no pace"),
        (["--nodes", "0"], "--nodes"),
        (["--nodes", "x"], "--nodes"),
        (["--port", "70000"], "--port"),
        (["--token-balance", "-1"], "token_balance"),
        (["--tokens", "0"], "--tokens"),
        (["--tokens", "101"], "--tokens"),
        (["--scenario", __file__, "--tokens", "2"], "--tokens can't be given with --scenario"),
        (["--settle-timeout", "1"], "--settle-timeout"),
        (["--scenario", "no such file"], "no such file"),
        (["--scenario", __file__, "--nodes", "3"], "--nodes can't be given with --scenario"),
        (["--host", "no.such.host.invalid"], "--host"),
        (["--keep-journal", "0"], "neither a number from 1 on nor all"),
        (["--keep-blocks", "9" * 50], "neither a number from 1 on nor all"),
        (["--keep-blocks", "\x1b[2J"], "neither a number from 1 on nor all"),
    ],
)
def test_bad_options(options: list[str], reason: str) -> None:
    from click.testing import CliRunner  # noqa: PLC0415

    from simulator.cli.up import up  # noqa: PLC0415

    result = CliRunner().invoke(up, ["--port", "0", *options])
    assert result.exit_code == 2
    assert reason in result.output
    assert "Traceback" not in result.output
