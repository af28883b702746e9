"""The language of study files as JSON Schema (draft 2020-12), made of the models that check them.

What a world is stands there in the words of scenario files, and has their definitions. Such a
section may leave out what a scenario file must say: a factor can say it instead.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from simulator.forms import parameters
from simulator.forms.part import Part
from simulator.reference.json_schema import (
    DIALECT,
    fill_in,
    json_schema,
    model_schema,
    or_nothing,
    reference,
)
from simulator.studies.factors import RangePart, SamplePart
from simulator.studies.figures.request import FigureKind, FigurePart
from simulator.studies.growth import Growth
from simulator.studies.sections import (
    GROWTH,
    WORKLOAD,
    WORLD,
    SeriesPart,
    StudyPart,
    UntilPart,
)
from simulator.workloads.form import WORKLOAD_PARTS

Json = dict[str, Any]

PARTS: dict[str, type[Part]] = {
    GROWTH: Growth,
    "sample": SamplePart,
    "series": SeriesPart,
    "until": UntilPart,
}
"""The sections of a study's own, by their keys."""

ENTRIES: dict[str, type[Part]] = {"range": RangePart, "figure": FigurePart}
"""What stands in sections several times: a factor's values, a figure."""

NAMES = {"measure": "measures", "strategy": "strategies", "curve": "curves"}
"""What the lists of these keys consist of."""

WHAT_RUNS = (("scenario",), (GROWTH, WORKLOAD))
"""There must be keys of exactly one of these kinds: one at least."""

VARIED = (GROWTH, WORKLOAD, *WORLD)
"""The sections that factors can name keys of."""

FACTOR = f"^(?:{parameters.VARIABLE}|(?:{'|'.join(VARIED)})(?:\\..+)?)$"
"""What a factor can be called: as a variable, or by the way to a key."""

_BESIDE = {"description", "default"}
"""What is said of a value and not of its type."""


def study_schema() -> Json:
    """Return the schema of study files, ready for `json.dumps`."""
    schema = sections()
    definitions = schema["$defs"]
    for name in {*VARIED, *WORKLOAD_PARTS} & definitions.keys():
        definitions[name].pop("required", None)
    del definitions[WORKLOAD]["anyOf"]  # which of its keys there must be
    values: Json = {}
    for name in VARIED:
        values |= _values(definitions, name, reference(name))
    lists = {name: _factor(value) for name, value in values.items()}
    some = {"type": "object", "additionalProperties": False}
    points = {**some, "properties": values, "patternProperties": {FACTOR: {}}}
    fill_in(
        schema,
        factors=_or_null({**some, "properties": lists, "patternProperties": {FACTOR: _factor({})}}),
        points=_or_null({"type": "array", "minItems": 1, "items": points}),
    )
    something = {"not": {"type": "null"}}  # nothing behind a key is as no key
    schema["oneOf"] = [
        {"anyOf": [{"required": [name], "properties": {name: something}} for name in names]}
        for names in WHAT_RUNS
    ]
    return schema


def sections() -> Json:
    """Return the schema as the models have it: each section has all that it must say."""
    scenario = json_schema()
    top = model_schema(StudyPart)
    definitions = {name: model_schema(part) for name, part in (PARTS | ENTRIES).items()}
    definitions[WORKLOAD] = _workload(scenario["$defs"])
    definitions["sample"] |= {"minProperties": 1, "maxProperties": 1}
    definitions["figure"]["oneOf"] = [{"required": [str(kind)]} for kind in FigureKind]
    for kind in FigureKind:
        named = or_nothing("curve" if kind is FigureKind.CURVE else "measure")
        fill_in(definitions["figure"], **{str(kind): named})
    waiting = [*WORLD, *WORKLOAD_PARTS, "fault"]
    while waiting:
        name = waiting.pop()
        if name in scenario["$defs"] and name not in definitions:
            definitions[name] = deepcopy(scenario["$defs"][name])
            waiting += _references(definitions[name])
    for name in WORLD:
        kind = scenario["properties"][name]
        top["properties"][name]["description"] = f"{kind['description']}; as in a scenario file"
        fill_in(top, **{name: kind if "anyOf" in kind else or_nothing(name)})
    fill_in(top, **{name: or_nothing(name) for name in (*PARTS, WORKLOAD)})
    fill_in(top, figures=_or_null({"type": "array", "items": reference("figure")}))
    names = _names()
    schema: Json = _referring({**top, "title": "Study", "$defs": definitions}, names)
    schema["$defs"] |= names
    return {"$schema": DIALECT, **schema}


def _workload(tasks: Json) -> Json:
    """Return the task of that name as a section."""
    task = tasks[f"task.{WORKLOAD}"]
    section: Json = {**task["anyOf"][0], "description": task["description"]}
    return section


def _names() -> Json:
    """Return what a measure and a strategy can be called."""
    properties = StudyPart.model_json_schema()["properties"]
    found = {}
    for name, key in NAMES.items():
        (array, *_) = properties[key].get("anyOf", [properties[key]])
        found[name] = array["items"]
    return found


def _referring(schema: Any, names: Json) -> Any:
    """Return a schema that refers to what is defined instead of saying it again."""
    if isinstance(schema, list):
        return [_referring(part, names) for part in schema]
    if not isinstance(schema, dict):
        return schema
    bare = {key: value for key, value in schema.items() if key not in _BESIDE}
    for name, kind in names.items():
        if bare == kind:
            return {**reference(name), **{key: schema[key] for key in _BESIDE & schema.keys()}}
    return {key: _referring(value, names) for key, value in schema.items()}


def _references(schema: Any) -> Iterator[str]:
    """Go through the names of the definitions that a schema refers to."""
    if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        yield schema["$ref"].removeprefix("#/$defs/")
    parts = schema.values() if isinstance(schema, dict) else schema
    for part in parts:
        if isinstance(part, dict | list):
            yield from _references(part)


def _values(definitions: Json, way: str, kind: Json) -> Json:
    """Return what each key of a section, and of sections in it, can have, by the way to it."""
    found: Json = {}
    for form in kind.get("anyOf", [kind]):
        name = form.get("$ref", "").removeprefix("#/$defs/")
        for key, content in definitions.get(name, {}).get("properties", {}).items():
            found |= {f"{way}.{key}": content, **_values(definitions, f"{way}.{key}", content)}
    return found


def _factor(value: Json) -> Json:
    """Return how a factor is written whose values are of a type: listed, or drawn of a range."""
    told = {key: value[key] for key in ("description",) if key in value}
    values = {"type": "array", "items": value, "minItems": 1}
    return {"anyOf": [values, reference("range")], **told}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}
