"""Figures, tables and paragraphs as docs/performance.md shows them."""

import textwrap
from collections.abc import Sequence
from typing import Any

from benchmarks.results import TIMES


def prose(text: str) -> str:
    """Return a paragraph with lines of equal length."""
    return textwrap.fill(" ".join(text.split()), 100, break_on_hyphens=False) + "\n"


def number(value: Any) -> str:
    """Return a figure with three digits that matter."""
    if value is None:
        return "-"
    if not isinstance(value, float):
        return f"{value:,}"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def seconds(value: float | None) -> str:
    """Return a time, where there is one."""
    return "-" if value is None else f"{number(value)} s"


def ratio(value: float) -> str:
    """Return how many times something is another."""
    return f"{number(value)}{TIMES}"


def percent(value: float) -> str:
    """Return a share of the whole."""
    return f"{100 * value:.0f} %"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """Return a Markdown table; the first `left` columns hold words, the others figures."""
    marks = ["---" if place < left else "---:" for place in range(len(head))]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, marks, *rows)) + "\n"
