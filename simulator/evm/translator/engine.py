"""py-evm's EVM on plain records, with frequent instructions as functions."""

from simulator.evm.interpreter.engine import PyEvmEngine
from simulator.evm.state import WorldState
from simulator.evm.translator.program import decode


class TranslatingEngine(PyEvmEngine):
    """Executes messages as the interpreter does, after a while in less time."""

    name = "pyevm"

    def __init__(self, state: WorldState) -> None:
        super().__init__(state, decode)
