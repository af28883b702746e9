"""Engines by name."""

from collections.abc import Callable

from simulator.chain.engines.base import Engine
from simulator.errors import ConfigurationError

DEFAULT_ENGINE = "pyevm"
FULL_ENGINE = "pyevm-full"
"""eth-tester's own backend on py-evm, the reference; it is no engine of ours."""


def _pyevm() -> Engine:
    from simulator.chain.engines.pyevm import PyEvmEngine  # noqa: PLC0415
    from simulator.chain.engines.state import WorldState  # noqa: PLC0415

    return PyEvmEngine(WorldState())


def _revm() -> Engine:
    from simulator.chain.engines.revm import make_revm  # noqa: PLC0415

    return make_revm()


# an engine is imported when it is chosen: each costs a good part of a second
_MAKERS: dict[str, Callable[[], Engine]] = {"pyevm": _pyevm, "revm": _revm}

ENGINES = (*_MAKERS, FULL_ENGINE)
"""What can be asked for."""


def make_engine(name: str) -> Engine:
    """Return a new engine on a state that holds nothing.

    Raises:
        ConfigurationError: there is no such engine, or it can't be had here.
    """
    if name not in _MAKERS:
        raise ConfigurationError(
            f"There is no engine {name!r}: choose one of {', '.join(ENGINES)}."
        )
    return _MAKERS[name]()
