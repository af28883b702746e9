"""A file names strategies with parameters, and a mistake there is a sentence with its line."""

from pathlib import Path

import pytest

from simulator.scenario.language.scenario import load
from simulator.scenario.run.runner import run_file
from simulator.words.errors import ScenarioInvalid

TASKS = """
scenario:
  serial:
    tasks:
      - join_network: {node: 0, funds: 100}
      - join_network: {node: 1, funds: 100}
      - wait_idle
      - assert_graph: {nodes: 2, connected: true}
"""


def written(folder: Path, strategy: str) -> Path:
    file = folder / "s.yaml"
    file.write_text(
        f"nodes:\n  count: 2\n  default_options: {{strategy: {strategy}}}{TASKS}", "utf-8"
    )
    return file


@pytest.mark.parametrize(
    "strategy",
    ["k_center", "{mixture: {random: 0.7, far: 0.3}}", "{betweenness: {every_joins: 5}}"],
)
def test_files_name_strategies_with_parameters(tmp_path: Path, strategy: str) -> None:
    assert run_file(written(tmp_path, strategy)).passed


@pytest.mark.parametrize(
    ("strategy", "told"),
    [
        ("{mixture: {random: 0}}", "the share of 'random' must be a number above 0"),
        ("{mixture: {randm: 1}}", "must be the name of a strategy, not 'randm'"),
        ("{mixture: {'own:code': 1}}", "'own:code' names code to be run, which needs --allow-code"),
        ("{betweenness: {every_joins: 0}}", "must be a whole number of joins from 1"),
        ("{}", "must be a mapping of one of mixture, betweenness, richest"),
        ("[random]", r"must be the name of a strategy, not \['random'\]"),
    ],
)
def test_a_strategy_that_can_not_be_is_a_mistake_of_its_line(
    tmp_path: Path, strategy: str, told: str
) -> None:
    with pytest.raises(ScenarioInvalid, match=rf"s\.yaml:3: nodes\.default_options.*{told}"):
        load(written(tmp_path, strategy))
