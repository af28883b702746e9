"""Results as JUnit XML, which CI servers read."""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from simulator.scenario.suite import (
    CRASHED,
    ERROR,
    FAILED,
    INTERRUPTED,
    INVALID,
    NOT_RUN,
    PASSED,
    Result,
)

SUITE = "simulator"
FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML has no way to say."""


def document(results: Sequence[Result]) -> str:
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
    skipped = _count(results, NOT_RUN, INTERRUPTED)
    suite = ET.SubElement(root, "testsuite", {**attributes, "skipped": skipped})
    for result in results:
        _case(suite, result)
    ET.indent(root)
    text = FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", ET.tostring(root, "unicode"))
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _case(suite: ET.Element, result: Result) -> None:
    name = result.name or Path(result.file).stem
    seed = "" if result.seed is None else f"seed {result.seed}"
    marks = [mark for mark in (result.parameters.label, seed) if mark]
    case = ET.SubElement(
        suite,
        "testcase",
        classname=_class_name(result.file),
        name=f"{name} [{', '.join(marks)}]" if marks else name,
        time=_seconds(result.wall_seconds),
    )
    if result.outcome in {NOT_RUN, INTERRUPTED}:
        done = f" after {result.tasks_done} of {result.tasks} tasks" if result.tasks else ""
        ET.SubElement(case, "skipped", message=result.message + done)
    elif result.outcome != PASSED:
        tag = "failure" if result.outcome == FAILED else "error"
        trouble = ET.SubElement(case, tag, message=result.message, type=result.outcome)
        trouble.text = _text(result)
    if result.digest:
        ET.SubElement(case, "system-out").text = f"digest {result.digest}"


def _class_name(file: str) -> str:
    """Return a file's path the way CI servers group cases: with dots."""
    parts = Path(file).with_suffix("").parts
    names = (part.replace(".", "_") for part in parts if part not in {"/", ".", ".."})
    return ".".join(names) or SUITE


def _text(result: Result) -> str:
    """Say everything that helps to find the cause."""
    place = f"{result.file}:{result.line}" if result.line else result.file
    where = f"{place}: {result.place}" if result.place else place
    lines = [where, result.message, result.details, f"again: {result.replay_command}"]
    if result.outcome == INVALID:
        lines = [result.details]
    elif result.outcome == ERROR:  # whose details name the file
        lines = [result.details, lines[-1]]
    return "\n".join(line for line in lines if line)


def _count(results: Sequence[Result], *outcomes: str) -> str:
    return str(sum(result.outcome in outcomes for result in results))


def _seconds(value: float) -> str:
    return f"{value:.3f}"
