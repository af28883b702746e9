"""The command line as its users meet it."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest

from simulator import __version__
from simulator.cli.main import main
from simulator.node.dialects import Dialect
from simulator.reports.file_names import FILES
from simulator.system import program
from tests.marks import nightly
from tests.scenarios.writing import SHIPPED, text_of, write
from tests.waiting import PATIENCE_SECONDS

FLAGSHIP = next(str(file) for file in SHIPPED if file.stem == "too_few_peers")
PROGRAM = (sys.executable, "-c", "from simulator.cli.main import main; main()")

Captured = pytest.CaptureFixture[str]


def call(*arguments: str | Path) -> int:
    """Run the command line in this process; return the exit code."""
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    code = end.value.code
    assert isinstance(code, int | None)
    return code or 0


def test_run_shows_tasks_and_a_summary(capsys: Captured) -> None:
    assert call("run", FLAGSHIP) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0] == f"{FLAGSHIP}  Too few peers, seed 0"
    assert lines[1] == "  Three peers find each other"
    assert lines[2].split() == [
        *("ok", "0:00", "-", "0:15", "(block", "0", "to", "1)", "join_network"),
        *("from", "0,", "funds", "100,", "initial_channel_target", "2"),
    ]
    summary = {line.split()[0] for line in lines[-14:] if line}
    assert {"tasks", "channels", "blocks", "gas", "digest", "PASSED"} <= summary
    assert err == ""


def test_a_failing_assertion(tmp_path: Path, capsys: Captured) -> None:
    file = write(tmp_path, text_of("wait: 15", "assert_graph: {nodes: 4}", "wait: 7200"))
    assert call("run", file) == 1
    out, err = capsys.readouterr()
    reason = "assert_graph: nodes: expected 4, actual 0 (not in it: node 0, node 1, node 2)"
    assert f"\n      {reason}\n" in out
    assert f"FAILED {file}:9: scenario.serial.tasks[1]: {reason}" in out
    assert "1 passed, 1 failed, 1 not started" in out
    assert err == ""


def test_an_invalid_file(tmp_path: Path, capsys: Captured) -> None:
    file = write(tmp_path, text_of("wait: soon"))
    for command in ("run", "validate"):
        assert call(command, file) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err == (
            f"{file}:8: scenario.serial.tasks[0].wait.seconds: must be a number, not 'soon'\n"
        )


def test_several_files(tmp_path: Path, capsys: Captured) -> None:
    good = write(tmp_path, text_of("wait: 1"), "good.yaml")
    bad = write(tmp_path, text_of("assert_graph: {nodes: 1}"), "bad.yaml")
    assert call("run", good, good) == 0
    assert call("run", bad, good) == 1
    capsys.readouterr()
    assert call("run", tmp_path / "missing.yaml", bad, good) == 2
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == "1 passed, 1 failed, 1 invalid"
    assert err == f"{tmp_path}/missing.yaml: cannot be read: No such file or directory\n"


def test_seeds(tmp_path: Path, capsys: Captured) -> None:
    file = write(tmp_path, "seed: 5\n" + text_of("wait: 1"))
    assert call("run", file) == 0
    assert "seed 5" in capsys.readouterr().out
    assert call("run", file, "--seed", "-6") == 0
    assert "seed -6" in capsys.readouterr().out


def test_reports(tmp_path: Path) -> None:
    good = write(tmp_path, text_of("wait: 1"), "good.yaml")
    (tmp_path / "more").mkdir()
    same_name = write(tmp_path / "more", text_of("wait: 2"), "good.yaml")
    folder = tmp_path / "report"
    assert call("run", good, "--report", folder) == 0
    assert json.loads((folder / "report.json").read_text())["outcome"] == "passed"
    assert call("run", good, same_name, "--report", folder) == 0
    for name, seconds in (("good", 1.0), ("good-2", 2.0)):
        data = json.loads((folder / name / "report.json").read_text())
        assert data["virtual_seconds"] == seconds
        assert (folder / name / "network.graphml").exists()


def test_a_report_without_a_folder_is_an_error_of_its_file(
    tmp_path: Path, capsys: Captured
) -> None:
    (tmp_path / "file").write_text("")
    assert call("run", FLAGSHIP, "--report", tmp_path / "file") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"{FLAGSHIP}: {tmp_path}/file/report.json: cannot be written: File exists\n"


def test_validate(capsys: Captured) -> None:
    assert call("validate", FLAGSHIP) == 0
    assert capsys.readouterr().out == f"{FLAGSHIP}: valid, 5 nodes, 20 tasks\n"


def test_schema(capsys: Captured) -> None:
    assert call("schema") == 0
    assert json.loads(capsys.readouterr().out)["$schema"].endswith("/schema")
    assert call("schema", "--markdown") == 0
    assert capsys.readouterr().out.startswith("# Reference of scenario files\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "Missing argument 'FILE...'. (see simulator run --help)"),
        (["rum"], "No such command 'rum'. (see simulator --help)"),
        (["run", "--seed"], "Option '--seed' requires an argument."),
        (["run", FLAGSHIP, "--seed", "x"], "Invalid value for '--seed': 'x' is not"),
        (["run", FLAGSHIP, "--seed", str(2**63)], "Invalid value for '--seed': 92"),
    ],
)
def test_usage_errors_are_one_line(arguments: list[str], message: str, capsys: Captured) -> None:
    assert call(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"simulator: {message}")
    assert err.count("\n") == 1


def test_help_and_version(capsys: Captured) -> None:
    assert call("--version") == 0
    out = capsys.readouterr().out
    assert out.startswith(f"simulator {__version__}, commit {program.commit()}, sources ")
    assert program.sources().startswith(out.split()[-1])
    assert call("--help") == 0
    out = capsys.readouterr().out
    assert all(
        f"\n  {command} " in out for command in ("replay", "run", "schema", "up", "validate")
    )
    assert call() == 2
    assert "Usage: simulator" in capsys.readouterr().err


def test_help_names_all_that_a_report_has_and_all_dialects(capsys: Captured) -> None:
    assert call("run", "--help") == 0
    words = capsys.readouterr().out.replace(",", " ").split()
    assert {*FILES} <= {*words}
    assert call("up", "--help") == 0
    words = capsys.readouterr().out.replace(",", " ").replace(".", " ").split()
    assert {*map(str, Dialect)} <= {*words}


def test_commands_come_from_where_the_table_says(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def up() -> None:
        raise click.ClickException("no port is free")

    module = ModuleType("simulator.cli.up")
    module.up = up  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "simulator.cli.up", module)
    assert call("up") == 2


@pytest.mark.parametrize(
    "arguments",
    [
        *(["up", "--help"], ["run", FLAGSHIP]),
        *(nightly([word]) for word in ("--help", "--version")),
        *(nightly(["run", "--help"]), nightly(["validate", FLAGSHIP])),
    ],
)
def test_nothing_is_imported_in_vain(arguments: list[str]) -> None:
    """Neither web3 nor the HTTP stack, which cost seconds; rich is for terminals."""
    code = (
        "import atexit, sys\n"
        "names = ('web3', 'fastapi', 'starlette', 'uvicorn', 'rich', 'aiohttp')\n"
        "atexit.register(lambda: print([n for n in names if n in sys.modules], file=sys.stderr))\n"
        "from simulator.cli.main import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert done.stderr == "[]\n"


def endless(folder: Path) -> Path:
    leave = (
        "serial: {repeat: 1000, tasks: [open_channel: {from: 0, to: 1}, leave_network: {from: 0}]}"
    )
    return write(folder, text_of(leave))


def test_ctrl_c_ends_cleanly(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, "run", str(endless(tmp_path))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        while "leave_network" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert err.split() == ["simulator:", "interrupted"]


def test_text_that_was_the_answer_and_is_lost_is_a_failure() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*PROGRAM, "schema"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "simulator: not all could be shown: No space left on device\n"


def on_a_terminal(*arguments: str) -> tuple[int, str]:
    """Run the command line on a pseudo-terminal; return exit code and output."""
    pid, terminal = pty.fork()
    if pid == 0:
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
        os.execve(PROGRAM[0], [*PROGRAM, *arguments], environment)  # noqa: S606
    output = b""
    try:
        while chunk := os.read(terminal, 65536):
            output += chunk
    except OSError:  # Linux: the other end is closed
        pass
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), output.decode()


def test_a_terminal_gets_tables(tmp_path: Path) -> None:
    many = "parallel: {repeat: 70, tasks: [wait: 5]}"
    file = write(tmp_path, text_of(many, "assert_graph: {nodes: 1}"))
    code, out = on_a_terminal("run", str(file), FLAGSHIP)
    assert code == 1
    assert "71 tasks; the last 60 and what failed:" in out
    assert "nodes: expected 1, actual 0" in out
    assert "from 0, funds 100, initial_channel_target 2" in out
    assert "\x1b[32mok" in out


@pytest.mark.parametrize(
    "outputs",
    [
        ("--junit", "{}/a.yaml"),
        ("--junit", "{}/same", "--summary", "{}/same"),
        ("--report", "{}/out", "--junit", "{}/out/report.json"),
        ("--golden", "{}/out", "--junit", "{}/out/a.golden"),
    ],
)
def test_no_file_is_written_over_another(
    tmp_path: Path, outputs: tuple[str, ...], capsys: Captured
) -> None:
    file = write(tmp_path, text_of("wait: 1"), "a.yaml")
    text = file.read_text(encoding="utf-8")
    options = [option.format(tmp_path) for option in outputs]
    assert call("run", file, *options) == 2
    assert "would be written over something else" in capsys.readouterr().err
    assert file.read_text(encoding="utf-8") == text
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.yaml"]


def test_one_stream_may_take_everything(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, text_of("wait: 1"))
    assert call("run", file, "--junit", os.devnull, "--summary", os.devnull) == 0
    assert "PASSED" in capfd.readouterr().out


def test_parameters_without_a_scenario_are_refused(capsys: Captured) -> None:
    for options in (("--set", "a=1"), ("--parameters", "small")):
        assert call("up", *options) == 2
        assert "say something about a --scenario" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--message-loss", "2"], "'--message-loss': must be a number within 0 to 1, not 2.0."),
        (["--message-loss", "nan"], "'--message-loss': must be a number within 0 to 1, not nan."),
        (["--message-delay", "-1"], "'--message-delay': must be a number within 0 to 100000"),
        (["--message-spread", "odd"], "'fixed', 'uniform', 'exponential'"),
        (["--message-loss", "0.1", "--scenario", os.devnull], "the scenario decides"),
    ],
)
def test_how_messages_travel_can_not_be_nonsense(
    options: list[str], told: str, capsys: Captured
) -> None:
    assert call("up", *options) == 2
    assert told in capsys.readouterr().err
