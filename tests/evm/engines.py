"""Which engines can be tested here."""

import pytest

from simulator.evm.revm.engine import load_pyrevm
from simulator.words.errors import ConfigurationError


def why_no_revm() -> str:
    try:
        load_pyrevm()
    except ConfigurationError as error:
        return str(error)
    return ""


needs_revm = pytest.mark.skipif(bool(why_no_revm()), reason=why_no_revm() or "it is there")

HERE = ["pyevm", *([] if why_no_revm() else ["revm"])]
"""Our own engines that can be used on this machine."""

OUR_ENGINES = ["pyevm", pytest.param("revm", marks=needs_revm)]
"""Our own engines, as parameters of a test."""
