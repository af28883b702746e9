"""Manifests name the code of users' own; a replay tells when it has changed."""

import json
from functools import wraps
from hashlib import sha256
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from simulator.system import extensions
from tests.extensions.packages import install
from tests.test_cli import call

Captured = pytest.CaptureFixture[str]

STRATEGY = """
def by_address(view):
    return sorted(view.peers{})
"""
GENERATOR = """
def pairs(nodes, stream):
    return [(0, 1), (2, 3)]
"""
TASK = """
def pause(net):
    pass
"""
METRIC = """
def edges(graph):
    return graph.number_of_edges()
"""
ROUTING = "def none(view): return []\n"
SCENARIO = """
nodes:
  count: 4
  default_options: {strategy: "picks:by_address", routing: "ways:none"}
topology: {type: "shapes:pairs"}
scenario:
  serial:
    tasks:
      - tasks:pause:
      - join_network: {from: 0, funds: 100}
      - METRIC
"""
CODE = {
    "strategy picks:by_address": ("picks.py", STRATEGY.format("")),
    "routing policy ways:none": ("ways.py", ROUTING),
    "graph generator shapes:pairs": ("shapes.py", GENERATOR),
    "task tasks:pause": ("tasks.py", TASK),
    "metric metrics:edges": ("metrics.py", METRIC),
}


@pytest.fixture
def scenario(folder: Path) -> Path:
    """A scenario with a piece of code of every kind, each in a file of its own."""
    for name, text in CODE.values():
        (folder / name).write_text(text, encoding="utf-8")
    file = folder / "s.yaml"
    metric = 'assert_graph: {metrics: {"metrics:edges": ">= 2"}}'
    file.write_text(SCENARIO.replace("METRIC", metric), encoding="utf-8")
    return file


def manifest_of(folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return data


def test_a_manifest_names_code_of_every_kind_by_the_hash_of_its_file(
    scenario: Path, folder: Path
) -> None:
    kinds = {kind.name for kind in vars(extensions).values() if isinstance(kind, extensions.Kind)}
    assert {name.rpartition(" ")[0] for name in CODE} == kinds
    assert call("run", "--allow-code", scenario, "--report", folder / "out") == 0
    assert manifest_of(folder / "out")["code"] == {
        name: sha256(text.encode()).hexdigest() for name, (_, text) in CODE.items()
    }


def test_a_replay_tells_which_code_has_changed(
    scenario: Path, folder: Path, capsys: Captured
) -> None:
    assert call("run", "--allow-code", scenario, "--report", folder / "out") == 0
    assert call("replay", "--allow-code", folder / "out") == 0
    assert "note" not in capsys.readouterr().out
    for name, (file, text) in CODE.items():
        (folder / file).write_text(text + "\n", encoding="utf-8")
        assert call("replay", "--allow-code", folder / "out") == 0
        (note,) = (x for x in capsys.readouterr().out.splitlines() if x.startswith("note: "))
        assert note == f"note: the file of {name} has changed since"
        (folder / file).write_text(text, encoding="utf-8")


def test_changed_code_is_a_cause_and_unchanged_code_is_none(
    scenario: Path, folder: Path, capsys: Captured
) -> None:
    assert call("run", "--allow-code", scenario, "--report", folder / "out") == 0
    manifest = folder / "out" / "manifest.json"
    right = manifest_of(folder / "out")
    manifest.write_text(json.dumps({**right, "digest": "0" * 64}))
    capsys.readouterr()
    assert call("replay", "--allow-code", folder / "out") == 1
    (line,) = (x for x in capsys.readouterr().out.splitlines() if x.startswith("cause: "))
    assert "as it was: the program, the scenario file, code of your own" in line
    (folder / "picks.py").write_text(STRATEGY.format("") + "\n", encoding="utf-8")
    assert call("replay", "--allow-code", folder / "out") == 1
    (line,) = (x for x in capsys.readouterr().out.splitlines() if x.startswith("cause: "))
    assert "changed since: code of your own (strategy picks:by_address)" in line


def test_a_package_s_code_is_named_too_and_none_where_there_is_none(folder: Path) -> None:
    (folder / "picks.py").write_text(STRATEGY.format(""), encoding="utf-8")
    install(folder, "alphabetical = picks:by_address")
    file = folder / "s.yaml"
    text = "nodes: {count: 3, default_options: {strategy: NAME}}\nscenario: {wait_idle: }\n"
    for name, code in (("alphabetical", ["strategy alphabetical"]), ("random", [])):
        file.write_text(text.replace("NAME", name), encoding="utf-8")
        assert call("run", file, "--report", folder / name) == 0
        assert list(manifest_of(folder / name)["code"]) == code


@pytest.mark.parametrize("code", [5, [], "x", None])
def test_a_manifest_with_another_form_of_code_is_refused(
    code: object, folder: Path, capsys: Captured
) -> None:
    file = folder / "s.yaml"
    file.write_text("nodes: {count: 2}\nscenario: {wait_idle: }\n", encoding="utf-8")
    assert call("run", file, "--report", folder / "out") == 0
    data = {**manifest_of(folder / "out"), "code": code}
    (folder / "out" / "manifest.json").write_text(json.dumps(data))
    assert call("replay", folder / "out") == 2
    assert "is not a manifest: code is wrong" in capsys.readouterr().err


def test_what_a_decorator_wraps_is_what_counts(folder: Path) -> None:
    (folder / "dressed.py").write_text(STRATEGY.format(""), encoding="utf-8")

    def found() -> Any:
        with extensions.noted() as used:
            extensions.find(extensions.STRATEGY, "dressed:by_address", (), allowed=True)
        return used

    plain = found()
    import dressed  # type: ignore[import-not-found]  # noqa: PLC0415

    assert isinstance(dressed.by_address, FunctionType)
    inner = dressed.by_address

    @wraps(inner)
    def outer(view: Any) -> Any:
        return inner(view)

    dressed.by_address = outer
    assert found() == plain
