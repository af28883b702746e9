"""What the translator has written, for people, debuggers and profilers.

Every trace is compiled under a file name of its own, and `linecache` knows its lines: so tracebacks
show them, and profilers name them.
"""

import linecache

from simulator.words.hashing import keccak

MAX_SOURCES = 1 << 12
"""Traces whose source is kept, the newest ones; each takes some kilobytes."""

_kept: dict[str, str] = {}


def name_of(code: bytes) -> str:
    """Return what a code is called in the names of its traces."""
    return keccak(code)[:4].hex()


def filename(code_name: str, position: int) -> str:
    """Return the name under which the trace that begins at a position of a code is compiled."""
    return f"<trace {code_name}:{position:#06x}>"


def source_of(code: bytes, position: int) -> str | None:
    """Return the function of Python that the translator has made of a code from a position on.

    Args:
        code: of a contract, as it is deployed.
        position: in bytes; 0, or where a JUMPDEST is, or where another trace ends.

    Returns:
        None where there is no trace, since execution has not come by often enough.
    """
    return _kept.get(filename(name_of(code), position))


def sources_of(code: bytes) -> dict[int, str]:
    """Return all that the translator has made of a code: functions, by where they begin."""
    prefix = filename(name_of(code), 0).partition(":")[0] + ":"
    found = {name: text for name, text in _kept.items() if name.startswith(prefix)}
    return {int(name[len(prefix) : -1], 16): found[name] for name in sorted(found)}


def keep(name: str, source: str) -> None:
    """Remember the source of a trace."""
    _kept.pop(name, None)
    _kept[name] = source
    # without a time of change, linecache never looks for a file
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    while len(_kept) > MAX_SOURCES:
        oldest = next(iter(_kept))
        del _kept[oldest]
        linecache.cache.pop(oldest, None)
