"""GraphML: nodes, edges and their data, whoever has written them.

networkx reads GraphML too, but not every file: it gives up where a value is not of its declared
type, and forgets in which order the edges stand and which end of an edge comes first.
"""

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from simulator.topology.file_graph import FileGraph, NotThat, counted
from simulator.topology.files.content import Content


class _Builder(TreeBuilder):
    def doctype(self, *_: object) -> None:
        """Refuse what could define entities, and with them more text than there is."""
        raise NotThat("a document type is not allowed")


def is_graphml(content: Content) -> bool:
    """Tell whether a file is XML: no other format here is."""
    return content.is_xml


def parse(content: Content) -> FileGraph:
    """Return the first graph of a GraphML file, those inside its nodes included.

    Raises:
        NotThat: the file is no GraphML.
    """
    root = _root(content.data)
    graphs = root.findall("{*}graph")
    if not graphs:
        raise NotThat("it has no <graph> right inside of its root")
    keys = {key.get("id", ""): key for key in root.findall("{*}key")}
    names = {identifier: key.get("attr.name", identifier) for identifier, key in keys.items()}
    found = FileGraph()
    usual = _defaults(keys, "node")
    for node in _inside(graphs[0], "node"):
        found.add_node(_attribute(node, "id"), {**usual, **_data(node, names)})
    usual = _defaults(keys, "edge")
    for edge in _inside(graphs[0], "edge"):
        ends = _attribute(edge, "source"), _attribute(edge, "target")
        found.add_edge(*ends, {**usual, **_data(edge, names)})
    edges = sum(1 for _ in _inside(graphs[0], "hyperedge"))
    if edges:
        found.notes.append(f"left out: {counted(edges, 'hyperedge')}: a channel has two ends")
    if graphs[1:]:
        others = counted(len(graphs) - 1, "further graph")
        found.notes.append(f"left out: {others}: a scenario starts from one, the first")
    return found


def _root(content: bytes) -> Element:
    parser = XMLParser(target=_Builder())  # noqa: S314 - which refuses to define entities
    try:
        parser.feed(content)
        root: Element = parser.close()
    except ParseError as error:
        line, column = error.position
        raise NotThat(f"it is not well-formed XML (line {line}, column {column})") from None
    except (LookupError, ValueError):
        raise NotThat("its XML is in an encoding that is not known here") from None
    return root


def _attribute(element: Element, name: str) -> str:
    found = element.get(name)
    if found is None:
        kind = element.tag.rpartition("}")[2]
        raise NotThat(f"it has a <{kind}> without {name}")
    return found


def _inside(graph: Element, kind: str) -> Iterator[Element]:
    """Yield the elements of a kind, those of graphs inside of nodes included."""
    return (element for element in graph.iter() if element.tag.rpartition("}")[2] == kind)


def _defaults(keys: Mapping[str, Element], kind: str) -> dict[str, object]:
    """Return what holds for elements of a kind that say nothing else."""
    found: dict[str, object] = {}
    for identifier, key in keys.items():
        default = key.find("{*}default")
        if default is not None and key.get("for", "all") in (kind, "all"):
            found[key.get("attr.name", identifier)] = default.text or ""
    return found


def _data(element: Element, names: Mapping[str, str]) -> dict[str, object]:
    """Return what is said about an element, by the names of the keys; values are texts."""
    return {
        names.get(data.get("key", ""), data.get("key", "")): (data.text or "").strip()
        for data in element.findall("{*}data")
    }
