"""Studies on a Dask cluster: a real one, of two workers."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

import pytest

from tests.marks import nightly
from tests.studies.test_execution import PROGRAM, finished
from tests.studies.writing import SMALL, call, table, write
from tests.waiting import until

BASE = """\
nodes: {count: 3}
chain: {engine: model}
scenario: {serial: {tasks: [join_network: {nodes: all, funds: 100}]}}
"""
ROOT = Path(__file__).parents[2]


class Cluster:
    """A cluster that runs as a program.

    Args:
        program: which.
    """

    def __init__(self, program: "subprocess.Popen[str]") -> None:
        self._program = program
        self.address = self._read()

    def workers(self) -> list[int]:
        """Return the workers' processes, once there are some: those that were killed come back."""
        assert self._program.stdin is not None
        stdin, found = self._program.stdin, list[int]()

        def there() -> bool:
            stdin.write("\n")
            stdin.flush()
            found[:] = json.loads(self._read())
            return bool(found)

        until(there)
        return found

    def _read(self) -> str:
        assert self._program.stdout is not None
        return self._program.stdout.readline().strip()


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Have a cluster for a while."""
    command = [sys.executable, "-m", "tests.studies.cluster"]
    pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=nowhere, text=True, cwd=ROOT
    ) as program:
        yield Cluster(program)
        assert program.stdin is not None
        program.stdin.close()


@pytest.mark.parametrize(("runs", "kills"), [(20, 1), nightly(500, 3)])
def test_killed_clients_and_workers_cost_no_run_and_do_none_twice(
    runs: int, kills: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is killed at random moments, told by how many runs are finished."""
    write(tmp_path, BASE, "base.yaml")
    file = write(tmp_path, f"scenario: base.yaml\nmeasures: [channels]\nreplications: {runs}\n")
    out = tmp_path / "killed"
    moments = sorted(Random(runs).sample(range(1, runs * 9 // 10), 2 * kills))  # noqa: S311
    with cluster() as dask:
        monkeypatch.chdir(tmp_path)  # which is not where the workers are
        command = [*PROGRAM, file.name, "--scheduler", dask.address, "--out", str(out), "--quiet"]
        client = subprocess.Popen(command)
        for number, moment in enumerate(moments):
            until(lambda moment=moment: len(finished(out)) >= moment)  # type: ignore[misc]
            if number % 2:
                client.kill()
                client.wait()
                client = subprocess.Popen(command)
            else:
                workers = dask.workers()
                with suppress(ProcessLookupError):
                    os.kill(workers[number // 2 % len(workers)], signal.SIGKILL)
        assert client.wait() == 0
    keys = finished(out)
    assert len(keys) == runs
    assert set(keys.values()) == {1}
    one = tmp_path / "one"
    assert call("run", file.name, "--jobs", "1", "--out", one, "--quiet") == 0
    found = (out / "runs.csv").read_bytes()
    assert len(found.splitlines()) == runs + 1
    assert found == (one / "runs.csv").read_bytes()


@pytest.mark.nightly  # with a pool of ours instead, by day
def test_a_run_that_kills_its_workers_is_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lethal_measures.py").write_text(
        "import os\n\ndef lethal(graph):\n"
        "    return os._exit(9) if graph.number_of_edges() == 5 else 1\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    text = SMALL.replace("measures: [channels", 'measures: ["lethal_measures:lethal", channels')
    text += "factors: {growth.initial_channel_target: [1, 2, 3]}\n"
    file, out = write(tmp_path, text), tmp_path / "out"
    with cluster() as dask:
        command = [*PROGRAM, str(file), "--scheduler", dask.address, "--out", str(out)]
        assert subprocess.run([*command, "--allow-code"], check=False).returncode == 1
    rows = {row["growth.initial_channel_target"]: row for row in table(out / "runs.csv")}
    assert rows["1"]["error"] == "the workers that ran it died"
    assert [rows[target]["outcome"] for target in "23"] == ["passed", "passed"]


def test_a_scheduler_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.studies.executors.CONNECT_SECONDS", 0.5)
    file = write(tmp_path, SMALL)
    assert call("run", file, "--scheduler", "tcp://127.0.0.1:1", "--out", tmp_path / "out") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("simulator: There is no Dask scheduler at tcp://127.0.0.1:1: ")


def test_without_dask_the_message_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    file = write(tmp_path, SMALL)
    assert call("run", file, "--scheduler", "tcp://127.0.0.1:1", "--out", tmp_path / "out") == 2
    assert "pip install 'raiden-simulator[dask]'" in capsys.readouterr().err
    assert call("run", file, "--parquet", "--out", tmp_path / "out") == 2
    assert "pip install 'raiden-simulator[parquet]'" in capsys.readouterr().err
