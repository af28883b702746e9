"""The schema for editors is the exact one, and wider only where an editor reads otherwise."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from simulator.scenario.language.source import read
from tests.scenarios.test_json_schema import BAD, GOOD
from tests.scenarios.writing import SHIPPED, text_of, write
from tests.schemas import EDITOR_VALIDATOR, SCENARIO, SCENARIO_IN_EDITORS


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from (value for key, value in schema.items() if key == "$ref")
    for part in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(part, dict | list):
            yield from references(part)


@pytest.mark.parametrize("schema", [SCENARIO, SCENARIO_IN_EDITORS], ids=["exact", "editors"])
def test_every_reference_leads_to_a_definition(schema: dict[str, Any]) -> None:
    """Validators may look only at what a file uses; editors look at all."""
    found = {reference.removeprefix("#/$defs/") for reference in references(schema)}
    assert found <= schema["$defs"].keys()
    assert {"step", "task.wait"} <= found


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCENARIO_IN_EDITORS)
    assert json.loads(json.dumps(SCENARIO_IN_EDITORS)) == SCENARIO_IN_EDITORS


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: str(file.stem))
def test_it_accepts_what_ships(file: Path) -> None:
    assert [error.message for error in EDITOR_VALIDATOR.iter_errors(read(file).data)] == []


@pytest.mark.parametrize("task", [*GOOD, *BAD])
def test_of_what_our_reader_has_read_it_says_the_same(task: str, tmp_path: Path) -> None:
    assert EDITOR_VALIDATOR.is_valid(read(write(tmp_path, text_of(task))).data) == (task in GOOD)


@pytest.mark.parametrize(
    ("sets", "good"),
    [
        ({"small": {"nodes": 5}, "large-1.0": {"nodes": 30, "seed": 7}}, True),
        ({"empty": None, "list": {"values": [1, "a"], "share": 0.5, "on": True}}, True),
        ({}, False),
        (None, False),
        ({"a b": {"nodes": 5}}, False),
        ({"small": {"a b": 5}}, False),
        ({"small": {"nodes": {"count": 5}}}, False),
        ({"small": {"range": 5}}, False),
        ({"small": {"seed": "x"}}, False),
        ({"small": {"seed": 2**63}}, False),
        ({"small": 5}, False),
    ],
)
def test_sets_of_parameters_are_a_document_of_their_own(sets: Any, good: bool) -> None:
    assert EDITOR_VALIDATOR.is_valid({"parameters": sets}) == good
    scenario = {"nodes": {"count": 1}, "scenario": {"wait": 1}}
    assert not EDITOR_VALIDATOR.is_valid({"parameters": sets, **scenario})
