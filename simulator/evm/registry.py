"""The engines there are: what each is called, what it is, and what makes one."""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.evm.engine import Engine
from simulator.words.errors import ConfigurationError

DEFAULT_ENGINE = "pyevm"
INTERPRETED_ENGINE = "pyevm-interpreted"
FULL_ENGINE = "pyevm-full"


@dataclass(frozen=True, slots=True)
class EngineKind:
    """What is known of an engine before it is made.

    Attributes:
        description: what it executes contracts with.
        libraries: whose versions decide about its results.
        make: returns a new engine on an empty state; None: it comes with a chain of its own.
    """

    description: str
    libraries: tuple[str, ...]
    make: Callable[[], Engine] | None = None


def _pyevm() -> Engine:
    from simulator.evm.state import WorldState  # noqa: PLC0415
    from simulator.evm.translator.engine import TranslatingEngine  # noqa: PLC0415

    return TranslatingEngine(WorldState())


def _interpreted() -> Engine:
    from simulator.evm.interpreter.engine import PyEvmEngine  # noqa: PLC0415
    from simulator.evm.state import WorldState  # noqa: PLC0415

    return PyEvmEngine(WorldState())


def _revm() -> Engine:
    from simulator.evm.revm.engine import make_revm  # noqa: PLC0415

    return make_revm()


# an engine is imported when it is chosen: each costs a good part of a second
EVM_ENGINES = {
    DEFAULT_ENGINE: EngineKind(
        "py-evm on plain records", libraries=("py-evm", "eth-tester"), make=_pyevm
    ),
    INTERPRETED_ENGINE: EngineKind(
        "the same without its translator", libraries=("py-evm", "eth-tester"), make=_interpreted
    ),
    "revm": EngineKind("revm, in Rust", libraries=("pyrevm", "py-evm", "eth-tester"), make=_revm),
    FULL_ENGINE: EngineKind("eth-tester's own backend", libraries=("py-evm", "eth-tester")),
}
"""What can be asked for, by name."""


def make_engine(name: str) -> Engine:
    """Return a new engine on a state that holds nothing.

    Raises:
        ConfigurationError: there is no such engine, or it can't be had here.
    """
    makers = {name: kind.make for name, kind in EVM_ENGINES.items() if kind.make is not None}
    if name not in makers:
        raise ConfigurationError(
            f"There is no engine {name!r} for a backend: choose one of {', '.join(makers)}."
        )
    return makers[name]()
