"""Manifests, and doing a run again."""

import json
import re
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.reports.difference import first_difference, readable
from simulator.system import program
from simulator.words.quoting import visible_line
from tests.scenarios.writing import text_of, write
from tests.test_cli import Captured, call

JOINS = text_of("join_network: {from: 0, funds: 100}", "join_network: {from: 1, funds: 100}")


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file and the report of its run."""
    folder = tmp_path_factory.mktemp("once")
    assert call("run", write(folder, JOINS), "--seed", "7", "--report", folder / "out") == 0
    return folder


@pytest.fixture
def left(once: Path, tmp_path: Path) -> Path:
    """The report of a run, as if the run had been made for this test."""
    copytree(once, tmp_path, dirs_exist_ok=True)
    for file in (tmp_path / "out").iterdir():
        content = file.read_bytes()
        file.write_bytes(content.replace(bytes(once), bytes(tmp_path)))
    return tmp_path / "out"


def manifest_of(folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return data


def test_a_manifest_names_everything(left: Path) -> None:
    data = manifest_of(left)
    report = json.loads((left / "report.json").read_text(encoding="utf-8"))
    for key in ("seed", "digest", "last_block_hash", "versions", "outcome"):
        assert data[key] == report[key]
    assert len(data["scenario"]["sha256"]) == 64
    assert "TokenNetwork.json" in data["artifacts"]
    lines = (left / data["journal"]).read_text(encoding="utf-8").splitlines()
    assert len(lines) == data["events"] > 5
    assert [json.loads(line)["position"] for line in lines] == list(range(len(lines)))


def test_everything_happens_again(left: Path, capsys: Captured) -> None:
    digest = manifest_of(left)["digest"]
    for path in (left, left / "manifest.json"):
        assert call("replay", path) == 0
        assert f"digest {digest}" in capsys.readouterr().out


def test_the_first_different_event_is_shown(left: Path, capsys: Captured) -> None:
    file = Path(manifest_of(left)["scenario"]["file"])
    file.write_text(JOINS.replace("{from: 1, funds: 100}", "{from: 1, funds: 50}"))
    assert call("replay", left) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"note: {file} has changed since: ")
    assert lines[1].startswith("event ")
    assert "expected" in lines[1]
    shown = [line for line in lines[2:] if line.startswith("  ")]
    assert [line[:4] for line in shown] == ["    ", "    ", "    ", "  - ", "  + "]
    assert not any(line.startswith(("digest: ", "last_block_hash: ")) for line in lines)
    assert lines[-1] == f"next: `simulator replay {left} --verbose` shows every event"


def test_a_difference_names_nodes_and_the_task_that_led_to_it(left: Path, capsys: Captured) -> None:
    file = Path(manifest_of(left)["scenario"]["file"])
    file.write_text(JOINS.replace("{from: 1, funds: 100}", "{from: 1, funds: 50}"))
    assert call("replay", left) == 1
    out = capsys.readouterr().out
    told = next(line for line in out.splitlines() if line.startswith("event "))
    assert ": JoinStarted of node 1: funds: expected 100, actual 50; task " in told
    number = 1 + file.read_text().splitlines().index(
        next(line for line in file.read_text().splitlines() if "from: 1, funds: 50" in line)
    )
    assert re.search(rf"; task scenario\.\S+\.join_network, {re.escape(str(file))}:{number}$", told)
    shown = [line for line in out.splitlines() if line.startswith(("    ", "  -", "  +"))]
    assert "JoinStarted  node 1, " in shown[-1]
    assert "0x" not in "".join(shown)


def test_the_commit_is_told_beside_the_sources_but_decides_nothing(
    left: Path, capsys: Captured
) -> None:
    for name in ("commit", "sources", "simulator"):
        spoil(left, "versions", name, value="0.1")
    spoil(left, "last_block_hash", value="0x00")
    assert call("replay", left) == 1
    out = capsys.readouterr().out
    assert "note: commit: 0.1 then, " in out
    assert "cause: changed since: the program (sources); as it was: " in out


def test_another_block_hash_is_a_difference(left: Path, capsys: Captured) -> None:
    data = {**manifest_of(left), "last_block_hash": "0x00"}
    data["versions"]["py-evm"] = "0.1"
    (left / "manifest.json").write_text(json.dumps(data))
    assert call("replay", left) == 1
    out = capsys.readouterr().out
    assert "note: py-evm: 0.1 then, " in out
    assert "last_block_hash: expected 0x00, actual 0x" in out


def spoil(folder: Path, *keys: str, value: object) -> None:
    """Let a manifest say something else."""
    data = place = manifest_of(folder)
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    (folder / "manifest.json").write_text(json.dumps(data))


def cause_of(folder: Path, capsys: Captured) -> str:
    """Replay what must not happen again; return the line that tells why."""
    assert call("replay", folder) == 1
    (line,) = (row for row in capsys.readouterr().out.splitlines() if row.startswith("cause: "))
    return line


def test_a_changed_file_is_told_from_a_changed_seed(left: Path, capsys: Captured) -> None:
    file = Path(manifest_of(left)["scenario"]["file"])
    file.write_text(JOINS.replace("{from: 1, funds: 100}", "{from: 1, funds: 50}"))
    rest = "as it was: the program, the seed, the recorded journal"
    assert cause_of(left, capsys) == f"cause: changed since: the scenario file; {rest}"
    file.write_text(JOINS)
    spoil(left, "seed", value=8)
    rest = "as it was: the program, the scenario file, the recorded journal"
    assert cause_of(left, capsys) == f"cause: changed since: the seed; {rest}"


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        (("versions", "sources"), "sources"),
        (("versions", "networkx"), "networkx"),
        (("versions", "py-evm"), "py-evm"),
        (("artifacts", "TokenNetwork.json"), "TokenNetwork.json"),
    ],
)
def test_a_changed_program_is_told_from_all_else(
    left: Path, keys: tuple[str, str], named: str, capsys: Captured
) -> None:
    spoil(left, *keys, value="0.1")
    assert call("replay", left) == 0
    assert f"note: {named}: 0.1 then, " in capsys.readouterr().out
    spoil(left, "last_block_hash", value="0x00")
    rest = "as it was: the scenario file, the seed, the recorded journal"
    assert cause_of(left, capsys) == f"cause: changed since: the program ({named}); {rest}"


def test_another_commit_of_the_same_sources_is_the_same_program(
    left: Path, capsys: Captured
) -> None:
    spoil(left, "versions", "commit", value="0" * 40)
    spoil(left, "versions", "simulator", value="0.0.1")
    assert call("replay", left) == 0
    assert "note" not in capsys.readouterr().out
    spoil(left, "last_block_hash", value="0x00")
    assert cause_of(left, capsys) == "cause: unknown, since nothing has changed that is recorded"


def test_a_changed_journal_is_no_changed_seed(left: Path, capsys: Captured) -> None:
    lines = (left / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    (left / "journal.jsonl").write_text("\n".join([*lines[:-1], ""]), encoding="utf-8")
    rest = "as it was: the program, the scenario file, the seed"
    assert cause_of(left, capsys) == f"cause: changed since: the recorded journal; {rest}"


def test_a_run_is_checked_again_when_it_was(tmp_path: Path, capsys: Captured) -> None:
    file, out = write(tmp_path, JOINS), tmp_path / "out"
    assert call("run", file, "--check", "never", "--report", out) == 0
    assert manifest_of(out)["check"] == "never"
    assert call("replay", out) == 0
    spoil(out, "check", value=[])
    assert call("replay", out) == 2
    assert "is not a manifest: check is wrong" in capsys.readouterr().err


@pytest.mark.parametrize("engine", ["pyevm", "model", "pyevm-full"])
def test_versions_name_what_executes(engine: str, tmp_path: Path, capsys: Captured) -> None:
    file, out = write(tmp_path, text_of("wait: 1")), tmp_path / "out"
    assert call("run", file, "--engine", engine, "--report", out) == 0
    named = manifest_of(out)["versions"]
    assert named["commit"] == program.commit()
    assert named["sources"] == program.sources()
    assert named["simulator"] == program.version()
    assert {"networkx", "simpy", "python"} <= named.keys()
    assert ("py-evm" in named) == (engine != "model")
    assert "pyrevm" not in named


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read: No such file or directory"),
        ("{", "is not a manifest: it is not JSON"),
        ("[]", "is not a manifest of this version"),
        ('{"manifest": 1, "scenario": 3}', "is not a manifest: scenario is missing or wrong"),
    ],
)
def test_an_unusable_manifest(
    tmp_path: Path, text: str | None, message: str, capsys: Captured
) -> None:
    file = tmp_path / "manifest.json"
    if text is not None:
        file.write_text(text)
    assert call("replay", file) == 2
    assert f"{file}: {message}" in capsys.readouterr().err


BESIDE = "journal must be the name of a file beside it"
WRONG: dict[str, tuple[dict[str, object], str]] = {
    "journal elsewhere": (
        {"journal": "/etc/hosts"},
        "journal must be the name of a file beside it",
    ),
    "journal above": ({"journal": "../a.jsonl"}, BESIDE),
    "journal here": ({"journal": "."}, BESIDE),
    "journal with a NUL": ({"journal": "a\0b"}, BESIDE),
    "no journal": ({"journal": "none.jsonl"}, "none.jsonl: cannot be read: No such file"),
    "a large seed": ({"seed": 2**64}, "seed is not within"),
    "a seed that is a truth": ({"seed": True}, "seed is missing or wrong"),
    "a file with a NUL": ({"scenario": {"file": "a\0b"}}, "a"),
    "a file of no name": ({"scenario": {"file": ""}}, "names no scenario file: a program"),
    "a long file name": ({"scenario": {"file": "a" * 5_000}}, "scenario.file is not a file name"),
    "a half pair": ({"scenario": {"file": "\ud800"}}, "not a file name"),
}


@pytest.mark.parametrize(("changes", "message"), WRONG.values(), ids=WRONG.keys())
def test_a_manifest_that_somebody_made_is_refused_in_one_sentence(
    left: Path, changes: dict[str, object], message: str, capsys: Captured
) -> None:
    (left / "manifest.json").write_text(json.dumps({**manifest_of(left), **changes}))
    assert call("replay", left) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
    assert len(err) < 6_000


def test_what_a_manifest_says_is_quoted_on_one_line_and_short(left: Path, capsys: Captured) -> None:
    data = manifest_of(left)
    lie = "passed\nequal: 20 events\x1b[2J" + "x" * 100_000
    data |= {"outcome": lie, "versions": {lie: lie}}
    (left / "manifest.json").write_text(json.dumps(data))
    assert call("replay", left) == 1
    out = capsys.readouterr().out
    assert "\nequal" not in out
    assert "\x1b" not in out
    assert len(out) < 2_000


def test_a_manifest_of_many_brackets(left: Path, capsys: Captured) -> None:
    for text in ("[" * 200_000, '{"a":' * 200_000):
        (left / "manifest.json").write_text(text)
        assert call("replay", left) == 2
        assert "is not a manifest: it is nested more than 50 deep" in capsys.readouterr().err


def test_a_link_beside_a_manifest_shows_nobody_what_it_leads_to(
    left: Path, capsys: Captured
) -> None:
    (left.parent / "secret").write_text("nobody must see this")
    (left / "journal.jsonl").unlink()
    (left / "journal.jsonl").symlink_to(left.parent / "secret")
    assert call("replay", left) == 2
    out, err = capsys.readouterr()
    assert "journal must be the name of a file beside it" in err
    assert "nobody" not in out + err


STRANGE = {
    "brackets": "[" * 100_000,
    "braces": '{"a":' * 100_000,
    "no number": '{"position":0,"time":"x","event":"A"}',
    "nothing": '{"position":0,"time":null,"event":null}',
    "many digits": '{"position":0,"time":%s,"event":"A"}' % ("9" * 400),
    "too many digits": '{"position":0,"time":%s,"event":"A"}' % ("9" * 5_000),
    "a list": '{"position":[],"time":[1],"event":{"a":[]}}',
    "a truth": '{"position":true,"time":true,"event":true}',
    "infinity": '{"position":0,"time":1e999,"event":"A","x":NaN}',
    "half a pair": '{"position":0,"time":1.0,"event":"\\ud800"}',
    "an escape sequence": '{"position":0,"time":1.0,"event":"\\u001b[2J","\\u009b":"\\r"}',
    "raw": "\x1b[2J\x07 no JSON",
    "long": '{"position":0,"time":1.0,"event":"A","x":"%s"}' % ("x" * 1_000_000),
}


@pytest.mark.parametrize("line", STRANGE.values(), ids=STRANGE.keys())
def test_a_journal_that_somebody_made_is_compared(left: Path, line: str, capsys: Captured) -> None:
    """Whatever stands in it: the first difference is shown, on short lines without commands."""
    (left / "journal.jsonl").write_text(line + "\n", encoding="utf-8")
    assert call("replay", left) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("event 0: ")
    assert "\x1b" not in out
    assert all(len(row) < 5_000 for row in out.splitlines())


@given(st.dictionaries(st.text(max_size=3), st.integers() | st.floats() | st.text() | st.none()))
def test_lines_of_any_values_can_be_read(values: dict[str, object]) -> None:
    lines = [json.dumps({"position": 0, "time": 0, "event": 0, **values}), json.dumps(values)]
    for line in lines:
        text = readable(line)
        assert visible_line(text) == text
        difference = first_difference([line], [ONE])
        assert difference is not None
        assert "\n" not in difference.message()


def test_a_manifest_calls_nobody_up(left: Path, capsys: Captured) -> None:
    data = {**manifest_of(left), "engine": "http://127.0.0.1:1"}
    (left / "manifest.json").write_text(json.dumps(data))
    assert call("replay", left) == 2
    assert "its chain was elsewhere, at http://127.0.0.1:1" in capsys.readouterr().err


def test_an_engine_is_used_again(tmp_path: Path, capsys: Captured) -> None:
    file, out = write(tmp_path, JOINS.replace("engine: model", "engine: pyevm")), tmp_path / "out"
    assert call("run", file, "--engine", "model", "--report", out) == 0
    assert manifest_of(out)["engine"] == "model"
    assert call("replay", out) == 0
    assert "equal: " in capsys.readouterr().out


ONE = '{"position":0,"time":0.0,"event":"A","x":1}'
TWO = '{"position":1,"time":1.0,"event":"B","x":[2,3]}'


@pytest.mark.parametrize(
    ("expected", "actual", "message"),
    [
        ([ONE], [ONE, TWO], "event 1: unexpected B"),
        ([ONE, TWO], [ONE], "event 1: B is missing"),
        ([ONE], [ONE.replace("A", "C")], "event 0: expected A, actual C"),
        ([TWO], [TWO.replace("3", "4")], "event 0: B: x: expected [2, 3], actual [2, 4]"),
        (["?"], [ONE], "event 0: expected ?, actual A"),
        ([ONE.replace(":1}", ": 1}")], [ONE], "event 0: A: written differently"),
    ],
)
def test_differences_in_one_line(expected: list[str], actual: list[str], message: str) -> None:
    difference = first_difference(expected, actual)
    assert difference is not None
    assert difference.message() == message
    assert difference.explain()


@pytest.mark.parametrize("position", range(6))
def test_a_difference_is_shown_behind_the_events_before_it(position: int) -> None:
    """Up to three, or as many as there are."""
    expected = [ONE.replace("0", str(number)) for number in range(6)]
    actual = [*expected[:position], TWO, *expected[position + 1 :]]
    difference = first_difference(expected, actual)
    assert difference is not None
    assert difference.position == position
    assert list(difference.before) == expected[max(0, position - 3) : position]
    marks = [row[:4] for row in difference.explain().splitlines()]
    assert marks == [*["    "] * min(position, 3), "  - ", "  + "]


def test_times_count_from_the_root_task_and_are_told_once(left: Path, capsys: Captured) -> None:
    """As `run` counts them, though the world is older."""
    file = Path(manifest_of(left)["scenario"]["file"])
    second = "      - join_network: {from: 1"
    file.write_text(JOINS.replace(second, f"      - wait_blocks: 2\n{second}"))
    assert call("replay", left) == 1
    told = next(row for row in capsys.readouterr().out.splitlines() if row.startswith("event "))
    assert ": JoinStarted of node 1: time: expected 0:15 (block 1), actual 0:45 (block 3); " in told
    assert "block_time" not in told


def test_equal_journals_have_no_difference() -> None:
    assert first_difference([ONE, TWO], [ONE, TWO]) is None
    assert first_difference([], []) is None


def test_lines_for_people() -> None:
    assert readable(TWO) == "1  1 s  B  x [2, 3]"
    assert readable(TWO.replace("[2,3]", '""')) == "1  1 s  B", "what says nothing is left out"
    assert readable("no JSON") == "no JSON"
