"""The XML for CI servers has the structure that they expect."""

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from simulator.reports.junit import document
from simulator.reports.record import FAILED, PASSED
from simulator.reports.result import CRASHED, INVALID, NOT_RUN, ScenarioResult
from tests.ci.test_suite import FAILING, GOOD
from tests.scenarios.writing import write
from tests.test_cli import call

NUMBER, SECONDS, TEXT = r"\d+", r"\d+\.\d{3}", r"[\s\S]*"
COUNTS = {
    "name": r".+",
    "tests": NUMBER,
    "failures": NUMBER,
    "errors": NUMBER,
    "time": SECONDS,
}
STRUCTURE: dict[str, tuple[dict[str, str], set[str]]] = {
    "testsuites": (COUNTS, {"testsuite"}),
    "testsuite": ({**COUNTS, "skipped": NUMBER}, {"testcase"}),
    "testcase": (
        {"classname": r".+", "name": r".+", "time": SECONDS},
        {"skipped", "failure", "error", "system-out"},
    ),
    "failure": ({"message": TEXT, "type": r".+"}, set()),
    "error": ({"message": TEXT, "type": r".+"}, set()),
    "skipped": ({"message": TEXT}, set()),
    "system-out": ({}, set()),
}
"""What the schema of Jenkins and pytest (junit-10) allows of what we write: attributes, all of them
required here, and children. It has no `skipped` on `testsuites`."""


def check(element: ET.Element) -> None:
    """Check an element and what is in it."""
    attributes, children = STRUCTURE[element.tag]
    assert element.attrib.keys() == attributes.keys()
    for name, pattern in attributes.items():
        assert re.fullmatch(pattern, element.attrib[name]), (element.tag, name)
    for child in element:
        assert child.tag in children
        check(child)
    if element.tag == "testcase":
        tags = [child.tag for child in element]
        assert len(tags) == len(set(tags))
        assert len({"skipped", "failure", "error"} & set(tags)) <= 1
    if element.tag == "testsuite":
        cases = element.findall("testcase")
        assert int(element.attrib["tests"]) == len(cases)
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            found = [case for case in cases if case.find(tag) is not None]
            assert int(element.attrib[name]) == len(found)


def parsed(text: str) -> ET.Element:
    root = ET.fromstring(text)  # noqa: S314 - our own
    assert root.tag == "testsuites"
    check(root)
    return root


def test_every_outcome() -> None:
    results = [
        ScenarioResult("a/one.yaml", PASSED, "One", 3, digest="ab" * 32, wall_seconds=1.25),
        ScenarioResult(
            "a/two.yaml", FAILED, "Two", 0, message='expected <1> & "2"', line=4, place="x.y"
        ),
        ScenarioResult(
            "three.yaml", INVALID, message="bad\x00key", details="three.yaml:1: bad\x00key"
        ),
        ScenarioResult("/data/four.v2.yaml", CRASHED, message="internal fault: died"),
        ScenarioResult("five.yaml", NOT_RUN, message="interrupted"),
    ]
    root = parsed(document(results))
    suite = root[0]
    assert [case.attrib["classname"] for case in suite][:3] == ["a.one", "a.two", "three"]
    assert suite[0].attrib["name"] == "One [seed 3]"
    assert suite[0].attrib["time"] == "1.250"
    failure = suite[1].find("failure")
    assert failure is not None
    assert failure.attrib["message"] == 'expected <1> & "2"'
    assert failure.text is not None
    assert failure.text.splitlines()[0] == "a/two.yaml:4: x.y"
    assert failure.text.splitlines()[-1] == "again: simulator run a/two.yaml --seed 0"
    error = suite[2].find("error")
    assert error is not None
    assert error.attrib == {"message": "bad\ufffdkey", "type": "invalid"}


def test_what_a_run_writes(tmp_path: Path) -> None:
    files = [write(tmp_path, GOOD, "good.yaml"), write(tmp_path, FAILING, "failing.yaml")]
    files.append(write(tmp_path, "nodes: 3", "invalid.yaml"))
    junit = tmp_path / "new" / "junit.xml"
    assert call("run", *files, "--junit", junit) == 2
    root = parsed(junit.read_text(encoding="utf-8"))
    assert root.attrib["tests"] == "3"
    failure = root.find(".//failure")
    assert failure is not None
    assert (
        failure.attrib["message"]
        == "assert_graph: nodes: expected 7, actual 0 (not in it: node 0, node 1, node 2)"
    )
    error = root.find(".//error")
    assert error is not None
    assert "invalid.yaml:1: nodes: " in (error.text or "")


def test_a_file_that_cannot_be_written_stops_everything(tmp_path: Path) -> None:
    good = write(tmp_path, GOOD, "good.yaml")
    assert call("run", good, "--junit", good / "junit.xml") == 2


def test_the_command_that_shows_a_difference_again_names_the_goldens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, GOOD, "good.yaml")
    (tmp_path / "kept").mkdir()
    options = ("--golden", "kept", "--engine", "model")
    assert call("run", "good.yaml", *options, "--junit", "j.xml") == 1
    (failure,) = parsed((tmp_path / "j.xml").read_text(encoding="utf-8")).iter("failure")
    assert failure.text is not None
    again, accept = failure.text.splitlines()[-2:]
    assert accept.removeprefix("accept: ") == f"{again.removeprefix('again: ')} --update-golden"
    again = again.removeprefix("again: simulator ")
    assert again.endswith(" --seed 0 --golden kept --engine model")
    assert call(*again.split()) == 1
