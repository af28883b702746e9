"""Manifests, and doing a run again."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulator.scenario.difference import first_difference, readable
from tests.scenarios.writing import text_of, write
from tests.test_cli import Captured, call

JOINS = text_of("join_network: {from: 0, funds: 100}", "join_network: {from: 1, funds: 100}")


@pytest.fixture
def left(tmp_path: Path, capsys: Captured) -> Path:
    """The report of a run."""
    file = write(tmp_path, JOINS)
    assert call("run", file, "--seed", "7", "--report", tmp_path / "out") == 0
    capsys.readouterr()
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
    assert lines[0] == f"note: {file} has changed since"
    assert lines[1].startswith("event ")
    assert "expected" in lines[1]
    shown = [line for line in lines[2:] if line.startswith("  ")]
    assert [line[:4] for line in shown] == ["    ", "    ", "    ", "  - ", "  + "]
    assert any(line.startswith("digest: expected ") for line in lines)


def test_another_block_hash_is_a_difference(left: Path, capsys: Captured) -> None:
    data = {**manifest_of(left), "last_block_hash": "0x00"}
    data["versions"]["py-evm"] = "0.1"
    (left / "manifest.json").write_text(json.dumps(data))
    assert call("replay", left) == 1
    out = capsys.readouterr().out
    assert "note: py-evm: 0.1 then, " in out
    assert "last_block_hash: expected 0x00, actual 0x" in out


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


def test_a_manifest_calls_nobody_up(left: Path, capsys: Captured) -> None:
    data = {**manifest_of(left), "engine": "http://127.0.0.1:1"}
    (left / "manifest.json").write_text(json.dumps(data))
    assert call("replay", left) == 2
    assert "its chain was elsewhere, at http://127.0.0.1:1" in capsys.readouterr().err


def test_an_engine_is_used_again(tmp_path: Path, capsys: Captured) -> None:
    file, out = write(tmp_path, JOINS), tmp_path / "out"
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
    assert difference.message == message
    assert difference.explain()


def test_equal_journals_have_no_difference() -> None:
    assert first_difference([ONE, TWO], [ONE, TWO]) is None
    assert first_difference([], []) is None


def test_lines_for_people() -> None:
    assert readable(TWO) == "1  1 s  B  x [2, 3]"
    assert readable("no JSON") == "no JSON"
