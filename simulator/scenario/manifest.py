"""What is needed to do a run again: `manifest.json`, and the journal beside it."""

import hashlib
import json
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from simulator.chain.ledgers import ENGINES
from simulator.errors import ConfigurationError
from simulator.journal import Journal
from simulator.scenario.difference import (
    Difference,
    first_difference,
    lines_of,
    read_lines,
    write_lines,
)
from simulator.scenario.parameters import Parameters, problems_of
from simulator.scenario.runner import INTERRUPTED, RunReport, run, versions
from simulator.scenario.schema import load

MANIFEST = "manifest.json"
JOURNAL = "journal.jsonl"
FORMAT = 1


def write_journal(journal: Journal, path: Path) -> None:
    """Write a journal, one canonical line for each event.

    Raises:
        ConfigurationError: it cannot be written.
    """
    write_lines(lines_of(journal), path)


def write(report: RunReport, folder: Path) -> None:
    """Write a run's manifest into a folder, beside its report, which has the journal.

    Raises:
        ConfigurationError: it cannot be written.
    """
    text = json.dumps(as_dict(report), indent=2, ensure_ascii=False)
    write_lines([text], folder / MANIFEST)


def as_dict(report: RunReport) -> dict[str, Any]:
    """Return what names a run; equal runs give equal data."""
    file = report.scenario.file
    return {
        "manifest": FORMAT,
        "scenario": {
            "file": file,
            "sha256": _sha256(Path(file)),
            "parameters": report.scenario.parameters.name,
            "variables": dict(report.scenario.parameters.variables),
        },
        "seed": report.seed,
        "engine": report.scenario.engine,
        "outcome": report.outcome,
        "digest": report.digest,
        "events": report.testnet.journal.count,
        "last_block_hash": report.last_block_hash,
        "journal": JOURNAL,
        "versions": report.versions,
        "artifacts": artifacts(),
    }


def artifacts() -> dict[str, str]:
    """Return the SHA-256 of every compiled contract's file."""
    folder = resources.files("simulator.chain") / "artifacts"
    found = {entry.name: entry.read_bytes() for entry in folder.iterdir()}
    return {
        name: hashlib.sha256(content).hexdigest()
        for name, content in sorted(found.items())
        if name.endswith(".json")
    }


def _sha256(file: Path) -> str | None:
    """Return a file's hash, or None when it is gone."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class Replay:
    """How a run went the second time.

    Attributes:
        notes: what is not as it was before the run: the file, versions, contracts.
        difference: the first different event, or None.
        changes: what else differs, one line each.
        events: how many were recorded and compared.
    """

    report: RunReport
    notes: tuple[str, ...]
    difference: Difference | None
    changes: tuple[str, ...]
    events: int

    @property
    def equal(self) -> bool:
        """Whether everything happened again."""
        return self.difference is None and not self.changes


def replay(path: Path) -> Replay:
    """Do a run again.

    Args:
        path: a manifest, or the folder that holds it.

    Raises:
        ConfigurationError: the manifest, its journal or its scenario cannot be used.
    """
    path = path / MANIFEST if path.is_dir() else path
    data = _read(path)
    file = Path(data["scenario"]["file"])
    if not file.exists() and (path.parent / file.name).exists():
        file = path.parent / file.name
    scenario = load(file, _parameters(path, data["scenario"]))
    scenario = replace(scenario, engine=data["engine"])
    expected = read_lines(path.parent / data["journal"])
    report = run(scenario, data["seed"])
    actual = lines_of(report.testnet.journal)
    new = as_dict(report)
    changes = [
        f"{key}: expected {data[key]}, actual {new[key]}"
        for key in ("outcome", "digest", "last_block_hash")
        if data[key] != new[key]
    ]
    if data["outcome"] == INTERRUPTED:  # it goes on now where it was stopped then
        actual, changes = actual[: len(expected)], []
    difference = first_difference(expected, actual)
    return Replay(report, _notes(data, file), difference, tuple(changes), len(expected))


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise ConfigurationError(f"{path}: is not a manifest: it is not JSON") from None
    if not isinstance(data, dict) or data.get("manifest") != FORMAT:
        raise ConfigurationError(f"{path}: is not a manifest of this version (`manifest: 1`)")
    kinds = {"scenario": dict, "seed": int, "journal": str, "versions": dict, "artifacts": dict}
    texts = dict.fromkeys(("engine", "outcome", "digest", "last_block_hash"), str)
    for key, kind in {**kinds, **texts}.items():
        if not isinstance(data.get(key), kind):
            raise ConfigurationError(f"{path}: is not a manifest: {key} is missing or wrong")
    if data["engine"] not in ENGINES:  # nobody is called up because a file says so
        raise ConfigurationError(
            f"{path}: can't be run again: its chain was elsewhere, at {data['engine']}"
        )
    if not isinstance(data["scenario"].get("file"), str):
        raise ConfigurationError(f"{path}: is not a manifest: scenario.file is missing or wrong")
    return data


def _parameters(path: Path, scenario: dict[str, Any]) -> Parameters:
    """Return what the file's template was given, whatever the file says by now."""
    name, variables = scenario.get("parameters", ""), scenario.get("variables", {})
    if not isinstance(name, str) or not isinstance(variables, dict) or problems_of(variables):
        raise ConfigurationError(f"{path}: is not a manifest: scenario.variables is wrong")
    return Parameters(name, variables)


def _notes(data: dict[str, Any], file: Path) -> tuple[str, ...]:
    """Say what is not as it was."""
    notes = []
    if data["scenario"].get("sha256") != _sha256(file):
        notes.append(f"{file} has changed since")
    for key, now in (("versions", versions()), ("artifacts", artifacts())):
        then = data[key]
        notes += [
            f"{name}: {_brief(then.get(name))} then, {_brief(now.get(name))} now"
            for name in sorted({*then, *now})
            if then.get(name) != now.get(name)
        ]
    return tuple(notes)


def _brief(value: object) -> str:
    return "none" if value is None else str(value)[:16]
