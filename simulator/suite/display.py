"""What a terminal shows while scenarios run: how far all of them are, and each that is running."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Thread
from time import perf_counter
from typing import TYPE_CHECKING, TextIO

from simulator.reports.wording import span
from simulator.scenario.run.interrupts import Interrupts
from simulator.suite.progress import BLOCK, COUNT, DONE, JOINS, PAYMENTS, TASKS, Numbers
from simulator.words.quoting import visible_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import RenderableType

REFRESH_HZ = 8
BAR_WIDTH = 24


@dataclass(slots=True)
class Lane:
    """Runs one file after the other.

    Attributes:
        numbers: how far the present one is.
        file: which one that is; None between two.
    """

    numbers: Numbers = field(default_factory=lambda: [0] * COUNT)
    file: str | None = None


class Board:
    """How far everything is.

    Args:
        files: how many there are.
        interrupts: what the user is told of.
    """

    def __init__(self, files: int, interrupts: Interrupts) -> None:
        self.lanes: list[Lane] = []
        self._files = files
        self._interrupts = interrupts
        self._files_done = 0
        self._sums = [0] * COUNT  # of the files that are done
        self._last_join = (0, 0.0)  # how many were seen when, in seconds
        self._ahead = 0
        self._all_read = False
        self._lock = Lock()
        self._began = perf_counter()

    def read_ahead(self, sizes: "Sequence[Callable[[], int]]") -> None:
        """Find out beside everything else how many tasks there will be."""

        def read() -> None:
            for size in sizes:
                self._ahead += size()
            self._all_read = True

        Thread(target=read, daemon=True).start()

    def begin(self, lane: Lane, file: str) -> None:
        """Note that a lane takes a file."""
        for index in range(COUNT):
            lane.numbers[index] = 0
        lane.file = file

    def end(self, lane: Lane) -> None:
        """Note that a lane is done with its file."""
        with self._lock:
            lane.file = None
            self._files_done += 1
            for index in range(COUNT):
                self._sums[index] += lane.numbers[index]
                lane.numbers[index] = 0

    @contextmanager
    def shown(self, out: TextIO) -> Iterator[None]:
        """Draw it meanwhile, where `out` is a terminal."""
        if not out.isatty():
            yield
            return
        from rich.console import Console  # noqa: PLC0415 - a terminal only
        from rich.live import Live  # noqa: PLC0415

        with Live(
            console=Console(file=out),
            get_renderable=self._drawn,
            refresh_per_second=REFRESH_HZ,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        ):
            yield

    def lines(self) -> list[str]:
        """Return what is said beside the bar, and below it about each file that is running."""
        running = [lane for lane in self.lanes if lane.file is not None]
        first = [self._tasks_text(), *self._speed(), *self._payments()]
        if self._files > 1:
            first.append(f"{self._files_done}/{self._files} files")
        elif running:
            first.append(f"block {running[0].numbers[BLOCK]:,}")
        first.append(span(perf_counter() - self._began))
        lines = ["  ".join(first)]
        if self._files > 1:
            lines += [_lane_text(lane) for lane in running]
        if self._interrupts.happened:
            lines.append("stopping; Ctrl-C again ends at once")
        return lines

    def _total(self, index: int) -> int:
        return self._sums[index] + sum(lane.numbers[index] for lane in self.lanes)

    def _tasks(self) -> int:
        """Return how many tasks there are, as far as that is known."""
        return max(self._ahead, self._total(TASKS))

    def _tasks_text(self) -> str:
        more = "" if self._files == 1 or self._all_read else "+"
        return f"{self._total(DONE):,}/{self._tasks():,}{more} tasks"

    def _speed(self) -> list[str]:
        """Return how many joins or tasks are done in a second of the wall clock."""
        seconds = max(perf_counter() - self._began, 1e-3)
        joins = self._total(JOINS)
        if joins != self._last_join[0]:
            self._last_join = (joins, seconds)
        if joins:  # what else takes time after the last one does not make them slower
            return [f"{joins:,} joins", f"{joins / self._last_join[1]:,.1f} joins/s"]
        return [f"{self._total(DONE) / seconds:,.1f} tasks/s"]

    def _payments(self) -> list[str]:
        payments = self._total(PAYMENTS)
        return [f"{payments:,} payments"] if payments else []

    def _drawn(self) -> "RenderableType":
        from rich.console import Group  # noqa: PLC0415 - a terminal only
        from rich.progress_bar import ProgressBar  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415

        first, *others = self.lines()
        row = Table.grid(padding=(0, 2))
        bar = ProgressBar(max(1, self._tasks()), self._total(DONE), width=BAR_WIDTH)
        row.add_row(bar, Text(first, no_wrap=True, overflow="ellipsis"))
        below = (Text(f"  {line}", no_wrap=True, overflow="ellipsis") for line in others)
        return Group(row, *below)


def _lane_text(lane: Lane) -> str:
    """Return how far a lane is; the file comes last, where a long name may be cut off."""
    done, tasks = lane.numbers[DONE], lane.numbers[TASKS]
    file = visible_line(lane.file or "")
    if not tasks:
        return f"setting up  {file}"
    return f"{done:,}/{tasks:,} tasks  block {lane.numbers[BLOCK]:,}  {file}"
