"""The examples of the page about extending, which people copy."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")

HEADINGS = {
    "strategies": "## Strategies",
    "routing": "## Routing policies",
    "generators": "## Graphs to start from",
    "tasks": "## Tasks and assertions",
    "metrics": "## Metrics",
    "together": "## All of it together",
}


def blocks(kind: str, language: str) -> list[str]:
    """Return the examples in a language, of the section about a kind of extension."""
    section = re.split(r"^(?=## )", PAGE, flags=re.MULTILINE)
    (text,) = [part for part in section if part.startswith(HEADINGS[kind])]
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def code_of(kind: str) -> str:
    """Return the functions that a section shows, without the program that uses them."""
    (code,) = blocks(kind, "python")
    return re.split(r"\n(?:net|full) = ", code)[0]


def entry_point_of(kind: str) -> str:
    """Return the entry point that a section shows, as an installer writes it."""
    (text,) = blocks(kind, "toml")
    head, line = text.strip().splitlines()
    assert head == f'[project.entry-points."raiden_simulator.{kind}"]'
    return line.replace('"', "")
