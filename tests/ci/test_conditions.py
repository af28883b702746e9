"""Tags, skip and xfail: what a file, or a set of its parameters, says about being run."""

from pathlib import Path

import pytest

from simulator.node.channels import ChannelBook
from simulator.words.events import Deposited
from tests.ci.test_junit import parsed
from tests.ci.test_suite import FAILING, GOOD
from tests.scenarios.writing import text_of, write
from tests.test_cli import Captured, call

REASON = "assert_graph: nodes: expected 7, actual 0 (not in it: node 0, node 1, node 2)"


def outcomes(capsys: Captured) -> str:
    """Return the last line of what a run has shown: how many results of each kind there are."""
    return capsys.readouterr().out.splitlines()[-1]


def test_all_mistakes_come_at_once_with_their_lines(tmp_path: Path, capsys: Captured) -> None:
    head = 'parameters:\n  one:\n    tags: [slow, "9"]\n    skip: ""\n---\n'
    body = "tags:\n  - a b\n  - not\nskip: 5\nxfail: [why]\ntimeout:\n  virtual_seconds: 0\n"
    rest = "  wall_seconds: x\n  weeks: 3\nnodes: {count: 0}\nscenario: {wait: 1}\n"
    file = write(tmp_path, head + body + rest)
    assert call("validate", file) == 2
    mistakes = capsys.readouterr().err.splitlines()
    places = [line.removeprefix(f"{file}:").split(": ")[0:2] for line in mistakes]
    assert [place[0].partition(":")[0] for place in places] == [
        *("3", "4", "7", "8", "9", "10", "12", "13", "14", "15")
    ]
    assert "tags[1]: must be a tag, up to 64 letters" in mistakes[0]
    assert "skip: must say why, in a text of one line" in mistakes[1]
    assert "not means something else to pytest: choose another tag" in mistakes[3]
    assert "timeout.virtual_seconds: must be more than 0, not 0" in mistakes[6]
    assert "timeout.weeks: unknown key" in mistakes[8]


def test_a_condition_is_no_variable(tmp_path: Path, capsys: Captured) -> None:
    assert call("run", write(tmp_path, GOOD), "--set", "skip=1") == 2
    assert "skip: is no variable" in capsys.readouterr().err


def test_what_is_skipped_or_fails_as_expected_is_fine(tmp_path: Path, capsys: Captured) -> None:
    write(tmp_path, GOOD, "a.yaml")
    write(tmp_path, f"skip: needs a new node\n{FAILING}", "b.yaml")
    write(tmp_path, f"xfail: known since May\n{FAILING}", "c.yaml")
    junit, summary = tmp_path / "junit.xml", tmp_path / "summary.md"
    assert call("run", tmp_path, "--junit", junit, "--summary", summary) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-3:] == [
        f"SKIPPED      {tmp_path}/b.yaml: needs a new node",
        f"XFAILED      {tmp_path}/c.yaml:9: known since May: {REASON}",
        "1 passed, 0 failed, 0 invalid, 1 skipped, 1 xfailed",
    ]
    root = parsed(junit.read_text(encoding="utf-8"))
    reasons = [case.attrib["message"] for case in root.iter("skipped")]
    assert reasons == [
        "needs a new node",
        f"failed as expected: known since May: {REASON}",
    ]
    table = summary.read_text(encoding="utf-8")
    assert table.startswith("### Scenarios: 1 passed, 0 failed, 0 invalid, 1 skipped, 1 xfailed\n")
    assert "| skipped | 0 |" in table
    assert "| xfailed | 0 |" in table


def test_what_passes_against_its_xfail_is_a_failure(tmp_path: Path, capsys: Captured) -> None:
    file = write(tmp_path, f"xfail: known since May\n{GOOD}")
    assert call("run", file) == 1
    assert (
        f"FAILED {file}:1: passed, but is expected to fail (known since May): "
        "take xfail out of line 1\n" in capsys.readouterr().out
    )


def test_a_golden_that_differs_can_be_expected(tmp_path: Path, capsys: Captured) -> None:
    file = write(tmp_path, GOOD)
    golden = ("--golden", tmp_path / "golden")
    assert call("run", file, *golden, "--update-golden") == 0
    write(tmp_path, "xfail: rounds up now\n" + GOOD.replace("wait: 1", "stop_node: 0"))
    assert call("run", file, *golden) == 0
    assert "XFAILED" in capsys.readouterr().out


def test_a_fault_of_the_simulator_is_never_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    apply = ChannelBook.apply

    def wrong(book: ChannelBook, event: Deposited) -> None:
        apply(book, event)
        if isinstance(event, Deposited) and event.participant != book._owner:
            channel = book.get(event.channel_identifier)
            assert channel is not None
            channel.partner_deposit += 1

    monkeypatch.setattr(ChannelBook, "apply", wrong)
    joins = [f"join_network: {{from: {node}, funds: 9}}" for node in (0, 1)]
    assert call("run", write(tmp_path, f"xfail: a hope\n{text_of(*joins)}")) == 1
    assert "internal fault" in capsys.readouterr().out


def test_an_invalid_file_is_invalid_whatever_it_says(tmp_path: Path) -> None:
    for condition in ("skip: later", "xfail: later", "tags: [slow]"):
        assert call("run", write(tmp_path, f"{condition}\nnodes: 3\n")) == 2


SETS = """\
parameters:
  small: {tags: [quick]}
  large: {skip: takes a day, tags: [slow]}
---
tags: [hub]
xfail: nothing holds
"""


def test_a_set_says_more_than_its_file(tmp_path: Path, capsys: Captured) -> None:
    file = write(tmp_path, SETS + FAILING)
    assert call("run", file) == 0
    assert outcomes(capsys) == "0 passed, 0 failed, 0 invalid, 1 skipped, 1 xfailed"
    for tags, names in {"hub": "small large", "quick": "small", "not quick": "large"}.items():
        assert call("run", file, "--tag", tags) == 0
        out = capsys.readouterr().out
        assert [name for name in ("small", "large") if f"[{name}]" in out] == names.split()


@pytest.mark.parametrize(
    ("tags", "names"),
    [
        (("slow",), "bc"),
        (("not slow",), "a"),
        (("slow", "not hub"), "b"),
        (("hub", "slow"), "c"),
        (("not slower",), "abc"),
    ],
)
def test_tags_choose_files(
    tmp_path: Path, tags: tuple[str, ...], names: str, capsys: Captured
) -> None:
    write(tmp_path, f"skip: x\n{GOOD}", "a.yaml")
    write(tmp_path, f"skip: x\ntags: [slow]\n{GOOD}", "b.yaml")
    write(tmp_path, f"skip: x\ntags: [slow, hub]\n{GOOD}", "c.yaml")
    options = [word for tag in tags for word in ("--tag", tag)]
    assert call("run", tmp_path, *options) == 0
    out = capsys.readouterr().out
    assert [name for name in "abc" if f"{name}.yaml" in out] == [*names]


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("slwo", "no file has the tag slwo: there are hub, slow."),
        ("not hub", "all files are left out by these tags."),
        ("slow or hub", "'slow or hub' is neither a tag"),
        ("", "'' is neither a tag"),
    ],
)
def test_tags_that_choose_nothing_are_a_mistake(
    tmp_path: Path, tag: str, reason: str, capsys: Captured
) -> None:
    file = write(tmp_path, f"tags: [slow, hub]\n{GOOD}")
    assert call("run", file, "--tag", tag) == 2
    assert reason in capsys.readouterr().err


def test_a_file_whose_tags_nobody_can_read_is_not_passed_over(
    tmp_path: Path, capsys: Captured
) -> None:
    write(tmp_path, f"skip: x\ntags: [slow]\n{GOOD}", "a.yaml")
    write(tmp_path, f"tags: slow\n{GOOD}", "b.yaml")
    assert call("run", tmp_path, "--tag", "slow") == 2
    assert "b.yaml:1: tags: must be a list of tags, not 'slow'" in capsys.readouterr().err


def test_a_golden_that_cannot_be_compared_is_no_expected_failure(
    tmp_path: Path, capsys: Captured
) -> None:
    file, golden = tmp_path / "x.yaml", tmp_path / "golden"
    text = "nodes: {count: 2}\nscenario: {join_network: {from: 0, funds: 5}}\n"
    file.write_text(f"xfail: slow since May\n{text}", encoding="utf-8")
    golden.mkdir()
    options = ("--golden", golden)
    assert call("run", file, *options) == 1
    out = capsys.readouterr().out
    assert "passed, but is expected to fail (slow since May)" in out
    assert "does not exist" not in out, "nothing could have been recorded"
    assert call("run", file, *options, "--update-golden") == 1, "it passes"
    assert "not recorded: the scenario is expected to fail" in capsys.readouterr().out
    assert not list(golden.rglob("*.golden"))
    file.write_text(text, encoding="utf-8")
    assert call("run", file, *options, "--update-golden") == 0
    otherwise = text.replace("funds: 5", "funds: 6")
    file.write_text(f"xfail: slow since May\n{otherwise}", encoding="utf-8")
    assert call("run", file, *options) == 0, "a difference is one"
    assert "XFAILED" in capsys.readouterr().out
    assert call("run", file, *options, "--seed", "3") == 1
    assert "recorded with seed 0" in capsys.readouterr().out
