"""What has become of goldens in a pytest run, told at its end as `simulator run` does."""

from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simulator.pytest_plugin.options import GOLDEN_OF, OPTIONS

if TYPE_CHECKING:
    from simulator.reports.golden import Recorded

Plain = tuple[str, tuple[str, str, int, int, str, str] | None]
"""A golden and what was done with it, as reports can carry it from one process to another."""


def plain(golden: Path | None, recorded: "Recorded | None") -> Plain | None:
    """Return where the golden of a run is and what was done with it; None: it has none."""
    if golden is None:
        return None
    if recorded is None:
        return str(golden), None
    one, source = recorded, str(recorded.source or "")
    return str(golden), (str(one.file), one.what, one.more, one.less, source, one.note)


class Goldens:
    """Gathers what tests have done with goldens, in whichever process, and tells it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._of_this_run: list[Path] = []
        self._recorded: list[Recorded] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what a test has done."""
        found: Plain | None = getattr(report, GOLDEN_OF, None)
        if report.when != "call" or found is None:
            return
        from simulator.reports.golden import Recorded  # noqa: PLC0415 - only when one has run

        golden, recorded = found
        self._of_this_run.append(Path(golden))
        if recorded is not None:
            file, what, more, less, source, note = recorded
            moved_from = Path(source) if source else None
            self._recorded.append(Recorded(Path(file), what, more, less, moved_from, note))

    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        """Tell what has become of goldens, and which belong to no scenario."""
        from simulator.suite.outputs import orphans_in, told_of_goldens  # noqa: PLC0415

        options = self._config.stash[OPTIONS]
        with chdir(self._config.invocation_params.dir):
            orphans = orphans_in(options.golden, self._of_this_run)
            lines = [*told_of_goldens(self._recorded, orphans, update=options.update_golden)]
        if lines:
            terminalreporter.section("goldens")
        for line in lines:
            terminalreporter.write_line(line)
