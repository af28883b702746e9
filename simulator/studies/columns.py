"""The columns of a study's tables, each with its type."""

from typing import TYPE_CHECKING

from simulator.system.table_files import Column, ColumnKind, kind_of

if TYPE_CHECKING:
    from simulator.studies.design import Design

RUN = "run"
"""The key of a run; what joins the tables."""

FIXED = (RUN, "replication", "seed", "outcome", "error", "command", "digest")
"""What every table of runs has beside factors and measures."""


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
