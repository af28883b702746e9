"""The reference page is made of the models: it is complete, and the committed one is current."""

import doctest
import re
from pathlib import Path
from typing import Any

import pytest

from simulator.chain.ledger import GAS_PRICE
from simulator.forms import sandbox, template
from simulator.reference import schema_words as reference_words
from simulator.reference.scenario_page import SECTIONS, markdown
from simulator.reference.schema_words import kind_of, powers
from simulator.scenario.language.kinds import TASKS
from simulator.scenario.language.player_words import PLAYER_KEYS, PLAYER_TASKS
from simulator.testnet.start_graph import GRAPHS, TopologyPart
from tests.schemas import SCENARIO

PAGE = Path(__file__).parents[2] / "docs" / "scenario-reference.md"
TEXT = markdown()


def test_the_committed_page_is_current() -> None:
    current = PAGE.read_text(encoding="utf-8") == TEXT
    assert current, "docs/scenario-reference.md is not up to date: run `make docs` and commit it"


def test_it_is_the_same_every_time() -> None:
    assert markdown() == TEXT


def properties_of(schema: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema.get("anyOf", [schema])[0].get("properties", {})
    return found


@pytest.mark.parametrize("name", ["file", *SECTIONS, *(f"task.{name}" for name in TASKS)])
def test_every_key_says_what_it_means(name: str) -> None:
    definition = SCENARIO if name == "file" else SCENARIO["$defs"][name]
    assert definition["description"]
    for key, content in properties_of(definition).items():
        if not content.get("$ref", "").startswith("#/$defs/task."):
            assert content["description"], key


def rows_of(heading: str) -> dict[str, list[str]]:
    """Return the rows under a heading by their keys, other cells as they are."""
    (part,) = re.findall(
        rf"^{re.escape(heading)}( ◆)?\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL
    )
    rows = [line[2:-2].split(" | ") for line in part[1].splitlines() if line.startswith("| ")]
    return {row[0]: row[1:] for row in rows[1:]}


@pytest.mark.parametrize("name", sorted(TASKS))
def test_every_task_has_a_heading_and_all_parameters(name: str) -> None:
    fields = TASKS[name].model_fields
    rows = rows_of(f"#### `{name}`") if fields else {}
    shown = " ".join(rows)
    for key in (field.alias or key for key, field in fields.items()):
        assert f"`{key}`" in shown
    assert (f"#### `{name}` ◆\n" in TEXT) == (name not in PLAYER_TASKS)


def test_no_section_is_left_out() -> None:
    others = {name for name in SCENARIO["$defs"] if not name.startswith("task.")}
    assert others == {*SECTIONS, "step", "EventPart"}


def test_what_is_ours_is_marked() -> None:
    assert "**`nodes`**" in rows_of("## The file")
    assert "`topology` ◆" in rows_of("## The file")
    assert "`eth_balance_wei` ◆" in rows_of("## `nodes`")
    assert "`concurrency` ◆" in rows_of("#### `parallel`")
    assert "`deposit`" in rows_of("## `topology`"), "a section of ours is marked once"
    assert "## `topology` ◆\n" in TEXT


def test_rows_say_type_range_default_and_meaning() -> None:
    assert rows_of("## `chain`")["`block_time_seconds`"] == [
        "whole number, 1 to 86,400",
        "15",
        "virtual seconds between two blocks",
    ]
    assert rows_of("#### `join_network`")["`joinable_funds_target`"][1] == "0.4"
    assert f"{GAS_PRICE:,}" in rows_of("#### `set_gas_price`")["`wei`"][2]
    assert "**`from` or `node` or `nodes`**" in rows_of("#### `join_network`")
    assert "**`from`**" in rows_of("#### `open_channel`")


@pytest.mark.parametrize(
    "short",
    [
        "`wait: 5`",
        "`wait_blocks: 10`",
        "`stop_node: 2`",
        "`assert_blocks: '>= 10'`",
        "`wait_idle:`, or `wait_idle` in a list of tasks",
    ],
)
def test_short_forms(short: str) -> None:
    assert f"Short: {short}." in TEXT


def test_templates() -> None:
    rows = rows_of("## Templates")
    assert rows.keys() == {f"`{name}`" for name in template.VARIABLES}
    assert rows["`wait_short`"] == ["30"]
    for name in sandbox.FILTERS | template.TESTS:
        assert f"`{name}`" in TEXT


def test_every_refused_word_has_a_reason() -> None:
    rows = " ".join(rows_of("## What the scenario player has and this language has not"))
    for task in PLAYER_TASKS.keys() - TASKS.keys():
        assert f"`{task}`" in rows
    for section, keys in PLAYER_KEYS.items():
        definition = SCENARIO if section == "file" else SCENARIO["$defs"][section]
        for key in keys - definition["properties"].keys():
            assert f"{key}`" in rows


def test_graphs_are_those_of_the_model() -> None:
    schema = TopologyPart.model_json_schema()["properties"]["type"]
    assert schema["anyOf"][0]["enum"] == list(GRAPHS)  # beside which it may be a function's name


def test_words() -> None:
    assert doctest.testmod(reference_words).failed == 0
    minus, times = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
    assert powers(2**63 - 1) == f"2⁶³ {minus} 1"
    assert powers(-(2**63)) == f"{minus}2⁶³"
    assert powers(88 * 10**18) == f"88 {times} 10¹⁸"
    assert powers(123 * 10**20) == f"about 1.2 {times} 10²²"
    assert kind_of({"type": "number", "minimum": 0, "maximum": 1}) == "number, 0 to 1"
    assert kind_of({"type": "integer", "minimum": 0, "maximum": 2**256 - 1}) == (
        "whole number from 0"
    )
