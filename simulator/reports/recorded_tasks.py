"""The tasks of a run that was recorded, from the report beside its manifest."""

import re
from pathlib import Path
from typing import Any

from simulator.reports.file_names import REPORT
from simulator.reports.golden_lines import SECTIONS
from simulator.reports.record import TaskRecord
from simulator.system import bounded_json, files
from simulator.words.errors import ConfigurationError

MAX_BYTES = 2**26
"""How large a report may be; one of ten thousand tasks has a tenth of that."""

MAX_PATH = 1_000
"""How long a place in a file is at most, in characters."""

_PLACE = re.compile(rf"({'|'.join(SECTIONS)})([\[#]\d+\]?)*(\.|$)")
_KINDS = {"path": str, "name": str, "parameters": str, "line": int, "status": str}


def recorded_tasks(folder: Path, digest: str) -> list[TaskRecord] | None:
    """Return the tasks that a run has started, in order.

    Args:
        folder: where its report is.
        digest: of its journal: a report of another run says nothing.

    Returns:
        None if nobody knows: there is no such report, or it was written by something else.
    """
    file = folder / REPORT
    if file.is_symlink():  # which could lead to a file that is nobody's business
        return None
    try:
        data = bounded_json.loads(files.read_text(file, MAX_BYTES))
    except (ConfigurationError, ValueError):
        return None
    tasks = data.get("tasks") if isinstance(data, dict) and data.get("digest") == digest else None
    if not isinstance(tasks, list) or not all(map(_is_task, tasks)):
        return None
    return [
        TaskRecord(
            path=task["path"],
            kind=task["name"],
            parameters=task["parameters"],
            line=task["line"],
            is_group=task["parameters"].startswith(f"{task['name']} "),
            started_seconds=0.0,
            status=task["status"],
        )
        for task in tasks
    ]


def _is_task(task: Any) -> bool:
    return (
        isinstance(task, dict)
        and all(type(task.get(key)) is kind for key, kind in _KINDS.items())
        and len(task["path"]) <= MAX_PATH
        and _PLACE.match(task["path"]) is not None
    )
