"""Pictures of a network, as SVG and as PNG; equal networks give equal bytes.

Size shows deposits and width shows capacity. What a node is doing shows in shape and in colour
(Okabe and Ito's palette, which colour-blind people can tell apart). matplotlib is slow to import:
import this module only where something is drawn.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from math import dist, sqrt
from typing import Any

import matplotlib as mpl
import networkx as nx
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from simulator.scenario.layout import positions

PAPER = "#fefefe"
INK = "#1f2a35"
LINE = "#7d8793"
DARK = {PAPER: "#161b22", INK: "#e6edf3", LINE: "#8b96a3"}
"""What takes the place of these colours on a dark page."""

CROWD = 24
MAX_NUMBERED = 60
"""In larger networks only the hubs have a number."""
HUBS = 12
APART = 0.06
"""The least distance of two hubs with a number; the page is 1 wide and high."""
SIZE_INCHES = (6.8, 5.44)
PNG_DPI = 180

Places = dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Look:
    """How nodes of one kind appear."""

    label: str
    marker: str
    face: str
    edge: str
    text: str


ONLINE = Look("online", "o", "#0072b2", PAPER, "#ffffff")
LEAVING = Look("leaving", "D", "#f0e442", INK, "#000000")
OFFLINE = Look("offline", "s", PAPER, "#d55e00", INK)
OTHER = Look("other account", "^", "#cc79a7", PAPER, "#000000")
LOOKS = (ONLINE, LEAVING, OFFLINE, OTHER)


class Drawing:
    """A network as it is drawn, laid out once.

    Args:
        graph: nodes have `node` (their number), `online`, `leaving` and `deposit`; edges have
            `channel_identifier` and `capacity`.
    """

    def __init__(self, graph: "nx.Graph[str]") -> None:
        self._graph = graph
        self._places = positions(graph)

    @property
    def nodes(self) -> int:
        """How many nodes are drawn."""
        return self._graph.number_of_nodes()

    @property
    def edges(self) -> int:
        """How many channels are drawn."""
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
        return f"{self.nodes} nodes ({kinds}) with {self.edges} open channels"

    def svg(self) -> str:
        """Return the drawing as SVG."""
        # left out: the date and the version of matplotlib, which say nothing about the network
        return self._save("svg", "Creator", "Date", "Format", "Type").decode()

    def png(self) -> bytes:
        """Return the drawing in pixels."""
        return self._save("png", "Software")

    def _save(self, kind: str, *left_out: str) -> bytes:
        with _own_settings():
            file = BytesIO()
            figure = _figure(self._graph, self._places)
            figure.savefig(file, format=kind, dpi=PNG_DPI, metadata=dict.fromkeys(left_out))
            return file.getvalue()


def dark(svg: str) -> str:
    """Return a drawing for a dark page."""
    for light, instead in DARK.items():
        svg = svg.replace(light, instead)
    return svg


@contextmanager
def _own_settings() -> Iterator[None]:
    """Draw by matplotlib's defaults, whatever the user's configuration says."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams["svg.hashsalt"] = "simulator"  # ids would be random otherwise
        yield


def _figure(graph: "nx.Graph[str]", places: Places) -> Figure:
    figure = Figure(figsize=SIZE_INCHES, facecolor=PAPER)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.01, 0.09, 0.98, 0.9))
    axes.set_axis_off()
    axes.set_xlim(-0.06, 1.06)
    axes.set_ylim(-0.07, 1.07)
    if not graph:
        axes.text(0.5, 0.5, "no channels", ha="center", va="center", color=INK, fontsize=14)
        return figure
    _draw_channels(axes, graph, places)
    shown = [look for look in LOOKS if _draw_nodes(axes, graph, places, look)]
    _draw_numbers(axes, graph, places)
    _draw_legend(figure, shown)
    return figure


def look_of(data: dict[str, Any]) -> Look:
    """Return how a node appears."""
    if "node" not in data:
        return OTHER
    if not data["online"]:
        return OFFLINE
    return LEAVING if data["leaving"] else ONLINE


def _number_size(graph: "nx.Graph[str]") -> float:
    """Return the height of nodes' numbers in points."""
    return 13.0 if len(graph) <= CROWD / 2 else 11.0 if len(graph) <= CROWD else 9.0


def _sizes(graph: "nx.Graph[str]", places: Places) -> dict[str, float]:
    """Return each node's area in square points: it grows with deposits; a number fits in."""
    largest = max((data["deposit"] for _, data in graph.nodes(data=True)), default=0)
    if len(graph) <= MAX_NUMBERED:
        least = _number_size(graph) ** 2 * 2.6
        most = least * 2.2 if len(graph) <= CROWD else least * 1.5
    else:
        least, most = max(12.0, 3000 / len(graph)), max(30.0, 16_000 / len(graph))
    sizes = {
        name: least + (most - least) * (data["deposit"] / largest if largest else 0)
        for name, data in graph.nodes(data=True)
    }
    for name in numbered(graph, places):
        sizes[name] = max(sizes[name], _number_size(graph) ** 2 * 2.6)
    return sizes


def _draw_channels(axes: Axes, graph: "nx.Graph[str]", places: Places) -> None:
    edges = sorted(graph.edges(data=True), key=lambda edge: edge[2]["channel_identifier"])
    largest = max((data["capacity"] for *_, data in edges), default=0)
    crowd = min(1.0, sqrt(120 / (len(edges) + 1)))
    widths = [
        (0.7 + 4.3 * (data["capacity"] / largest if largest else 0)) * max(crowd, 0.15)
        for *_, data in edges
    ]
    lines = [sorted((places[one], places[other])) for one, other, _ in edges]
    alpha = 0.75 if len(edges) < 150 else 0.5 if len(edges) < 2000 else 0.25
    axes.add_collection(
        LineCollection(lines, linewidths=widths, colors=LINE, alpha=alpha, zorder=1)
    )


def _draw_nodes(axes: Axes, graph: "nx.Graph[str]", places: Places, look: Look) -> bool:
    """Draw the nodes of one kind, if there are any; those with a number above the others."""
    names = [name for name, data in graph.nodes(data=True) if look_of(data) is look]
    sizes = _sizes(graph, places)
    hubs = set(numbered(graph, places))
    for layer, group in enumerate((set(names) - hubs, set(names) & hubs)):
        axes.scatter(
            [places[name][0] for name in sorted(group)],
            [places[name][1] for name in sorted(group)],
            s=[sizes[name] for name in sorted(group)],
            marker=look.marker,
            c=look.face,
            edgecolors=look.edge,
            linewidths=2.0 if look is OFFLINE and layer else 1.0 if len(graph) < 200 else 0.6,
            zorder=2 + layer,
        )
    return bool(names)


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


def _draw_numbers(axes: Axes, graph: "nx.Graph[str]", places: Places) -> None:
    for name in numbered(graph, places):
        data = graph.nodes[name]
        number = str(data["node"])
        axes.text(
            *places[name],
            number,
            ha="center",
            va="center_baseline",
            fontsize=_number_size(graph) * (1, 1, 0.72, 0.56, 0.45)[len(number) - 1],
            fontweight="bold",
            color=look_of(data).text,
            zorder=4,
        )


def _draw_legend(figure: Figure, shown: Sequence[Look]) -> None:
    handles = [
        Line2D(
            [],
            [],
            linestyle="",
            marker=look.marker,
            markersize=9,
            markerfacecolor=look.face,
            markeredgecolor=look.edge if look is OFFLINE else INK,
            markeredgewidth=2 if look is OFFLINE else 0.8,
            label=look.label,
        )
        for look in shown
    ]
    handles.append(
        Line2D([], [], color=LINE, linewidth=3, label="channel, wider with more capacity")
    )
    figure.legend(
        handles=handles,
        loc="lower center",
        ncols=len(handles),
        frameon=False,
        labelcolor=INK,
        fontsize=10 if len(handles) < 5 else 8.5,
        handletextpad=0.5,
    )
