"""The tutorial for people with a browser, gone through with REST in the page's place."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from simulator.api import server, webui
from simulator.api.announcement import announcement
from simulator.cli.up import up
from simulator.testnet.simulation import Simulation
from tests.api.live import Live
from tests.rpc.asking import Asking

PAGE = Path(__file__).parents[1] / "docs" / "first-payment.md"
TEXT = PAGE.read_text(encoding="utf-8")
CAST = sorted((Path(__file__).parent / "rpc" / "node_modules").glob("@foundry-rs/cast-*/bin/cast*"))
UNIT = 10**18

pytestmark = pytest.mark.skipif(
    not webui.files_of(webui.WITH_JOINING), reason="raiden-webui is not there: `make install`"
)
BALANCE_OF = "0x70a08231"


def blocks(number: int) -> list[tuple[str, str]]:
    """Return the blocks of a step: what kind each is, and what is in it."""
    step = TEXT.split("\n## ")[number]
    assert step.startswith(f"{number}. ")
    return re.findall(r"^```(\w+)\n(.*?)^```", step, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def told() -> list[str]:
    """What the program prints; filled by `net`."""
    return []


@pytest.fixture(scope="module")
def net(told: list[str]) -> Iterator[Live]:
    """What the first step's command serves, on free ports."""
    command = blocks(1)[0][1].splitlines()[-1]
    program, name, *options = shlex.split(command)
    assert (program, name) == (".venv/bin/simulator", "up")
    worlds: list[Simulation] = []

    def serve(testnet: Simulation, *_: object, **__: object) -> None:
        worlds.append(testnet)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(server, "serve", serve)
        result = CliRunner().invoke(up, [*options, "--port", "0", "--rpc-port", "0"])
    assert result.exit_code == 0, result.output
    with Live(worlds[0]) as live:
        usual = [*range(5000, 5003), 8545]
        sockets = live.sockets
        ours = [sockets.control_port, *sockets.ports, sockets.rpc_port]
        for line in announcement(live.testnet, sockets):
            for port, shown in zip(ours, usual, strict=True):
                line = line.replace(f":{port}", f":{shown}")  # noqa: PLW2901
            told.append(line)
        yield live


def answer(net: Live, command: str, *, genuine: bool = False) -> str:
    """Return what cast prints; unless it is genuine, only the number, by the same request."""
    program, *arguments = shlex.split(command)
    assert (program, arguments[0], arguments[2]) == ("cast", "call", "balanceOf(address)(uint256)")
    _, token, _, owner = arguments
    with Asking(net.rpc_url) as rpc:
        data = BALANCE_OF + owner.removeprefix("0x").lower().rjust(64, "0")
        balance = int(rpc.ask("eth_call", {"to": token, "data": data}, "latest"), 16)
    if genuine and CAST:
        genuinely = [str(CAST[0]), "call", "--rpc-url", net.rpc_url, *arguments[1:]]
        printed = subprocess.run(genuinely, capture_output=True, text=True, check=True).stdout
        assert int(printed.split()[0]) == balance
        return printed
    return f"{balance} "


def ask(net: Live, number: int, *, genuine: bool = False) -> list[str]:
    """Do what a step asks of the chain, compare it with the page, and return the numbers."""
    found = [block for block in blocks(number) if "cast" in block[1] or block[0] == "text"]
    questions, answers = found[::2], found[1::2]
    assert questions
    for (_, command), (_, shown) in zip(questions, answers, strict=True):
        assert shown.startswith(answer(net, command, genuine=genuine))
    return [shown.split()[0] for _, shown in answers]


def address(index: int) -> str:
    (found,) = re.findall(rf"^node {index}  \S+  (0x\w+) ", TEXT, re.MULTILINE)
    return str(found)


def open_channels(net: Live, index: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = net.request(index, "GET", "/channels").json()
    return found


def test_the_tutorial_comes_out_as_it_is_written(net: Live, told: list[str]) -> None:
    for line in blocks(1)[1][1].splitlines():
        assert line in told
    assert ask(net, 2) == [str(10**6 * UNIT)]

    assert net.join(0, funds=str(100 * UNIT)).status_code == 204
    (channel,) = open_channels(net, 0)
    assert (channel["balance"], channel["partner_address"]) == ("0", "0x" + "22" * 20)
    assert net.join(1, funds=str(100 * UNIT)).status_code == 204
    assert [channel["balance"] for channel in open_channels(net, 0)] == ["0", str(20 * UNIT)]
    assert [channel["balance"] for channel in open_channels(net, 1)] == [str(20 * UNIT)]

    body = {"amount": str(5 * UNIT), "identifier": "1795635910353"}
    assert address(0) in TEXT.split("\n## ")[4]
    paid = net.request(1, "POST", f"/payments/{net.token}/{address(0)}", body)
    assert paid.status_code == 200
    assert open_channels(net, 0)[1]["balance"] == str(25 * UNIT)
    assert ask(net, 4, genuine=True) == [str((10**6 - 20) * UNIT)]

    assert net.leave(1).status_code == 200
    assert ask(net, 5) == [str((10**6 + 5) * UNIT), str((10**6 - 5) * UNIT)]


def test_curl_asks_what_cast_asks(net: Live) -> None:
    """The request as it is written, against what its first question finds."""
    (request,) = re.findall(r"curl -s http://127\.0\.0\.1:8545 -d '(.*)' \|$", TEXT, re.MULTILINE)
    asked = json.loads(request)
    with Asking(net.rpc_url) as rpc:
        (call, block) = asked["params"]
        balance = int(rpc.ask(asked["method"], call, block), 16)
    (command,) = (text for _, text in blocks(2) if text.startswith("cast"))
    assert answer(net, command).split()[0] == str(balance)
