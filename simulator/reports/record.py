"""The record of a run: everything that is told of it afterwards, as data.

Whoever has made a world go on fills one in, a scenario or a program; reports need no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import networkx as nx

from simulator.chain.contract_sets import ContractSet
from simulator.forms.parameters import Parameters
from simulator.kernel.journal import Journal
from simulator.reports.wording import at
from simulator.reports.workload_record import WorkloadRecord
from simulator.words.options import Check
from simulator.words.units import Address

FAULTS = "faults"
"""The section of tasks that come by themselves, and the beginning of their paths."""

RUNNING = "running"
PASSED = "passed"
FAILED = "failed"
UNFINISHED = "unfinished"
"""The run ended while the task was in progress."""


@dataclass(slots=True)
class TaskRecord:
    """What became of one task.

    Attributes:
        path: its place in the file; `#2` marks a second repetition.
        kind: the task's name.
        parameters: its parameters as one line of text.
        line: where it stands in the file.
        is_group: whether it only holds other tasks.
        started_seconds: virtual time since the root task began; the start graph comes before.
        ended_seconds: likewise; None while it runs.
        started_block: the newest block then, likewise counted from the root task.
        ended_block: likewise.
        events_before: how many events the journal had when it began.
        events_until: how many when it was over; None while it runs.
        failure: why it failed; empty for a group, whose tasks say it.
        note: what is to be known though it did not fail.
        nodes: the numbers of the nodes that it is about.
        moving: whether the world was not at rest when an assertion failed.
        wall_seconds: real time, for people: it differs from run to run.
    """

    path: str
    kind: str
    parameters: str
    line: int
    is_group: bool
    started_seconds: float
    status: str = RUNNING
    ended_seconds: float | None = None
    failure: str = ""
    note: str = ""
    moving: bool = False
    wall_seconds: float = 0.0
    started_block: int = 0
    ended_block: int | None = None
    events_before: int = 0
    events_until: int | None = None
    nodes: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        """The task's name for people: a fault that comes by itself is marked as one."""
        return f"fault: {self.kind}" if self.path.startswith(f"{FAULTS}[") else self.kind


def in_progress(records: Sequence[TaskRecord], status: str) -> list[TaskRecord]:
    """Return the tasks of a status, which is RUNNING or UNFINISHED, but for groups.

    What several nodes do because of one task of the file is that one task.
    """
    found: dict[str, TaskRecord] = {}
    several = {
        record.path: replace(record, parameters=record.parameters.removeprefix(f"{record.kind} "))
        for record in records
        if record.is_group and record.parameters.startswith(f"{record.kind} ")
    }
    for record in records:
        if record.status == status and not record.is_group:
            one = several.get(record.path.rpartition(".")[0], record)
            found.setdefault(one.path, one)
    return list(found.values())


INTERRUPTED = "interrupted"
"""The user stopped the run before its end, and nothing had failed until then."""

ERROR = "error"
"""The world is gone, since a remote chain does not answer any more, or takes too long."""


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
class ScenarioRecord:
    """What was run.

    Attributes:
        file: as the user wrote it; empty if there was none.
        name: for people.
        description: likewise.
        parameters: what its template was given.
        seed: its own, which the run may not have had; None: it has none.
        seed_line: where the file, or its set, says that; None if neither does.
        set_line: where the set of parameters is; None without one.
        content: a hash of what it says; see `scenario/language/content.py`.
        code: code of users' own that it names, with a hash of each one's file.
        size: how many tasks it comes to.
        notes: what is to be known of the file though it is no mistake.
        xfail: why it is expected to fail; empty if it is not.
        xfail_line: where the file says that.
    """

    file: str
    name: str
    description: str
    parameters: Parameters = field(default_factory=Parameters)
    seed: int | None = None
    seed_line: int | None = None
    set_line: int | None = None
    content: str = ""
    code: Mapping[str, str | None] = field(default_factory=dict)
    size: int = 0
    notes: tuple[str, ...] = ()
    xfail: str = ""
    xfail_line: int | None = None

    @property
    def seed_place(self) -> str:
        """Where the file says its seed, in words; empty if it does not."""
        if self.seed_line is None:
            return ""
        is_of_set = self.parameters.seed is not None and self.set_line is not None
        return f"line {self.seed_line}" + f", in the set {self.parameters.name}" * is_of_set

    @property
    def seed_home(self) -> str:
        """Where to write another seed, in words."""
        return self.seed_place or "the scenario"


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """A node in the end, and its membership of the first token network.

    Attributes:
        node: its number.
        funds: of its connection, 0 if it has none; so are the others.
    """

    node: int
    address: Address
    dialect: str
    online: bool
    funds: int
    sum_deposits: int
    channels: int


@dataclass(frozen=True, slots=True)
class WorldRecord:
    """What a world has come to.

    Attributes:
        digest: names everything that happened in it: the journal's digest.
        versions: what decides about results, by name.
        gas: calls and gas used, by contract function.
        names: what accounts are called whose addresses the seed decides.
        graph: the first token network's open channels.
        everything: the same with closed channels, the bootstrap address and nodes without channels.
        has_payments: whether somebody has paid, or tried to.
        workloads: payments that were made by themselves.
        left: what was not done, for people; empty if the world was at rest.
    """

    seed: int
    engine: str
    contracts: ContractSet
    check: Check
    digest: str
    last_block_hash: str
    versions: dict[str, str]
    gas: dict[str, tuple[int, int]]
    nodes: list[NodeRecord]
    names: dict[Address, str]
    has_payments: bool
    workloads: Sequence[WorkloadRecord]
    left: str
    journal: Journal = field(repr=False)
    graph: "nx.Graph[str]" = field(repr=False)
    everything: "nx.Graph[str]" = field(repr=False)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """How a run went.

    Attributes:
        tasks: what was started, in order.
        virtual_seconds: how much time passed in the world since the root task began.
        blocks: how many blocks that were.
        wall_seconds: real time, set-up included.
        interrupted: whether the user stopped it before its end.
        broken_off: why the world could not go on; empty if it could.
        zero_seconds: the world's time when the root task began.
        zero_block: and its newest block.
        graph_before: the open channels when the root task began.
    """

    scenario: ScenarioRecord
    world: WorldRecord
    failure: Failure | None
    tasks: list[TaskRecord]
    virtual_seconds: float
    blocks: int
    wall_seconds: float
    interrupted: bool
    broken_off: str
    zero_seconds: float
    zero_block: int
    graph_before: "nx.Graph[str]" = field(repr=False)

    @property
    def seed(self) -> int:
        """What everything in the world followed from."""
        return self.world.seed

    @property
    def digest(self) -> str:
        """The world's digest."""
        return self.world.digest

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
