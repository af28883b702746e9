"""Runs scenarios: builds the testnet, runs the root task, reports."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter

import networkx as nx

from simulator.chain.keys import Key
from simulator.forms.parameters import Parameters
from simulator.reports.record import UNFINISHED, Failure, RunRecord, ScenarioRecord
from simulator.scenario.language.scenario import NO_PARAMETERS, Scenario, load
from simulator.scenario.run.deadline import Deadline, TimedOut
from simulator.scenario.run.interrupts import Interrupts
from simulator.scenario.tasks.faults import Faults
from simulator.scenario.tasks.retrying import until_it_holds
from simulator.scenario.tasks.scenario_run import (
    NoProgress,
    Progress,
    Runnable,
    ScenarioRun,
    Scope,
    Steps,
)
from simulator.scenario.tasks.task import Task
from simulator.testnet.recording import recorded
from simulator.testnet.simulation import Simulation
from simulator.words.errors import ChainUnavailable
from simulator.words.options import Check, is_remote
from simulator.words.units import checksum

LOOK_AHEAD_BLOCKS = 20
"""So long it is looked whether a failed assertion holds later."""

KEEP_BLOCKS = 1_000
"""A run may be long, and nobody asks for receipts of long ago."""


@dataclass(frozen=True, slots=True)
class FinishedRun(RunRecord):
    """How a run went, and what it has left.

    Attributes:
        testnet: the world as the scenario left it.
    """

    testnet: Simulation = field(repr=False)


def run_file(
    file: Path | str,
    seed: int | None = None,
    progress: Progress | None = None,
    parameters: Parameters = NO_PARAMETERS,
    check: Check = Check.EVERY_BLOCK,
    *,
    allow_code: bool = False,
) -> FinishedRun:
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
    accounts: Sequence[Key] = (),
) -> FinishedRun:
    """Run a scenario in a new testnet; failures are in the report.

    Args:
        scenario: what to do.
        seed: instead of the scenario's own.
        progress: told when tasks start and end.
        interrupts: what ends the run before its end, if the user may.
        check: when the world's invariants are checked; the run ends where one does not hold.
        keep_blocks: how many of the newest blocks are kept; None: all.
        accounts: further accounts that no node is behind.

    Raises:
        ConfigurationError: the world can't be set up.
        KeyboardInterrupt: the user stopped it before the world was set up.
    """
    started = perf_counter()
    interrupts = interrupts or Interrupts()
    with interrupts.at_once():
        net = _world(scenario, scenario.seed if seed is None else seed, keep_blocks, accounts)
    net.watch(check)
    execution = ScenarioRun(net, progress or NoProgress())
    faults = Faults(execution)
    deadline = Deadline(scenario.timeout, execution)
    ending = _play(scenario, execution, faults, interrupts, deadline)
    execution.close()
    failure = _failure(execution, faults, ending)
    if failure is not None and not ending.internal:
        failure = _with_a_second_look(failure, scenario, execution, interrupts)
    return FinishedRun(
        scenario=_described(scenario),
        world=recorded(net, ending.last_block_hash),
        failure=failure,
        tasks=execution.records,
        virtual_seconds=execution.now,
        blocks=net.block_number - execution.zero_block,
        wall_seconds=perf_counter() - started,
        interrupted=ending.interrupted,
        broken_off=ending.broken_off,
        zero_seconds=execution.zero_seconds,
        zero_block=execution.zero_block,
        graph_before=ending.graph_before,
        testnet=net,
    )


def _described(scenario: Scenario) -> ScenarioRecord:
    return ScenarioRecord(
        file=scenario.file,
        name=scenario.name,
        description=scenario.description,
        parameters=scenario.parameters,
        seed=scenario.seed,
        seed_line=scenario.seed_line,
        set_line=scenario.set_line,
        content=scenario.content,
        code=scenario.code,
        size=scenario.size,
        notes=scenario.notes,
        xfail=scenario.conditions.xfail,
        xfail_line=scenario.xfail_line,
    )


@dataclass(slots=True)
class _Ending:
    """How the tasks came to an end; the attributes are those of `RunRecord`, and `internal`.

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
    execution: ScenarioRun,
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
    failure: Failure, scenario: Scenario, execution: ScenarioRun, interrupts: Interrupts
) -> Failure:
    """Tell if what failed would have held a little later.

    Where an assertion has failed while transactions were on their way, the run is done again up to
    there, which the same seed makes the same, and then goes on.
    """
    first = next(iter(execution.failures), None)
    if first is None or not first.moving or scenario.code or is_remote(scenario.engine):
        return failure
    patience = _Patience(first.path)
    again = ScenarioRun(
        _world(scenario, execution.net.seed, KEEP_BLOCKS, execution.net.accounts),
        NoProgress(),
        patience.run_task,
    )
    deadline = Deadline(scenario.timeout, again)
    _play(scenario, again, Faults(again), interrupts, deadline, lambda: patience.over)
    if patience.looked is None:
        return failure
    blocks = "1 block" if patience.looked == 1 else f"{patience.looked} blocks"
    first.failure = f"{first.failure}; it holds {blocks} later"
    return replace(failure, message=first.failure)


def _world(
    scenario: Scenario, seed: int, keep_blocks: int | None, accounts: Sequence[Key]
) -> Simulation:
    return Simulation(
        len(scenario.dialects),
        seed,
        settings=scenario.settings,
        token_balance=scenario.token_balance,
        eth_balance=scenario.eth_balance,
        dialects=scenario.dialects,
        routing_modes=scenario.routing_modes,
        strategies=scenario.strategies,
        settle_timeouts=scenario.settle_timeouts,
        messages=scenario.messages,
        fees=scenario.fees,
        routing=scenario.routing,
        engine=scenario.engine,
        contracts=scenario.contracts,
        services=scenario.services,
        max_token_networks=scenario.max_token_networks,
        keep_blocks=keep_blocks,
        token_details=scenario.token,
        accounts=accounts,
    )


def _failure(execution: ScenarioRun, faults: Faults, ending: _Ending) -> Failure | None:
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


def _what_never_came(execution: ScenarioRun, faults: Faults) -> Failure | None:
    stuck = [record for record in execution.records if record.status == UNFINISHED]
    if stuck:
        reason = "waits for something that never happens"
        return Failure(stuck[-1].path, stuck[-1].line, reason)
    if faults.to_come:
        first_fault = faults.to_come[0]
        reason = f"never came: the scenario ended before, but it was due {first_fault.moment}"
        return Failure(first_fault.step.key, first_fault.step.line, reason)
    return None


def _internal_fault(net: Simulation, execution: ScenarioRun) -> str:
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
