"""Metrics of users' own, which assertions compare with numbers."""

import sys
from fractions import Fraction
from pathlib import Path

import networkx as nx
import pytest

from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import FinishedRun, run_file
from simulator.words.errors import ScenarioInvalid
from tests.extensions.packages import install
from tests.extensions.page import blocks, code_of, entry_point_of

(EXAMPLE,) = blocks("metrics", "yaml")

CODE = """
from fractions import Fraction
import numpy

def edges(graph): return graph.number_of_edges()
def tenth(graph): return 0.1
def third(graph): return Fraction(1, 3)
def whole(graph): return numpy.int64(3)
def broken(graph): return numpy.float64(0.25)
def none(graph): return None
def truth(graph): return True
def text(graph): return "3"
def endless(graph): return float("inf")
def changes(graph): graph.clear()
def raises(graph): return graph.nodes["nobody"]
"""


def run(folder: Path, metric: str, expected: str) -> FinishedRun:
    (folder / "own.py").write_text(CODE, encoding="utf-8")
    file = folder / "m.yaml"
    file.write_text(
        "nodes: {count: 4}\ntopology: {type: ring}\n"
        f"scenario: {{assert_graph: {{edges: 4, metrics: {{'own:{metric}': '{expected}'}}}}}}\n",
        encoding="utf-8",
    )
    return run_file(file, allow_code=True)


def test_the_page_s_metrics_run_where_code_is_allowed(folder: Path) -> None:
    (folder / "my_metrics.py").write_text(code_of("metrics"), encoding="utf-8")
    file = folder / "m.yaml"
    file.write_text(EXAMPLE, encoding="utf-8")
    with pytest.raises(ScenarioInvalid, match=r"metrics\.my_metrics:hubs: .*--allow-code"):
        load(file)
    assert "my_metrics" not in sys.modules
    report = run_file(file, allow_code=True)
    assert report.passed
    hubs = sys.modules["my_metrics"].hubs
    assert hubs(report.testnet.graph()) >= 1
    assert hubs(nx.cycle_graph(5)) == 0
    install(folder, entry_point_of("metrics"), group="metrics")
    file.write_text(
        EXAMPLE.replace("my_metrics:hubs", "hubs").replace(
            ', "my_metrics:assortativity": "< 0"', ""
        ),
        encoding="utf-8",
    )
    assert run_file(file).passed, "no option is needed"


@pytest.mark.parametrize(
    ("metric", "holds", "fails"),
    [
        ("edges", "4", "> 4"),
        ("tenth", "0.1", "0.10000000001"),
        ("third", "< 0.34", "0.3333333333333333333"),
        ("whole", ">= 3", "4"),
        ("broken", "0.25", "< 0.25"),
    ],
)
def test_what_is_measured_is_compared_exactly(
    folder: Path, metric: str, holds: str, fails: str
) -> None:
    assert run(folder, metric, holds).passed
    failure = run(folder, metric, fails).failure
    assert failure is not None
    expected, actual = failure.message.removeprefix(f"own:{metric}: expected ").split(", actual ")
    assert expected != actual
    assert failure.path == "scenario.assert_graph"


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ("none", "own:none: expected 3, actual undefined"),
        ("truth", "The metric own:truth failed: it returned True, not a number."),
        ("text", "The metric own:text failed: it returned '3', not a number."),
        ("endless", "The metric own:endless failed: it returned inf, not a number."),
        ("changes", "own:changes failed: it raised NetworkXError: Frozen graph can't be modified"),
        ("raises", "own:raises failed: it raised KeyError: 'nobody' (own.py, line 15)."),
    ],
)
def test_what_a_metric_does_wrong_is_told_in_a_sentence(
    folder: Path, metric: str, message: str
) -> None:
    report = run(folder, metric, "3")
    assert report.failure is not None
    assert message in report.failure.message
    assert report.failure.line == 3, "with its place in the file"


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        ("{hubs: 3}", "metrics.hubs: must be the name of a metric, not 'hubs'; "),
        ("{'own:edges': many}", "metrics.own:edges: must be a number from 0"),
        ("{'own:nobody': 1}", "metrics.own:nobody: The metric own:nobody can't be imported"),
        ("3", "assert_graph.metrics: must be a mapping of keys to values, not 3"),
    ],
)
def test_what_is_no_metric_is_a_mistake_of_the_file(
    folder: Path, metrics: str, message: str
) -> None:
    (folder / "own.py").write_text(CODE, encoding="utf-8")
    file = folder / "m.yaml"
    file.write_text(
        f"nodes: {{count: 4}}\nscenario: {{assert_graph: {{metrics: {metrics}}}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(ScenarioInvalid) as caught:
        load(file, allow_code=True)
    assert message in str(caught.value)
    assert "m.yaml:2: scenario.assert_graph.metrics" in str(caught.value)


def test_a_measure_is_exact() -> None:
    from simulator.topology.metrics import Metric  # noqa: PLC0415

    assert Metric(lambda _: 0.1)(nx.Graph()) == Fraction(1, 10)


def test_measures_of_ours_are_asserted_by_their_names(folder: Path) -> None:
    text = (
        "nodes: {count: 5}\ntopology: {type: star, deposit: 10}\n"
        "scenario: {assert_graph: {metrics: {central_point_dominance: 1, max_core: 1, "
        "assortativity: '< 0', giant_without_hubs: 1, mean_path: 1.7}}}\n"
    )
    file = folder / "ours.yaml"
    file.write_text(text, encoding="utf-8")
    failure = str(run_file(file).failure)
    assert "mean_path: expected 1.7, actual 1.6" in failure
    assert failure.count("expected") == 1
