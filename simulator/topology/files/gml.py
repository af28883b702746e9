"""GML: nested lists of keys and values, of which a graph has nodes and edges.

networkx reads GML too, but refuses a file in which two nodes have the same label.
"""

import html
import re
from collections.abc import Iterator

from simulator.topology.file_graph import FileGraph, NotThat, counted
from simulator.topology.files.content import Content, node_name
from simulator.words.quoting import shown

MAX_DEPTH = 50

_SPACE = r"(?:\s|#[^\n]*\n)*"
_BEGINNING = re.compile(
    rf"{_SPACE}(?:(?:Creator|Version|comment|directed)\s+(?:\"[^\"]*\"|[^\s\[\]]+){_SPACE})*"
    r"graph\s*\[",
    re.IGNORECASE,
)
_TOKEN = re.compile(r'\s+|#[^\n]*|(\[|\]|"[^"]*"|[^\s\[\]"#]+)')
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,99}", re.ASCII)
_INTEGER = re.compile(r"[+-]?[0-9]{1,100}", re.ASCII)

Pairs = list[tuple[str, object]]


def is_gml(content: Content) -> bool:
    """Tell whether a file is GML."""
    return not content.is_json and not content.is_xml and bool(_BEGINNING.match(content.text))


def parse(content: Content) -> FileGraph:
    """Return the first graph of a GML file.

    Raises:
        NotThat: the file is no GML.
    """
    graphs = [value for key, value in _pairs(content.text) if key.lower() == "graph"]
    if not graphs or not isinstance(graphs[0], list):
        raise NotThat("it has no graph [ … ]")
    found = FileGraph()
    for kind in ("node", "edge"):
        for data in _objects(graphs[0], kind):
            if kind == "node":
                found.add_node(node_name(data, "id"), data)
            else:
                found.add_edge(node_name(data, "source"), node_name(data, "target"), data)
    if graphs[1:]:
        others = counted(len(graphs) - 1, "further graph")
        found.notes.append(f"left out: {others}: a scenario starts from one, the first")
    return found


def _objects(pairs: Pairs, kind: str) -> Iterator[dict[str, object]]:
    for key, value in pairs:
        if key == kind:
            if not isinstance(value, list):
                raise NotThat(f"a {kind} is not [ … ] but {shown(value)}")
            yield dict(value)


def _pairs(text: str) -> Pairs:
    """Return the keys and values of a file; those inside of brackets are lists again."""
    whole: Pairs = []
    open_lists, key = [whole], None
    for token in _tokens(text):
        if token == "]":  # noqa: S105 - no password
            if key is not None or len(open_lists) == 1:
                raise NotThat("it has a ']' where none can be")
            open_lists.pop()
        elif key is None:
            if not _KEY.fullmatch(token):
                raise NotThat(f"it has {shown(token)} where a key must be")
            key = token
        elif token == "[":  # noqa: S105
            inner: Pairs = []
            open_lists[-1].append((key, inner))
            open_lists.append(inner)
            key = None
            if len(open_lists) > MAX_DEPTH:
                raise NotThat(f"it is nested more than {MAX_DEPTH} deep")
        else:
            open_lists[-1].append((key, _value(token)))
            key = None
    if key is not None or len(open_lists) > 1:
        raise NotThat("it ends too early")
    return whole


def _tokens(text: str) -> Iterator[str]:
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise NotThat('it has a " without an end')
        place = found.end()
        if found[1]:
            yield found[1]


def _value(token: str) -> object:
    if token.startswith('"'):
        return html.unescape(token[1:-1])
    return int(token) if _INTEGER.fullmatch(token) else token
