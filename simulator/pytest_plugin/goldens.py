"""What has become of goldens in a pytest run, told at its end as `simulator run` does."""

from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulator.pytest_plugin.options import GOLDEN_OF, OPTIONS

if TYPE_CHECKING:
    from simulator.reports.golden_recording import Recorded
    from simulator.reports.result import ScenarioResult

Plain = tuple[str, tuple[str, str, int, int, str, str, str] | None, str, str]
"""A golden, what was done with it, which orphan may be it instead, and the outcome, as plain data.

Reports carry it from one process to another.
"""


def plain(golden: Path | None, result: "ScenarioResult") -> Plain | None:
    """Return where the golden of a run is and what became of it; None: it has none."""
    if golden is None:
        return None
    one, claimed = result.recorded, str(result.claimed or "")
    if one is None:
        return str(golden), None, claimed, result.outcome
    others = str(one.source or ""), one.note, str(one.instead_of or "")
    done = (str(one.file), one.what, one.more, one.less, *others)
    return str(golden), done, claimed, result.outcome


def _path(text: str) -> Path | None:
    return Path(text) if text else None


class Goldens:
    """Gathers what tests have done with goldens, in whichever process, and tells it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._of_this_run: list[Path] = []
        self._recorded: list[Recorded] = []
        self._left: list[str] = []
        self._claimed: dict[Path, Path] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what a test has done."""
        found: Plain | None = getattr(report, GOLDEN_OF, None)
        if report.when != "call" or found is None:
            return
        from simulator.reports.golden_recording import Recorded  # noqa: PLC0415

        golden, recorded, claimed, outcome = found
        self._of_this_run.append(Path(golden))
        if recorded is not None:
            file, what, more, less, source, note, other = recorded
            places = _path(source), note, _path(other)
            self._recorded.append(Recorded(Path(file), what, more, less, *places))
        else:
            self._left.append(outcome)
        if claimed:
            self._claimed[Path(claimed)] = Path(golden)

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Tell what has become of goldens, and which belong to no scenario."""
        from simulator.suite.outputs import orphans_in, told_of_goldens  # noqa: PLC0415

        options = self._config.stash[OPTIONS]
        with chdir(self._config.invocation_params.dir):
            orphans = orphans_in(options.golden, self._of_this_run)
            gathered = self._recorded, self._claimed, orphans, self._left
            lines = [*told_of_goldens(*gathered, update=options.update_golden)]
        if lines:
            terminalreporter.section("goldens")
        for line in lines:
            terminalreporter.write_line(line)
