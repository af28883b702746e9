"""Contract code whose frequent parts are translated."""

from functools import lru_cache

from simulator.evm.interpreter.operations import Frame
from simulator.evm.interpreter.program import MAX_PROGRAMS, OTHER, TRACE, Instruction, Program
from simulator.evm.translator.source import filename, name_of
from simulator.evm.translator.tracer import trace_from

HOT = 40
"""How often execution comes by before a trace is made there: that takes as long as these visits."""


class TracedProgram(Program):
    """A decoded code that counts visits where a trace may begin, until it is worth making.

    That is at the beginning, at jump destinations, and where other traces end. The instruction that
    is there itself is under `~position`: where a trace does not want to begin, or ends before an
    instruction that may fail, it is executed in the usual way.
    """

    def __init__(self, code: bytes) -> None:
        super().__init__(code)
        self._name = name_of(code)
        self._beginnings = {0, *self.destinations}
        self._visits: dict[int, int] = {}

    def instruction(self, position: int) -> Instruction:
        """Decode an instruction, or count a visit first."""
        if position in self._beginnings:
            return (OTHER, 0, self._visit, position, ~position)
        return super().instruction(~position if position < 0 else position)

    def _visit(self, _: Frame, position: int) -> None:
        visits = self._visits[position] = self._visits.get(position, 0) + 1
        if visits == HOT:  # by now it is known which way branches go
            trace = trace_from(self, position, filename(self._name, position))
            self[position] = (TRACE, trace.least, trace.function, trace.most, ~position)

    def executed(self, position: int) -> bool:
        """Tell whether the instruction at a position was ever executed."""
        return (~position if position in self._beginnings else position) in self

    def begin_at(self, position: int) -> None:
        """Let a trace begin at a position too, once it has visits enough."""
        if position not in self._beginnings:
            self._beginnings.add(position)
            if position in self:
                self[~position] = self.pop(position)


@lru_cache(maxsize=MAX_PROGRAMS)
def decode(code: bytes) -> TracedProgram:
    """Return a code in its decoded form, which becomes faster and never changes what it does."""
    return TracedProgram(code)
