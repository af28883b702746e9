"""Lines with the ends of a channel: CSV with named columns, and plain lists of edges."""

import csv
import re
from collections.abc import Iterator

from simulator.topology.file_graph import FileGraph, NotThat, counted
from simulator.topology.files.content import Content, add_ends, named
from simulator.words.quoting import shown

ENDS = (
    ("source", "target"),
    ("source", "destination"),
    ("from", "to"),
    ("node1", "node2"),
    ("node_1", "node_2"),
    ("node1_id", "node2_id"),
    ("node1_pub", "node2_pub"),
    ("from_node_id", "to_node_id"),
    ("participant1", "participant2"),
)
"""The names of the two columns with a channel's ends."""

_DELIMITERS = ",;\t"
_LOOKED_AT = 20
"""So many lines tell whether a file is a list of edges."""

_PLAIN = r"""'[^']*'|"[^"]*"|[-+.\w]+"""
_PAIR = re.compile(rf"""\s*(?:'([^']*)'|"([^"]*)")\s*:\s*({_PLAIN})\s*(?:,|$)""")
_SAID = r"(\{.*\}|[-+.0-9eE]+)"
_EDGE = re.compile(rf"([^\s,;{{}}]+)\s+([^\s,;{{}}]+)(?:\s+{_SAID})?")
_NUMBERS = re.compile(rf"([0-9]+)\s*[,;]\s*([0-9]+)(?:\s*[,;]\s*{_SAID})?", re.ASCII)
"""With commas only numbers: words could be the names of columns."""


# -- CSV ---------------------------------------------------------------------------------


def is_csv(content: Content) -> bool:
    """Tell whether a file is CSV whose first line names the ends of a channel."""
    return not content.is_json and not content.is_xml and _ends(_header(content)) is not None


def parse_csv(content: Content) -> FileGraph:
    """Return the graph of CSV with named columns, in any order, with commas, semicolons or tabs.

    Raises:
        NotThat: the file is something else.
    """
    header = _header(content)
    ends = _ends(header)
    if ends is None:
        wanted = " or ".join(f"{one} and {other}" for one, other in ENDS)
        raise NotThat(
            f"its first line names no columns with the ends of a channel but {named(header)}; "
            f"wanted are {wanted}"
        )
    found = FileGraph()
    for row in rows(content):
        one, other = row.pop(ends[0]), row.pop(ends[1])
        add_ends(found, one, other)
        found.add_edge(one, other, {key: value for key, value in row.items() if value != ""})
    return found


def rows(content: Content) -> Iterator[dict[str, object]]:
    """Yield the lines below the first, by the names of the columns.

    Raises:
        NotThat: a line has more or fewer columns, or the file is no CSV.
    """
    header = _header(content)
    try:
        reader = csv.reader(content.lines[1:], delimiter=_delimiter(content), strict=True)
        for number, row in enumerate(reader, 2):
            if len(row) != len(header):
                columns = counted(len(row), "column")
                raise NotThat(f"row {number} has {columns}, but the first {len(header)}")
            yield {key: value.strip() for key, value in zip(header, row, strict=True)}
    except csv.Error as error:
        raise NotThat(f"it is not CSV: {error}") from None


def _delimiter(content: Content) -> str:
    return max(_DELIMITERS, key=content.lines[0].count) if content.lines else ","


def _header(content: Content) -> list[str]:
    if not content.lines:
        return []
    try:
        (first,) = csv.reader(content.lines[:1], delimiter=_delimiter(content))
    except csv.Error:
        return []
    return [name.strip().lower() for name in first]


def _ends(header: list[str]) -> tuple[str, str] | None:
    return next((ends for ends in ENDS if {*ends} <= {*header}), None)


# -- lists of edges ----------------------------------------------------------------------


def is_edge_list(content: Content) -> bool:
    """Tell whether the first lines of a file are edges."""
    if content.is_json or content.is_xml or not content.lines:
        return False
    return all(map(_edge, content.lines[:_LOOKED_AT]))


def parse_edge_list(content: Content) -> FileGraph:
    """Return the graph of lines with two nodes each, and what is said about their channel.

    Raises:
        NotThat: a line is something else.
    """
    found, numbers = FileGraph(), 0
    for number, line in enumerate(content.lines, 1):
        edge = _edge(line)
        if edge is None:
            raise NotThat(
                f"edge {number} is {shown(line)}; wanted are two nodes without spaces in their "
                "names, and at most {'capacity': 1} or a number behind them"
            )
        one, other, said = edge.groups()
        add_ends(found, one, other)
        numbers += said is not None and not said.startswith("{")
        found.add_edge(one, other, _data(said, number) if said and said[0] == "{" else {})
    if numbers:
        what = f"the number behind {counted(numbers, 'channel')}"
        found.notes.append(f"unused: {what}: {{'capacity': 1}} would say what it is")
    return found


def _edge(line: str) -> re.Match[str] | None:
    return _EDGE.fullmatch(line) or _NUMBERS.fullmatch(line)


def _data(text: str, number: int) -> dict[str, object]:
    """Return what a dictionary of Python says, whose values are plain ones."""
    inside, place, found = text[1:-1].rstrip(), 0, {}
    while place < len(inside):
        pair = _PAIR.match(inside, place)
        if pair is None:
            raise NotThat(f"behind edge {number} is {shown(text)}, which is no plain dictionary")
        found[pair[1] or pair[2] or ""] = pair[3].strip("'\"")
        place = pair.end()
    return {key: value for key, value in found.items() if value != "None"}
