"""Write docs/performance.md from the figures that the benchmarks have left.

Nothing is measured here: the same figures give the same page.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks import texts
from benchmarks.markdown import number, percent, prose, ratio, seconds, table
from benchmarks.measuring import GIB, MIB
from benchmarks.results import FOLDER, Row, read
from simulator.system.large_pages import VARIABLES

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
FILES = (
    *("transactions", "networks", "million", "start_graphs", "large_start_graph", "startup"),
    *("http_latency", "http_joins", "memory", "node_memory", "large_pages", "graph_measures"),
    *("payments", "whole_life", "studies", "profiles"),
)
"""The files of figures, in the order of the page."""

END = "#where-the-time-goes"


def pick(rows: Sequence[Row], name: str) -> list[Row]:
    """Return the rows of a table."""
    return [row for row in rows if row.get("table") == name]


def _rates(row: Row) -> list[str]:
    kinds = ("openChannel", "setTotalDeposit")
    return [
        row["way"],
        *(text for kind in kinds for text in (number(row[kind]), ratio(row[f"{kind} ratio"]))),
    ]


def transactions(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about transactions per second."""
    head = ["", "openChannel/s", "ratio", "setTotalDeposit/s", "ratio"]
    yield prose(texts.TRANSACTIONS)
    yield "### At the backend\n"
    yield table(head, [_rates(row) for row in pick(rows, "backend")])
    yield "### Through the ledger\n"
    yield prose(texts.LEDGER)
    cells = [[*_rates(row), f"{number(row['empty_ms'])} ms"] for row in pick(rows, "ledger")]
    yield table([*head, "empty"], cells)


def _pattern(row: Row) -> str:
    return f"waves of {row['wave']}" if row["wave"] else "at once"


def _times(rows: Sequence[Row]) -> str:
    head = ["", "nodes", "", "set-up", "join", "CPU", "leave", "CPU"]
    cells = [
        [row["engine"], number(row["nodes"]), _pattern(row)]
        + [
            seconds(row[key])
            for key in ("set_up_s", "join_s", "join_cpu_s", "leave_s", "leave_cpu_s")
        ]
        for row in rows
    ]
    return table(head, cells)


def _yields(rows: Sequence[Row]) -> str:
    head = ["", "nodes", "", "channels", "transactions", "to leave", "joining tx/s"]
    head += ["leaving tx/s", "joins/s", "each join", "peak memory"]
    cells = [
        [
            row["engine"],
            number(row["nodes"]),
            _pattern(row),
            *(number(row[key]) for key in ("channels", "transactions", "leave_transactions")),
            *(number(row.get(key)) for key in ("transactions_s", "leaving_s", "joins_s")),
            f"{number(1000 * row['join_cpu_s'] / row['nodes'])} ms",
            _memory(row["peak_bytes"]),
        ]
        for row in rows
    ]
    return table(head, cells)


def _memory(count: int) -> str:
    return f"{count / GIB:.1f} GiB" if count >= GIB else f"{count / MIB:.0f} MiB"


def networks(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about joins and leaves."""
    found = pick(rows, "networks")
    yield prose(texts.NETWORKS)
    yield _times(found)
    yield prose(texts.YIELDS)
    yield _yields(found)


def million(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about a million nodes."""
    found = pick(rows, "networks")
    yield prose(texts.MILLION)
    yield _times(found)
    yield _yields(found)


def start_graphs(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about graphs to start from."""
    yield prose(texts.START_GRAPHS)
    yield _started(rows)


def large_start_graph(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about a very large one."""
    yield _started(rows)


def _started(rows: Sequence[Row]) -> str:
    cells = [
        [
            row["engine"],
            *(number(row[key]) for key in ("nodes", "channels")),
            row["funded_from"],
            *(seconds(row[key]) for key in ("start_s", "cpu_s")),
            f"{row['channel_ms']:.2f} ms",
            _memory(row["peak_bytes"]),
        ]
        for row in pick(rows, "start_graphs")
    ]
    head = ["", "nodes", "channels", "funded from", "start", "CPU", "each channel", "peak memory"]
    return table(head, cells)


def node_memory(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about what a node consists of."""
    yield prose(texts.NODE_MEMORY)
    cells = [
        [row["what"], number(row["count"]), f"{row['bytes']:,.0f}"]
        for row in pick(rows, "node_memory")
    ]
    yield table(["of a node", "objects", "bytes"], cells)


def large_pages(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about pages of memory."""
    yield prose(texts.LARGE_PAGES)
    yield f"    export {' '.join(f'{name}={text}' for name, text in VARIABLES.items())}\n"
    cells = [
        [
            number(row["nodes"]),
            *(seconds(row[key]) for key in ("small_s", "large_s")),
            ratio(row["ratio"]),
        ]
        for row in pick(rows, "large_pages")
    ]
    yield table(["model, nodes", "small pages", "large pages", "ratio"], cells)


def whole_life(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about nodes that join, pay and leave on contracts."""
    yield prose(texts.WHOLE_LIFE)
    cells = [
        [row["what"], number(row["nodes"]), seconds(row["cpu_s"])]
        for row in pick(rows, "whole_life")
    ]
    yield table(["revm", "nodes", "CPU"], cells)
    for row in pick(rows, "outcome"):
        succeeded, memory = number(row["succeeded"]), _memory(row["peak_bytes"])
        yield f"{succeeded} payments have succeeded. The process had {memory} at most.\n"


def studies(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about studies."""
    yield prose(texts.STUDIES)
    cells = [
        [
            row["way"],
            number(row["runs"]),
            f"{row['ms_for_each']:.2f} ms",
            f"{row['client_mib']:.0f} MiB",
        ]
        for row in pick(rows, "studies")
    ]
    yield table(["", "runs", "beside each", "client"], cells)


def startup(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about starting."""
    yield prose(texts.STARTUP)
    keys = ("seconds", "shortest", "longest", "cpu_s")
    cells = [
        [row["what"], *(seconds(row[key]) for key in keys), str(row["runs"])]
        for row in pick(rows, "startup")
    ]
    yield table(["", "median", "shortest", "longest", "CPU", "runs"], cells)


def graph_measures(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about measures of graphs."""
    yield "Scale-free graphs; betweenness with scipy, [where it is installed](measures.md).\n"
    sizes = ("nodes", "channels")
    cells = [
        [one["what"], *(f"{one[key]:,}" for key in sizes), seconds(one["cpu_s"]), one["told"]]
        for one in pick(rows, "graph_measures")
    ]
    yield table(["", *sizes, "CPU", "of it"], cells)


def payments(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about payments."""
    sizes = ("nodes", "payments", "succeeded")
    cells = [
        [
            one["what"],
            *(f"{one[key]:,}" for key in sizes),
            seconds(one["cpu_s"]),
            f"{one['payment_ms']:.2f} ms",
            _memory(one["peak_bytes"]),
        ]
        for one in pick(rows, "payments")
    ]
    yield prose(texts.PAYMENTS)
    yield table(["ways; fees", *sizes, "CPU", "one payment", "peak memory"], cells)


def _pause(row: Row) -> str:
    return f"{row['pause_s']} s" if row["pause_s"] else "none"


def latency(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about answers over HTTP."""
    yield prose(texts.LATENCY)
    head = [
        "",
        "nodes",
        "clients",
        "pause",
        "connection",
        "took",
        "requests",
        "median",
        "95 %",
        "99 %",
        "most",
        "at",
    ]
    cells = [
        [row["phase"], number(row["nodes"]), str(row["clients"]), _pause(row), row["connection"]]
        + [f"{number(row['phase_s'])} s", number(row["requests"])]
        + [f"{row[key]:.0f} ms" for key in ("median_ms", "p95_ms", "p99_ms", "max_ms")]
        + [seconds(row["max_at_s"])]
        for row in pick(rows, "http_latency")
    ]
    yield table(head, cells)


def http_joins(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about calls that change something."""
    yield prose(texts.HTTP_JOINS)
    head = ["", "nodes", "clients", "took", "calls/s", "median", "95 %", "most"]
    cells = [
        [row["phase"], number(row["nodes"]), str(row["clients"])]
        + [f"{number(row['phase_s'])} s", number(row["calls_per_s"])]
        + [f"{row[key]:.0f} ms" for key in ("median_ms", "p95_ms", "max_ms")]
        for row in pick(rows, "http_joins")
    ]
    yield table(head, cells)


def memory(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about what a testnet that is up for long keeps."""
    yield prose(texts.KEPT)
    head = ["rounds", "nodes", "engine", "memory", "blocks", "kept", "journal entries", "kept"]
    cells = [
        [
            number(row["rounds"]),
            number(row["nodes"]),
            row["engine"],
            _memory(row["memory_bytes"]),
            *(number(row[key]) for key in ("blocks", "blocks_kept", "entries", "entries_kept")),
        ]
        for row in pick(rows, "memory")
    ]
    yield table(head, cells, left=0)


def _profiled(row: Row) -> str:
    return f"{row['engine']}, {row['nodes']:,} {row['phase']}"


def profiles(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about where the time goes."""
    yield prose(texts.PROFILE)
    found = pick(rows, "profile")
    runs = list(dict.fromkeys(map(_profiled, found)))
    share = {(_profiled(row), row["layer"]): row["share"] for row in found}
    layers = sorted(
        {row["layer"] for row in found},
        key=lambda layer: -max(share.get((run, layer), 0.0) for run in runs),
    )
    cells = [[layer, *(percent(share.get((run, layer), 0)) for run in runs)] for layer in layers]
    yield table(["layer", *runs], cells)
    yield "The functions with the most time of their own:\n"
    for run in runs:
        lines = [row for row in pick(rows, "functions") if _profiled(row) == run]
        told = ", ".join(f"`{row['function']}` {percent(row['share'])}" for row in lines)
        yield f"- {run}: {told}"
    yield ""


PARTS: dict[str, tuple[str, Callable[[Sequence[Row]], Iterator[str]]]] = {
    "transactions": ("Transactions per second", transactions),
    "networks": ("Networks that join and leave", networks),
    "million": ("A million nodes", million),
    "start_graphs": ("Graphs to start from", start_graphs),
    "large_start_graph": ("Half a million channels to start with", large_start_graph),
    "startup": ("Start-up", startup),
    "http_latency": ("Reads while a network joins", latency),
    "http_joins": ("Joining and leaving over HTTP", http_joins),
    "memory": ("Memory of a testnet that stays up", memory),
    "node_memory": ("Memory of a node", node_memory),
    "large_pages": ("Memory in large pages", large_pages),
    "graph_measures": ("Measures of graphs", graph_measures),
    "payments": ("Payments", payments),
    "whole_life": ("From the first join to the last settlement", whole_life),
    "studies": ("Studies", studies),
    "profiles": ("Where the time goes", profiles),
}
COMMANDS = {"million": "networks --million", "large_start_graph": "start_graphs --large"}


def targets(every: dict[str, list[Row]]) -> Iterator[str]:
    """Yield the table of what should be reached, and what is."""
    rows = [row for part in every.values() for row in part if "target" in row]
    missed = [row for row in rows if not row["met"]]
    cells = [
        [row["target"], row["limit"], row["value"], "yes" if row["met"] else "**no**"]
        for row in rows
    ]
    yield "## Targets\n"
    if missed:
        met = len(rows) - len(missed)
        yield f"{met} of {len(rows)} are met; for the others, see [where the time goes]({END}).\n"
    yield table(["", "target", "measured", "met"], cells)


def machine(run: Row) -> Iterator[str]:
    """Yield where the figures come from."""
    yield "## Machine\n"
    memory = run["memory_bytes"] / GIB
    yield f"{run['cpu']}, {run['cores']} cores, {memory:.0f} GiB of memory, {run['system']}.\n"
    yield ", ".join(f"{name} {version}" for name, version in run["versions"].items()) + ".\n"


def measured(run: Row) -> str:
    """Return how a part's figures are had again, and when they were."""
    note = f"Measured on {run['date']} at commit {run['commit']}, "
    note += f"load {run['load']:g} before it began."
    quick = " **Tiny sizes: these figures say nothing.**" if run["quick"] else ""
    return f"    .venv/bin/{run['command']}\n\n{note}{quick}\n"


def page(folder: Path) -> str:
    """Return the whole page.

    Raises:
        FileNotFoundError: nothing has been measured.
    """
    every = {name: rows for name in FILES if (rows := read(folder / f"{name}.jsonl"))}
    if not every:
        raise FileNotFoundError(f"{folder} has no figures: run `make bench` first.")
    parts = ["# Performance\n", prose(texts.INTRODUCTION), *targets(every)]
    for name in FILES:
        title, render = PARTS[name]
        parts.append(f"## {title}\n")
        if name not in every:
            command = COMMANDS.get(name, name)
            parts.append(f"Not measured yet: `.venv/bin/python -m benchmarks.{command}`.\n")
            continue
        (run, *rows) = every[name]
        parts += render(rows)
        parts += [row["note"] + "\n" for row in rows if "note" in row]
        parts.append(measured(run["run"]))
    newest = max((rows[0]["run"] for rows in every.values()), key=lambda run: str(run["date"]))
    parts += machine(newest)
    return "\n".join(parts)


def main(arguments: list[str] | None = None) -> None:
    """Write the page."""
    made = argparse.ArgumentParser(description="Write docs/performance.md from the figures.")
    made.add_argument("--results", type=Path, default=FOLDER, help="where the figures are")
    made.add_argument("--page", type=Path, default=PAGE, help="where the page goes")
    options = made.parse_args(arguments)
    options.page.write_text(page(options.results), encoding="utf-8")


if __name__ == "__main__":
    main()
