"""Pictures of a network, as SVG; equal networks give equal bytes.

Size shows deposits and width shows capacity. What a node is doing shows in shape and in colour
(Okabe and Ito's palette, which colour-blind people can tell apart).
"""

from collections import Counter
from dataclasses import dataclass
from math import dist, inf, sqrt
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import networkx as nx

from simulator.topology.layout import positions
from simulator.words.quoting import visible_line
from simulator.words.units import CLOSED

PAPER = "#fefefe"
INK = "#1f2a35"
LINE = "#7d8793"
DARK = {PAPER: "#161b22", INK: "#e6edf3", LINE: "#8b96a3"}
"""What takes the place of these colours on a dark page."""

MAX_NODES = 2000
"""Of a larger network those with the most channels are drawn."""
MAX_CHANNELS = 10_000
"""Of more channels between them those with the most capacity are drawn."""
CROWD = 24
MAX_NUMBERED = 60
"""In larger networks only the hubs have a number."""
HUBS = 12
APART = 0.06
"""The least distance of two hubs with a number; the page is 1 wide and high."""

WIDTH, HEIGHT = 800, 640
"""Of the page; all lengths are in these units."""
MARGIN = 46
"""How much of the page stays free around the middles of nodes."""
LEGEND = 34
"""How high the legend is."""
LETTER = 7.4
"""How wide a letter of the legend is, about: the fonts are the reader's."""

NODE_ATTRIBUTES = {"online", "leaving", "deposit"}
EDGE_ATTRIBUTES = {"channel_identifier", "capacity"}
"""What is drawn of channels, beside their `state`: closed ones are dashed."""

Places = dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Look:
    """How nodes of one kind appear.

    Args:
        corners: of the shape, for the radius 1; a circle has none.
    """

    label: str
    corners: tuple[tuple[float, float], ...]
    face: str
    edge: str
    text: str


DIAMOND = ((0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0))
SQUARE = ((-0.95, -0.95), (0.95, -0.95), (0.95, 0.95), (-0.95, 0.95))
TRIANGLE = ((0, -1.1), (1.1, 0.9), (-1.1, 0.9))

ONLINE = Look("online", (), "#0072b2", PAPER, "#ffffff")
LEAVING = Look("leaving", DIAMOND, "#f0e442", INK, "#000000")
OFFLINE = Look("offline", SQUARE, PAPER, "#d55e00", INK)
OTHER = Look("other account", TRIANGLE, "#cc79a7", PAPER, "#000000")
LOOKS = (ONLINE, LEAVING, OFFLINE, OTHER)


class Drawing:
    """A network as it is drawn.

    Args:
        graph: nodes have `node` (their number), `online`, `leaving` and `deposit`; edges have
            `channel_identifier` and `capacity`.
    """

    def __init__(self, graph: "nx.Graph[str]") -> None:
        self._graph = graph
        self._drawn = _most_connected(graph)

    @property
    def nodes(self) -> int:
        """How many nodes the network has."""
        return self._graph.number_of_nodes()

    @property
    def edges(self) -> int:
        """How many channels the network has."""
        return self._graph.number_of_edges()

    def degrees(self) -> dict[int, int]:
        """Return how many nodes have how many channels, by the number of channels."""
        return dict(sorted(Counter(degree for _, degree in self._graph.degree()).items()))

    def description(self) -> str:
        """Return in one sentence what can be seen."""
        looks = Counter(look_of(data).label for _, data in self._graph.nodes(data=True))
        kinds = ", ".join(
            f"{looks[look.label]} {look.label}" for look in LOOKS if looks[look.label]
        )
        closed = sum(_is_closed(data) for *_, data in self._graph.edges(data=True))
        text = f"{self.nodes} nodes ({kinds}) with {self.edges - closed} open channels"
        if closed:
            text += f" and {closed} closed ones, which are dashed"
        if len(self._drawn) < self.nodes:
            text += f"; only the {len(self._drawn)} nodes with the most channels are drawn"
        if self._drawn.number_of_edges() > MAX_CHANNELS:
            text += f"; only the {MAX_CHANNELS} channels with the most capacity are drawn"
        return text

    def svg(self) -> str:
        """Return the drawing as SVG."""
        page = Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {WIDTH} {HEIGHT}",
                "width": str(WIDTH),
                "height": str(HEIGHT),
                "font-family": "system-ui, Helvetica, Arial, sans-serif",
                "role": "img",
            },
        )
        SubElement(page, "title").text = self.description()
        SubElement(page, "rect", width="100%", height="100%", fill=PAPER)
        if self._drawn:
            _draw(page, self._drawn, positions(self._drawn))
        else:
            _text(page, WIDTH / 2, HEIGHT / 2, "no channels", 23, INK)
        indent(page, "")
        return tostring(page, encoding="unicode") + "\n"


def dark(svg: str) -> str:
    """Return a drawing for a dark page."""
    for light, instead in DARK.items():
        svg = svg.replace(light, instead)
    return svg


def can_be_drawn(graph: "nx.Graph[Any]") -> bool:
    """Tell whether a graph has what `Drawing` shows: users may have changed it since."""
    return all(
        isinstance(name, str)
        and data.keys() >= NODE_ATTRIBUTES
        and _is_amount(data["deposit"])
        and isinstance(data.get("node", 0), int)
        for name, data in graph.nodes(data=True)
    ) and all(
        data.keys() >= EDGE_ATTRIBUTES and all(map(_is_amount, map(data.get, EDGE_ATTRIBUTES)))
        for *_, data in graph.edges(data=True)
    )


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value < inf


def _is_closed(data: dict[str, Any]) -> bool:
    return data.get("state") == CLOSED


def look_of(data: dict[str, Any]) -> Look:
    """Return how a node appears."""
    if "node" not in data:
        return OTHER
    if not data["online"]:
        return OFFLINE
    return LEAVING if data["leaving"] else ONLINE


def numbered(graph: "nx.Graph[str]", places: Places) -> list[str]:
    """Return which nodes' numbers are shown: all, or those with the most channels.

    A hub right beside a larger one stays without: its number would hide the other.
    """
    names = [name for name, data in graph.nodes(data=True) if "node" in data]
    if len(graph) <= MAX_NUMBERED:
        return sorted(names)
    chosen: list[str] = []
    for name in sorted(names, key=lambda name: (-graph.degree(name), name)):
        if all(dist(places[name], places[other]) > APART for other in chosen):
            chosen.append(name)
        if len(chosen) == HUBS:
            break
    return chosen


def _most_connected(graph: "nx.Graph[str]") -> "nx.Graph[str]":
    if len(graph) <= MAX_NODES:
        return graph
    names = sorted(graph, key=lambda name: (-graph.degree(name), name))
    return graph.subgraph(names[:MAX_NODES])


def _draw(page: Element, graph: "nx.Graph[str]", places: Places) -> None:
    hubs = numbered(graph, places)
    sizes = _sizes(graph, hubs)
    on_page = {
        name: (MARGIN + x * (WIDTH - 2 * MARGIN), MARGIN + y * (HEIGHT - LEGEND - 2 * MARGIN))
        for name, (x, y) in places.items()
    }
    _draw_channels(page, graph, on_page)
    for names in (set(graph) - set(hubs), set(hubs)):
        for look in LOOKS:
            alike = sorted(name for name in names if look_of(graph.nodes[name]) is look)
            _draw_nodes(page, graph, alike, look, on_page, sizes)
    _draw_numbers(page, graph, hubs, on_page)
    shown = {look_of(data) for _, data in graph.nodes(data=True)}
    _draw_legend(page, [look for look in LOOKS if look in shown])


def _number_height(graph: "nx.Graph[str]") -> float:
    return 21 if len(graph) <= CROWD / 2 else 18 if len(graph) <= CROWD else 15


def _sizes(graph: "nx.Graph[str]", hubs: list[str]) -> dict[str, float]:
    """Return each node's radius: its area grows with its deposits, and a number fits in."""
    largest = max(data["deposit"] for _, data in graph.nodes(data=True))
    for_number = _number_height(graph) ** 2 * 0.65
    if len(graph) <= MAX_NUMBERED:
        least, most = for_number, for_number * (2.2 if len(graph) <= CROWD else 1.5)
    else:
        least, most = max(8, 2000 / len(graph)), max(20, 10_000 / len(graph))
    areas = {
        name: least + (most - least) * (data["deposit"] / largest if largest else 0)
        for name, data in graph.nodes(data=True)
    }
    areas.update({name: max(areas[name], for_number) for name in hubs})
    return {name: sqrt(area) for name, area in areas.items()}


def _draw_channels(page: Element, graph: "nx.Graph[str]", places: Places) -> None:
    """Draw the channels of one width as one path each."""
    edges = sorted(
        graph.edges(data=True),
        key=lambda edge: (-edge[2]["capacity"], edge[2]["channel_identifier"]),
    )[:MAX_CHANNELS]
    largest = max((data["capacity"] for *_, data in edges), default=0)
    crowd = max(0.15, min(1.0, sqrt(120 / (len(edges) + 1))))
    paths: dict[tuple[str, bool], list[str]] = {}
    for one, other, data in edges:
        width = 1.2 + 6.8 * (data["capacity"] / largest if largest else 0)
        (x1, y1), (x2, y2) = sorted((places[one], places[other]))
        line = f"M{_round(x1)} {_round(y1)}L{_round(x2)} {_round(y2)}"
        paths.setdefault((_round(width * crowd), _is_closed(data)), []).append(line)
    opacity = "0.75" if len(edges) < 150 else "0.5" if len(edges) < 2000 else "0.25"
    group = SubElement(page, "g", {"fill": "none", "stroke": LINE, "stroke-opacity": opacity})
    for (stroke, is_closed), lines in paths.items():
        path = SubElement(group, "path", {"stroke-width": stroke, "d": "".join(lines)})
        if is_closed:
            path.set("stroke-dasharray", "6 5")


def _draw_nodes(
    page: Element,
    graph: "nx.Graph[str]",
    names: list[str],
    look: Look,
    places: Places,
    sizes: dict[str, float],
) -> None:
    """Draw nodes of one kind; browsers show the title of the one that is pointed at."""
    if not names:
        return
    width = "3" if look is OFFLINE and len(graph) < 200 else "1.6" if len(graph) < 200 else "1"
    group = SubElement(page, "g", {"fill": look.face, "stroke": look.edge, "stroke-width": width})
    for name in names:
        data = graph.nodes[name]
        who = f"node {data['node']}" if "node" in data else visible_line(name)
        shape = _shape(group, look, *places[name], sizes[name])
        SubElement(shape, "title").text = f"{who}: {graph.degree(name)} channels"


def _shape(parent: Element, look: Look, x: float, y: float, radius: float) -> Element:
    if not look.corners:
        return SubElement(parent, "circle", cx=_round(x), cy=_round(y), r=_round(radius))
    corners = (f"{_round(x + radius * dx)},{_round(y + radius * dy)}" for dx, dy in look.corners)
    return SubElement(parent, "polygon", points=" ".join(corners))


def _draw_numbers(page: Element, graph: "nx.Graph[str]", names: list[str], places: Places) -> None:
    group = SubElement(page, "g", {"font-weight": "bold", "pointer-events": "none"})
    for name in names:
        data = graph.nodes[name]
        number = str(data["node"])
        height = _number_height(graph) * min(1, 2.2 / len(number))
        _text(group, *places[name], number, height, look_of(data).text)


def _draw_legend(page: Element, shown: list[Look]) -> None:
    labels = [look.label for look in shown]
    last = "channel, wider with more capacity"
    wide = sum(len(label) for label in [*labels, last]) * LETTER + 40 * (len(labels) + 1)
    x, y = (WIDTH - wide) / 2 + 10, HEIGHT - LEGEND / 2
    for look in shown:
        shape = _shape(page, look, x, y, 7)
        edge = look.edge if look is OFFLINE else INK
        shape.attrib |= {"fill": look.face, "stroke": edge, "stroke-width": "1.6"}
        _text(page, x + 16, y, look.label, 15, INK, "start")
        x += len(look.label) * LETTER + 40
    line = f"M{_round(x - 8)} {_round(y)}h22"
    SubElement(page, "path", {"stroke": LINE, "stroke-width": "5", "d": line})
    _text(page, x + 22, y, last, 15, INK, "start")


def _text(
    parent: Element, x: float, y: float, text: str, height: float, ink: str, anchor: str = "middle"
) -> None:
    """Write a text; a third of its height is half of a digit's."""
    place = {"x": _round(x), "y": _round(y + height * 0.36), "fill": ink}
    element = SubElement(parent, "text", place)
    element.attrib |= {"font-size": _round(height), "text-anchor": anchor}
    element.text = text


def _round(length: float) -> str:
    return f"{length:.1f}".removesuffix(".0")
