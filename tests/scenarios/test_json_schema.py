"""The JSON Schema agrees with the reader about every file that both can judge."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from simulator.scenario.language.kinds import TASKS
from simulator.scenario.language.scenario import load
from simulator.scenario.language.source import read
from simulator.words.errors import ScenarioInvalid
from tests.scenarios.writing import SHIPPED, text_of, write
from tests.schemas import SCENARIO, SCENARIO_VALIDATOR


def accepted(file: Path) -> bool:
    data: Any = read(file).data
    return bool(SCENARIO_VALIDATOR.is_valid(data))


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCENARIO)
    assert json.loads(json.dumps(SCENARIO)) == SCENARIO
    assert SCENARIO["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_it_describes_every_task() -> None:
    for name in TASKS:
        assert SCENARIO["$defs"][f"task.{name}"]["description"]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: str(file.stem))
def test_it_accepts_what_ships(file: Path) -> None:
    assert [error.message for error in SCENARIO_VALIDATOR.iter_errors(read(file).data)] == []


GOOD = [
    "wait_idle",
    "wait_idle:",
    "wait: 1.5",
    "wait_blocks: {blocks: 3}",
    "stop_node: 1",
    "stop_node: {from: 1}",
    "join_network: {node: 0, funds: 1_0}",
    "join_network: {from: 0, funds: 5, joinable_funds_target: '0.25'}",
    "assert: {from: 0, to: '0x2222222222222222222222222222222222222222'}",
    "assert_graph: {edges: '>= 1', average_clustering: 0.5}",
    "assert_blocks: '< 3'",
    "parallel: {concurrency: 2, tasks: [wait_idle, {wait: 1, wait_blocks: 1}]}",
    (
        "assert_events: {contract_name: CustomToken, event_name: Minted, num_events: 0, "
        "event_args: {_to: 1}}"
    ),
]
BAD = [
    "wait_idel",
    "wait: later",
    "wait: -1",
    "parallel: {tasks: []}",
    "serial: {tasks: [{joyn: {from: 0}}]}",
    "stop_node:",
    "join_network: {from: 0}",
    "join_network: {from: 0, node: 0, funds: 1}",
    "join_network: {from: 0, funds: many}",
    "open_channel: {node: 0, to: 1}",
    "assert: {from: 0, to: someone}",
    "assert: {from: 0, to: 1, state: settled}",
    "assert_graph: {}",
    "assert_graph: {edges: '= 1'}",
    "assert_connections: {from: 0, channels: 1, extra: 1}",
]


@pytest.mark.parametrize("task", GOOD)
def test_what_the_reader_takes_it_takes(task: str, tmp_path: Path) -> None:
    file = write(tmp_path, text_of(task))
    load(file)
    assert accepted(file)


@pytest.mark.parametrize("task", BAD)
def test_what_it_refuses_the_reader_refuses(task: str, tmp_path: Path) -> None:
    file = write(tmp_path, text_of(task))
    assert not accepted(file)
    with pytest.raises(ScenarioInvalid):
        load(file)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("nodes: {count: 1}\nscenario: {wait_idle: }\n", True),
        ("nodes: {count: 1}\nsettings:\ntoken:\nscenario: {wait_idle: }\n", True),
        ("nodes: {count: 1, node_options: {0: {dialect: bespin}}}\nscenario: {wait: 1}\n", True),
        ("nodes: {count: 1, node_options: {x: {}}}\nscenario: {wait: 1}\n", False),
        ("nodes: {count: 1, reuse_accounts: false}\nscenario: {wait: 1}\n", True),
        ("nodes: {count: 1, reuse_accounts: true}\nscenario: {wait: 1}\n", False),
        (
            (
                "nodes: {count: 1, default_options: {default-settle-timeout: 5, _clean: true}}\n"
                "token: {name: A, symbol: B, decimals: 0, reuse: false}\nscenario: {wait: 1}\n"
            ),
            True,
        ),
        ("nodes: {count: 1}\ntoken: {decimals: 256}\nscenario: {wait: 1}\n", False),
        ("nodes:\nscenario: {wait: 1}\n", False),
        ("nodes: {count: 1}\nscenario: {wait: 1, wait_idle: }\n", False),
        ("nodes: {count: 1}\nseed: x\nscenario: {wait: 1}\n", False),
        ("version: 3\nnodes: {count: 1}\nscenario: {wait: 1}\n", False),
    ],
)
def test_the_top_of_a_file(text: str, good: bool, tmp_path: Path) -> None:
    assert accepted(write(tmp_path, text)) == good
