"""Runs scenarios: builds the testnet, runs the root task, reports."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

import networkx as nx

from simulator.forms.parameters import Parameters
from simulator.reports.versions import versions
from simulator.reports.wording import at
from simulator.scenario.language.schema import NO_PARAMETERS, Scenario, load
from simulator.scenario.run.interrupts import Interrupts
from simulator.scenario.run.timeouts import Deadline, TimedOut
from simulator.scenario.tasks.execution import (
    FAILED,
    PASSED,
    UNFINISHED,
    Execution,
    NoProgress,
    Progress,
    Runnable,
    Scope,
    Steps,
    TaskRecord,
)
from simulator.scenario.tasks.faults import Faults
from simulator.scenario.tasks.retrying import until_it_holds
from simulator.scenario.tasks.task import Task
from simulator.testnet.simulation import Simulation
from simulator.words.errors import ChainUnavailable
from simulator.words.options import Check, is_elsewhere
from simulator.words.units import checksum

INTERRUPTED = "interrupted"
"""The user stopped the run before its end, and nothing had failed until then."""

ERROR = "error"
"""The world is gone, since a chain elsewhere does not answer any more, or takes too long."""


LOOK_AHEAD_BLOCKS = 20
"""So long it is looked whether a failed assertion holds later."""

KEEP_BLOCKS = 1_000
"""A run may be long, and nobody asks for receipts of long ago."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The first thing that went wrong.

    Path and line are empty for a fault of the simulator, or of code that the user has added.
    """

    path: str
    line: int | None
    message: str

    def __str__(self) -> str:
        """Return one line of text, without the file."""
        return at(self.path, self.message)


@dataclass(frozen=True, slots=True)
class RunReport:
    """How a run went.

    Attributes:
        digest: names everything that happened in the world: the journal's digest.
        tasks: what was started, in order.
        virtual_seconds: how much time passed in the world since the root task began.
        blocks: how many blocks that were.
        gas: calls and gas used by contract function.
        wall_seconds: real time, set-up included.
        interrupted: whether the user stopped it before its end.
        broken_off: why the world could not go on; empty if it could.
        testnet: the world as the scenario left it.
        graph_before: its peer graph when the root task began.
    """

    scenario: Scenario
    seed: int
    failure: Failure | None
    digest: str
    last_block_hash: str
    versions: dict[str, str]
    tasks: list[TaskRecord]
    virtual_seconds: float
    blocks: int
    gas: dict[str, tuple[int, int]]
    wall_seconds: float
    interrupted: bool
    broken_off: str
    testnet: Simulation = field(repr=False)
    graph_before: "nx.Graph[str]" = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether everything was done, and held."""
        return self.outcome == PASSED

    @property
    def outcome(self) -> str:
        """Either "passed", "failed", "interrupted" or "error"."""
        if self.broken_off:
            return ERROR
        if self.failure is not None:
            return FAILED
        return INTERRUPTED if self.interrupted else PASSED


def run_file(
    file: Path | str,
    seed: int | None = None,
    progress: Progress | None = None,
    parameters: Parameters = NO_PARAMETERS,
    check: Check = Check.EVERY_BLOCK,
    *,
    allow_code: bool = False,
) -> RunReport:
    """Load and run a scenario file.

    Args:
        file: the YAML file.
        seed: instead of the file's own.
        progress: told when tasks start and end.
        parameters: what the file's template can use.
        check: when the world's invariants are checked.
        allow_code: whether code that the file names as `module:function` may run.

    Raises:
        ScenarioInvalid: the file breaks the language's rules.
    """
    scenario = load(Path(file), parameters, allow_code=allow_code)
    return run(scenario, seed, progress, check=check)


def run(
    scenario: Scenario,
    seed: int | None = None,
    progress: Progress | None = None,
    interrupts: Interrupts | None = None,
    *,
    check: Check = Check.EVERY_BLOCK,
    keep_blocks: int | None = KEEP_BLOCKS,
) -> RunReport:
    """Run a scenario in a new testnet; failures are in the report.

    Args:
        scenario: what to do.
        seed: instead of the scenario's own.
        progress: told when tasks start and end.
        interrupts: what ends the run before its end, if the user may.
        check: when the world's invariants are checked; the run ends where one does not hold.
        keep_blocks: how many of the newest blocks are kept; None: all.

    Raises:
        ConfigurationError: the world can't be set up.
        KeyboardInterrupt: the user stopped it before the world was set up.
    """
    started = perf_counter()
    interrupts = interrupts or Interrupts()
    with interrupts.at_once():
        net = _world(scenario, scenario.seed if seed is None else seed, keep_blocks)
    net.watch(check)
    execution = Execution(net, progress or NoProgress())
    faults = Faults(execution)
    deadline = Deadline(scenario.timeout, execution)
    ending = _play(scenario, execution, faults, interrupts, deadline)
    execution.close()
    failure = _failure(execution, faults, ending)
    if failure is not None and not ending.internal:
        failure = _with_a_second_look(failure, scenario, execution, interrupts)
    return RunReport(
        scenario=scenario,
        seed=net.seed,
        failure=failure,
        digest=net.digest,
        last_block_hash=ending.last_block_hash,
        versions=versions(scenario.engine, net.ledger.client),
        tasks=execution.records,
        virtual_seconds=execution.now,
        blocks=net.block_number - execution.zero_block,
        gas=net.world.mempool.gas.by_function(),
        wall_seconds=perf_counter() - started,
        interrupted=ending.interrupted,
        broken_off=ending.broken_off,
        testnet=net,
        graph_before=ending.graph_before,
    )


@dataclass(slots=True)
class _Ending:
    """How the tasks came to an end; the attributes are those of `RunReport`, and `internal`.

    Attributes:
        internal: what the simulator itself did wrong, or code that the user has added.
        timed_out: which limit of time was reached.
    """

    graph_before: "nx.Graph[str]"
    last_block_hash: str = ""
    interrupted: bool = False
    broken_off: str = ""
    internal: str = ""
    timed_out: TimedOut | None = None


def _play(
    scenario: Scenario,
    execution: Execution,
    faults: Faults,
    interrupts: Interrupts,
    deadline: Deadline,
    enough: Callable[[], bool] = lambda: False,
) -> _Ending:
    """Run the tasks, until they are over or something goes wrong."""
    net, root = execution.net, scenario.root
    ending = _Ending(net.graph())

    def play() -> Steps:
        if scenario.start is not None:
            yield from execution.perform(scenario.start, scenario.start.key)
            ending.graph_before = net.graph()
        execution.begin_root()
        faults.plan(scenario.faults)
        yield from execution.perform(root, root.key)

    process = net.world.spawn(net.controls, play)

    def is_over() -> bool:
        wrong = net.world.faults or net.world.broken or net.world.failed_extensions
        return bool(process.processed or wrong)

    def over() -> bool:
        execution.tell()
        if is_over() or interrupts.happened or enough():
            return True
        ending.timed_out = deadline.passed()
        return ending.timed_out is not None

    try:
        net.world.clock.run(over)
        ending.interrupted = interrupts.happened and not is_over()
        if ending.timed_out is not None and ending.timed_out.is_real:
            ending.broken_off = ending.timed_out.reason
        elif not ending.interrupted:  # in the middle of a block not all need hold
            net.checker.finish()
        ending.internal = _internal_fault(net, execution)
        ending.last_block_hash = net.last_block_hash
    except ChainUnavailable as error:  # and what was done until then is reported
        ending.broken_off = str(error)
    net.world.clock.end_visits()
    return ending


@dataclass(slots=True)
class _Patience:
    """Lets an assertion wait that has failed, though the file does not.

    Attributes:
        path: its place in the file.
        looked: how many blocks later it held; None: it did not, or has not yet.
        over: whether that is known.
    """

    path: str
    looked: int | None = None
    over: bool = False

    def run_task(self, task: Runnable, scope: Scope) -> Steps:
        """Run a task; the assertion, until it holds."""
        if scope.path != self.path or not isinstance(task, Task):
            yield from task.run(scope)
            return
        before, seconds = scope.blocks, LOOK_AHEAD_BLOCKS * scope.net.settings.block_time
        try:
            yield from until_it_holds(scope, seconds, lambda: task.check(scope))
            self.looked = scope.blocks - before
        finally:
            self.over = True


def _with_a_second_look(
    failure: Failure, scenario: Scenario, execution: Execution, interrupts: Interrupts
) -> Failure:
    """Tell if what failed would have held a little later.

    Where an assertion has failed while transactions were on their way, the run is done again up to
    there, which the same seed makes the same, and then goes on.
    """
    first = next(iter(execution.failures), None)
    if first is None or not first.moving or scenario.code or is_elsewhere(scenario.engine):
        return failure
    patience = _Patience(first.path)
    again = Execution(
        _world(scenario, execution.net.seed, KEEP_BLOCKS), NoProgress(), patience.run_task
    )
    deadline = Deadline(scenario.timeout, again)
    _play(scenario, again, Faults(again), interrupts, deadline, lambda: patience.over)
    if patience.looked is None:
        return failure
    blocks = "1 block" if patience.looked == 1 else f"{patience.looked} blocks"
    first.failure = f"{first.failure}; it holds {blocks} later"
    return replace(failure, message=first.failure)


def _world(scenario: Scenario, seed: int, keep_blocks: int | None) -> Simulation:
    return Simulation(
        len(scenario.dialects),
        seed,
        settings=scenario.settings,
        token_balance=scenario.token_balance,
        eth_balance=scenario.eth_balance,
        dialects=scenario.dialects,
        strategies=scenario.strategies,
        settle_timeouts=scenario.settle_timeouts,
        engine=scenario.engine,
        keep_blocks=keep_blocks,
        token_details=scenario.token,
    )


def _failure(execution: Execution, faults: Faults, ending: _Ending) -> Failure | None:
    """Find what went wrong first, unless it was nothing that the scenario does."""
    late = ending.timed_out
    if late is not None and (late.is_real or not (ending.internal or execution.failures)):
        return Failure(late.task.path, late.task.line, late.reason)
    if no_fault_of_its := ending.broken_off or ending.internal:
        return Failure("", None, no_fault_of_its)
    if execution.failures:
        first = execution.failures[0]
        return Failure(first.path, first.line, first.failure)
    return None if ending.interrupted else _what_never_came(execution, faults)


def _what_never_came(execution: Execution, faults: Faults) -> Failure | None:
    stuck = [record for record in execution.records if record.status == UNFINISHED]
    if stuck:
        reason = "waits for something that never happens"
        return Failure(stuck[-1].path, stuck[-1].line, reason)
    if faults.to_come:
        first_fault = faults.to_come[0]
        reason = f"never came: the scenario ended before, but it was due {first_fault.moment}"
        return Failure(first_fault.step.key, first_fault.step.line, reason)
    return None


def _internal_fault(net: Simulation, execution: Execution) -> str:
    """Return what the simulator itself, or code of the user's, did wrong first, if anything.

    What a task has met is told with the task, which has a place in the file.
    """
    if net.world.failed_extensions and not execution.failures:
        return str(net.world.failed_extensions[0]).removesuffix(".")
    if net.world.faults:
        fault = net.world.faults[0]
        return f"internal fault of {checksum(fault.node)}: {fault.error}"
    if net.world.broken:
        return f"internal fault with seed {net.seed}: {net.world.broken[0]}"
    return ""
