"""What became of one scenario of many, as plain data, which also comes from another process."""

from dataclasses import dataclass, field
from pathlib import Path

from simulator.forms.parameters import Parameters
from simulator.reports.golden_recording import Recorded
from simulator.reports.payments import PaymentTable
from simulator.reports.record import PASSED

INVALID = "invalid"
CRASHED = "crashed"
"""A fault of the simulator ended the run."""
SKIPPED = "skipped"
"""The file, or a set of its parameters, says that it is not to be run."""
XFAILED = "xfailed"
"""It failed, as the file says that it would."""
FINE = frozenset({PASSED, SKIPPED, XFAILED})
"""What nobody needs to look at."""
NOT_RUN = "not run"
"""The user stopped before its beginning."""


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """What became of a job.

    Attributes:
        message: why it did not pass, in one line.
        details: more about it, for people.
        parameters: what its template was given.
        place: the place of the task that failed.
        line: where that is in the file.
        timeline: the tasks around what ended it, as lines.
        notes: what is to be known of the file though it is no mistake.
        tasks_done: how many tasks passed, of `tasks`.
        virtual_seconds: how much time passed in the world since the root task began.
        output: what was printed meanwhile, if it was kept.
        recorded: what became of its golden, if that was to be recorded.
        claimed: a golden without a scenario that is this one's, or may be, as its message tells.
        payments: some of them, and how all ended; None: there were none.
        workloads: what each has come to, as texts.
        options: what to type beside file, parameters and seed to see it again.
        preface: the beginning of the message, before what differs from the golden, if it has one.
        brief: the message in a few words, if it is long.
        remedy: an option that is in the way of its golden, or missing, in words.
        acceptable: whether it can be recorded as its golden by now.
    """

    file: str
    outcome: str
    name: str = ""
    seed: int | None = None
    message: str = ""
    details: str = ""
    place: str = ""
    line: int | None = None
    timeline: str = ""
    notes: tuple[str, ...] = ()
    tasks_done: int = 0
    tasks: int = 0
    blocks: int = 0
    gas: int = 0
    digest: str = ""
    virtual_seconds: float = 0.0
    wall_seconds: float = 0.0
    output: str = ""
    parameters: Parameters = field(default_factory=Parameters)
    recorded: Recorded | None = None
    claimed: Path | None = None
    payments: PaymentTable | None = None
    workloads: tuple[tuple[str, ...], ...] = ()
    options: tuple[str, ...] = ()
    preface: str = ""
    brief: str = ""
    remedy: str = ""
    acceptable: bool = False

    @property
    def replay_command(self) -> str:
        """What to type to see it again."""
        return self.parameters.command(self.file, self.seed, *self.options)

    @property
    def accept_command(self) -> str:
        """What to type if what has happened is meant; empty if it can't be recorded."""
        options = (*self.options, "--update-golden")
        return self.parameters.command(self.file, self.seed, *options) * self.acceptable

    @property
    def commands(self) -> dict[str, str]:
        """What to type to see it again, and to accept it if that is possible."""
        found = {"again": self.replay_command, "accept": self.accept_command}
        return {name: command for name, command in found.items() if command}
