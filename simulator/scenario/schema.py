"""The scenario language, first version: from a file to a `Scenario`, or to a list of problems."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from simulator.chain.ledgers import max_nodes
from simulator.errors import ConfigurationError
from simulator.genesis import TokenDetails
from simulator.node.node import DEFAULT_DIALECT, Dialect
from simulator.node.world import Settings
from simulator.quoting import shown, visible_line
from simulator.scenario import tester_tasks
from simulator.scenario.content import digest_of
from simulator.scenario.execution import Step
from simulator.scenario.explaining import explain
from simulator.scenario.faults import MAX_FAULTS, MomentPart, PlannedFault
from simulator.scenario.kinds import Kinds, one_word_for_the_node, unknown_task
from simulator.scenario.leftovers import (
    Doubtful,
    broken_rules,
    is_leftover,
    leftover,
    value_of,
)
from simulator.scenario.own_code import ALLOW_CODE
from simulator.scenario.parameters import Parameters
from simulator.scenario.sections import (
    ChainPart,
    FilePart,
    NodesPart,
    OptionsPart,
    SettingsPart,
    TokenPart,
)
from simulator.scenario.source import KeyPath, Message, Source, key_text, read
from simulator.scenario.start_graph import NEEDS, StartGraph, TopologyPart
from simulator.scenario.task import Part, Task
from simulator.scenario.tasks import Block, Serial, Wait
from simulator.topology.file_graph import Network
from simulator.topology.strategies import Extension

MAX_TASKS = 100_000
KEY_ITSELF = "[key]"
"""Behind a key, in what pydantic says: the key is wrong, not its value."""

NO_PARAMETERS = Parameters()

STAND_IN = Wait(seconds=0)
"""What stands in the place of a task that is wrong, so that the others can be counted."""

P = TypeVar("P", bound=Part)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario that can be run.

    Attributes:
        file: where it comes from, as the user wrote it.
        seed: used unless the user asks for another one.
        engine: what executes the contracts, or the URL of a chain that runs elsewhere.
        token_balance: tokens in each wallet at the start.
        eth_balance: wei of each node at the start.
        token: what the token's contract calls itself.
        dialects: one for each node.
        strategies: whom to open channels with, one for each node.
        settle_timeouts: of channels that a node opens, one for each node; None: the world's.
        root: what it does.
        start: what makes the graph that it starts from, if the file asks for one.
        faults: what comes by itself while the root task runs.
        parameters: what its template was rendered with.
        notes: what is to be known of it though it is no mistake; one line each.
        content: a hash of what it says, as far as that decides; see `content`.
    """

    file: str
    name: str
    description: str
    seed: int
    settings: Settings
    engine: str
    token: TokenDetails
    token_balance: int
    eth_balance: int
    dialects: tuple[Dialect, ...]
    strategies: tuple[str | Extension, ...]
    settle_timeouts: tuple[int | None, ...]
    root: Step
    start: Step | None = None
    faults: tuple[PlannedFault, ...] = ()
    parameters: Parameters = NO_PARAMETERS
    notes: tuple[str, ...] = ()
    content: str = ""

    @property
    def size(self) -> int:
        """How many tasks there are, repetitions counted, blocks not."""
        return self.root.task.size + len(self.faults) + (self.start is not None)


def load(
    file: Path, parameters: Parameters = NO_PARAMETERS, *, allow_code: bool = False
) -> Scenario:
    """Read a scenario file.

    Args:
        file: what to read.
        parameters: what its template can use; their seed wins.
        allow_code: whether code that it names as `module:function` may run.

    Raises:
        ScenarioInvalid: it breaks rules; the text has one line for each problem, naming file,
            line and key.
    """
    source = read(file, parameters)
    scenario = _Reader(source, allow_code).scenario(file)
    source.problems.raise_if_any()
    assert scenario is not None  # noqa: S101 - or there were problems
    seed = scenario.seed if parameters.seed is None else parameters.seed
    return replace(scenario, seed=seed, parameters=parameters)


def _network(start: Step) -> Network | None:
    return start.task.network if isinstance(start.task, StartGraph) else None


class _Reader:
    """Builds models from a source and notes what is wrong."""

    def __init__(self, source: Source, allow_code: bool) -> None:
        self._source = source
        self._context: dict[str, int] = {ALLOW_CODE: allow_code}
        self._notes: list[str] = []
        self._kinds = Kinds(allow_code)

    def scenario(self, file: Path) -> Scenario | None:
        data = self._source.data
        top = self._part(FilePart, data, ())
        if not isinstance(data, dict):
            return None
        self._part(SettingsPart, data.get("settings"), ("settings",))
        chain = self._part(ChainPart, data.get("chain"), ("chain",))
        token = self._part(TokenPart, data.get("token"), ("token",))
        nodes = self._part(NodesPart, data["nodes"], ("nodes",)) if "nodes" in data else None
        count = self._count(nodes, chain)
        options = self._options(data.get("nodes"), count)
        start = self._start(data.get("topology"), file.parent, count)
        root = self._root(data.get("scenario"))
        faults = list(self._faults(data.get("faults")))
        if top is None or chain is None or token is None or nodes is None or root is None:
            return None
        if len(self._source.problems):  # and of some parts only leftovers
            return None
        return Scenario(
            file=str(file),
            name=top.name or file.stem,
            description=top.description or "",
            seed=top.seed,
            settings=chain.settings(),
            engine=chain.engine,
            token=token.details(),
            token_balance=token.balance_fund,
            eth_balance=nodes.eth_balance_wei,
            dialects=tuple(one.dialect or DEFAULT_DIALECT for one in options),
            strategies=tuple(one.strategy or "random" for one in options),
            settle_timeouts=tuple(one.settle_timeout for one in options),
            root=root,
            start=start,
            faults=tuple(faults),
            notes=tuple(self._notes),
            content=digest_of(data, None if start is None else _network(start)),
        )

    def _count(self, nodes: NodesPart | None, chain: ChainPart | None) -> int | None:
        """Return how many nodes there are, if that is known."""
        count, engine = value_of(nodes, "count"), value_of(chain, "engine")
        if count is None:
            return None
        self._context["nodes"] = int(count)
        if engine is not None and count > max_nodes(engine):
            limit = f"must be at most {max_nodes(engine)} on the engine {engine}"
            self._problem(("nodes", "count"), f"{limit}, not {count}")
        return int(count)

    def _start(self, value: object, folder: Path, count: int | None) -> Step | None:
        if value is None:
            return None
        path: KeyPath = ("topology",)
        before = len(self._source.problems)
        part = self._part(TopologyPart, value, path)
        kind = value_of(part, "type")
        if part is None or kind is None:
            return None
        network = None
        needed = [value_of(part, name) for name in NEEDS.get(kind, ())]
        if None not in needed:
            try:
                if count is not None:
                    part.check(count)
                network = part.read(folder, count)
            except Doubtful:
                pass
            except ConfigurationError as error:
                self._problem(path, str(error).removesuffix("."))
        if network is not None:
            for place, reason in part.says_nothing(network):
                self._problem((*path, *place), reason)
            self._note((*path, "file"), part.file or "", network.notes)
        if len(self._source.problems) > before:
            return None
        return Step("topology", "topology", StartGraph(part, network), self._source.line(path))

    def _options(self, section: object, count: int | None) -> list[OptionsPart]:
        """Return the options of each node, its own before the defaults.

        They are looked at whatever else is wrong with the section.
        """
        nodes: dict[str, Any] = section if isinstance(section, dict) else {}
        path: KeyPath = ("nodes", "default_options")
        usual = self._part(OptionsPart, nodes.get("default_options"), path) or OptionsPart()
        own_options = nodes.get("node_options")
        options = {str(index): usual for index in range(count or 0)}
        for key, value in own_options.items() if isinstance(own_options, dict) else ():
            path = ("nodes", "node_options", key)
            own = self._part(OptionsPart, value, path)
            if key in options and own is not None and not len(self._source.problems):
                options[key] = usual.model_copy(update=own.given())
            elif key not in options and count is not None:
                self._problem(path, f"there is no such node: nodes are 0 to {count - 1}")
        return list(options.values())

    def _faults(self, value: object) -> Iterator[PlannedFault]:
        entries = value if isinstance(value, list) else []
        if len(entries) > MAX_FAULTS:
            self._problem(("faults",), f"are {len(entries)}; at most {MAX_FAULTS} are allowed")
        for position, entry in enumerate(entries):
            path: KeyPath = ("faults", position)
            if not isinstance(entry, dict):
                self._problem(path, f"must be a moment and a task, not {shown(entry)}")
                continue
            when = {key: entry[key] for key in MomentPart.model_fields if key in entry}
            moment = self._part(MomentPart, when, path)
            tasks = {key: task for key, task in entry.items() if key not in when}
            if len(tasks) != 1 or not tasks.keys() <= tester_tasks.TASKS.keys():
                known = ", ".join(tester_tasks.TASKS)
                self._problem(path, f"must hold exactly one of the tasks {known}")
            hands = {key: task for key, task in tasks.items() if key in tester_tasks.TASKS}
            for step in self._steps(hands, path, f"faults[{position}]"):
                if moment is not None:
                    yield PlannedFault(moment, step)

    # -- tasks ---------------------------------------------------------------------------

    def _root(self, value: object) -> Step | None:
        if not isinstance(value, dict):
            return None
        path: KeyPath = ("scenario",)
        if len(value) != 1:
            found = f", not {len(value)}: {', '.join(value)}" if value else ""
            self._problem(path, f"must be exactly one task{found}")
        roots = list(self._steps(value, path, "scenario"))
        for root in roots:
            if root.task.size > MAX_TASKS:
                size = root.task.size
                self._problem(path, f"comes to {size} tasks; at most {MAX_TASKS} are allowed")
        return roots[0] if roots else None

    def _steps(self, entry: dict[str, Any], path: KeyPath, key: str) -> Iterator[Step]:
        """Yield the tasks of a mapping; what is none of them is stood in for."""
        for name, value in entry.items():
            place = (*path, name)
            line = self._source.line(place)
            task: Task = STAND_IN
            kind = self._kind(name, entry, place)
            if kind is not None:
                task = self._task(kind, value, place)
            elif isinstance(value, dict) and isinstance(value.get("tasks"), list):
                self._children(value["tasks"], (*place, "tasks"))
            yield Step(f"{key}.{name}", name, task, line)

    def _kind(self, name: str, entry: dict[str, Any], place: KeyPath) -> type[Task] | None:
        """Return what a task is, or note that there is no such task."""
        if not self._kinds.knows(name):
            self._problem(place, partial(unknown_task, name, entry))
            return None
        try:
            return self._kinds.of(name)
        except ConfigurationError as error:
            self._problem(place, str(error).removesuffix("."))
            return None

    def _task(self, kind: type[Task], value: object, path: KeyPath) -> Task:
        if kind.shorthand and value is not None and not isinstance(value, dict):
            value = {kind.shorthand: value}
        if isinstance(value, dict):
            value = one_word_for_the_node(kind, value)
        steps: list[Step] = []
        if issubclass(kind, Block) and isinstance(value, dict) and "tasks" in value:
            steps = self._children(value["tasks"], (*path, "tasks"))
            value = {**value, "tasks": steps}
        task = self._part(kind, value, path)
        if task is None or is_leftover(task):
            return Serial(tasks=tuple(steps)) if steps else STAND_IN
        return task

    def _children(self, value: object, path: KeyPath) -> list[Step]:
        if not isinstance(value, list) or not value:
            self._problem(path, "must be a list of at least one task")
            return []
        steps: list[Step] = []
        for position, entry in enumerate(value):
            place = (*path, position)
            if isinstance(entry, str) and self._kinds.knows(entry):
                steps += self._steps({entry: None}, place, f"tasks[{position}]")
            elif isinstance(entry, dict) and entry:
                steps += self._steps(entry, place, f"tasks[{position}]")
            else:
                self._problem(place, f"must be a task, not {shown(entry)}")
        return steps

    # -- models --------------------------------------------------------------------------

    def _part(self, model: type[P], value: object, path: KeyPath) -> P | None:
        """Validate one model; nothing at all stands for an empty mapping.

        Returns:
            The model; or what is left of it, of which other parts can still be checked; or None.
        """
        data = {} if value is None else value
        part: P | None
        try:
            part = model.model_validate(data, context=self._context)
        except ValidationError as error:
            details = error.errors(include_url=False)
            for detail in details:
                explained = partial(explain, detail, model, path)
                where = [part for part in detail["loc"] if part != KEY_ITSELF]
                self._problem((*path, *where), explained)
            part = leftover(model, data, details, self._context)
        if part is not None:
            for place, message in broken_rules(part):
                self._problem((*path, *place), message)
        return part

    def _note(self, path: KeyPath, about: str, notes: Iterable[str]) -> None:
        file = f"{self._source.problems.file}:{self._source.line(path)}:"
        place = f"{file}{self._source.problems.mark} {key_text(path)}: {about}"
        self._notes += [visible_line(f"{place}: {note}") for note in notes]

    def _problem(self, path: KeyPath, message: Message) -> None:
        self._source.problems.add(self._source.line(path), path, message)
