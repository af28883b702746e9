"""Code of users' own under `simulator up` and under pytest: only where it is allowed."""

import logging
import re
import sys
from pathlib import Path

import pytest

from simulator import Testnet
from simulator.api import server
from simulator.cli.main import main
from simulator.testnet.simulation import Simulation
from simulator.words.errors import ExtensionFailed
from tests.api.live import Live

STRATEGY = """
def by_address(view):
    return sorted(view.peers)
"""
SCENARIO = """
nodes:
  count: 4
  default_options: {strategy: "picks:by_address"}
scenario:
  serial:
    tasks:
      - join_network: {from: 0, funds: 100}
      - join_network: {from: 1, funds: 100}
      - wait_idle:
"""


class Served(Exception):
    """The world that `up` was about to serve."""


def up(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> Simulation:
    """Call `simulator up`, and return the world when it is ready."""

    def serve(world: Simulation, *_: object, **__: object) -> None:
        raise Served(world)

    monkeypatch.setattr(server, "serve", serve)
    with pytest.raises(Served) as ready:
        main(["up", "--port", "0", *map(str, arguments)])
    served: Simulation = ready.value.args[0]
    return served


@pytest.fixture
def file(folder: Path) -> Path:
    (folder / "picks.py").write_text(STRATEGY, encoding="utf-8")
    file = folder / "own.scenario.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    return file


# -- up ----------------------------------------------------------------------------------


def test_up_runs_code_of_a_scenario_where_it_is_allowed(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["up", "--port", "0", "--scenario", str(file)])
    assert stopped.value.code == 2
    assert "names code to be run, which needs --allow-code" in capsys.readouterr().err
    assert "picks" not in sys.modules
    world = up(monkeypatch, "--allow-code", "--scenario", file)
    assert world.graph().number_of_edges() == 1
    assert "picks" in sys.modules


def test_a_strategy_that_fails_under_up_is_answered_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The call that it was for answers 500; whoever runs the testnet sees why; all others go on."""

    def broken(_: object) -> list[str]:
        raise ZeroDivisionError

    world = Testnet(4, strategies=["random", broken, "random", "random"])._simulation
    join = {"funds": 100}
    with caplog.at_level(logging.ERROR), Live(world) as net:
        path = f"/connections/{net.token}"
        assert net.request(0, "PUT", path, join).status_code == 204
        answer = net.request(1, "PUT", path, join)
        assert answer.status_code == 500
        assert "broken failed: it raised ZeroDivisionError" in answer.text
        assert net.request(2, "PUT", path, join).status_code == 204
    lines = [record.getMessage() for record in caplog.records]
    assert lines
    told = "node 1: .*broken failed: it raised ZeroDivisionError"
    assert [line for line in lines if not re.match(told, line)] == []
    assert "Traceback" not in caplog.text


def test_a_strategy_that_fails_for_ever_does_not_fill_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(_: object) -> list[str]:
        raise ZeroDivisionError

    net = Testnet(2, strategies=["random", broken], engine="model")
    net.node(0).join(net.token, 100)
    for _ in range(150):
        with pytest.raises(ExtensionFailed):
            net.node(1).join(net.token, 100)
    assert 1 < len(caplog.records) <= 100


# -- pytest ------------------------------------------------------------------------------

ON_THE_MODEL = ("--simulator-engine", "model")
"""No EVM is loaded: it is not the engine that this is about."""


@pytest.mark.parametrize(("allowed", "outcome"), [("true", "passed"), ("false", "failed")])
def test_the_ini_file_lets_scenarios_name_code(
    allowed: str, outcome: str, pytester: pytest.Pytester
) -> None:
    (pytester.path / "picks.py").write_text(STRATEGY)
    (pytester.path / "own.scenario.yaml").write_text(SCENARIO)
    pytester.makeini(f"[pytest]\nsimulator_allow_code = {allowed}\n")
    done = pytester.runpytest_inprocess("-W", "error", *ON_THE_MODEL)
    done.assert_outcomes(**{outcome: 1})
    if outcome == "failed":
        done.stdout.fnmatch_lines(["*picks:by_address*needs --allow-code*"])
