"""Benchmarks run and have their rows. How fast anything is, no test asks."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from benchmarks import __main__ as everything
from benchmarks import anvil, render
from benchmarks.measuring import percentile
from benchmarks.profiles import Shares, layer_of
from benchmarks.results import Results, read
from simulator.chain import evm_ledger, mempool
from tests.chain.anvil import FOLDER
from tests.evm.engines import HERE
from tests.marks import nightly
from tests.waiting import PATIENCE_SECONDS

ROOT = Path(__file__).parents[1]
ANVIL = ["anvil"] if any(FOLDER.glob("anvil-*/bin/anvil*")) else []
ENGINES = ["pyevm", "pyevm-interpreted", *HERE[1:], "pyevm-full"]
WEB3 = ["web3.py on eth-tester, gas given", "web3.py on eth-tester, gas estimated"]
BACKENDS = [
    *(*WEB3, "eth-tester's backend alone", *ENGINES),
    *(f"anvil, {way}" for way in ("web3.py one by one", "signed here, in batches") if ANVIL),
]
COMPILED = ["shortest, compiled"] if find_spec("numba") is not None else []
HAS_REVM = "revm" in HERE
WHAT = {
    "transactions": [("backend", "way", BACKENDS), ("ledger", "way", [*ENGINES, "model", *ANVIL])],
    "networks": [("networks", "engine", [*HERE, "model", "model", *ANVIL])],
    "networks --million": [("networks", "engine", ["model", "model"])],
    "start_graphs": [("start_graphs", "engine", ["model"])],
    "start_graphs --large": [("start_graphs", "engine", ["model"])],
    "large_pages": [("large_pages", "nodes", ["20"])],
    "whole_life": [("whole_life", "what", ["join", "20 payments", "leave"][: 3 * HAS_REVM])],
    "studies": [("studies", "way", ["2 processes", "Dask, 2 workers"])],
    "http_latency": [("http_latency", "phase", ["at rest", "all join"] * 3)],
    "http_joins": [("http_joins", "phase", ["join", "leave"])],
    "memory": [("memory", "rounds", [str(number) for number in range(1, 11)])],
    "graph_measures": [
        (
            "graph_measures",
            "what",
            [
                *("betweenness, exact", "path lengths, exact"),
                *("removal of hubs, one by one", "betweenness from pivots"),
            ],
        )
    ],
    "payments": [
        (
            "payments",
            "what",
            [
                *(f"{way}; no fees" for way in (*COMPILED, "own, plain", "shortest, plain")),
                *(f"{way}; fees as Raiden's" for way in (*COMPILED, "shortest, plain")),
            ],
        )
    ],
    "startup": [
        (
            "startup",
            "what",
            [
                "`simulator up --nodes 2` until `ready`",
                "`simulator up --nodes 2` until every port has answered",
                "`simulator run scenarios/too_few_peers.yaml`",
            ],
        )
    ],
}

QUICK = {"http_joins"}
"""The one whose tiny sizes are done soonest, for all that measure in a process of their own."""

NOTHING_THERE = """
import sys
from pathlib import Path

sys.modules["pyrevm"] = None

from benchmarks import anvil, transactions
from benchmarks.results import Results

anvil.is_there = lambda: False
results = Results(Path(sys.argv[1]), "a test", quick=True)
sys.exit(transactions.measure(results, "--quick", "-k", "openChannel and (revm or anvil)"))
"""


def python(*words: str) -> None:
    """Run Python; that this process may be one of several workers is none of its business."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST")}
    command = [sys.executable, *words]
    subprocess.run(command, check=True, cwd=ROOT, timeout=PATIENCE_SECONDS, env=environment)


def measure(command: str, folder: Path) -> list[dict[str, object]]:
    name, *options = command.split()
    python("-m", f"benchmarks.{name}", *options, "--quick", f"--results={folder}")
    (file,) = folder.glob("*.jsonl")
    return read(file)


@pytest.mark.parametrize("command", [one if one in QUICK else nightly(one) for one in WHAT])
def test_it_has_its_rows_and_a_part_of_the_page(command: str, tmp_path: Path) -> None:
    first, *rows = measure(command, tmp_path)
    assert "run" in first
    page = render.page(tmp_path)
    for table, key, wanted in WHAT[command]:
        found = [str(row[key]) for row in rows if row.get("table") == table]
        assert found == wanted
        assert all(f"| {name} |" in page for name in wanted)
    assert "Tiny sizes" in page
    targets = [row for row in rows if "target" in row]
    assert all(f"| {row['target']} | {row['limit']} |" in page for row in targets)


@pytest.mark.nightly
def test_what_a_node_consists_of_is_told_from_the_largest_part_on(tmp_path: Path) -> None:
    first, *parts = (row for row in measure("node_memory", tmp_path) if "table" in row)
    assert first["what"] == "everything"
    sizes = [float(str(row["bytes"])) for row in parts]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) <= float(str(first["bytes"]))
    assert {"ChannelEntry", "Edge", "ModelChannel"} <= {row["what"] for row in parts}
    assert "| ChannelEntry |" in render.page(tmp_path)


def test_a_profile_has_its_layers(tmp_path: Path) -> None:
    rows = measure("profiles", tmp_path)
    profile = [row for row in rows if row.get("table") == "profile"]
    assert {str(row["engine"]) for row in profile} == {*HERE, "model"}
    for engine, phase in {(row["engine"], row["phase"]) for row in profile}:
        mine = [row for row in profile if (row["engine"], row["phase"]) == (engine, phase)]
        layers = {str(row["layer"]) for row in mine}
        assert layers >= {"ledger, engine", "mempool", "journal", "nodes", "peer graph"}
        assert sum(float(str(row["share"])) for row in mine) == pytest.approx(1)
    assert "| mempool |" in render.page(tmp_path)


@pytest.mark.nightly
def test_every_part_can_be_measured() -> None:
    python("-m", "pytest", "-q", "benchmarks/micro/bench_parts.py", "--benchmark-disable")


@pytest.mark.nightly  # the test after this one chooses some by day
def test_deposits_can_be_measured_alone() -> None:
    alone = ("benchmarks/micro/bench_transactions.py", "-k", "model and setTotalDeposit")
    python("-m", "pytest", "-q", *alone, "--quick")


@pytest.mark.nightly
def test_ways_that_are_not_there_have_their_reasons_on_the_page(tmp_path: Path) -> None:
    python("-c", NOTHING_THERE, str(tmp_path / "transactions.jsonl"))
    _, *rows = read(tmp_path / "transactions.jsonl")
    no_revm, no_anvil = (str(row["note"]) for row in rows)
    assert no_revm.startswith("revm: The engine revm needs pyrevm")
    assert no_anvil == anvil.NO_ANVIL
    assert all(note in render.page(tmp_path) for note in (no_revm, no_anvil))


def test_the_page_has_a_part_for_every_benchmark() -> None:
    at_all_events = {*everything.NAMES, *render.COMMANDS}
    assert at_all_events == render.PARTS.keys() == {*render.FILES}


def test_a_page_needs_figures(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make bench"):
        render.page(tmp_path)


def test_a_page_tells_what_is_missing(tmp_path: Path) -> None:
    results = Results(tmp_path / "startup.jsonl", "python -m benchmarks.startup")
    results.row(
        "startup", what="something", seconds=1.25, shortest=1.0, longest=2.0, cpu_s=None, runs=3
    )
    results.target("something", 1.25, "s", at_most=1)
    results.target("something else", 20, at_least=10)
    results.note("Something could not be measured.")
    page = render.page(tmp_path)
    assert "| something | 1.25 s | 1.00 s | 2.00 s | - | 3 |" in page
    assert "| something | ≤ 1 s | 1.25 s | **no** |" in page
    assert "| something else | ≥ 10 | 20 | yes |" in page
    assert "Something could not be measured." in page
    assert "Not measured yet: `.venv/bin/python -m benchmarks.networks --million`." in page
    assert "Tiny sizes" not in page


def test_percentiles_are_values_that_were_seen() -> None:
    values = [float(number) for number in range(100, 0, -1)]
    assert [percentile(values, share) for share in (0.5, 0.95, 0.99)] == [50, 95, 99]
    assert percentile([3.0], 0.99) == 3


def test_time_of_the_library_counts_for_the_layer_that_asked() -> None:
    assert layer_of(mempool.__file__) == "mempool"
    assert layer_of(evm_ledger.__file__) == "ledger, engine"
    assert layer_of("~") is None
    asked = ("~", 0, "len")
    callers = {
        (mempool.__file__, 1, "f"): (1, 1, 3.0, 3.0),
        (evm_ledger.__file__, 1, "g"): (1, 1, 1.0, 1),
    }
    shares = Shares({asked: (2, 2, 4.0, 4.0, callers)})
    assert shares.of(asked) == {"mempool": 0.75, "ledger, engine": 0.25}
