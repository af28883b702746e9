"""Curves that py-evm loads when it starts, and that next to no contract ever asks for.

Its precompiled contracts for BLS12-381 bring along a library that computes tables while it is
loaded: a sixth of what a short run takes. Here they stand aside until one of them is called.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

PRECOMPILES = "eth.precompiles.bls12_381"


class _Deferred(ModuleType):
    """Has every function that the real module has, and loads it when one is called."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("__"):  # what importing asks about
            raise AttributeError(name)

        def call(*arguments: Any) -> Any:
            if sys.modules.get(PRECOMPILES) is self:
                del sys.modules[PRECOMPILES]
            return getattr(import_module(PRECOMPILES), name)(*arguments)

        return call


def defer_curves() -> None:
    """Load the curves when they are needed, unless py-evm is there already."""
    if "eth" not in sys.modules:
        sys.modules[PRECOMPILES] = _Deferred(PRECOMPILES)
