"""Assertions about the chain: gas and blocks."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from simulator.chain.contracts import GAS_LIMITS
from simulator.forms.expected import Expected
from simulator.scenario.tasks.assertions import Expectation
from simulator.scenario.tasks.scenario_run import Scope, Steps
from simulator.scenario.tasks.task import Task

if TYPE_CHECKING:
    CallName = str
else:
    CallName = Literal[tuple(GAS_LIMITS)]
"""The contract functions that the simulator calls."""


class AssertGas(Expectation):
    """How often contracts were called since the run began, and what that cost.

    Calls that were mined and reverted count; one that its sender could not pay for was never mined.
    """

    subjects: ClassVar[tuple[str, ...]] = ("calls", "gas", "gas_per_call")
    call: CallName | None = Field(
        default=None, description="the function that is called; by default all of them"
    )
    calls: Expected | None = Field(default=None, description="how many calls")
    gas: Expected | None = Field(default=None, description="units of gas, all calls together")
    gas_per_call: Expected | None = Field(
        default=None, description="units of gas in the mean, rounded up"
    )

    def subject(self) -> str:
        """Return the function, if it is about one."""
        return f" of {self.call}" if self.call else ""

    def check(self, scope: Scope) -> Steps:
        """Add up what was used by the function, or by all of them."""
        used = scope.net.world.mempool.gas.by_function()
        chosen = list(used.values()) if self.call is None else [used.get(self.call, (0, 0))]
        calls, gas = (sum(column) for column in zip((0, 0), *chosen, strict=True))
        average = -(-gas // calls) if calls else None
        self.compare({"calls": calls, "gas": gas, "gas_per_call": average})
        yield from ()


class AssertBlocks(Expectation):
    """How many blocks were mined since the root task began; those of a start graph don't count."""

    shorthand: ClassVar[str | None] = "blocks"
    subjects: ClassVar[tuple[str, ...]] = ("blocks",)
    blocks: Expected | None = Field(
        default=None, description="how many blocks", examples=["'>= 10'"]
    )

    def check(self, scope: Scope) -> Steps:
        """Look at the height and compare."""
        self.compare({"blocks": scope.blocks})
        yield from ()


TASKS: dict[str, type[Task]] = {
    "assert_gas": AssertGas,
    "assert_blocks": AssertBlocks,
}
"""The tasks of this module by their names in scenario files."""
