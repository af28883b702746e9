"""Scenario files as pytest items: each run is a test, done as `simulator run` does it."""

import re
import shlex
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator.pytest_plugin.options import CASE, GOLDEN_OF, OPTIONS

if TYPE_CHECKING:
    from simulator.forms.conditions import Conditions
    from simulator.forms.parameters import Parameters
    from simulator.reports.golden_orphans import Orphan
    from simulator.reports.result import ScenarioResult
    from simulator.suite.job import Job

TAKEN = pytest.StashKey[dict[str, list[Path]]]()
"""Which files' runs have a name: reports and goldens are called by it."""

ORPHANS = pytest.StashKey["tuple[Orphan, ...]"]()


class ScenarioFile(pytest.File):
    """A scenario file: an item for each of its sets of parameters and each seed.

    A file, or a set, that has a seed of its own keeps it: somebody has chosen it.
    """

    def collect(self) -> Iterator["ScenarioItem"]:
        """Return the items; of the file only its parameters and conditions are read yet."""
        from simulator.scenario.language import source  # noqa: PLC0415 - only where there are files

        file, all_seeds = str(self.path), self.config.stash[OPTIONS].seeds
        for parameters in source.runs_of(file, {}):
            conditions = source.conditions_of(file, parameters)
            fixed = not all_seeds or source.gives_seed(file, parameters)
            seeds: list[int | None] = [None] if fixed else [*all_seeds]
            for seed in seeds:
                marks = (parameters.name, "" if seed is None else f"seed {seed}")
                name = ", ".join(filter(None, marks)) or "scenario"
                item: ScenarioItem = ScenarioItem.from_parent(
                    self, name=name, seed=seed, parameters=parameters
                )
                item.mark(conditions)
                yield item


class ScenarioFailed(Exception):
    """A scenario did not pass; the text is what people are shown."""


class ScenarioItem(pytest.Item):
    """A run of a scenario file."""

    def __init__(self, *, seed: int | None, parameters: "Parameters", **options: Any) -> None:
        super().__init__(**options)
        self._seed = seed
        self._parameters = parameters
        files = self._files_of_that_name()
        self._number = files.index(self.path) + 1
        beside = [file for file in files[: self._number - 1] if file.parent == self.path.parent]
        self._other = next(iter(beside), None)

    def mark(self, conditions: "Conditions | None") -> None:
        """Take the file's tags as markers, which nobody has to register."""
        for tag in conditions.tags if conditions is not None else ():
            known = [line.partition(":")[0] for line in self.config.getini("markers")]
            if tag not in known:
                line = f"{tag}: scenario files with this tag"
                self.config.addinivalue_line("markers", line)
            self.add_marker(tag)

    def runtest(self) -> None:
        """Run the scenario.

        Raises:
            ScenarioFailed: it is invalid or does not pass.
            KeyboardInterrupt: the user stopped it.
        """
        from simulator.pytest_plugin.goldens import plain  # noqa: PLC0415
        from simulator.reports import junit  # noqa: PLC0415 - only when one runs
        from simulator.reports.record import INTERRUPTED, PASSED  # noqa: PLC0415
        from simulator.reports.result import NOT_RUN, SKIPPED, XFAILED  # noqa: PLC0415
        from simulator.scenario.run.interrupts import Interrupts  # noqa: PLC0415
        from simulator.suite.jobs import perform_quietly  # noqa: PLC0415
        from simulator.suite.outputs import prepared  # noqa: PLC0415
        from simulator.suite.progress import COUNT  # noqa: PLC0415

        with chdir(self.config.invocation_params.dir):  # where what users have typed starts
            job = prepared(self._job())
            result = perform_quietly(job, Interrupts(), [0] * COUNT)
        setattr(self, CASE, junit.names(result, str(self.path.relative_to(self._root()))))
        if result.recorded is not None and result.recorded.source is not None:
            result.recorded.source.unlink(missing_ok=True)  # it has another name now
        setattr(self, GOLDEN_OF, plain(job.golden, result))
        if result.digest:
            self.add_report_section("call", "digest", result.digest)
        if result.notes:
            self.add_report_section("call", "notes", "\n".join(result.notes))
        if result.outcome in {NOT_RUN, INTERRUPTED}:
            raise KeyboardInterrupt
        if result.outcome == SKIPPED:
            raise pytest.skip.Exception(result.message, _use_item_location=True)
        if result.outcome == XFAILED:
            pytest.xfail(result.message)  # which does nothing with --runxfail
        if result.outcome != PASSED:
            raise ScenarioFailed(_text(result, job.folder, self._accept(result)))

    def _job(self) -> "Job":
        from simulator.reports.option_names import PYTEST  # noqa: PLC0415
        from simulator.scenario.language.collection import run_name  # noqa: PLC0415
        from simulator.suite.golden_places import golden_file  # noqa: PLC0415
        from simulator.suite.job import Job  # noqa: PLC0415

        options, file = self.config.stash[OPTIONS], self._shown_path()
        name = run_name(file, self._parameters)
        folder = options.report
        if folder is not None:
            folder /= name if self._number == 1 else f"{name}-{self._number}"
            folder = folder if self._seed is None else folder / f"seed-{self._seed}"
        golden, obstacle = options.golden, ""
        if golden is not None:
            golden = golden_file(golden, Path(file), name)
            if self._other is not None:
                obstacle = f"{self._other.name} beside it would share the golden {golden}: "
                obstacle += "give them different names"
        return Job(
            *(file, self._parameters, self._seed, options.engine, folder),
            golden=golden,
            update_golden=options.update_golden,
            orphans=self._orphans(),
            check=options.check,
            obstacle=obstacle,
            allow_code=options.allow_code,
            goldens=options.golden,
            option_names=PYTEST,
        )

    def _orphans(self) -> "tuple[Orphan, ...]":
        """Return the goldens without a scenario, which are looked for once."""
        from simulator.suite.outputs import orphans_in  # noqa: PLC0415 - only when one runs

        stash, folder = self.config.stash, self.config.stash[OPTIONS].golden
        if ORPHANS not in stash:
            stash[ORPHANS] = orphans_in(folder, ())
        return stash[ORPHANS]

    def _files_of_that_name(self) -> list[Path]:
        """Return the files so far whose runs are called like this one, this one among them."""
        from simulator.scenario.language.collection import run_name  # noqa: PLC0415

        taken = self.config.stash.setdefault(TAKEN, {})
        files = taken.setdefault(run_name(self.path.name, self._parameters), [])
        if self.path not in files:
            files.append(self.path)
        return files

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: Any = None,
    ) -> Any:
        """Show a scenario's failure without a traceback, which would only show this plugin."""
        if isinstance(excinfo.value, ScenarioFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return what heads the failure."""
        # pytest itself wants the number of a line, counted from 0, where it skips an item
        return self.path, 0, f"{self._shown_path()}, {self.name}"

    def _accept(self, result: "ScenarioResult") -> str:
        """Return what to type if what has happened is meant; empty if it can't be recorded."""
        from simulator.reports.option_names import PYTEST as names  # noqa: N811, PLC0415

        if not result.acceptable:
            return ""
        options = f"--simulator-golden={self.config.stash[OPTIONS].golden}", names.record
        return shlex.join(["pytest", f"{self._shown_path()}::{self.name}", *options])

    def _root(self) -> Path:
        root = self.config.rootpath
        return root if self.path.is_relative_to(root) else Path(self.path.anchor)

    def _shown_path(self) -> str:
        """Return the path as it can be typed where pytest was called."""
        start = self.config.invocation_params.dir
        path = self.path
        return str(path.relative_to(start) if path.is_relative_to(start) else path)


def _text(result: "ScenarioResult", folder: Path | None, accept: str) -> str:
    """Return what people are shown of a run that did not pass, and of its report if it has one.

    The first line is what pytest's summary shows behind the file: what differs comes first there.
    """
    from simulator.reports.result import INVALID  # noqa: PLC0415 - only when one has run

    if result.outcome == INVALID:
        reason = re.sub(rf"^{re.escape(result.file)}:(\d+):", r"line \1:", result.message)
        return f"{reason}\n{result.details}"
    line = f":{result.line}" if result.line else ""
    has_report = folder is not None and result.digest
    preface = result.preface if result.message.startswith(result.preface) else ""
    rows = [
        result.message.removeprefix(preface),
        *([f"  golden {preface.rstrip(': ')}"] if preface else []),
        f"  file   {result.file}{line}",
        *([f"  task   {result.place}"] if result.place else []),
        f"  again  {result.replay_command}",
        *([f"  accept {accept}"] if accept else []),
        *([f"  report {folder}"] if has_report else []),
        *([result.details] if result.details else []),
        *(["what went on around it:", result.timeline] if result.timeline else []),
    ]
    return "\n".join(rows)
