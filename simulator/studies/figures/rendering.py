"""Plots as SVG, PDF and PNG, by matplotlib; equal plots give equal bytes.

Lines differ in colour (Okabe and Ito's palette, which colour-blind people can tell apart), in
dashes and in markers: on grey paper too, each can be found in the legend.
"""

import io
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from simulator.studies.statistics import Interval
from simulator.words.errors import ConfigurationError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

LOOKS: tuple[tuple[str, Any, str], ...] = (
    ("#000000", "-", "o"),
    ("#d55e00", "--", "s"),
    ("#0072b2", "-.", "^"),
    ("#009e73", ":", "D"),
    ("#cc79a7", (0, (7, 2)), "v"),
    ("#e69f00", (0, (3, 1, 1, 1, 1, 1)), "P"),
    ("#56b4e9", (0, (1, 3)), "X"),
    ("#5b3a8c", (0, (9, 3, 2, 3)), "<"),
    ("#777777", (0, (4, 4)), ">"),
)
"""Colour, dashes and marker of each line."""

MAX_LINES = len(LOOKS)
MAX_PANELS = 12
PANELS_BESIDE = 3
BAND = 0.16
"""How dark bands are, 0 to 1."""
DOTS_APART = 0.12
"""How far the lines of one row are apart; rows are 1 apart."""
MAX_TICKS = 8
"""So few places have a tick each."""
MARKED_PLACES = 24
"""On a line of more places only some have a marker."""

SIZES = {1: (6.4, 4.0), 2: (4.3, 3.6), 3: (3.5, 3.2)}
"""Of a panel, in inches, by how many are beside each other."""
LEGEND_LETTERS = {1: 80, 2: 100, 3: 120}
"""About so many letters of the legend are beside each other."""

STYLE: Any = {
    "svg.hashsalt": "raiden-simulator",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,  # as text of a font that is inside, which printers and journals take
    "text.parse_math": False,
    "font.family": "DejaVu Sans",  # which comes with matplotlib
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.grid": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#d9d9d9",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.handlelength": 3.2,
    "lines.linewidth": 1.4,
    "lines.markersize": 4.5,
}


class PlotLook(StrEnum):
    """How means are drawn."""

    LINES = "lines"
    """Joined, with a band around them."""
    STEPS = "steps"
    """Joined by steps, both axes logarithmic: a distribution's tail."""
    POINTS = "points"
    """Each with its interval: there are too many to be joined, and others differ too."""
    DOTS = "dots"
    """Each in a row of its own, with its interval: places are no numbers."""


@dataclass(frozen=True, slots=True)
class PlotLine:
    """A line.

    Attributes:
        value: of the factor that lines differ in.
        label: the same for people; empty: there is only one line.
        number: decides how it looks, from 0.
        places: where its means are: numbers, or values of another kind in rows.
        intervals: the means.
    """

    value: Any
    label: str
    number: int
    places: tuple[Any, ...]
    intervals: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """Axes with lines.

    Attributes:
        value: of the factor that panels differ in.
        label: the same for people; empty: there is only one panel.
        lines: those in it.
    """

    value: Any
    label: str
    lines: tuple[PlotLine, ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """What is drawn.

    Attributes:
        look: how.
        panels: beside each other, with the same axes.
        across: what is told from left to right.
        up: what is told upwards; of rows, what rows are.
        legend: what lines differ in; empty: there is only one.
        rows: the labels of places that are no numbers, by place.
        zero: whether 0 has a line of its own.
    """

    look: PlotLook
    panels: tuple[Panel, ...]
    across: str
    up: str
    legend: str = ""
    rows: tuple[tuple[Any, str], ...] = ()
    zero: bool = False

    def ends(self) -> Iterator[float]:
        """Go through all means and the ends of their intervals."""
        for panel in self.panels:
            for line in panel.lines:
                for interval in line.intervals:
                    yield from (interval.low, interval.estimate, interval.high)


def svg(plot: Plot) -> str:
    """Return a plot as SVG.

    Raises:
        ConfigurationError: matplotlib is not installed.
    """
    return _rendered(plot, "svg", {"Date": None}).decode()


def pdf(plot: Plot) -> bytes:
    """Return a plot as PDF; likewise."""
    return _rendered(plot, "pdf", {"CreationDate": None})


def png(plot: Plot) -> bytes:
    """Return a plot as PNG; likewise."""
    return _rendered(plot, "png", {})


def _rendered(plot: Plot, form: str, metadata: dict[str, None]) -> bytes:
    with _styled():
        stream = io.BytesIO()
        _drawn(plot).savefig(stream, format=form, metadata=metadata, dpi=144)
        return stream.getvalue()


@contextmanager
def _styled() -> Iterator[None]:
    """Have our style, whatever the user's is."""
    try:
        import matplotlib as mpl  # noqa: PLC0415 - of an extra
    except ImportError:
        raise ConfigurationError(
            "Figures need matplotlib: pip install 'raiden-simulator[figures]'."
        ) from None
    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a name in letters that the font has not
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def _drawn(plot: Plot) -> "Canvas":
    from matplotlib.figure import Figure as Canvas  # noqa: PLC0415 - of an extra

    panels = plot.panels or (Panel(None, "", ()),)
    beside = min(PANELS_BESIDE, len(panels))
    below = math.ceil(len(panels) / beside)
    width, height = SIZES[beside]
    lines = sorted({(line.number, line.label) for panel in panels for line in panel.lines})
    if plot.look is PlotLook.DOTS:
        height = 0.7 + len(plot.rows) * max(0.3, 0.16 * len(lines))
    columns = _legend_columns([label for _, label in lines], LEGEND_LETTERS[beside])
    legend_height = 0.2 * math.ceil(len(lines) / columns) + 0.25 if plot.legend else 0.0
    canvas = Canvas((width * beside, height * below + legend_height), layout="constrained")
    axes = list(canvas.subplots(below, beside, sharex=True, sharey=True, squeeze=False).flat)
    for number, panel in enumerate(panels):
        one = axes[number]
        one.set_title(panel.label)
        for order, line in enumerate(panel.lines):
            _draw(one, plot, line, order - (len(panel.lines) - 1) / 2)
        _finish(one, plot)
        if number + beside >= len(panels):  # nothing is below it
            one.set_xlabel(plot.across)
            one.tick_params(labelbottom=True)
        if number % beside == 0:
            one.set_ylabel(plot.up)
    for one in axes[len(panels) :]:
        one.remove()
    _scale(axes[0], plot)
    if plot.legend:
        _add_legend(canvas, plot.legend, lines, columns, plot.look)
    return canvas


def _scale(axes: "Axes", plot: Plot) -> None:
    """Set the axes, which all panels share."""
    from matplotlib.ticker import FuncFormatter, NullFormatter  # noqa: PLC0415 - of an extra

    if plot.look is PlotLook.STEPS:
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_ylim(bottom=_least(plot) / 1.5)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axis.set_minor_formatter(NullFormatter())
        return
    if not any(plot.ends()):  # nothing differs from 0
        (axes.set_xlim if plot.look is PlotLook.DOTS else axes.set_ylim)(-1, 1)
    if plot.look is not PlotLook.DOTS:
        places = {place for panel in plot.panels for t in panel.lines for place in t.places}
        if len(places) <= MAX_TICKS:
            axes.set_xticks(sorted(places), [f"{place:g}" for place in sorted(places)])


def _legend_columns(labels: Sequence[str], letters: int) -> int:
    widest = max(map(len, labels), default=1) + 10
    return max(1, min(len(labels), letters // widest))


def _draw(axes: "Axes", plot: Plot, line: PlotLine, beside: float) -> None:
    """Draw a line; in rows it is so many lines below the row's middle."""
    colour, dashes, marker = LOOKS[line.number]
    means = [interval.estimate for interval in line.intervals]
    ends = [_ends(interval) for interval in line.intervals]
    if plot.look is PlotLook.DOTS:
        rows = {place: number for number, (place, _) in enumerate(plot.rows)}
        heights = [rows[place] + beside * DOTS_APART for place in line.places]
        for both, height in zip(ends, heights, strict=True):
            axes.plot(both, [height] * 2, "-|", color=colour)
        axes.plot(means, heights, marker, color=colour)
    elif plot.look is PlotLook.POINTS or len(line.places) == 1:
        widths = [high - mean for (_, high), mean in zip(ends, means, strict=True)]
        axes.errorbar(line.places, means, widths, fmt=marker, color=colour, elinewidth=0.9)
    else:
        steps = plot.look is PlotLook.STEPS
        axes.plot(
            line.places,
            means,
            color=colour,
            linestyle=dashes,
            drawstyle="steps-pre" if steps else "default",
            marker=marker,
            markevery=_marked(len(line.places), line.number),
        )
        lows, highs = zip(*ends, strict=True)
        axes.fill_between(
            line.places, lows, highs, color=colour, alpha=BAND, linewidth=0,
            step="pre" if steps else None,
        )  # fmt: skip


def _ends(interval: Interval) -> tuple[float, float]:
    """Return where an interval ends; where nobody can tell, it has no width."""
    if math.isfinite(interval.half_width):
        return interval.low, interval.high
    return interval.estimate, interval.estimate


def _marked(places: int, number: int) -> list[int]:
    """Return which places have a marker: those of different lines are not above each other."""
    if places <= MARKED_PLACES:
        return list(range(places))
    step = math.ceil(places / 10)
    return list(range(number * step // MAX_LINES, places, step))


def _finish(axes: "Axes", plot: Plot) -> None:
    if plot.look is PlotLook.DOTS:
        axes.set_yticks(range(len(plot.rows)), [label for _, label in plot.rows])
        axes.set_ylim(len(plot.rows) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
    if plot.zero:
        zero = axes.axvline if plot.look is PlotLook.DOTS else axes.axhline
        zero(0, color="#555555", linewidth=1.0)


def _least(plot: Plot) -> float:
    means = (
        interval.estimate
        for panel in plot.panels
        for line in panel.lines
        for interval in line.intervals
    )
    return min((mean for mean in means if mean > 0), default=1.0)


def _add_legend(
    canvas: "Canvas", title: str, numbers: Sequence[tuple[int, str]], columns: int, look: PlotLook
) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415 - of an extra

    joined = look in (PlotLook.LINES, PlotLook.STEPS)
    handles = [
        Line2D([], [], color=colour, linestyle=dashes if joined else "none", marker=marker)
        for colour, dashes, marker in (LOOKS[number] for number, _ in numbers)
    ]
    # matplotlib leaves out what begins with an underscore
    legend = canvas.legend(
        handles,
        [f"line {number}" for number, _ in numbers],
        loc="outside lower center",
        ncols=columns,
        title=title,
    )
    for text, (_, label) in zip(legend.get_texts(), numbers, strict=True):
        text.set_text(label)
