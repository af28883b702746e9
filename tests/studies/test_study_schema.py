"""The schema of study files agrees with the reader about every file that both can judge."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from simulator import Study
from simulator.cli.main import main
from simulator.forms.part import Part
from simulator.reference.study_page import markdown
from simulator.reference.study_schema import ENTRIES, NAMES, PARTS
from simulator.scenario.language.source import read
from simulator.studies.factors import RangePart
from simulator.studies.figures.request import FigurePart
from simulator.studies.measures import MEASURES
from simulator.studies.sections import WORLD, StudyPart
from simulator.topology.measures import CURVES
from simulator.words.errors import ScenarioInvalid
from tests.scenarios.test_editor_schema import references
from tests.schemas import STUDY, STUDY_IN_EDITORS
from tests.studies.writing import write

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "study-reference.md"
SHIPPED_STUDIES = sorted((ROOT / "examples" / "studies").glob("*.yaml"))
VALIDATORS = [Draft202012Validator(STUDY), Draft202012Validator(STUDY_IN_EDITORS)]

WORLD_LINES = "chain: {engine: model}\nnodes: {count: 6}\n"
GROWN = WORLD_LINES + "growth: {funds: 100}\n"
PAID = (
    GROWN
    + "workload: {arrivals: {type: poisson, per_second: 0.5}, amounts: {type: fixed, amount: 5}, "
)
SCENARIO = "nodes: {count: {{ nodes | default(2) }}}\nscenario: {wait: {{ secs | default(1) }}}\n"

GOOD = [
    GROWN,
    "nodes: {count: 1_0}\ngrowth: {funds: 1_000, every_seconds: 1.5, offline: .2}\n",
    WORLD_LINES + "growth: {}\nfactors: {growth.funds: [100, 1_000]}\n",
    "growth: {funds: 5}\nfactors: {nodes.count: [2, 3], chain.engine: [model]}\n",
    "chain: {engine: model}\ngrowth: {funds: 5}\nnodes:\npoints: [{nodes.count: 2}]\n",
    GROWN + "factors: {growth.funds: {from: 1, to: 9, scale: log}}\nsample: {latin: 2}\n",
    GROWN + "factors: {growth.joinable_funds_target: [0, 0.5, '0.25']}\nsample:\n",
    GROWN + "factors: {nodes.default_options.dialect: [bespin, red-eyes]}\n",
    GROWN + "factors:\nsample:\nseries:\nuntil:\nstrategies:\npoints:\nscenario:\n",
    GROWN + "points: [{growth.funds: 9, growth.wave_size: null}, "
    "{growth.funds: 8, growth.wave_size: null}]\n",
    GROWN + "strategies: [random, {mixture: {random: 0.5, far: 1}}]\nreplications: 3\n",
    GROWN + "measures: [gas]\nseries: {every_seconds: 60, measures: [channels]}\n",
    GROWN + "measures: [nodes]\nuntil: {metric: nodes, half_width: 1, confidence: 0.9, most: 5}\n",
    GROWN + "faults: [{at_seconds: 5, stop_node: 1}]\ntopology: {type: ring, nodes: 4}\n",
    GROWN + "name: A\ndescription: B\nseed: -3\nversion: 1\ncheck: every-block\n",
    GROWN + "timeout: {wall_seconds: 5}\n",
    GROWN + "workload: {payments: 5, arrivals: {per_second: 1}, amounts: {least: 1, most: 2}}\n",
    GROWN + "workload: {seconds: 5, amounts: {type: fixed}, arrivals: {per_second: 1}}\n"
    "factors: {workload.amounts.amount: [5, 50]}\n",
    GROWN + "workload:\n",
    GROWN + "curves: [degree_ccdf]\nfigures: [{curve: degree_ccdf, title: A}]\n",
    GROWN + "figures: [{means: channels, where: {growth.funds: 5}, across: growth.funds}]\n"
    "factors: {growth.funds: [5, 6]}\n",
    GROWN + "figures:\ncurves:\n",
    PAID + "payments: 5}\n",
    PAID.replace(", amount: 5", "") + "payments: 5}\nfactors: {workload.amounts.amount: [1, 2]}\n",
    "scenario: base.yaml\nfactors: {nodes: [2, 3], secs: [1, 2]}\n",
    "scenario: base.yaml\ngrowth:\nfactors: {secs: {from: 1, to: 2}}\nsample: {random: 2}\n",
]
"""What both take."""

BAD = [
    WORLD_LINES,
    GROWN + "scenario: base.yaml\n",
    "scenario:\ngrowth:\n",
    GROWN + "grwth: {}\n",
    GROWN.replace("funds", "fnds"),
    GROWN.replace("100", "many"),
    GROWN.replace("100", "100, offline: 1"),
    GROWN.replace("100", "100, arrivals: sometimes"),
    GROWN.replace("engine: model", "engine: steam"),
    GROWN + "factors: {grwth.funds: [1]}\n",
    GROWN + "factors: {growth.funds: []}\n",
    GROWN + "factors: {growth.funds: 5}\n",
    GROWN + "factors: {growth.funds: [many]}\n",
    GROWN + "factors: {growth.funds: {from: 1}}\nsample: {latin: 2}\n",
    GROWN + "factors: {growth.funds: {from: 1, to: 5}}\nsample: {latin: 2, random: 2}\n",
    GROWN + "factors: {growth.funds: {from: 1, to: 5}}\nsample: {}\n",
    GROWN + "factors: {growth.funds: {from: 1, to: 5}}\nsample: {latin: many}\n",
    GROWN + "factors: {growth.funds: {from: 1, to: 5}}\nsample: {latin: many}\n",
    GROWN + "points: []\n",
    GROWN + "points: [{growth.arrivals: never}]\n",
    GROWN + "strategies: []\n",
    GROWN + "strategies: [hihgest_degree]\n",
    GROWN + "measures: [chanels]\n",
    GROWN + "measures:\n",
    GROWN + "replications: 0\n",
    GROWN + "series: {measures: [channels]}\n",
    GROWN + "series: {every_seconds: 0, measures: [channels]}\n",
    GROWN + "until: {metric: channels, half_width: 1, most: few}\n",
    GROWN + "faults: [{at_seconds: 5, join_network: {from: 1, funds: 5}}]\n",
    GROWN + "curves: [degrees]\n",
    GROWN + "figures: [{means: chanels}]\n",
    GROWN + "figures: [{}]\n",
    GROWN + "figures: [{means: channels, differences: channels}]\n",
    GROWN + "figures: [{means: channels, acros: growth.funds}]\n",
    GROWN + "figures: channels\n",
    PAID + "paiments: 5}\n",
    PAID + "payments: 5}\nfactors: {workload.payments: [few]}\n",
    PAID + "payments: 5}\nfactors: {workload.amounts.amount: [few]}\n",
    GROWN + "workload: {payments: many, arrivals: {per_second: 1}}\n",
    GROWN + "workload: {payments: 5, arrivals: {per_sec: 1}, amounts: {least: 1, most: 2}}\n",
    GROWN + "version: 2\n",
    GROWN + "check: sometimes\n",
]
"""What both refuse."""


def judged(folder: Path, text: str) -> set[bool]:
    write(folder, SCENARIO, "base.yaml")
    data: Any = read(write(folder, text)).data
    return {validator.is_valid(data) for validator in VALIDATORS}


@pytest.mark.parametrize("text", GOOD)
def test_what_the_reader_takes_it_takes(text: str, tmp_path: Path) -> None:
    assert judged(tmp_path, text) == {True}
    assert Study.load(tmp_path / "small.yaml")


@pytest.mark.parametrize("text", BAD)
def test_what_it_refuses_the_reader_refuses(text: str, tmp_path: Path) -> None:
    assert judged(tmp_path, text) == {False}
    with pytest.raises(ScenarioInvalid):
        Study.load(tmp_path / "small.yaml")


@pytest.mark.parametrize("file", SHIPPED_STUDIES, ids=lambda file: str(file.stem))
def test_it_accepts_what_ships(file: Path) -> None:
    data: Any = read(file).data
    for validator in VALIDATORS:
        assert [error.message for error in validator.iter_errors(data)] == []


@pytest.mark.parametrize("schema", [STUDY, STUDY_IN_EDITORS], ids=["exact", "editors"])
def test_it_is_a_schema_whose_references_lead_to_definitions(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema
    found = {reference.removeprefix("#/$defs/") for reference in references(schema)}
    assert found <= schema["$defs"].keys()
    assert found >= {*PARTS, *ENTRIES, *NAMES}


def test_every_section_says_what_is_in_it() -> None:
    """A model of the reader's that the schema does not know yet would let anything pass."""
    told = {"description", "default", "title"}
    open_ones = []
    for name, content in StudyPart.model_json_schema()["properties"].items():
        (form, *_) = content.get("anyOf", [content])
        if not form.keys() - told or form.get("items") == {}:
            open_ones.append(name)
    assert {*open_ones} == {*WORLD, *PARTS, "figures", "workload"}
    for name in open_ones:
        assert any(references(STUDY["properties"][name])), name


def test_every_key_says_what_it_means() -> None:
    for name in (None, *PARTS, *ENTRIES):
        definition = STUDY if name is None else STUDY["$defs"][name]
        for key, content in definition["properties"].items():
            assert content["description"], (name, key)


def test_every_key_of_a_section_is_a_factor() -> None:
    (factors, _) = STUDY["properties"]["factors"]["anyOf"]
    for key, content in STUDY["$defs"]["growth"]["properties"].items():
        values, drawn = factors["properties"][f"growth.{key}"]["anyOf"]
        assert values["items"] == content
        assert drawn == {"$ref": "#/$defs/range"}
    assert "workload.amounts.amount" in factors["properties"], "sections in sections have keys too"
    assert {"chain.engine", "nodes.count", "topology.type"} <= factors["properties"].keys()


def test_the_committed_page_is_current() -> None:
    current = PAGE.read_text(encoding="utf-8") == markdown() == markdown()
    assert current, "docs/study-reference.md is not up to date: run `make docs` and commit it"


def test_the_page_has_every_key_and_every_measure() -> None:
    text = markdown()
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)
    sections = dict(zip(parts[1::2], parts[2::2], strict=True))
    models: dict[str, type[Part]] = {"The file": StudyPart}
    models |= {f"`{name}`": part for name, part in PARTS.items()}
    models |= {"`factors`": RangePart, "`figures`": FigurePart}
    for name, part in models.items():
        for key, field in part.model_fields.items():
            bold = "**" if field.is_required() else ""
            assert f"| {bold}`{field.alias or key}`{bold} | " in sections[name]
    for name, measure in MEASURES.items():
        assert f"| `{name}` | {measure.description}" in sections["Measures"]
    for name, curve in CURVES.items():
        assert f"| `{name}` | {curve.description} |" in sections["Curves"]
    assert "**`funds`**" in sections["`growth`"], "a factor may say it, but something must"


def test_there_is_no_page_of_two_things(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["schema", "--journal", "--study"])
    assert end.value.code == 2
    assert "exclude each other" in capsys.readouterr().err
