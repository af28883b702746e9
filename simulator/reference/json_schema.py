"""The scenario language as JSON Schema (draft 2020-12), for editors and other tools.

It is made of the same models that check the files. It knows every key, type and range of a single
value; what depends on two values together, such as a node's number and `nodes.count`, only
`simulator validate` can tell.
"""

from collections.abc import Iterable
from typing import Any

from simulator.forms.messages import MessagesPart
from simulator.forms.own_code import OF_A_PACKAGE, OWN_CODE
from simulator.forms.part import Part
from simulator.scenario.language.chain_section import ChainPart
from simulator.scenario.language.kinds import (
    NODES,
    TASKS,
    node_word,
    other_word_for_the_node,
)
from simulator.scenario.language.sections import (
    FilePart,
    NodesPart,
    OptionsPart,
    SettingsPart,
    TimeoutPart,
    TokenPart,
)
from simulator.scenario.tasks import tester_tasks
from simulator.scenario.tasks.assertions import Expectation, Question
from simulator.scenario.tasks.faults import MAX_FAULTS, MomentPart
from simulator.scenario.tasks.groups import TaskGroup
from simulator.scenario.tasks.retrying import WaitUntil
from simulator.scenario.tasks.several_nodes import ALL, RANGE
from simulator.scenario.tasks.task import Task
from simulator.system import extensions
from simulator.testnet.start_graph import TopologyPart
from simulator.workloads.form import WORKLOAD_PARTS, WORKLOAD_SOURCES, WorkloadPart

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Json = dict[str, Any]


def json_schema() -> Json:
    """Return the schema of scenario files, ready for `json.dumps`."""
    definitions: Json = {
        "options": _options(),
        "timeout": model_schema(TimeoutPart),
        "settings": model_schema(SettingsPart),
        "chain": model_schema(ChainPart),
        "messages": model_schema(MessagesPart),
        "token": model_schema(TokenPart),
        "nodes": _nodes(),
        "topology": model_schema(TopologyPart),
        "fault": _fault(),
        **{name: model_schema(part) for name, part in WORKLOAD_PARTS.items()},
        "step": _step(),
        **{f"task.{name}": _task(kind) for name, kind in TASKS.items()},
    }
    _lift(definitions)
    faults = {"type": "array", "items": reference("fault"), "maxItems": MAX_FAULTS}
    top = model_schema(FilePart)
    fill_in(
        top,
        timeout=or_nothing("timeout"),
        settings=or_nothing("settings"),
        chain=or_nothing("chain"),
        messages=or_nothing("messages"),
        token=or_nothing("token"),
        nodes=reference("nodes"),
        topology=or_nothing("topology"),
        faults={"anyOf": [faults, {"type": "null"}]},
        scenario={**_all_tasks(), "minProperties": 1, "maxProperties": 1},
    )
    return {"$schema": DIALECT, **top, "title": "Scenario", "$defs": definitions}


def _lift(definitions: Json) -> None:
    """Put what the tasks' models define beside all else, which is where references look for it."""
    for definition in list(definitions.values()):
        for form in (definition, *definition.get("anyOf", ())):
            definitions |= form.pop("$defs", {})


def fill_in(schema: Json, **properties: Json) -> None:
    """Say what is in a model's properties that only the reader of files looks into."""
    for name, content in properties.items():
        description = schema["properties"][name]["description"]
        schema["properties"][name] = {**content, "description": description}


def model_schema(model: type[Part]) -> Json:
    """Return a model's own schema."""
    schema = model.model_json_schema()
    for inner in schema.get("$defs", {}).values():
        _tidy(inner)
    return _tidy(schema)


def _tidy(schema: Json) -> Json:
    """Return a model's schema without the titles that only repeat names."""
    schema.pop("title", None)
    schema["description"] = _one_paragraph(schema.get("description", ""))
    for field in schema.get("properties", {}).values():
        field.pop("title", None)
    return schema


def _one_paragraph(docstring: str) -> str:
    return " ".join(docstring.split())


def reference(name: str) -> Json:
    """Return what stands for a definition."""
    return {"$ref": f"#/$defs/{name}"}


def or_nothing(name: str) -> Json:
    """Return what a section is: nothing at all stands for its defaults."""
    return {"anyOf": [reference(name), {"type": "null"}]}


def _nodes() -> Json:
    schema = model_schema(NodesPart)
    by_number = {
        "type": "object",
        "patternProperties": {"^[0-9]+$": or_nothing("options")},
        "additionalProperties": False,
    }
    fill_in(
        schema,
        default_options=or_nothing("options"),
        node_options={"anyOf": [by_number, {"type": "null"}]},
    )
    return schema


def _options() -> Json:
    schema = model_schema(OptionsPart)
    del schema["$defs"]  # what a section is has its name
    fill_in(schema, messages=or_nothing("messages"))
    return schema


def _tasks(names: Iterable[str]) -> Json:
    return {
        "type": "object",
        "properties": {name: reference(f"task.{name}") for name in names},
        "additionalProperties": False,
    }


def _all_tasks() -> Json:
    """Return ours, and what is there of users' own, which may take anything."""
    schema = _tasks(TASKS)
    schema["properties"] |= {name: {"description": OF_A_PACKAGE} for name in _offered()}
    schema["patternProperties"] = {f"^{extensions.REFERENCE}$": {"description": OWN_CODE}}
    return schema


def _offered() -> list[str]:
    return [name for name in extensions.names(extensions.TASK, TASKS) if name not in TASKS]


def _fault() -> Json:
    """Return what stands in the list of faults: a moment and one of the tester's tasks."""
    moments = model_schema(MomentPart)
    schema = _tasks(tester_tasks.TASKS)
    schema["properties"] |= moments["properties"]
    schema["oneOf"] = [{"required": [moment]} for moment in moments["properties"]]
    schema["description"] = (
        "What a tester's hands do by themselves while the root task runs. Each entry of the list "
        "has a moment, counted from the beginning of the root task, and one task of a tester's "
        "hands."
    )
    return {**schema, "minProperties": 2, "maxProperties": 2}


def _step() -> Json:
    """Return what stands in a list of tasks: tasks by name, or the name of one alone."""
    alone = sorted(name for name, kind in TASKS.items() if _needs_nothing(kind))
    reference = {"type": "string", "pattern": f"^{extensions.REFERENCE}$", "description": OWN_CODE}
    tasks = {**_all_tasks(), "minProperties": 1}
    return {"anyOf": [tasks, {"enum": [*alone, *_offered()]}, reference]}


def _needs_nothing(kind: type[Task]) -> bool:
    required = any(field.is_required() for field in kind.model_fields.values())
    needs_some = _compares(kind) or issubclass(kind, WaitUntil | WorkloadPart)
    return not required and not needs_some


def _compares(kind: type[Task]) -> bool:
    """Tell whether a task makes no sense without one of its subjects."""
    compares = issubclass(kind, Expectation) and not kind.says_something_alone
    return compares and not issubclass(kind, Question)


def _task(kind: type[Task]) -> Json:
    schema = model_schema(kind)
    description = schema.pop("description", "")
    if issubclass(kind, WorkloadPart):
        del schema["$defs"]  # what a section is has its name
        fill_in(schema, **{name: reference(name) for name in WORKLOAD_PARTS})
        schema["anyOf"] = [{"required": list(source)} for source in WORKLOAD_SOURCES]
    if issubclass(kind, Expectation) and _compares(kind):
        schema["anyOf"] = [{"required": [subject]} for subject in kind.subjects]
    if issubclass(kind, TaskGroup):
        schema["properties"]["tasks"]["items"] = reference("step")
    if issubclass(kind, WaitUntil):
        _allow_assertions_beside(schema)
    _allow_several_nodes(kind, schema)
    _allow_the_other_word(kind, schema)
    forms = [schema]
    if kind.shorthand:
        forms.append(schema["properties"][kind.shorthand])
    elif _needs_nothing(kind):
        forms.append({"type": "null"})
    return {"description": description, "anyOf": forms}


def _allow_assertions_beside(schema: Json) -> None:
    """Let assertions stand beside the parameters, or in a list."""
    tasks = _all_tasks()
    schema["properties"]["tasks"]["items"] = reference("step")
    schema["properties"] |= {
        name: content
        for name, content in tasks["properties"].items()
        if name not in TASKS or issubclass(TASKS[name], Expectation)
    }
    schema["patternProperties"] = tasks["patternProperties"]
    schema["minProperties"] = 1


def _allow_several_nodes(kind: type[Task], schema: Json) -> None:
    """Let a task be one of several nodes, as the reader of files does."""
    word = node_word(kind)
    if word is None:
        return
    said = schema["properties"][word]
    one = {key: said.pop(key) for key in ("type", "minimum")}
    several = {"type": "string", "pattern": f"^({ALL}|{RANGE})$"}
    entries = {"anyOf": [one, several]}
    said["anyOf"] = [
        {"description": "node", **one},
        {"description": "nodes", "anyOf": [several, {"type": "array", "items": entries}]},
    ]


def _allow_the_other_word(kind: type[Task], schema: Json) -> None:
    """Let `node` stand for `from` and the other way round, as the reader of files does."""
    properties = schema["properties"]
    for word in ("from", "node"):
        other = other_word_for_the_node(kind, word)
        if other in properties:
            words = (other, word, NODES)
            properties |= dict.fromkeys(words, properties[other])
            schema["required"].remove(other)
            schema["oneOf"] = [{"required": [one]} for one in words]
            return
