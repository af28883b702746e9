"""Strategies of users' own: functions, names of packages, and code that scenario files name."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import networkx as nx
import pytest

from simulator import PeerView, Testnet
from simulator.reference.json_schema import json_schema
from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import run_file
from simulator.words.errors import ConfigurationError, ExtensionFailed, ScenarioInvalid
from tests.extensions.packages import install
from tests.extensions.page import ROOT, blocks, code_of, entry_point_of
from tests.test_cli import call

FUNCTION = code_of("strategies")
(EXAMPLE,) = blocks("strategies", "yaml")
ENTRY_POINTS = entry_point_of("strategies")

Captured = pytest.CaptureFixture[str]
Monkey = pytest.MonkeyPatch

SCENARIO = (
    "nodes: {{count: 4, default_options: {{strategy: {strategy}}}}}\n"
    "scenario: {{serial: {{tasks: [{tasks}]}}}}\n"
)
JOINS = ", ".join(f"join_network: {{from: {index}, funds: 100}}" for index in range(3))
JOINS = f"{{{JOINS.replace(', join', '}, {join')}}}"


def scenario(folder: Path, strategy: str, name: str = "s.yaml") -> Path:
    file = folder / name
    file.write_text(SCENARIO.format(strategy=f'"{strategy}"', tasks=JOINS), encoding="utf-8")
    return file


def join_all(net: Testnet) -> None:
    for node in net.nodes:
        node.join(net.token, funds=100)
    net.run_until_idle()


# -- what a strategy is shown ------------------------------------------------------------


def test_a_strategy_sees_the_peers_the_graph_and_itself() -> None:
    seen: list[PeerView] = []

    def mine(view: PeerView) -> Iterable[str]:
        seen.append(view)
        degrees = {peer: view.graph.degree(peer) for peer in view.peers}
        assert degrees == {peer: view.degree(peer) for peer in view.peers}
        return view.peers

    net = Testnet(5, seed=3, strategies=[mine])
    join_all(net)
    addresses = {node.address for node in net.nodes}
    assert {view.address for view in seen} <= addresses
    for view in seen:
        assert list(view.peers) == sorted(view.peers, key=str.lower)
        assert set(view.peers) <= addresses - {view.address}
        assert isinstance(view.stream, Random)
    capacities = {edge[2]["capacity"] for edge in seen[-1].graph.edges(data=True)}
    assert max(capacities) > 0


def test_the_order_of_a_strategy_counts() -> None:
    def backwards(view: PeerView) -> Iterable[str]:
        return reversed(view.peers)

    net = Testnet(6, seed=1, strategies=[backwards])
    for node in net.nodes[:5]:
        node.join(net.token, funds=100)
    net.node(5).join(net.token, funds=100, initial_channel_target=2)
    wanted = sorted((node.address for node in net.nodes[:5]), key=str.lower)[-2:]
    assert {channel.partner for channel in net.node(5).channels()} == set(wanted)


def nobody(_: PeerView) -> Iterable[str]:
    return []


def test_who_is_not_named_gets_no_channel() -> None:
    net = Testnet(3, strategies=[nobody])
    join_all(net)
    assert net.graph().number_of_edges() == 0


def test_a_strategy_can_change_nothing() -> None:
    def meddling(view: PeerView) -> Iterable[str]:
        with pytest.raises(AttributeError):
            view.peers = ()  # type: ignore[misc]
        with pytest.raises(nx.NetworkXError):
            view.graph.add_edge("a", "b")
        for node in view.graph:
            view.graph.nodes[node]["deposit"] = 10**9
        return view.peers

    net, other = (Testnet(4, strategies=[one]) for one in (meddling, lambda view: view.peers))
    join_all(net)
    join_all(other)
    assert net.digest == other.digest
    assert nx.utils.graphs_equal(net.graph(), other.graph())


def drawing(view: PeerView) -> Iterable[str]:
    return view.stream.sample(view.peers, len(view.peers))


def test_the_same_seed_gives_the_same_history() -> None:
    digests = []
    for seed in (1, 1, 2):
        net = Testnet(6, seed=seed, strategies=[drawing, "random"])
        join_all(net)
        digests.append(net.digest)
    assert digests[0] == digests[1] != digests[2]


# -- what a strategy does wrong ----------------------------------------------------------


def raises(_: PeerView) -> Iterable[str]:
    return str(1 // 0)


def raises_late(view: PeerView) -> Iterable[str]:
    yield view.peers[0]
    raise LookupError("nobody\nelse.")


def exits(_: PeerView) -> Iterable[str]:
    sys.exit("enough")


def stops(_: PeerView) -> Iterable[str]:
    raise StopIteration


class Unhelpful(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def raises_unhelpfully(_: PeerView) -> Iterable[str]:
    raise Unhelpful


def anything(value: Any) -> Callable[[PeerView], Any]:
    def mine(view: PeerView) -> Any:
        return value(view) if callable(value) else value

    return mine


WRONG: list[tuple[Any, str]] = [
    (raises, r"strategy raises failed: it raised ZeroDivisionError: .*test_strategies.py, line "),
    (raises_late, r"strategy raises_late failed: it raised LookupError: nobody\\nelse \(test_"),
    (exits, "strategy exits failed: it raised SystemExit: enough"),
    (stops, "strategy stops failed: it raised StopIteration"),
    (raises_unhelpfully, "it raised Unhelpful "),
    (anything(None), "it returned 'NoneType', not peers in an order"),
    (anything(5), "it returned 'int', not"),
    (anything("0x12"), "it returned 'str', not"),
    (anything(lambda view: set(view.peers)), "it returned a set, which has no order"),
    (anything(lambda view: frozenset(view.peers)), "it returned a set, which has no order"),
    (anything(["0x12"]), "it named '0x12', who is none of the peers"),
    (anything(lambda view: [view.address]), "it named '0x[0-9a-fA-F]{40}', who is none of"),
    (anything([[]]), r"it named \[\], who is none of the peers"),
    (anything([None]), "named None, who is none of the peers: choose from view.peers"),
    (anything(lambda view: [p.lower() for p in view.peers]), "who is none of the peers"),
    (anything(lambda view: [*view.peers, *view.peers]), "it named 0x[0-9a-fA-F]{40} twice"),
    (lambda: (), "it raised TypeError"),
]


@pytest.mark.parametrize(("strategy", "message"), WRONG)
def test_what_a_strategy_does_wrong_is_told_in_a_sentence(strategy: Any, message: str) -> None:
    net = Testnet(3, strategies=[strategy])
    net.node(0).join(net.token, funds=100)
    with pytest.raises(ExtensionFailed, match=message) as caught:
        net.node(1).join(net.token, funds=100)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_what_goes_wrong_in_the_background_is_told_too(caplog: pytest.LogCaptureFixture) -> None:
    net = Testnet(2, strategies=[raises])
    net.node(0).join(net.token, funds=100)
    with pytest.raises(ExtensionFailed, match="ZeroDivisionError"):
        net.node(1).join(net.token, funds=100)
    net = Testnet(2, strategies=[raises, nobody])
    net.node(0).join(net.token, funds=100)
    net.node(1).join(net.token, funds=100)
    with pytest.raises(ExtensionFailed, match="strategy raises failed"):
        net.run_until_idle()
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    ("strategies", "message"),
    [
        ("random", "must be a list"),
        ([5], "be functions, not 5"),
        ([None], "be functions, not None"),
        (["os:getcwd"], "must name some of random, .* not 'os:getcwd'"),
    ],
)
def test_what_is_no_strategy_is_refused(strategies: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Testnet(1, strategies=strategies)


# -- scenario files ----------------------------------------------------------------------


def test_the_page_s_scenario_runs_where_code_is_allowed(folder: Path, capsys: Captured) -> None:
    (folder / "my_strategies.py").write_text(FUNCTION, encoding="utf-8")
    file = folder / "scenario.yaml"
    file.write_text(EXAMPLE, encoding="utf-8")
    for command in ("validate", "run"):
        assert call(command, file) == 2
        assert "wealthiest" in (told := capsys.readouterr().err)
        assert "--allow-code" in told
        assert "my_strategies" not in sys.modules, "a scenario file alone runs no code"
    assert call("validate", "--allow-code", file) == 0
    assert call("run", "--allow-code", "--report", folder / "out", file) == 0
    capsys.readouterr()
    assert call("replay", folder / "out") == 2
    assert "--allow-code" in capsys.readouterr().err
    assert call("replay", "--allow-code", folder / "out") == 0


def test_a_failing_strategy_fails_its_file_only(folder: Path, capsys: Captured) -> None:
    (folder / "bad.py").write_text("def bad(view):\n    return view.nonsense\n", encoding="utf-8")
    files = [scenario(folder, "bad:bad", "a.yaml"), scenario(folder, "random", "b.yaml")]
    for jobs in ("1", "2"):
        assert call("run", "--allow-code", "--jobs", jobs, *files) == 1
        out, err = capsys.readouterr()
        assert "strategy bad:bad failed: it raised AttributeError" in out
        assert "(bad.py, line 2)" in out
        assert "PASSED" in out
        assert "Traceback" not in out + err
        assert "internal fault" not in out + err


def test_a_scenario_that_expects_an_error_does_not_hide_a_failing_strategy(folder: Path) -> None:
    (folder / "bad.py").write_text("def bad(view): return 5", encoding="utf-8")
    file = folder / "s.yaml"
    joins = JOINS.replace("funds: 100", "funds: 100, expected_http_status: '...'")
    file.write_text(SCENARIO.format(strategy='"bad:bad"', tasks=joins), encoding="utf-8")
    report = run_file(file, allow_code=True)
    assert "strategy bad:bad failed" in str(report.failure)


MODULES = {
    "raising": "1 / 0",
    "leaving": "raise SystemExit(3)",
    "syntax": "def",
    "plain": "value = 5",
    "good": "def fine(view): return view.peers\nclass Own:\n    fine = staticmethod(fine)",
}


@pytest.mark.parametrize(
    ("strategy", "message"),
    [
        ("nowhere_at_all:x", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("good:missing", "AttributeError"),
        ("raising:x", "ZeroDivisionError"),
        ("leaving:x", "SystemExit: 3"),
        ("syntax:x", "SyntaxError"),
        ("plain:value", "can't be called: it is of type int"),
        ("good:", "must be the name of a strategy, not 'good:'"),
        ("good:fine()", "must be the name of a strategy"),
        ("randem", "must be the name of a strategy, not 'randem'; did you mean random"),
    ],
)
def test_what_cannot_be_imported_is_a_mistake_of_the_file(
    folder: Path, strategy: str, message: str
) -> None:
    for name, text in MODULES.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioInvalid, match=re.escape(message)) as caught:
        load(scenario(folder, strategy), allow_code=True)
    assert "s.yaml:1: nodes.default_options.strategy: " in str(caught.value)
    assert run_file(scenario(folder, "good:Own.fine"), allow_code=True).passed


def test_single_nodes_have_strategies_of_their_own(folder: Path) -> None:
    (folder / "good.py").write_text(MODULES["good"], encoding="utf-8")
    options = "default_options: {strategy: random}, node_options: {1: {strategy: 'good:fine'}}"
    file = folder / "s.yaml"
    file.write_text(
        f"nodes: {{count: 3, {options}}}\nscenario: {{serial: {{tasks: [{JOINS}]}}}}\n",
        encoding="utf-8",
    )
    found = load(file, allow_code=True)
    assert [str(one) for one in found.strategies] == ["random", "good:fine", "random"]


# -- packages ----------------------------------------------------------------------------


def test_a_package_offers_a_strategy_by_name(folder: Path) -> None:
    (folder / "my_strategies.py").write_text(FUNCTION, encoding="utf-8")
    install(folder, ENTRY_POINTS)
    assert run_file(scenario(folder, "wealthiest")).passed, "no option is needed"
    net = Testnet(3, strategies=["wealthiest"])
    join_all(net)
    assert net.graph().number_of_edges() == 3
    text = {"nodes": {"count": 2, "default_options": {"strategy": "wealthiest"}}}
    document = {**text, "scenario": {"wait": 1}}
    jsonschema.validate(document, json_schema())


def test_the_schema_knows_the_names_that_there_are() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())

    def check(strategy: object) -> None:
        nodes = {"count": 2, "default_options": {"strategy": strategy}}
        validator.validate({"nodes": nodes, "scenario": {"wait": 1}})

    check("random")
    check("my.module:function")
    for wrong in ("wealthiest", "a:", 5):
        with pytest.raises(jsonschema.ValidationError):
            check(wrong)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ("odd = nowhere_at_all:x", "ModuleNotFoundError"),
        ("odd = json:nothing", "AttributeError"),
        ("odd = math:pi", "can't be called"),
    ],
)
def test_a_package_that_offers_nothing_usable_is_named(
    folder: Path, entries: str, message: str
) -> None:
    install(folder, entries)
    with pytest.raises(
        ConfigurationError, match=f"The strategy odd can't be .*{message}|{message}"
    ):
        Testnet(1, strategies=["odd"])
    with pytest.raises(ScenarioInvalid, match=message):
        load(scenario(folder, "odd"))


def test_two_packages_with_one_name_are_told_apart_by_nobody(folder: Path) -> None:
    install(folder, "odd = json:loads", "one")
    install(folder, "odd = json:dumps", "two")
    with pytest.raises(ConfigurationError, match="several packages offer it"):
        Testnet(1, strategies=["odd"])


def test_our_own_names_stay_ours(folder: Path) -> None:
    plain = Testnet(4, seed=1)
    join_all(plain)
    install(folder, "random = nowhere_at_all:x")
    again = Testnet(4, seed=1, strategies=["random"])
    join_all(again)
    assert again.digest == plain.digest


def test_the_order_of_a_dictionary_is_the_same_in_every_process(folder: Path) -> None:
    (folder / "good.py").write_text(
        "def fine(view): return {peer: view.degree(peer) for peer in view.peers}", encoding="utf-8"
    )
    file = scenario(folder, "good:fine")
    code = (
        "import sys; from dataclasses import replace; from pathlib import Path;"
        "from simulator.scenario.language.scenario import load;"
        "from simulator.scenario.run.runner import run;"
        "print(run(replace(load(Path(sys.argv[1]), allow_code=True), engine='model')).digest)"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code, str(file)],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1
    assert digests != {""}
