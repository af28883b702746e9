"""What is in a file, looked at in several ways, each of them once."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from simulator.system import bounded_json
from simulator.topology.file_graph import FileGraph, NotThat
from simulator.words.quoting import shortened, shown, visible_line

MAX_NAMED = 5
"""So many keys of an object, or columns, are named."""

MAX_LINE_CHARACTERS = 10_000


class Content:
    """The bytes of a file, as text and as JSON.

    Args:
        data: the bytes.
        beside: files that belong to it, by the first word of their names.
    """

    def __init__(self, data: bytes, beside: Mapping[str, bytes] | None = None) -> None:
        self.data = data
        self.beside = beside or {}

    @cached_property
    def text(self) -> str:
        """The text that it is.

        Raises:
            NotThat: it is none.
        """
        return decoded(self.data)

    @property
    def is_json(self) -> bool:
        """Whether it can be nothing but an object or a list."""
        return self._begins(b"{", b"[")

    @property
    def is_xml(self) -> bool:
        """Whether it can be nothing but XML, in any encoding that XML has a mark for."""
        return self._begins(b"<") or self.data.startswith((b"\xff\xfe<\0", b"\xfe\xff\0<"))

    @cached_property
    def json(self) -> Any:
        """What it holds as JSON.

        Raises:
            NotThat: it is none.
        """
        try:
            return bounded_json.loads(self.text)
        except ValueError as error:
            raise NotThat(str(error)) from None

    @cached_property
    def lines(self) -> list[str]:
        """The lines that say something, without comments.

        Raises:
            NotThat: it is no text, or one of them has no end.
        """
        lines = [line.strip() for line in self.text.splitlines()]
        found = [line for line in lines if line and not line.startswith("#")]
        if any(len(line) > MAX_LINE_CHARACTERS for line in found):
            raise NotThat(f"it has a line of more than {MAX_LINE_CHARACTERS} characters")
        return found

    def has(self, *keys: str) -> bool:
        """Tell whether it is a JSON object with all of these keys."""
        return (
            self.is_json and isinstance(self.json, dict) and all(key in self.json for key in keys)
        )

    def __str__(self) -> str:
        """Return what is seen of it, for people."""
        if not self.data.strip():
            return "it is empty"
        if self.is_xml:
            return "it is XML"
        if self.is_json:
            if isinstance(self.json, dict):
                return f"it is a JSON object with {named(self.json) or 'nothing inside'}"
            return f"it is a JSON list of {len(self.json)}"
        return f"it begins with {shown(self.lines[0])}" if self.lines else "it has comments only"

    def _begins(self, *signs: bytes) -> bool:
        return self.data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(signs)


def decoded(data: bytes) -> str:
    """Return bytes as the text that they are.

    Raises:
        NotThat: they are none.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotThat("it is not UTF-8") from None


def named(words: Iterable[object]) -> str:
    """Return some words for people, of many the first ones.

    >>> named("abcdefg")
    'a, b, c, d, e and 2 more'
    """
    found = [shortened(visible_line(str(word))) for word in words]
    more = f" and {len(found) - MAX_NAMED} more" if len(found) > MAX_NAMED else ""
    return ", ".join(found[:MAX_NAMED]) + more


def entries(data: object, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a list in an object.

    Raises:
        NotThat: there is no such list, or something else is in it.
    """
    found = data.get(name) if isinstance(data, dict) else None
    if not isinstance(found, list):
        raise NotThat(f"it has no list {name!r}")
    for position, entry in enumerate(found):
        if not isinstance(entry, dict):
            raise NotThat(f"{name}[{position}] is no object but {shown(entry)}")
        yield entry


def node_name(entry: Mapping[str, Any], key: str) -> Hashable:
    """Return the name of a node that an entry has under a key.

    Raises:
        NotThat: it has none, or something that is no name.
    """
    if key not in entry:
        raise NotThat(f"{shown(entry)} has no {key!r}")
    name = entry[key]
    if isinstance(name, bool) or not isinstance(name, str | int):
        raise NotThat(f"{key!r} must be a text or a whole number, not {shown(name)}")
    return name


def add_ends(graph: FileGraph, *ends: Hashable) -> None:
    """Take in the ends of an edge as nodes, where a file has no list of them."""
    for end in ends:
        if end not in graph.nodes:
            graph.add_node(end, {})
