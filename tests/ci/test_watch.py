"""`validate --watch`, in a process of its own: it looks again whenever something has changed."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from threading import Timer

import pytest

from simulator.suite import watching
from simulator.suite.watching import Watch
from simulator.system import files
from tests.scenarios.writing import text_of, write
from tests.test_cli import Captured, call
from tests.waiting import PATIENCE_SECONDS

GOOD = text_of("wait_idle")
BAD = text_of("wait: later", "wait: soon")
SETS = "parameters: {small: {nodes: 2}, large: {nodes: 3}}\n---\n" + text_of(
    "assert_graph: {nodes: '< {{ nodes }}'}"
)
GRAPH = '{"nodes": [{"id": 0}, {"id": 1}], "edges": []}'


class Watching:
    """A process that watches."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        self._lines = process.stdout
        self._process = process

    def round(self) -> list[str]:
        """Return the lines up to the next one that sums a round up, without the time of day."""
        lines = []
        for line in iter(self._lines.readline, ""):
            found = re.fullmatch(r"\d\d:\d\d:\d\d (.*)\n", line)
            lines.append(found[1] if found else line.rstrip())
            if found:
                return lines
        raise AssertionError(f"it has ended: {lines}")

    def interrupted(self) -> int:
        """Return the exit code when Ctrl-C ends it, which it says nothing about."""
        self._process.send_signal(signal.SIGINT)
        assert self._lines.read() == ""
        return self._process.wait()


@contextmanager
def watching_of(*arguments: str | Path) -> Iterator[Watching]:
    with subprocess.Popen(
        [sys.executable, "-m", "simulator", "validate", "--watch", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        patience = Timer(PATIENCE_SECONDS, process.kill)  # a round that never comes is no round
        patience.start()
        try:
            yield Watching(process)
        finally:
            patience.cancel()
            process.kill()


def test_a_file_is_looked_at_again_when_it_changes(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    with watching_of(file) as watch:
        assert watch.round() == ["1 scenario: no mistakes"]
        write(tmp_path, BAD)
        *mistakes, summary = watch.round()
        assert [line.split(":")[1] for line in mistakes] == ["8", "9"]
        assert all(line.startswith(f"{file}:") for line in mistakes)
        assert summary == "1 scenario: 2 mistakes in 1"
        write(tmp_path, GOOD, "new.yaml").replace(file)  # as many editors save
        assert watch.round() == ["1 scenario: no mistakes"]
        file.unlink()
        *mistakes, summary = watch.round()
        assert mistakes == [f"{file}: cannot be read: No such file or directory"]
        assert summary == "1 scenario: 1 mistake in 1"
        write(tmp_path, GOOD)
        assert watch.round() == ["1 scenario: no mistakes"]
        assert watch.interrupted() == 0


def test_a_wrong_call_ends_at_once(tmp_path: Path, capsys: Captured) -> None:
    assert call("validate", "--watch", str(tmp_path / "*.yaml")) == 2
    assert "no file matches" in capsys.readouterr().err
    assert call("validate", "--watch", "--parameters", "x", str(write(tmp_path, GOOD))) == 2
    assert "no file has a set of parameters 'x'" in capsys.readouterr().err


# -- without a process: what happens in the pauses is made to happen ----------------------

Action = Callable[[], object]
Pauses = Callable[..., list[Action]]


def nothing() -> None:
    """Let the time pass."""


def interrupt() -> None:
    """Press Ctrl-C."""
    signal.raise_signal(signal.SIGINT)


@pytest.fixture
def in_the_pauses(monkeypatch: pytest.MonkeyPatch) -> Pauses:
    """Return what takes actions, one for each pause, and returns those that are left."""

    def do(*actions: Action) -> list[Action]:
        left = list(actions)
        monkeypatch.setattr("time.sleep", lambda _seconds: left.pop(0)())
        return left

    return do


def rounds(capsys: Captured, *arguments: str | Path) -> tuple[int, list[list[str]]]:
    """Watch until Ctrl-C; return the exit code, and the lines of each round as they were shown."""
    with redirect_stderr(sys.stdout):
        code = call("validate", "--watch", *arguments)
    found: list[list[str]] = [[]]
    for line in capsys.readouterr().out.splitlines():
        summary = re.fullmatch(r"\d\d:\d\d:\d\d (.*)", line)
        found[-1].append(summary[1] if summary else line)
        if summary:
            found.append([])
    assert found.pop() == []
    return code, found


def write_graph(folder: Path, text: str) -> Action:
    return lambda: (folder / "graph.json").write_text(text)


def test_files_that_come_and_go_in_a_folder_count_and_so_do_their_graphs(
    tmp_path: Path, in_the_pauses: Pauses, capsys: Captured
) -> None:
    folder = tmp_path / "scenarios"
    folder.mkdir()
    a = write(folder, GOOD + "topology: {type: node_link, file: ../graph.json}\n", "a.yaml")
    write_graph(tmp_path, GRAPH)()
    in_the_pauses(
        *(write_graph(tmp_path, "{}"), nothing),
        *(lambda: write(folder, BAD, "b.yaml"), nothing),
        *(write_graph(tmp_path, GRAPH), nothing),
        *((folder / "b.yaml").unlink, *[nothing] * watching.PATIENCE),
        *(a.unlink, *[nothing] * watching.PATIENCE),
        *(lambda: write(folder, BAD, "c.yml"), nothing),
        interrupt,
    )
    code, told = rounds(capsys, folder)
    assert code == 2
    assert [lines[-1] for lines in told] == [
        "1 scenario: no mistakes",
        "1 scenario: 1 mistake in 1",
        "2 scenarios: 3 mistakes in 2",
        "2 scenarios: 2 mistakes in 1",
        "1 scenario: no mistakes",
        "1 scenario: 1 mistake in 1",
        "1 scenario: 2 mistakes in 1",
    ]
    assert "graph.json" in told[1][0]
    assert "there are no scenario files" in told[5][0]


def test_a_set_of_parameters_may_be_missing_for_a_while(
    tmp_path: Path, in_the_pauses: Pauses, capsys: Captured
) -> None:
    file = write(tmp_path, SETS)
    in_the_pauses(
        *(lambda: write(tmp_path, SETS.replace("large", "larger")), nothing),
        *(lambda: write(tmp_path, SETS), nothing),
        interrupt,
    )
    code, (first, (mistake, summary), last) = rounds(capsys, "--parameters", "large", file)
    assert code == 0
    assert first == last == ["1 scenario: no mistakes"]
    assert "no file has a set of parameters 'large': there are larger, small." in mistake
    assert summary == "1 scenario: 1 mistake in 1"


def looked_at(file: Path) -> Watch:
    watch = Watch([str(file)])
    with watch.round() as found:
        assert found == [str(file)]
        files.read(file, 1_000_000)
    return watch


def test_a_file_is_looked_at_when_it_is_whole(tmp_path: Path, in_the_pauses: Pauses) -> None:
    file = write(tmp_path, GOOD)
    watch = looked_at(file)
    parts = [lambda n=n: file.write_text(BAD[:n]) for n in (0, 10, 20, len(BAD))]
    left = in_the_pauses(nothing, *parts, nothing, pytest.fail)
    watch.wait()
    assert left == [pytest.fail]
    assert file.read_text() == BAD


def test_a_file_that_is_gone_is_waited_for_a_while(tmp_path: Path, in_the_pauses: Pauses) -> None:
    file = write(tmp_path, GOOD)
    watch = looked_at(file)
    left = in_the_pauses(file.unlink, nothing, nothing, lambda: file.write_text(BAD), nothing)
    watch.wait()
    assert left == []
    watch = looked_at(file)
    in_the_pauses(file.unlink, *[nothing] * watching.PATIENCE)
    watch.wait()
    assert not file.exists()


def test_one_that_is_written_all_the_time_is_looked_at_too(
    tmp_path: Path, in_the_pauses: Pauses
) -> None:
    file = write(tmp_path, GOOD)
    watch = looked_at(file)
    in_the_pauses(*(lambda n=n: file.write_text("x" * n) for n in range(watching.PATIENCE + 1)))
    watch.wait()


def test_what_changes_while_it_is_looked_at_is_looked_at_again(
    tmp_path: Path, in_the_pauses: Pauses
) -> None:
    file = write(tmp_path, GOOD)
    watch = Watch([str(file)])
    with watch.round():
        files.read(file, 1_000_000)
        file.write_text(BAD)
        files.read(file, 1_000_000)
    left = in_the_pauses(nothing, pytest.fail)
    watch.wait()
    assert left == [pytest.fail]
