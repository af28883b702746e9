"""The engines there are: what each is called, what it is, and what makes one.

This is their only home: options, scenario files, messages and versions read it, and a test compares
the documentation with it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from simulator.chain.engines.base import Engine
from simulator.errors import ConfigurationError

DEFAULT_ENGINE = "pyevm"
FULL_ENGINE = "pyevm-full"
MODEL = "model"


@dataclass(frozen=True, slots=True)
class EngineKind:
    """What is known of an engine before it is made.

    Attributes:
        description: what it executes contracts with.
        libraries: whose versions decide about its results; the model is part of our own sources.
        max_nodes: how many nodes a testnet can have: contracts need time and memory for each.
        make: returns a new engine on an empty state; None: it comes with a ledger of its own.
    """

    description: str
    libraries: tuple[str, ...] = ()
    max_nodes: int = 10_000
    make: Callable[[], Engine] | None = None


def _pyevm() -> Engine:
    from simulator.chain.engines.pyevm import PyEvmEngine  # noqa: PLC0415
    from simulator.chain.engines.state import WorldState  # noqa: PLC0415

    return PyEvmEngine(WorldState())


def _revm() -> Engine:
    from simulator.chain.engines.revm import make_revm  # noqa: PLC0415

    return make_revm()


# an engine is imported when it is chosen: each costs a good part of a second
ENGINES = {
    DEFAULT_ENGINE: EngineKind(
        "py-evm on plain records", libraries=("py-evm", "eth-tester"), make=_pyevm
    ),
    "revm": EngineKind("revm, in Rust", libraries=("pyrevm", "py-evm", "eth-tester"), make=_revm),
    FULL_ENGINE: EngineKind("eth-tester's own backend", libraries=("py-evm", "eth-tester")),
    MODEL: EngineKind("the contracts' rules without an EVM", max_nodes=1_000_000),
}
"""What can be asked for, by name."""

MAX_NODES = ENGINES[DEFAULT_ENGINE].max_nodes
MAX_NODES_ANYWHERE = max(kind.max_nodes for kind in ENGINES.values())

if TYPE_CHECKING:
    EngineName = str
else:
    EngineName = Literal[tuple(ENGINES)]
"""The type of an engine's name, for what checks values by their types."""


def engines_told() -> str:
    """Return what executes the contracts, engine by engine, for help texts."""
    return ", ".join(f"{name} ({kind.description})" for name, kind in ENGINES.items())


def make_engine(name: str) -> Engine:
    """Return a new engine on a state that holds nothing.

    Raises:
        ConfigurationError: there is no such engine, or it can't be had here.
    """
    makers = {name: kind.make for name, kind in ENGINES.items() if kind.make is not None}
    if name not in makers:
        raise ConfigurationError(
            f"There is no engine {name!r} for a backend: choose one of {', '.join(makers)}."
        )
    return makers[name]()
