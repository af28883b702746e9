"""How a scenario file is another one than that of a recorded run, and what that can explain."""

from dataclasses import dataclass
from pathlib import Path

from simulator.reports.difference import JournalDifference
from simulator.reports.golden_edits import Edit, edit_of_tasks
from simulator.reports.record import PASSED, RunRecord, TaskRecord
from simulator.reports.recorded_tasks import recorded_tasks


@dataclass(frozen=True, slots=True)
class Edited:
    """A scenario file that has changed since a run.

    Attributes:
        file: its name.
        edit: what has become of its tasks; None: nobody knows.
    """

    file: str
    edit: Edit | None

    @property
    def note(self) -> str:
        """What is to be known of it."""
        changed = f"{self.file} has changed since"
        if self.edit is None:
            return changed
        return f"{changed}{': ' if self.edit.told else ', '}{self.edit.tasks}"

    def cause(self, difference: JournalDifference | None) -> str:
        """Return the file as what may be the cause of a difference, and how far."""
        if difference is None or self._can_explain(difference):
            return SCENARIO_FILE
        return f"{SCENARIO_FILE} (though the edited tasks come after this difference)"

    def what_leads_to(self, task: str, path: str, difference: JournalDifference) -> str:
        """Return a task as what has led to an event by now: what is edited may have led it there.

        Args:
            task: in words.
            path: its own.
            difference: in that event.
        """
        if not self._can_explain(difference):
            return task
        if self.edit is None or not self.edit.told:
            return f"now below {task}"
        is_edited = any(path == one.path for one in self.edit.edited)
        return task if is_edited else f"now below {task}, which is as it was"

    def _can_explain(self, difference: JournalDifference) -> bool:
        return self.edit is None or difference.position >= self.edit.events_before


SCENARIO_FILE = "the scenario file"


def edited(file: str, folder: Path, digest: str, outcome: str, report: RunRecord) -> Edited:
    """Return how a scenario file has changed.

    Args:
        file: its name.
        folder: where the report of the recorded run is.
        digest: of the recorded journal.
        outcome: of the recorded run.
        report: the run that was done with what the file says by now.
    """
    then: list[TaskRecord] | None = recorded_tasks(folder, digest)
    if then is None:
        return Edited(file, None)
    return Edited(file, edit_of_tasks(then, report.tasks, was_half=outcome != PASSED))
