"""The reference page of study files, made of the same models that check the files."""

from collections.abc import Iterator
from typing import Any

from simulator.reference.scenario_page import key_table
from simulator.reference.schema_words import choice
from simulator.reference.study_schema import PARTS, VARIED, WHAT_RUNS, sections
from simulator.studies.figures.request import FigureKind
from simulator.studies.measures import MEASURES
from simulator.studies.sections import WORKLOAD, WORLD
from simulator.topology.measures import CURVES

Json = dict[str, Any]
Lines = Iterator[str]

HEAD = """\
# Reference of study files

This page is made of the models that check study files: `make docs` writes it anew. How studies
work, with examples, stands in the [guide](studies.md).

A key in **bold** is required. Amounts are whole numbers in the token's smallest unit, and times are
virtual."""

(SCENARIO,), OWN = WHAT_RUNS

FILE = f"""\
Either `{SCENARIO}` is needed, or {choice((f"`{name}`" for name in OWN), "or")}, or both of
these: the network grows first then. The sections
{choice((f"`{name}`" for name in WORLD), "and")} have the keys that they have in
[scenario files](scenario-reference.md), and `{WORKLOAD}` those of [the task](workloads.md);
what such a section must say there, a factor can say here.
A study file is a [template](scenario-reference.md#templates) too."""

FACTORS = f"""\
A factor is named after the way to a key of
{choice((f"`{name}`" for name in VARIED), "or")}, such as
`growth.funds`, or, beside `scenario`, after a variable of that file's template. It has a list of
values, or a range that is drawn from:"""

TITLES = {
    "growth": "`growth`",
    "range": "`factors`",
    **{name: f"`{name}`" for name in PARTS if name != "growth"},
    "figure": "`figures`",
}
"""Of the definitions that have a heading of their own, in the order of the page."""

NEEDS = {
    "sample": "Exactly one of the two is needed.",
    "figure": f"Exactly one of {choice((f'`{kind}`' for kind in FigureKind), 'and')} is needed.",
}


def markdown() -> str:
    """Return the page."""
    schema = sections()
    lines = [HEAD, "", *_section("The file", schema), FILE, ""]
    for name, title in TITLES.items():
        lines += _section(title, schema["$defs"][name], FACTORS if name == "range" else "")
        lines += [NEEDS[name], ""] if name in NEEDS else []
    lines += [*_measures(), *_curves()]
    return "\n".join(lines).rstrip() + "\n"


def _section(title: str, schema: Json, text: str = "") -> Lines:
    yield from (f"## {title}", "", text or schema["description"], "")
    yield from key_table(schema)


def _measures() -> Lines:
    yield from ("## Measures", "")
    yield "[Measures](measures.md) says more of each. A metric of"
    yield "[your own](extending.md#metrics) is named as there."
    yield from ("", "| name | meaning |", "|---|---|")
    for name, measure in MEASURES.items():
        end = "; no series can have it" if measure.at_end else ""
        yield f"| `{name}` | {measure.description}{end} |"
    yield ""


def _curves() -> Lines:
    yield from ("## Curves", "", "| name | meaning |", "|---|---|")
    for name, curve in CURVES.items():
        yield f"| `{name}` | {curve.description} |"
    yield ""
