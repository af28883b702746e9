"""What decides about the results of a run, by name and version."""

import platform
from importlib.metadata import PackageNotFoundError, version

from simulator.chain.engines import ENGINES
from simulator.system import program

WORLD = ("simpy", "networkx")
"""The libraries that every world runs on."""

CLIENT = "client"
"""The key that names what runs a remote chain."""

SOURCES = "sources"
"""The key of what decides about the simulator, whatever commit or build it is of."""

PROGRAM = ("simulator", "commit", SOURCES)
"""The keys that name the simulator itself."""


def versions(engine: str, client: str = "") -> dict[str, str]:
    """Return what decides about results: this package, Python, and libraries.

    Args:
        engine: what executes the contracts.
        client: what a remote chain says it is; empty for an engine of ours.
    """
    kind = ENGINES.get(engine)
    libraries = sorted({*WORLD, *(kind.libraries if kind else ())})
    return {
        "simulator": program.version(),
        "commit": program.commit(),
        SOURCES: program.sources(),
        "python": platform.python_version(),
        **({CLIENT: client} if client else {}),
        **{name: _version(name) for name in libraries},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
