"""The pytest plugin, as users' projects meet it."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.node.channels import ChannelBook, ChannelEvent
from simulator.words.events import Deposited
from tests.ci.test_parameters import GROWTH
from tests.ci.test_suite import FAILING, GOOD
from tests.marks import nightly

EXAMPLE = Path(__file__).parents[2] / "examples" / "pytest_project"


def test_scenarios_are_items(pytester: pytest.Pytester) -> None:
    (pytester.path / "good.scenario.yaml").write_text(GOOD)
    (pytester.path / "not_one.yaml").write_text(GOOD)
    (pytester.path / "more").mkdir()
    (pytester.path / "more" / "listed.yaml").write_text(FAILING)
    (pytester.path / "broken.scenario.yaml").write_text("nodes: 3")
    pytester.makeini("[pytest]\nsimulator_scenarios = more/*.yaml\nsimulator_seeds = 4 -5\n")
    done = pytester.runpytest_inprocess("-v", "-W", "error")
    done.assert_outcomes(passed=2, failed=4)
    done.stdout.fnmatch_lines_random(
        [
            "good.scenario.yaml::seed 4 PASSED*",
            "good.scenario.yaml::seed -5 PASSED*",
            "more/listed.yaml::seed 4 FAILED*",
            "broken.scenario.yaml:1: nodes: *",
            "assert_graph: nodes: expected 7, actual 0 (not in it: node 0, *)",
            "  file   more/listed.yaml:8",
            "  task   scenario.serial.tasks?0?.assert_graph",
            "  again  simulator run more/listed.yaml --seed -5",
        ]
    )
    done.stdout.no_fnmatch_line("*Traceback*")


def test_sets_of_parameters_are_items(pytester: pytest.Pytester) -> None:
    (pytester.path / "growth.scenario.yaml").write_text(GROWTH)
    (pytester.path / "broken.scenario.yaml").write_text("parameters: 3\n---\nnodes: 3")
    pytester.makeini("[pytest]\nsimulator_seeds = 4 5\n")
    done = pytester.runpytest_inprocess("-v", "-W", "error")
    done.assert_outcomes(passed=1, failed=3)
    done.stdout.fnmatch_lines_random(
        [
            "growth.scenario.yaml::small PASSED*",
            "growth.scenario.yaml::large FAILED*",
            "  again  simulator run growth.scenario.yaml --parameters large --seed 7",
            "broken.scenario.yaml:1: parameters: must hold sets of variables by name",
        ]
    )


@pytest.mark.parametrize("processes", ["1", nightly("2")])
def test_fixtures_and_processes(pytester: pytest.Pytester, processes: str) -> None:
    (pytester.path / "good.scenario.yaml").write_text("seed: 9\n" + GOOD)
    pytester.makepyfile(
        """
        def test_one(testnet):
            assert (len(testnet._simulation.nodes), testnet.seed) == (5, 0)

        def test_two(testnet_factory):
            assert testnet_factory(2, seed=3).seed == 3
            assert testnet_factory(nodes=1).seed == 0
        """
    )
    model = ("--simulator-engine", "model")
    done = pytester.runpytest_inprocess("-n", processes, "-W", "error", *model)
    done.assert_outcomes(passed=3)


@pytest.mark.parametrize("seed", ["x", "9223372036854775808"])
def test_a_wrong_seed_is_a_usage_error(pytester: pytest.Pytester, seed: str) -> None:
    pytester.makeini(f"[pytest]\nsimulator_seeds = {seed}\n")
    done = pytester.runpytest_inprocess()
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([f"ERROR: simulator_seeds: *{seed}*"])


PARTS = ("", ".pytest_plugin", ".pytest_plugin.options", ".pytest_plugin.plugin")


def test_the_plugin_costs_nothing_where_it_is_not_used() -> None:
    code = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        "import simulator.pytest_plugin.plugin\n"
        "print(sorted(name for name in sys.modules.keys() - before if 'simulator' in name))\n"
        "print([name for name in ('simpy', 'eth', 'yaml', 'web3') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        str([f"simulator{part}" for part in PARTS]),
        "[]",
    ]


def test_the_example_project(pytester: pytest.Pytester) -> None:
    shutil.copytree(EXAMPLE, pytester.path, dirs_exist_ok=True)
    done = pytester.runpytest_subprocess()
    done.assert_outcomes(passed=5, failed=1)
    shown = (EXAMPLE / "README.md").read_text(encoding="utf-8").split("```text\n")[1]
    lines = shown.split("```")[0].splitlines()
    assert lines[0] == "assert of node 0 to node 1: total_deposit: expected 25, actual 20"
    done.stdout.fnmatch_lines([line.replace("[", "?").replace("]", "?") for line in lines])


JOINING = """
import pytest

def join(net):
    for node in net.nodes:
        node.join(net.token, 100)

def test_fixture(testnet):
    join(testnet)

def test_factory(testnet_factory):
    join(testnet_factory(3, seed=9))
"""


def a_wrong_deposit(
    book: ChannelBook,
    event: ChannelEvent,
    apply: Callable[[ChannelBook, ChannelEvent], None] = ChannelBook.apply,
) -> None:
    apply(book, event)
    if isinstance(event, Deposited) and event.participant != book._owner:
        channel = book.get(event.channel_identifier)
        assert channel is not None
        channel.partner_deposit += 1


def test_invariants_are_checked_in_files_and_fixtures(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ChannelBook, "apply", a_wrong_deposit)
    joins = "join_network: {from: 0, funds: 9}\n      - join_network: {from: 1, funds: 9}"
    (pytester.path / "a.scenario.yaml").write_text(GOOD.replace("wait: 1", joins))
    (pytester.path / "test_it.py").write_text(JOINING)
    done = pytester.runpytest_inprocess()
    done.assert_outcomes(failed=3)
    done.stdout.fnmatch_lines_random(
        [
            "internal fault with seed *: at block * this does not hold: both ends of channel *",
            "*InvariantViolated: this does not hold: both ends of *, at block * with seed 9 *",
        ]
    )
    pytester.makeini("[pytest]\nsimulator_check = never\n")
    pytester.runpytest_inprocess().assert_outcomes(passed=3)
    pytester.makeini("[pytest]\nsimulator_check = end\n")
    pytester.runpytest_inprocess().assert_outcomes(passed=2, failed=1, errors=1)
    pytester.makeini("[pytest]\nsimulator_check = often\n")
    done = pytester.runpytest_inprocess()
    done.stderr.fnmatch_lines(
        ["*simulator_check: 'often' is none of every-message, every-block, end, never"]
    )


def test_a_seed_that_a_file_or_a_set_gives_is_kept(pytester: pytest.Pytester) -> None:
    text = "nodes: {count: 1}\nscenario: {wait: 1}\n"
    (pytester.path / "own.scenario.yaml").write_text(f"seed: 7\n{text}")
    head = "parameters:\n  one: {seed: 3}\n  two: {}\n---\n"
    (pytester.path / "sets.scenario.yaml").write_text(f"{head}{text}")
    (pytester.path / "drawn.scenario.yaml").write_text(f"description: '{{{{ seed }}}}'\n{text}")
    pytester.makeini("[pytest]\nsimulator_seeds = 4 5\n")
    done = pytester.runpytest_inprocess("--collect-only", "-q")
    done.stdout.fnmatch_lines_random(
        [
            "own.scenario.yaml::scenario",
            "sets.scenario.yaml::one",
            "sets.scenario.yaml::two, seed 4",
            "sets.scenario.yaml::two, seed 5",
            "drawn.scenario.yaml::seed 4",
            "6 tests collected*",
        ]
    )
