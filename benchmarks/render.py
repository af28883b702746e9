"""Write docs/performance.md from the figures that the benchmarks have left.

Nothing is measured here: the same figures give the same page.
"""

import argparse
import textwrap
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measuring import GIB, MIB
from benchmarks.results import FOLDER, TIMES, Row, read

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
FILES = (
    *("transactions", "networks", "million", "start_graphs", "large_start_graph", "startup"),
    *("http_latency", "http_joins", "memory", "graph_measures", "payments", "whole_life"),
    *("studies", "profiles"),
)
"""The files of figures, in the order of the page."""

END = "#where-the-time-goes"

INTRODUCTION = """
How fast the simulator is, and where its time goes. `make bench` measures it on your machine in
some twenty minutes and writes this page anew; `make bench-million` adds a million nodes, and half
a million channels to start with, which takes up to half an hour, and 6 GB. Compare ratios rather
than seconds: other machines are faster or slower, ratios hardly differ.
"""

TRANSACTIONS = """
Each way opens channels between accounts (`openChannel`) and deposits into each
(`setTotalDeposit`); figures are transactions in a second, the medians of several rounds that
pytest-benchmark has timed. The ratio is to the first row: web3.py's defaults on eth-tester's own
backend, gas given, one block for each transaction, measured in the same run. Ways inside the
process count the processor's time, ways to anvil the wall's.
"""

LEDGER = """
Nodes take the way through the ledger: typed calls go in, decoded events come out, and a block
holds what fits into a slot. Ratios are to the same web3.py as above; the last column is 500 empty
blocks after one that is not.
"""

NETWORKS = """
An empty network, a target of 3 channels and funds of 100 for each node. *Join* ends when
everything is at rest, deposits into the channels of others included. Then all nodes leave: every
channel is closed and settled after 500 blocks, and all tokens come back. *At once* means that all
nodes begin at the same moment, *waves* that the next 100 begin when the last 100 are in. *CPU* is
the processor's part of the time before it.
"""

YIELDS = """
The same by what it yields. *Channels* are those between nodes, without Raiden's bootstrap
address. Leaving has a quarter more transactions than joining, and takes as much longer, since
every channel is closed and settled, the bootstrap channels too; in waves, those who stay open new
channels meanwhile. *Joining tx/s* and *leaving tx/s* tell how many are done in a second. *Each
join* is the processor's time. Every size has a process of its own, whose peak of memory includes
Python and all libraries, but not an anvil. Sizes and leaves that take many minutes are measured
by `--full` only.
"""

START_GRAPHS = """
Scale-free graphs, with five channels for each node that came, which are opened and funded from both
ends before a testnet is there: two transactions for each channel. No function has much of the time:
a quarter is the journal, with all whom it tells, a third the two calls of nodes, with their queues
and checks, a tenth the ledger, and the rest the mempool with deadlines and receipts.
"""

WHOLE_LIFE = """
Nodes join on contracts, pay each other over the shortest ways, one payment after the other, and
leave: every channel is closed with its balance proofs and settled, and every wallet holds in the
end what its node believed to have off the chain.
"""

STUDIES = """
What a study costs beside its runs, which are only pretended: processes, claims, shards, keys that
come back, and tables at the end. *Client* is the memory of the process that waits for them all.
"""

STARTUP = """
From the start of the process, imports included, to the moment named: the median of several runs,
with file caches warm. *CPU* is what the process and its children have used of the processor.
"""

PAYMENTS = """
One after the other, with all messages and events, once the network is there: scale-free, with
five channels for each node that came. [Compiled](routing.md#what-searches-cost) is what the extra
`fast` brings. One process does all of it, row by row, and keeps the whole journal. Of a payment
with compiled searches a tenth is the search; the rest are a dozen messages, each of which is
booked, recorded and handled in turn at both ends.
"""

LATENCY = """
`GET /api/v1/connections` from many clients in another process, at rest and while all nodes join
at once. *Pause* is what each client waits after an answer: half a second is a script that polls.
Without one, the clients take whatever the server has left, the joins take longer for it, and a
stall counts only once for each client, which flatters the percentiles. *Connection* says whether
each request makes a new one, to one node after the other, or a client keeps its own. *At* is when
the one that took longest was asked for, since the beginning.
"""

HTTP_JOINS = """
`PUT /api/v1/connections/<token>` to all nodes of an empty network from many clients in another
process: each takes the next node, and waits for its answer. When everything is at rest, all nodes
leave by `DELETE` in the same way.
"""

KEPT = """
`simulator up` with nodes that all join and then all leave, in each round, through their own ports.
What is kept of the past is bounded, so memory grows until that many blocks and journal entries
have come, and stays where it is from then on.
"""

PROFILE = """
Profiles of nodes that all join, or leave, at once. The profiler makes small functions look dearer
than they are: read the shares as a hint.
"""


def prose(text: str) -> str:
    """Return a paragraph with lines of equal length."""
    return textwrap.fill(" ".join(text.split()), 100, break_on_hyphens=False) + "\n"


def number(value: Any) -> str:
    """Return a figure with three digits that matter."""
    if value is None:
        return "-"
    if not isinstance(value, float):
        return f"{value:,}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def seconds(value: float | None) -> str:
    """Return a time, where there is one."""
    return "-" if value is None else f"{number(value)} s"


def ratio(value: float) -> str:
    """Return how many times something is another."""
    return f"{number(value)}{TIMES}"


def percent(value: float) -> str:
    """Return a share of the whole."""
    return f"{100 * value:.0f} %"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Return a Markdown table; the first `left` columns hold words, the others figures."""
    marks = ["---" if place < left else "---:" for place in range(len(head))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, marks, *rows)) + "\n"


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
    yield prose(TRANSACTIONS)
    yield "### At the backend\n"
    yield table(head, [_rates(row) for row in pick(rows, "backend")])
    yield "### Through the ledger\n"
    yield prose(LEDGER)
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
    yield prose(NETWORKS)
    yield _times(found)
    yield prose(YIELDS)
    yield _yields(found)


def million(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about a million nodes."""
    found = pick(rows, "networks")
    yield _times(found)
    yield _yields(found)


def start_graphs(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about graphs to start from."""
    yield prose(START_GRAPHS)
    yield _started(rows)


def large_start_graph(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about a very large one."""
    yield _started(rows)


def _started(rows: Sequence[Row]) -> str:
    cells = [
        [
            row["engine"],
            *(number(row[key]) for key in ("nodes", "channels")),
            *(seconds(row[key]) for key in ("start_s", "cpu_s")),
            f"{row['channel_ms']:.2f} ms",
            _memory(row["peak_bytes"]),
        ]
        for row in pick(rows, "start_graphs")
    ]
    head = ["", "nodes", "channels", "start", "CPU", "each channel", "peak memory"]
    return table(head, cells)


def whole_life(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about nodes that join, pay and leave on contracts."""
    yield prose(WHOLE_LIFE)
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
    yield prose(STUDIES)
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
    yield prose(STARTUP)
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
    yield prose(PAYMENTS)
    yield table(["ways; fees", *sizes, "CPU", "one payment", "peak memory"], cells)


def _pause(row: Row) -> str:
    return f"{row['pause_s']} s" if row["pause_s"] else "none"


def latency(rows: Sequence[Row]) -> Iterator[str]:
    """Yield the part about answers over HTTP."""
    yield prose(LATENCY)
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
    yield prose(HTTP_JOINS)
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
    yield prose(KEPT)
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
    yield prose(PROFILE)
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
    parts = ["# Performance\n", prose(INTRODUCTION), *targets(every)]
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
