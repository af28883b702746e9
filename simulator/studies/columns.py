"""The columns of a study's tables, each with its type."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.studies.design import Design

RUN = "run"
"""The key of a run; what joins the tables."""

FIXED = (RUN, "replication", "seed", "outcome", "error", "command", "digest")
"""What every table of runs has beside factors and measures."""

MAX_INT64 = 2**63 - 1


class ColumnKind(StrEnum):
    """The type of a column."""

    TEXT = "string"
    WHOLE = "int64"
    NUMBER = "double"
    TRUTH = "bool"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    name: str
    kind: ColumnKind


def kind_of(values: Iterable[Any]) -> ColumnKind:
    """Return the type that takes in all values."""
    kinds = {type(value) for value in values}
    if kinds == {bool}:
        return ColumnKind.TRUTH
    if kinds == {int} and all(abs(value) <= MAX_INT64 for value in values):
        return ColumnKind.WHOLE
    return ColumnKind.NUMBER if kinds and kinds <= {int, float} else ColumnKind.TEXT


def columns_of_runs(design: "Design") -> list[Column]:
    """Return the columns of a study's table `runs`."""
    from simulator.studies.measures import is_whole, name_of  # noqa: PLC0415 - which loads a world

    texts = [Column(name, ColumnKind.TEXT) for name in ("outcome", "error", "command", "digest")]
    return [
        Column(RUN, ColumnKind.TEXT),
        *(Column(name, kind_of(design.factors.values(name))) for name in design.factors.names),
        Column("replication", ColumnKind.WHOLE),
        Column("seed", ColumnKind.WHOLE),
        *texts,
        *(
            Column(name_of(name), ColumnKind.WHOLE if is_whole(name) else ColumnKind.NUMBER)
            for name in design.measures
        ),
    ]


SERIES = [
    Column(RUN, ColumnKind.TEXT),
    Column("time", ColumnKind.NUMBER),
    Column("metric", ColumnKind.TEXT),
    Column("value", ColumnKind.NUMBER),
]

CURVE_POINTS = [
    Column(RUN, ColumnKind.TEXT),
    Column("curve", ColumnKind.TEXT),
    Column("x", ColumnKind.NUMBER),
    Column("y", ColumnKind.NUMBER),
]

EXECUTIONS = [
    Column(RUN, ColumnKind.TEXT),
    Column("wall_seconds", ColumnKind.NUMBER),
    Column("host", ColumnKind.TEXT),
    Column("process", ColumnKind.WHOLE),
]
"""What differs from one execution to the next, and is in no other table."""
