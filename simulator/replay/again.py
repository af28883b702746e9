"""A run that was recorded, done once more and compared, event by event."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simulator.chain.contract_sets import OURS, ContractSet
from simulator.chain.contract_sets import read as read_contracts
from simulator.forms.parameters import Parameters, problems_of
from simulator.replay import as_recorded
from simulator.replay.edited import SCENARIO_FILE, Edited, edited
from simulator.replay.moved import what_to_do
from simulator.reports.causes import with_causes
from simulator.reports.difference import (
    JournalDifference,
    Origin,
    first_difference,
    lines_of,
    read_lines,
)
from simulator.reports.file_names import MANIFEST
from simulator.reports.manifest import NoManifest, artifacts, as_dict, quoted, read, sha256
from simulator.reports.record import ERROR, INTERRUPTED, RunRecord, TaskRecord
from simulator.reports.recorded_tasks import recorded_tasks
from simulator.reports.versions import PROGRAM, SOURCES, versions
from simulator.scenario.language.scenario import Scenario, load
from simulator.scenario.language.sections import Timeout
from simulator.scenario.run.runner import FinishedRun, run
from simulator.scenario.tasks.scenario_run import Progress
from simulator.system import files
from simulator.words.errors import ConfigurationError
from simulator.words.options import Check
from simulator.words.quoting import shortened, visible_line
from simulator.words.units import BOOTSTRAP_ADDRESS, checksum

OUTCOME = "outcome"
_FOLLOWS = ("digest: ", "last_block_hash: ")


@dataclass(frozen=True, slots=True)
class Replay:
    """How a run went the second time.

    Attributes:
        notes: what is not as it was before the run: the file, versions, contracts.
        difference: the first different event, or None.
        changes: what else differs, one line each.
        events: how many were recorded and compared.
        changed: what may be the cause of a difference, in words.
        unchanged: what is not, because it is as it was.
        own_code: whether the scenario may have run code that nobody has recorded.
        task: what has led to that event in the second run; None: no task, or nobody knows.
        edited: how the scenario file has changed; None: it has not.
        origin: from where times count.
    """

    report: RunRecord
    notes: tuple[str, ...]
    difference: JournalDifference | None
    changes: tuple[str, ...]
    events: int
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    own_code: bool = False
    task: TaskRecord | None = None
    edited: Edited | None = None
    origin: Origin | None = None

    @property
    def shown(self) -> tuple[str, ...]:
        """What differs, as lines for people: nodes by their numbers, the task with its line."""
        if self.difference is None:
            return self.changes
        known = {**self.report.world.names, BOOTSTRAP_ADDRESS: "bootstrap"}
        names = {checksum(address): name for address, name in known.items()}
        told = self.difference.message(names, self.origin)
        if self.task is not None:
            task = f"task {self.task.path}, {self.report.scenario.file}:{self.task.line}"
            if self.edited is not None:
                task = self.edited.what_leads_to(task, self.task.path, self.difference)
            told += f"; {task}"
        return (told, self.difference.explain(names, self.origin), *self.changes)

    @property
    def equal(self) -> bool:
        """Whether everything happened again."""
        return self.difference is None and not self.changes

    @property
    def cause(self) -> str:
        """One line that tells what may have made the difference from what has not."""
        if not self.changed:
            return f"cause: unknown, since nothing has changed that is recorded{self._unrecorded}"
        same = f"; as it was: {', '.join(self.unchanged)}" if self.unchanged else ""
        return f"cause: changed since: {', '.join(self.changed)}{same}{self._unrecorded}"

    @property
    def _unrecorded(self) -> str:
        return "; not recorded: code of your own" if self.own_code else ""


def replay(
    path: Path,
    file: Path | None = None,
    *,
    allow_code: bool = False,
    progress: Progress | None = None,
) -> Replay:
    """Do a run again.

    Args:
        path: a manifest, or the folder that holds it.
        file: the scenario file, where it is not where the manifest says.
        allow_code: whether code that the scenario names as `module:function` may run.
        progress: told when tasks start and end.

    Raises:
        ConfigurationError: the manifest, its journal or its scenario cannot be used.
    """
    command = ["simulator", "replay", str(path), *["--allow-code"] * allow_code]
    path = path / MANIFEST if files.is_folder(path) else path
    data = read(path)
    file = _scenario_file(path, data, command) if file is None else file
    then = _own_seed(path, data)
    scenario = load(file, _parameters(path, data["scenario"]), allow_code=allow_code)
    # another machine may be slower: only the world's time is part of the history
    patient = Timeout(virtual_seconds=scenario.timeout.virtual_seconds)
    contracts = _contracts(path, data) or scenario.contracts
    scenario = replace(scenario, engine=data["engine"], timeout=patient, contracts=contracts)
    expected = read_lines(_journal_file(path, data["journal"]))
    report = run(scenario, data["seed"], progress, check=_check(path, data))
    actual = lines_of(report.testnet.journal)
    new = as_dict(report)
    changes = [
        f"{key}: expected {quoted(data[key])}, actual {new[key]}{_why(report) * (key == OUTCOME)}"
        for key in (OUTCOME, "digest", "last_block_hash")
        if data[key] != new[key]
    ]
    if data["outcome"] in {INTERRUPTED, ERROR}:  # it goes on now where it was stopped then
        actual, changes = actual[: len(expected)], []
    difference = first_difference(expected, actual)
    if difference is not None:  # then these two can't be equal
        changes = [change for change in changes if not change.startswith(_FOLLOWS)]
    differences, others = _differences(data), _other_code(data, new)
    has_another = data["scenario"].get("sha256") != sha256(Path(scenario.file))
    since = (path.parent, data["digest"], data["outcome"], report)
    change = edited(scenario.file, *since) if has_another else None
    has_changed = {
        _program(differences): differences,
        change.cause(difference) if change else SCENARIO_FILE: change is not None,
        **_of_contracts(data, new),
        **_of_own_code(new, others),
        **_of_record(data, expected, actual),
    }
    return Replay(
        report,
        _notes(data, scenario, then, change, others, differences),
        difference,
        tuple(changes),
        len(expected),
        changed=tuple(what for what, changed in has_changed.items() if changed),
        unchanged=tuple(what for what, changed in has_changed.items() if not changed),
        own_code=allow_code,
        task=None if difference is None else _task_of(report, difference.position),
        edited=change,
        origin=_origin(report),
    )


def _origin(report: FinishedRun) -> Origin:
    """Return where the root task began, from which reports count."""
    net = report.testnet
    return Origin(net.now - report.virtual_seconds, net.block_number - report.blocks)


def _task_of(report: RunRecord, position: int) -> TaskRecord | None:
    """Return the task that has led to an event, if there is such an event."""
    causes = [cause.task for _, cause in with_causes(report.world.journal.entries)]
    path = causes[position] if position < len(causes) else ""
    return next((record for record in report.tasks if record.path == path), None)


def _of_record(data: dict[str, Any], expected: list[str], actual: list[str]) -> dict[str, bool]:
    """Tell whether seed and journal are still those that were recorded.

    The digest is a hash over both. The first event names an address, which follows from the seed.
    """
    total = hashlib.sha256(f"seed {data['seed']}\n".encode())
    for line in expected:
        total.update(f"{line}\n".encode("utf-8", "surrogatepass"))
    if total.hexdigest() == data["digest"]:
        return {"the seed": False, "the recorded journal": False}
    is_of_seed = expected[:1] == actual[:1]
    return {"the seed": not is_of_seed, "the recorded journal": is_of_seed}


def _program(differences: Iterable[str]) -> str:
    """Return the program with what of it decides and has changed: the sources, not their commit."""
    deciding = [name for name in differences if name not in PROGRAM or name == SOURCES]
    return f"the program ({', '.join(deciding)})" if deciding else "the program"


def _check(path: Path, data: dict[str, Any]) -> Check:
    """Return when invariants were checked: where one does not hold, a run is over."""
    try:
        return Check(data.get("check", Check.EVERY_BLOCK))
    except ValueError:
        raise NoManifest(path, "check is wrong") from None


def _scenario_file(path: Path, data: dict[str, Any], command: list[str]) -> Path:
    """Return where the scenario is: where the manifest says, or beside it."""
    name = data["scenario"]["file"]
    if not name:
        reason = "a program in Python has left it, and does the run again when it is started again"
        raise ConfigurationError(f"{path}: names no scenario file: {reason}")
    file = Path(name)
    beside = path.parent / file.name
    try:
        os.fsencode(name)
        if file.exists():
            return file
        if beside.is_file():
            return beside
    except (OSError, ValueError):  # no system has a file of that name
        raise NoManifest(path, "scenario.file is not a file name") from None
    tasks = recorded_tasks(path.parent, data["digest"])
    is_gone = what_to_do(data["scenario"].get("sha256"), (Path(), path.parent), tasks, command)
    raise ConfigurationError(f"{path}: its scenario file {quoted(name)} {is_gone}")


def _journal_file(path: Path, name: str) -> Path:
    """Return where the journal is: a file beside the manifest, whatever the manifest says.

    A manifest may come from anywhere; it must not make us show what other files hold.
    """
    is_plain = name.isprintable() and name not in {"", ".", ".."} and not set(name) & set("/\\:")
    file = path.parent / name
    if not is_plain or file.is_symlink():
        raise NoManifest(path, "journal must be the name of a file beside it")
    return file


def _parameters(path: Path, scenario: dict[str, Any]) -> Parameters:
    """Return what the file's template was given, whatever the file says by now."""
    name, variables = scenario.get("parameters", ""), scenario.get("variables", {})
    if not isinstance(name, str) or not isinstance(variables, dict) or problems_of(variables):
        raise NoManifest(path, "scenario.variables is wrong")
    return Parameters(name, variables)


def _contracts(path: Path, data: dict[str, Any]) -> ContractSet | None:
    """Return the contracts that were deployed; None: a manifest that does not say."""
    told = data.get("contracts")
    if told is None:
        return None
    if not isinstance(told, dict) or not isinstance(told.get("file", ""), str):
        raise NoManifest(path, "contracts is wrong")
    return read_contracts(Path(told["file"])) if told.get("file") else OURS


def _of_contracts(data: dict[str, Any], new: dict[str, Any]) -> dict[str, bool]:
    """Tell whether the contracts are as they were, if they came from a file."""
    then, now = data.get("contracts") or {}, new["contracts"]
    if not then and not now:
        return {}
    return {"the file of contracts": then.get("sha256") != now.get("sha256")}


def _own_seed(path: Path, data: dict[str, Any]) -> int | None:
    """Return the seed that the file, or the set, had of its own; None: it had none."""
    seed = data["scenario"].get("seed")
    if seed is not None and type(seed) is not int:
        raise NoManifest(path, "scenario.seed is wrong")
    return seed


def _differences(data: dict[str, Any]) -> dict[str, tuple[object, object]]:
    """Return what decides about results and is not as it was: by name, then and now."""
    found: dict[str, tuple[object, object]] = {}
    for key, now in (("versions", versions(data["engine"])), ("artifacts", artifacts())):
        then = data[key]
        for name in sorted({*then, *now}):
            if then.get(name) != now.get(name):
                found[visible_line(shortened(name))] = (then.get(name), now.get(name))
    if SOURCES not in found:
        for name in PROGRAM:  # another commit or build of the same sources
            found.pop(name, None)
    return found


def _other_code(data: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return the code of users' own that is not named any more, or new, or whose file changed."""
    then, now = data.get("code", {}), new["code"]
    return [quoted(name) for name in sorted({*then, *now}) if then.get(name) != now.get(name)]


def _of_own_code(new: dict[str, Any], others: list[str]) -> dict[str, bool]:
    """Tell whether users' own code is as it was, if there is any."""
    if others:
        return {f"code of your own ({', '.join(others)})": True}
    return {"code of your own": False} if new["code"] else {}


def _why(report: RunRecord) -> str:
    """Say what has failed, and where, if something has."""
    if report.failure is None:
        return ""
    line = f":{report.failure.line}" if report.failure.line else ""
    return f": {report.scenario.file}{line}: {report.failure}"


def _notes(
    data: dict[str, Any],
    scenario: Scenario,
    seed_then: int | None,
    change: Edited | None,
    others: list[str],
    differences: dict[str, tuple[object, object]],
) -> tuple[str, ...]:
    """Say what is not as it was."""
    notes = [f"the file of {name} has changed since" for name in others]
    if change is not None:
        notes += [change.note, *as_recorded.notes(scenario, data["seed"], seed_then)]
    notes += [
        f"{quoted(name)}: {_brief(then)} then, {_brief(now)} now"
        for name, (then, now) in differences.items()
    ]
    return tuple(notes)


def _brief(value: object) -> str:
    return "none" if value is None else visible_line(str(value)[:16])
