"""Studies go on where they were stopped, run nothing twice, and failing runs are rows."""

import json
import pickle
import re
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulator import Study, study
from simulator.scenario.run.interrupts import Interrupts
from simulator.studies.reader import read_study
from simulator.studies.run import Interrupted, perform
from simulator.studies.work import work
from simulator.words.errors import ConfigurationError
from tests.studies.writing import SMALL, WORLD, call, run, table, write
from tests.waiting import until

PROGRAM = (sys.executable, "-m", "simulator", "study", "run")
MANY = SMALL.replace("count: 6", "count: 3") + "replications: 20\n"


def finished(out: Path) -> Counter[str]:
    """Return how often each run was finished, by the whole lines of all shards."""
    keys: Counter[str] = Counter()
    for shard in (out / "shards").glob("*.jsonl"):
        lines = shard.read_bytes().split(b"\n")[:-1]
        keys.update(json.loads(line)["run"] for line in lines)
    return keys


def workers(out: Path) -> set[int]:
    """Return the processes that have left shards."""
    return {int(shard.name.split("-")[-2]) for shard in (out / "shards").glob("*.jsonl")}


def runs_on(process: int) -> bool:
    """Tell whether a process is there, and more than a name that nobody has asked for yet."""
    try:
        return bool(Path(f"/proc/{process}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_what_was_killed_goes_on_and_nothing_is_done_twice(tmp_path: Path) -> None:
    file = write(tmp_path, MANY.replace("20", "100"))  # so that some are left when it is killed
    assert call("run", file, "--jobs", "1", "--out", tmp_path / "undisturbed") == 0
    out = tmp_path / "killed"
    command = [*PROGRAM, str(file), "--jobs", "2", "--out", str(out), "--quiet"]
    with subprocess.Popen(command) as client:
        until(lambda: len(finished(out)) > 5)
        client.kill()
    until(lambda: not any(map(runs_on, workers(out))))  # they end with their client
    assert not (out / "runs.csv").exists()
    subprocess.run(command, check=True)
    keys = finished(out)
    assert len(keys) == 100
    assert set(keys.values()) == {1}
    for name in ("runs.csv", "manifest.json"):
        assert (out / name).read_bytes() == (tmp_path / "undisturbed" / name).read_bytes()
    lines = (out / "executions.csv").read_text().splitlines()
    assert len({line.rpartition(",")[2] for line in lines[1:]}) >= 2  # of both clients


def test_half_a_line_counts_as_nothing(tmp_path: Path) -> None:
    out = run(tmp_path, SMALL + "replications: 3\n")
    before = (out / "runs.csv").read_bytes()
    (shard,) = (out / "shards").glob("*.jsonl")
    content = shard.read_bytes()
    shard.write_bytes(content[:-40])
    assert run(tmp_path, SMALL + "replications: 3\n") == out
    assert (out / "runs.csv").read_bytes() == before
    assert len(list((out / "shards").glob("*.jsonl"))) == 2  # nobody wrote behind the half line
    assert set(finished(out).values()) == {1}


def test_ctrl_c_leaves_the_tables_of_what_is_finished(tmp_path: Path) -> None:
    file, out = write(tmp_path, MANY.replace("20", "2000")), tmp_path / "out"
    command = [*PROGRAM, str(file), "--jobs", "2", "--out", str(out), "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as client:
        until(lambda: len(finished(out)) > 5)
        client.send_signal(signal.SIGINT)
        told, _ = client.communicate()
    assert client.returncode == 130
    assert 5 < len(table(out / "runs.csv")) == len(finished(out)) < 2000
    assert "not finished; tables in" in told


def test_a_run_that_the_user_ends_is_no_run_that_has_failed(tmp_path: Path) -> None:
    """It is done when the study goes on; a row would keep it from that."""
    design, interrupts = read_study(write(tmp_path, SMALL)), Interrupts()
    interrupts.happened = True
    (spec,) = design.specs()
    with pytest.raises(Interrupted):
        perform(design, spec, interrupts)


FAILING = (
    WORLD
    + """\
timeout: {virtual_seconds: 200}
factors: {growth.every_seconds: [1, 100]}
measures: [channels]
replications: 2
"""
)


def test_a_run_that_fails_is_a_row_with_its_reason_and_how_to_see_it_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, FAILING)
    assert call("run", "small.yaml", "--jobs", "1") == 1
    told = capsys.readouterr().out
    rows = table(tmp_path / "small-results" / "runs.csv")
    assert [row["outcome"] for row in rows if row["growth.every_seconds"] == "1"] == ["passed"] * 2
    failed = [row for row in rows if row["growth.every_seconds"] == "100"]
    for row in failed:
        assert row["outcome"] == "failed"
        assert "not over after 200 s of virtual time" in row["error"]
        assert row["channels"] == ""
        assert row["command"] == f"simulator study replay small.yaml {row['run']}"
        assert row["error"] in told
        assert row["command"] in told
    assert "4 runs, 2 failed" in told
    words = failed[0]["command"].split()[2:]
    assert call(*words) == 1
    again = capsys.readouterr().out
    assert failed[0]["error"] in again
    assert json.loads(again.partition("\n")[2])["digest"] == failed[0]["digest"]
    assert call("run", "small.yaml", "--jobs", "1") == 1  # they stay failed
    assert set(finished(tmp_path / "small-results").values()) == {1}


def test_a_run_that_takes_too_long_by_the_clock_is_an_error(tmp_path: Path) -> None:
    text = FAILING.replace("virtual_seconds: 200", "wall_seconds: 1e-9")
    assert call("run", write(tmp_path, text), "--jobs", "1", "--out", tmp_path / "out") == 1
    for row in table(tmp_path / "out" / "runs.csv"):
        assert row["outcome"] == "error"
        assert "of your clock" in row["error"]


def test_terms_that_no_node_can_meet_fail_the_run(tmp_path: Path) -> None:
    text = SMALL.replace("funds: 100", "funds: 1000000")
    assert call("run", write(tmp_path, text), "--jobs", "1", "--out", tmp_path / "out") == 1
    (row,) = table(tmp_path / "out" / "runs.csv")
    assert "1000000 is more than the 50000 tokens available" in row["error"]


def test_a_run_that_kills_its_process_is_a_row_and_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deadly_measures.py").write_text(
        "import os\n\ndef lethal(graph):\n"
        "    return os._exit(9) if graph.number_of_edges() == 5 else 1\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    text = SMALL.replace("measures: [channels", 'measures: ["deadly_measures:lethal", channels')
    text += "factors: {growth.initial_channel_target: [1, 2, 3]}\n"
    write(tmp_path, text)
    done = subprocess.run(
        [*PROGRAM, "small.yaml", "--jobs", "2", "--allow-code"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    rows = {
        row["growth.initial_channel_target"]: row
        for row in table(tmp_path / "small-results" / "runs.csv")
    }
    assert rows["1"]["error"] == "the process that ran it died"
    assert rows["1"]["command"].endswith("--allow-code")
    assert [rows[target]["outcome"] for target in "23"] == ["passed", "passed"]


def test_any_executor_gives_the_same_tables(tmp_path: Path) -> None:
    text = SMALL + "replications: 6\n"
    out = run(tmp_path, text)
    with ThreadPoolExecutor(3) as threads:
        results = Study.load(tmp_path / "small.yaml").run(tmp_path / "threads", executor=threads)
    assert (results.folder / "runs.csv").read_bytes() == (out / "runs.csv").read_bytes()
    assert set(finished(results.folder).values()) == {1}


def test_two_clients_at_the_same_time_share_the_work(tmp_path: Path) -> None:
    file, out = write(tmp_path, MANY), tmp_path / "out"
    command = [*PROGRAM, str(file), "--jobs", "1", "--out", str(out), "--quiet"]
    clients = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [client.wait() for client in clients] == [0, 0]
    assert len(finished(out)) == 20
    assert set(finished(out).values()) == {1}
    assert len(table(out / "runs.csv")) == 20


def test_a_folder_that_is_gone_is_begun_anew(tmp_path: Path) -> None:
    """In one process, which remembers what it has seen."""
    small = study(
        chain={"engine": "model"}, nodes={"count": 3}, growth={"funds": 100}, measures=["nodes"]
    )
    first = small.run(tmp_path / "out").runs
    for file in sorted(tmp_path.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    assert small.run(tmp_path / "out").runs == first


def test_another_version_of_the_simulator_is_no_worker(tmp_path: Path) -> None:
    small = Study.load(write(tmp_path, SMALL))._design
    order = pickle.dumps(("another", small.written))
    spec = next(small.specs())
    with pytest.raises(ConfigurationError, match="another version of the simulator"):
        work(order, str(tmp_path / "out"), "session", spec)


def test_progress_tells_rate_and_remaining_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path, SMALL + "replications: 20\n")
    lines = [line for line in capsys.readouterr().out.splitlines() if " of 20 runs" in line]
    assert len(lines) == 10
    for number, line in enumerate(lines[:-1], start=1):
        assert re.fullmatch(rf"{2 * number} of 20 runs, [0-9.e+]+ a second, \d+:\d\d left", line)
    assert re.fullmatch(r"20 of 20 runs, [0-9.e+]+ a second", lines[-1])
