"""Results as JUnit XML, which CI servers read."""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from simulator.reports.record import ERROR, FAILED, INTERRUPTED, PASSED
from simulator.reports.result import CRASHED, INVALID, NOT_RUN, SKIPPED, XFAILED, ScenarioResult

SUITE = "simulator"
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML has no way to say."""


_SKIPPED = (NOT_RUN, INTERRUPTED, SKIPPED, XFAILED)
"""What JUnit's format has only one word for, and pytest too: what failed as expected is skipped."""


def document(results: Sequence[ScenarioResult]) -> str:
    """Return results as an XML document: one suite, one case for each file."""
    attributes = {
        "name": SUITE,
        "tests": str(len(results)),
        "failures": _count(results, FAILED),
        "errors": _count(results, INVALID, ERROR, CRASHED),
        "time": _seconds(sum(result.wall_seconds for result in results)),
    }
    root = ET.Element("testsuites", attributes)
    # the schema that CI servers use knows what was skipped for a suite only
    skipped = _count(results, *_SKIPPED)
    suite = ET.SubElement(root, "testsuite", {**attributes, "skipped": skipped})
    for result in results:
        _case(suite, result)
    ET.indent(root)
    text = FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", ET.tostring(root, "unicode"))
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _case(suite: ET.Element, result: ScenarioResult) -> None:
    class_name, name = names(result, result.file)
    time = _seconds(result.wall_seconds)
    case = ET.SubElement(suite, "testcase", classname=class_name, name=name, time=time)
    if result.outcome in _SKIPPED:
        ET.SubElement(case, "skipped", message=_why_skipped(result))
    elif result.outcome != PASSED:
        tag = "failure" if result.outcome == FAILED else "error"
        trouble = ET.SubElement(case, tag, message=result.message, type=result.outcome)
        trouble.text = _text(result)
    if result.digest:
        ET.SubElement(case, "system-out").text = f"digest {result.digest}"


def names(result: ScenarioResult, file: str) -> tuple[str, str]:
    """Return the names of a case's class and of the case: a file's path and one of its runs."""
    name = result.name or Path(file).stem
    seed = "" if result.seed is None else f"seed {result.seed}"
    marks = [mark for mark in (result.parameters.label, seed) if mark]
    return _class_name(file), f"{name} [{', '.join(marks)}]" if marks else name


def _why_skipped(result: ScenarioResult) -> str:
    if result.outcome == XFAILED:
        return f"failed as expected: {result.message}"
    stopped = result.outcome in {NOT_RUN, INTERRUPTED} and result.tasks
    done = f" after {result.tasks_done} of {result.tasks} tasks" if stopped else ""
    return result.message + done


def _class_name(file: str) -> str:
    """Return a file's path the way CI servers group cases: with dots."""
    parts = Path(file).with_suffix("").parts
    names = (part.replace(".", "_") for part in parts if part not in {"/", ".", ".."})
    return ".".join(names) or SUITE


def _text(result: ScenarioResult) -> str:
    """Say everything that helps to find the cause."""
    place = f"{result.file}:{result.line}" if result.line else result.file
    where = f"{place}: {result.place}" if result.place else place
    if result.outcome == INVALID:
        return result.details
    head = [where, result.message, result.details]
    if result.outcome == ERROR and result.details:  # which name the file
        head = [result.details]
    commands = (f"{name}: {command}" for name, command in result.commands.items())
    lines = [*head, result.timeline, *commands]
    return "\n".join(line for line in lines if line)


def _count(results: Sequence[ScenarioResult], *outcomes: str) -> str:
    return str(sum(result.outcome in outcomes for result in results))


def _seconds(value: float) -> str:
    return f"{value:.3f}"
