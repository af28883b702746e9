"""The tutorial for researchers, gone through as its readers do: files, commands and Python."""

import contextlib
import csv
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.cli.main import main

PAGE = Path(__file__).parents[1] / "docs" / "research-tutorial.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCK = re.compile(r"(.*?)^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
FILE = Path("channels.yaml")
RUNS = Path("channels-results") / "runs.csv"


def blocks() -> Iterator[tuple[str, str, str]]:
    """Yield what stands before a block, what kind it is, and what is in it."""
    for found in BLOCK.finditer(TEXT):
        yield found[1], found[2], found[3]


def said(command: str) -> str:
    """Return what a command prints; it must succeed."""
    program, *arguments = shlex.split(command)
    assert program == "simulator"
    if "RUN" in arguments:
        with RUNS.open(encoding="utf-8", newline="") as stream:
            run = next(csv.DictReader(stream))["run"]
        arguments = [run if word == "RUN" else word for word in arguments]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), pytest.raises(SystemExit) as end:
        main(arguments)
    assert not end.value.code, printed.getvalue()
    return printed.getvalue()


def follow(kind: str, before: str, block: str, names: dict[str, Any]) -> None:
    """Do what a block says, and see that it comes out as the page has it."""
    if change := re.search(r"`(replications: \d+)` takes the place", before):
        text = re.sub(r"replications: \d+", change[1], FILE.read_text(encoding="utf-8"))
        FILE.write_text(text, encoding="utf-8")
    if kind == "yaml":
        FILE.write_text(block, encoding="utf-8")
    elif kind == "console":
        command, *promised = block.removeprefix("$ ").splitlines()
        printed = [line.rstrip() for line in said(command).splitlines()]
        for line in promised:
            assert line in printed
    else:
        printed_text = io.StringIO()
        with contextlib.redirect_stdout(printed_text):
            exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102 - our own page
        for promise in re.findall(r"print\(.*\)  # (.*)", block):
            assert promise in printed_text.getvalue().splitlines()
        names["printed"] = printed_text.getvalue()


def test_the_tutorial_comes_out_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    kinds = []
    for before, kind, block in blocks():
        if kind != "text":
            follow(kind, before, block, names)
        else:  # what the program before it prints
            assert block == names["printed"]
        kinds.append(kind)
    assert {*kinds} == {"yaml", "console", "python", "text"}
    assert (tmp_path / "channels-results" / "report" / "report.html").is_file()
