"""A run as one page that needs nothing else: no network, no scripts, no other files."""

from base64 import b64encode
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from simulator.reports import workload_record
from simulator.reports.payments import path_text, some_of, told_of
from simulator.reports.record import RunRecord, TaskRecord
from simulator.reports.wording import exact, span, when
from simulator.topology.drawing import Drawing, dark
from simulator.words.units import parse_address

MAX_ROWS = 1000
"""How many tasks, nodes and payments are listed; tools find all of them in the other files."""
MAX_ATTEMPTS = 5
"""So many ways are listed that a payment has tried before its last one."""
MAX_INDENT = 8


@dataclass(slots=True)
class Branch:
    """A task and what it started."""

    record: TaskRecord
    depth: int
    children: "list[Branch]" = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing as it is embedded: for a bright page and for a dark one."""

    light: str
    dark: str
    text: str


def render(
    report: RunRecord,
    data: dict[str, Any],
    channels: dict[str, int],
    before: Drawing,
    after: Drawing,
) -> str:
    """Return the page.

    Args:
        report: the run.
        data: the same as `report.json` has it.
        channels: how many channels there are of each kind.
        before: the network when the root task began.
        after: the network in the end.
    """
    environment = ImmutableSandboxedEnvironment(
        loader=jinja2.PackageLoader("simulator.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["span"] = span
    environment.filters["exact"] = exact
    environment.filters["path"] = path_text
    environment.globals["when"] = when
    style = environment.get_template("report.css").render()
    tree = _flat(_tree(report.tasks))
    return environment.get_template("report.html.j2").render(
        style_hash=b64encode(sha256(style.encode()).digest()).decode(),
        data=data,
        wall_seconds=report.wall_seconds,
        interrupted=report.interrupted,
        counts=_counts(report),
        channels=channels,
        tasks=_shortened(tree),
        tasks_left_out=max(0, len(tree) - MAX_ROWS),
        before=_picture(before) if before.nodes else None,
        after=_picture(after) if after.nodes else None,
        degrees=after.degrees(),
        nodes=data["nodes"][:MAX_ROWS],
        nodes_left_out=max(0, len(data["nodes"]) - MAX_ROWS),
        workloads=[one.texts() for one in report.world.workloads[:MAX_ROWS]],
        workloads_left_out=max(0, len(report.world.workloads) - MAX_ROWS),
        workload_headings=workload_record.HEADINGS,
        workload_numbers=workload_record.NUMBERS,
        payments=some_of(data["payments"], MAX_ROWS),
        payments_told=told_of(data["payments"]),
        payments_left_out=max(0, len(data["payments"]) - MAX_ROWS),
        tokens=_tokens(report, data["payments"]),
        max_attempts=MAX_ATTEMPTS,
        most_tokens=max(max(n["funds"], n["sum_deposits"], 1) for n in data["nodes"]),
        max_indent=MAX_INDENT,
    )


def _counts(report: RunRecord) -> dict[str, int]:
    """Return how many tasks came to which end; groups do not count."""
    counts = Counter(record.status for record in report.tasks if not record.is_group)
    counts["not started"] = max(0, report.scenario.size - counts.total())
    return {status: number for status, number in counts.items() if number}


def _tree(records: list[TaskRecord]) -> list[Branch]:
    """Put tasks below those that started them; they are listed in the order of their starts."""
    roots: list[Branch] = []
    known: dict[str, Branch] = {}
    for record in records:
        parent = _parent(record.path, known)
        branch = Branch(record, parent.depth + 1 if parent else 0)
        (parent.children if parent else roots).append(branch)
        known[record.path] = branch
    return roots


def _parent(path: str, known: dict[str, Branch]) -> Branch | None:
    """Find the task around a path; in the names of repetitions, `#2` belongs to the task above."""
    while "." in path:
        path = path.rpartition(".")[0]
        found = known.get(path) or known.get(path.rpartition("#")[0])
        if found:
            return found
    return None


def _flat(branches: list[Branch]) -> list[Branch]:
    """Return each branch, then what is below it."""
    found: list[Branch] = []
    waiting = branches[::-1]
    while waiting:
        branch = waiting.pop()
        found.append(branch)
        waiting += branch.children[::-1]
    return found


def _shortened(tree: list[Branch]) -> list[Branch]:
    """Leave out what a page can't hold, but nothing that failed."""
    return tree[:MAX_ROWS] + [branch for branch in tree[MAX_ROWS:] if branch.record.failure]


def _tokens(report: RunRecord, rows: list[dict[str, Any]]) -> dict[str, str]:
    """Return what tokens are called, if payments are made in more than one."""
    tokens = {row["token"] for row in rows}
    if len(tokens) < 2:
        return {}
    return {token: report.world.names[parse_address(token)] for token in tokens}


def _picture(drawing: Drawing) -> Picture:
    svg = drawing.svg()
    return Picture(_data_url(svg), _data_url(dark(svg)), drawing.description())


def _data_url(svg: str) -> str:
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
