"""A scenario while it runs: the testnet, what was done, and who is told.

Tasks see a `Scope`: the run and their own place in it.
"""

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import cached_property, partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

import simpy

from simulator.reports.record import FAILED, PASSED, RUNNING, UNFINISHED, TaskRecord
from simulator.reports.wording import event_text, with_names
from simulator.words.errors import AssertionFailed, SimulatorError, UnknownTokenNetwork
from simulator.words.quoting import shown
from simulator.words.units import BOOTSTRAP_ADDRESS, Address, checksum, parse_address

if TYPE_CHECKING:
    import networkx as nx

    from simulator.chain.contracts import TokenNetworkContract
    from simulator.node.node import Node
    from simulator.testnet.simulation import Simulation

Steps = Generator[simpy.Event, Any, None]
"""What a task does: it waits for events of the world."""

BOOTSTRAP = "the bootstrap address"


@runtime_checkable
class Runnable(Protocol):
    """A task as the engine sees it."""

    is_group: ClassVar[bool]

    @property
    def size(self) -> int:
        """How many tasks it comes to, repetitions counted, groups not."""

    def run(self, scope: "Scope") -> Steps:
        """Do it; a failure is a `SimulatorError`."""

    def text(self) -> str:
        """Return the parameters as one line."""

    def subject(self) -> str:
        """Return whom or what it is about, such as ` of node 3`; empty: the world."""

    def about(self) -> tuple[int, ...]:
        """Return the numbers of the nodes that it is about."""


@dataclass(frozen=True, slots=True)
class Step:
    """A task at its place.

    Attributes:
        key: the place below the task around it, such as `tasks[2].wait`.
        kind: the task's name.
        task: what to do.
        line: where it stands in the file.
    """

    key: str
    kind: str
    task: Runnable
    line: int

    @property
    def called(self) -> str:
        """The task with whom or what it is about, as messages name it."""
        return f"{self.kind}{self.task.subject()}"


class Progress(Protocol):
    """Somebody who watches a run.

    Attributes:
        hears_events: whether every event of the world is told too.
    """

    hears_events: bool

    def started(self, record: TaskRecord) -> None:
        """Learn that a task begins."""

    def ended(self, record: TaskRecord) -> None:
        """Learn that a task is over."""

    def happened(self, text: str, seconds: float, block: int) -> None:
        """Learn of an event of the world, if `hears_events`; times count as in `TaskRecord`."""

    def at(self, block: int, payments: int) -> None:
        """Learn the newest block's number, and how many payments workloads have made, often."""


class NoProgress:
    """Nobody watches."""

    hears_events = False

    def started(self, record: TaskRecord) -> None:
        """Do nothing."""

    def ended(self, record: TaskRecord) -> None:
        """Do nothing."""

    def happened(self, text: str, seconds: float, block: int) -> None:
        """Do nothing."""

    def at(self, block: int, payments: int) -> None:
        """Do nothing."""


def _run(task: Runnable, scope: "Scope") -> Steps:
    return task.run(scope)


class ScenarioRun:
    """One run of one scenario.

    Args:
        net: the world.
        progress: told of tasks.
        run_task: does one.

    Attributes:
        records: the tasks in the order in which they started.
        failures: the tasks that failed, first things first; groups excepted.
        zero_seconds: virtual time when the root task began, from which all times count.
        zero_block: the newest block at that time.
        channel_infos: what tasks remember: identifiers of channels by a key of the file's own.
        tokens: and tokens.
    """

    def __init__(
        self,
        net: "Simulation",
        progress: Progress,
        run_task: "Callable[[Runnable, Scope], Steps]" = _run,
    ) -> None:
        self.net = net
        self._run_task = run_task
        self.token: Address = parse_address(net.token)
        self.records: list[TaskRecord] = []
        self.failures: list[TaskRecord] = []
        self.zero_seconds, self.zero_block = net.now, net.block_number
        self.channel_infos: dict[str, int] = {}
        self.tokens: dict[str, Address] = {}
        self._progress = progress
        self._news: deque[Callable[[], None]] = deque()
        self._told = net.journal.count

    @property
    def now(self) -> float:
        """Virtual seconds since the root task began."""
        return self.net.now - self.zero_seconds

    @property
    def block(self) -> int:
        """How many blocks there have been since the root task began."""
        return self.net.block_number - self.zero_block

    def begin_root(self) -> None:
        """Count from now on; what was done before has come before 0."""
        passed, blocks = self.now, self.block
        self.zero_seconds, self.zero_block = self.net.now, self.net.block_number
        for record in self.records:
            record.started_seconds -= passed
            record.started_block -= blocks
            if record.ended_seconds is not None:
                record.ended_seconds -= passed
            if record.ended_block is not None:
                record.ended_block -= blocks

    def perform(self, step: Step, path: str, token: str | None = None) -> Steps:
        """Run a task and keep its record.

        Args:
            step: the task.
            path: its place.
            token: what it is about, by its key; None: the scenario's.

        Raises:
            SimulatorError: it failed.
        """
        task = step.task
        began = self.now
        record = TaskRecord(path, step.kind, task.text(), step.line, task.is_group, began)
        record.started_block = self.block
        record.events_before = self.net.journal.count
        record.nodes = task.about()
        self.records.append(record)
        self._note_events()
        self._news.append(partial(self._progress.started, record))
        started = perf_counter()
        try:
            steps = self._run_task(task, Scope(self, record, token))
            yield from self.net.journal.on_behalf(path, steps)
        except SimulatorError as error:
            if not record.is_group:
                record.failure = self._readable(f"{step.called}: {error}")
                self.failures.append(record)
            self._end(record, FAILED, started)
            raise
        self._end(record, PASSED, started)

    def tell(self) -> None:
        """Tell the watcher what is new; not from inside a task, which its troubles would fail."""
        self._note_events()
        while self._news:
            self._news.popleft()()
        self._progress.at(self.net.block_number, self.net.workloads.payments)

    def close(self) -> None:
        """Close the books: tell what is new, and what did not end is unfinished."""
        self.tell()
        for record in self.records:
            if record.status == RUNNING:
                record.status = UNFINISHED

    def _note_events(self) -> None:
        """Note what has happened since, to be told in its order among the tasks."""
        journal = self.net.journal
        if self._told == journal.count or not self._progress.hears_events:
            return
        for index in range(max(self._told - journal.count, -len(journal.entries)), 0):
            entry = journal.entries[index]
            seconds, block = entry.time - self.zero_seconds, entry.block - self.zero_block
            text = self._readable(event_text(entry))
            self._news.append(partial(self._progress.happened, text, seconds, block))
        self._told = journal.count

    def name_of(self, address: Address) -> str:
        """Return what people call an account: a node by its number."""
        text = checksum(address)
        return self._names.get(text, text)

    def _readable(self, text: str) -> str:
        """Return a text with the numbers of nodes for their addresses."""
        return with_names(text, self._names)

    @cached_property
    def _names(self) -> dict[str, str]:
        nodes = {checksum(node.address): f"node {node.index}" for node in self.net.nodes}
        return {**nodes, self.net.token: "the token", checksum(BOOTSTRAP_ADDRESS): BOOTSTRAP}

    def _end(self, record: TaskRecord, status: str, wall_start: float) -> None:
        record.status = status
        record.ended_seconds, record.ended_block = self.now, self.block
        record.events_until = self.net.journal.count
        record.wall_seconds = perf_counter() - wall_start
        self._note_events()
        self._news.append(partial(self._progress.ended, record))


class Scope:
    """The run as a task sees it.

    Args:
        execution: the run.
        record: the task's own.
        token: what it is about, by its key; None: the scenario's.
    """

    def __init__(self, execution: ScenarioRun, record: TaskRecord, token: str | None) -> None:
        self._execution = execution
        self._record = record
        self._token = token

    @property
    def path(self) -> str:
        """The task's place in the file."""
        return self._record.path

    @property
    def net(self) -> "Simulation":
        """The world."""
        return self._execution.net

    @property
    def token(self) -> Address:
        """The token that the task is about.

        Raises:
            AssertionFailed: there is none.
        """
        key, known = self._token, self._execution.tokens
        if key is None:
            return self._execution.token
        if key not in known:
            raise AssertionFailed(f"no token was deployed under the key {shown(key)}")
        return known[key]

    @property
    def network(self) -> "TokenNetworkContract":
        """The token's network.

        Raises:
            UnknownTokenNetwork: it has none.
        """
        network = self.net.world.networks.get(self.token)
        if network is None:
            raise UnknownTokenNetwork(checksum(self.token))
        return network

    def graph(self) -> "nx.Graph[str]":
        """Return the token's peer graph.

        Raises:
            UnknownTokenNetwork: it has none.
        """
        return self.net.graph(checksum(self.token))

    @property
    def blocks(self) -> int:
        """How many blocks there have been since the root task began."""
        return self._execution.block

    def seconds(self, time: float) -> float:
        """Return virtual seconds of the world as seconds since the root task began."""
        return time - self._execution.zero_seconds

    def block(self, number: int) -> int:
        """Return a block's number, counted from the newest one when the root task began."""
        return number - self._execution.zero_block

    def say_moving(self) -> None:
        """Note that the world was not at rest when the task failed."""
        self._record.moving = True

    def note(self, text: str) -> None:
        """Say what is to be known though the task does not fail."""
        self._record.note = text

    @property
    def channel_infos(self) -> dict[str, int]:
        """What tasks of this run have remembered: identifiers of channels by key."""
        return self._execution.channel_infos

    def node(self, index: int) -> "Node":
        """Return a node by its number."""
        return self.net.controls.node(index)

    def name_of(self, address: Address) -> str:
        """Return what people call an account: a node by its number."""
        return self._execution.name_of(address)

    def address(self, partner: int | Address) -> Address:
        """Return the address of a node, or of an account given by its address."""
        return self.node(partner).address if isinstance(partner, int) else partner

    def keep_token(self, key: str, token: Address) -> None:
        """Remember a token under a key."""
        self._execution.tokens[key] = token

    def perform(self, step: Step, repetition: int | None, token: str | None = None) -> Steps:
        """Run a task that belongs to this one.

        Args:
            step: the task.
            repetition: counts from 1; None: there is one only.
            token: what it is about, by its key; None: the same as this one.
        """
        suffix = "" if repetition is None else f"#{repetition}"
        place = f"{self.path}{suffix}.{step.key}"
        return self._execution.perform(step, place, self._token if token is None else token)

    def spawn(self, task: Callable[[], Steps]) -> simpy.Process:
        """Start something beside this task; the process always succeeds, with a `Result`."""
        return self.net.world.spawn(self.net.controls, task)
