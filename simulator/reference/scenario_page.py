"""The reference page of the scenario language, made of the same models that check the files.

What a page says about a key comes from the JSON Schema; which words are our own, from the scenario
player's vocabulary. Equal models give equal text.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from simulator.forms import sandbox, template
from simulator.forms.part import key_text
from simulator.reference.json_schema import json_schema
from simulator.reference.schema_words import choice, kind_of, literal, powers
from simulator.scenario.language.kinds import NODES, TASKS
from simulator.scenario.language.player_words import (
    PLAYER_KEYS,
    PLAYER_TASKS,
    UNSUPPORTED_KEYS,
    UNSUPPORTED_OPTIONS,
    UNSUPPORTED_TASKS,
)
from simulator.scenario.tasks import (
    calls,
    groups,
    onchain_calls,
    payments,
    tester_tasks,
    waits,
    workloads,
)
from simulator.scenario.tasks.assertions import Expectation, Question
from simulator.scenario.tasks.event_assertions import EVENTS
from simulator.scenario.tasks.task import Task
from simulator.testnet.start_graph import GRAPHS, TAKES
from simulator.workloads.form import WORKLOAD_PARTS

Json = dict[str, Any]
Lines = Iterator[str]

OURS = " ◆"

HEAD = """\
# Reference of scenario files

This page is made of the models that check scenario files: `make docs` writes it anew. How a file is
built, with examples, stands in the [guide](scenarios.md).

◆ marks what Raiden's scenario player has not. A key in **bold** is required. Amounts are whole
numbers in the token's smallest unit, ETH is in wei, and times are virtual. An empty section
(`token:`) means its defaults."""

OPTIONS = """\
Options of all nodes are in `nodes.default_options`, those of single nodes in
`nodes.node_options`, by number."""

SECTIONS = (
    "timeout",
    "settings",
    "chain",
    "messages",
    "token",
    "nodes",
    "options",
    "topology",
    "fault",
    *WORKLOAD_PARTS,
)
"""The definitions of the JSON Schema that are sections, in the order of the page."""

TITLES = {
    "options": "`nodes`: options of a node",
    "fault": "`faults`",
    **{name: f"`workload`: `{name}`" for name in WORKLOAD_PARTS},
}


def markdown() -> str:
    """Return the page."""
    schema = json_schema()
    definitions = schema["$defs"]
    lines = [HEAD, "", *_section("The file", schema, "file")]
    for name in SECTIONS:
        lines += _section(TITLES.get(name, f"`{name}`"), definitions[name], name)
        lines += {"options": [OPTIONS, ""], "topology": list(_graphs())}.get(name, [])
    lines += _templates()
    lines += ["## Tasks", "", TASKS_HEAD, ""]
    for title, names in _groups():
        lines += [f"### {title}", ""]
        for name in names:
            lines += _task(name, definitions[f"task.{name}"])
    lines += [*_events(), *_refused()]
    return "\n".join(lines).rstrip() + "\n"


def _section(title: str, schema: Json, name: str) -> Lines:
    """Yield a section; a whole section of our own is marked once."""
    theirs = PLAYER_KEYS.get(name)
    yield from (f"## {title}{'' if theirs else OURS}", "", schema["description"], "")
    shown = dict(schema["properties"])
    if name == "fault":
        shown = {key: value for key, value in shown.items() if key not in TASKS}
    yield from key_table({**schema, "properties": shown}, theirs)
    if name == "fault":
        yield f"Exactly one of the two is needed, and one of {_list(tester_tasks.TASKS, 'or')}."
        yield ""


def _graphs() -> Lines:
    yield from ("| `type` | parameters | graph |", "|---|---|---|")
    for name, text in GRAPHS.items():
        parameters = ", ".join(f"`{parameter}`" for parameter in TAKES.get(name, ()))
        yield f"| `{name}` | {parameters} | {text} |"
    yield ""


def _templates() -> Lines:
    yield from ("## Templates", "", "| variable | value |", "|---|---|")
    for name, value in template.VARIABLES.items():
        yield f"| `{name}` | {powers(value) if isinstance(value, int) else literal(value)} |"
    limits = (
        f"A template may have {template.MAX_WORDS:,} words and signs, a range "
        f"{sandbox.MAX_RANGE:,} numbers, all loops together {sandbox.MAX_REPETITIONS:,} rounds, "
        f"and the result {template.MAX_OUTPUT:,} characters. All together may take "
        f"{sandbox.MAX_STEPS:,} steps: an element or a character that is looked at is one, and so "
        "is a part of a loop's body each time."
    )
    yield from (
        "",
        f"Filters: {_list(sorted(sandbox.FILTERS))}.",
        "",
        f"Tests (`is`): {_list(sorted(template.TESTS))}.",
        "",
        limits,
        "",
    )


TASKS_HEAD = """\
`from` is the node that makes a call or is asked, `node` the node that something is done to; a task
about one node only takes either, and `nodes`. Where a node can stand, there can be several: a range
such as `0-9`, a list such as `[0, 2, 5-7]`, or `all`. Then the task is one of each of them, at the
same time. Functions of your own are tasks and assertions too: see
[extending](extending.md)."""


def _groups() -> list[tuple[str, list[str]]]:
    found = [
        ("Order", [*groups.TASKS, *waits.TASKS]),
        ("Calls of a node's API", [*calls.TASKS, *payments.CALLS, *onchain_calls.CALLS]),
        ("Workloads", [*workloads.CALLS]),
        ("A tester's hands", [*tester_tasks.TASKS]),
    ]
    known = {name for _, names in found for name in names}
    return [*found, ("Assertions", [name for name in TASKS if name not in known])]


def _task(name: str, schema: Json) -> Lines:
    """Yield a task: what it does, its parameters, and how else it may be written."""
    theirs = PLAYER_TASKS.get(name)
    yield from (f"#### `{name}`{OURS if theirs is None else ''}", "", schema["description"], "")
    full, *short = schema["anyOf"]
    if full["properties"]:
        yield from key_table(full, theirs)
    notes = [*_needs(TASKS[name]), *_short_forms(name, short)]
    if notes:
        yield from (" ".join(notes), "")


def _needs(kind: type[Task]) -> Iterator[str]:
    """Yield which of its parameters an assertion can't do without."""
    if not issubclass(kind, Expectation) or kind.says_something_alone:
        return
    fields = kind.model_fields
    if any(fields[subject].is_required() for subject in kind.subjects):
        return
    all_of_them = 1 < len(kind.subjects) == len(fields.keys() - {"timeout"})
    subjects = "them" if all_of_them else _list(kind.subjects, "or")
    one = "At least one of " if len(kind.subjects) > 1 else ""
    answer = ", unless `expected_http_status` says that the call fails"
    yield f"{one}{subjects} is needed{answer if issubclass(kind, Question) else ''}."


def _short_forms(name: str, forms: Iterable[Json]) -> Iterator[str]:
    for form in forms:
        if form == {"type": "null"}:
            yield f"Short: `{name}:`, or `{name}` in a list of tasks."
        else:
            yield f"Short: `{name}: {form['examples'][0]}`."


def _events() -> Lines:
    yield from (
        "#### Events that `assert_events` counts",
        "",
        "| `contract_name` | `event_name` | arguments |",
        "|---|---|---|",
    )
    for contract, kinds in EVENTS.items():
        for event, kind in kinds.items():
            arguments = ", ".join(f"`{argument}`" for argument in kind.arguments)
            yield f"| `{contract}` | `{event}` | {arguments} |"
    yield ""


def key_table(schema: Json, theirs: frozenset[str] | None = None) -> Lines:
    """Yield one row for each key, and an empty line.

    Args:
        schema: what has the keys.
        theirs: those that the scenario player has; None: the whole thing is ours.
    """
    yield from ("| key | type | default | meaning |", "|---|---|---|---|")
    alternatives = [form["required"][0] for form in schema.get("oneOf", ())]
    required = set(schema.get("required", ()))
    for key, content in _in_order(schema["properties"], alternatives):
        words = [key]
        if NODES in alternatives and key in alternatives:
            words += [word for word in alternatives if word != key]
            required.add(key)
        name = " or ".join(f"`{word}`" for word in words)
        name = f"**{name}**" if key in required else name
        mark = OURS if theirs and not theirs & set(words) else ""
        default = literal(content["default"]) if content.get("default") not in (None, "") else ""
        yield f"| {name}{mark} | {kind_of(content)} | {default} | {content['description']} |"
    yield ""


def _in_order(properties: Json, alternatives: list[str]) -> list[tuple[str, Json]]:
    """Return the keys that get a row: who is meant first, and how it must end last."""
    if NODES in alternatives:  # they are one, under the word that its model has
        others = {*alternatives[1:]}
        properties = {key: value for key, value in properties.items() if key not in others}
    properties = {key: value for key, value in properties.items() if "description" in value}
    last = "expected_http_status"
    return sorted(properties.items(), key=lambda item: (item[0] == last, item[0] != "from"))


def _list(words: Iterable[str], last: str = "and") -> str:
    return choice((f"`{word}`" for word in words), last)


def _refused() -> Lines:
    """Yield the words of the scenario player that are refused when a file is loaded."""
    yield from (
        "## What the scenario player has and this language has not",
        "",
        "Each is refused when the file is loaded, with the reason.",
        "",
        "| key or task | reason |",
        "|---|---|",
    )
    for path, reason in UNSUPPORTED_KEYS.items():
        if len(path) > 1 and path[1] not in PLAYER_KEYS[str(path[0])]:
            continue  # a key that was ours once
        where = "any call or assertion: " if len(path) == 1 else ""
        yield f"| {where}`{key_text(path)}` | {reason.removeprefix('is not supported: ')} |"
    for reason, options in groupby(UNSUPPORTED_OPTIONS, UNSUPPORTED_OPTIONS.__getitem__):
        names = _list(options)
        yield f"| options of nodes: {names} | {reason.removeprefix('is not supported: ')} |"
    for name, reason in UNSUPPORTED_TASKS.items():
        yield f"| `{name}` | {reason} |"
    yield ""
