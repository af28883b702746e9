"""What is needed to do a run again: `manifest.json`, and the journal beside it."""

import hashlib
from importlib import resources
from pathlib import Path
from typing import Any

from simulator.chain.engines import ENGINES
from simulator.kernel.rng import MAX_SEED, MIN_SEED
from simulator.reports.file_names import JOURNAL
from simulator.reports.record import RunRecord
from simulator.system import bounded_json, files
from simulator.words.errors import ConfigurationError
from simulator.words.quoting import shortened, visible_line

FORMAT = 1
MAX_BYTES = 2**20

MAX_SHOWN = 100
"""How long a value of a manifest may be in a message; hashes are shorter."""


class NoManifest(ConfigurationError):
    """A file is not what `run --report` leaves."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: is not a manifest: {reason}")


def as_dict(report: RunRecord) -> dict[str, Any]:
    """Return what names a run; equal runs give equal data."""
    file = report.scenario.file
    contracts = report.world.contracts
    return {
        "manifest": FORMAT,
        "scenario": {
            "file": file,
            "sha256": sha256(Path(file)),
            "parameters": report.scenario.parameters.name,
            "variables": dict(report.scenario.parameters.variables),
            "seed": report.scenario.seed if report.scenario.seed_line else None,
        },
        "code": dict(report.scenario.code),
        "seed": report.seed,
        "engine": report.world.engine,
        "contracts": {"file": contracts.file, "sha256": contracts.sha256} if contracts.file else {},
        "check": report.world.check,
        "outcome": report.outcome,
        "digest": report.digest,
        "events": report.world.journal.count,
        "last_block_hash": report.world.last_block_hash,
        "journal": JOURNAL,
        "versions": report.world.versions,
        "artifacts": artifacts(),
    }


def sha256(file: Path) -> str | None:
    """Return a scenario file's hash, or None when it is gone."""
    try:
        return hashlib.sha256(files.read(file, MAX_BYTES)).hexdigest()
    except ConfigurationError:
        return None


def artifacts() -> dict[str, str]:
    """Return the SHA-256 of every compiled contract's file."""
    folder = resources.files("simulator.chain") / "artifacts"
    found = {entry.name: entry.read_bytes() for entry in folder.iterdir()}
    return {
        name: hashlib.sha256(content).hexdigest()
        for name, content in sorted(found.items())
        if name.endswith(".json")
    }


def read(path: Path) -> dict[str, Any]:
    """Return what a manifest says.

    Args:
        path: of the file.

    Raises:
        ConfigurationError: it cannot be read, or is not what `run --report` leaves.
    """
    try:
        data = bounded_json.loads(files.read_text(path, MAX_BYTES))
    except ValueError as error:
        raise NoManifest(path, str(error)) from None
    if not isinstance(data, dict) or data.get("manifest") != FORMAT:
        raise ConfigurationError(f"{path}: is not a manifest of this version (`manifest: 1`)")
    kinds = {"scenario": dict, "seed": int, "journal": str, "versions": dict, "artifacts": dict}
    texts = dict.fromkeys(("engine", "outcome", "digest", "last_block_hash"), str)
    for key, kind in {**kinds, **texts}.items():
        if type(data.get(key)) is not kind:
            raise NoManifest(path, f"{key} is missing or wrong")
    if not MIN_SEED <= data["seed"] <= MAX_SEED:
        raise NoManifest(path, f"seed is not within {MIN_SEED} to {MAX_SEED}")
    if data["engine"] not in ENGINES:  # nobody is called up because a file says so
        place = quoted(data["engine"])
        raise ConfigurationError(f"{path}: can't be run again: its chain was elsewhere, at {place}")
    if type(data.get("code", {})) is not dict:
        raise NoManifest(path, "code is wrong")
    if not isinstance(data["scenario"].get("file"), str):
        raise NoManifest(path, "scenario.file is missing or wrong")
    return data


def quoted(text: str) -> str:
    """Return a text of a manifest as it can be shown."""
    return shortened(visible_line(text), MAX_SHOWN)
