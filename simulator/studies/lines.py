"""Lines of several runs, brought to places that they have in common."""

from bisect import bisect_left
from collections.abc import Sequence

from simulator.topology.measures import CurveShape

LinePoints = Sequence[tuple[float, float | None]]
"""Points from left to right: how far to the right, and how high, if that is known."""

MAX_PLACES = 100
"""So many places tell a line; of more points, some are left out."""


def common_places(lines: Sequence[LinePoints], shape: CurveShape | None) -> list[float]:
    """Return the places at which several lines are told.

    Args:
        lines: at least one, each with a point.
        shape: what they say where they have no point; None: nothing, and then all is told that all
            of them last for.
    """
    places = sorted({place for line in lines for place, _ in line})
    if shape is None:
        end = min(line[-1][0] for line in lines)
        return _some([place for place in places if place <= end])
    if shape is CurveShape.LINE and len(places) > MAX_PLACES:
        start, end = max(line[0][0] for line in lines), min(line[-1][0] for line in lines)
        return [start + (end - start) * number / MAX_PLACES for number in range(MAX_PLACES + 1)]
    return _some(places)


def _some(places: list[float]) -> list[float]:
    last = len(places) - 1
    if last <= MAX_PLACES:
        return places
    return [places[number * last // MAX_PLACES] for number in range(MAX_PLACES + 1)]


def height(line: LinePoints, place: float, shape: CurveShape | None) -> float | None:
    """Return how high a line is at a place; None where it says nothing."""
    after = bisect_left(line, place, key=lambda point: point[0])
    if after < len(line) and line[after][0] == place:
        return line[after][1]
    match shape:
        case CurveShape.CCDF:
            return line[after][1] if after < len(line) else 0.0
        case CurveShape.COUNTS:
            return 0.0
        case CurveShape.LINE if 0 < after < len(line):
            (left, low), (right, high) = line[after - 1], line[after]
            if low is not None and high is not None:
                return low + (high - low) * (place - left) / (right - left)
    return None
