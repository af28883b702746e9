"""The scenario language, first version: from a file to a `Scenario`, or to a list of problems."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from simulator.chain.ledgers import max_nodes
from simulator.errors import ConfigurationError
from simulator.genesis import TokenDetails
from simulator.node.node import DEFAULT_DIALECT, Dialect
from simulator.node.world import Settings
from simulator.quoting import shown, visible_line
from simulator.scenario import (
    assertions,
    chain_assertions,
    channel_assertions,
    tasks,
    tester_tasks,
)
from simulator.scenario.elsewhere import UNSUPPORTED_KEYS, UNSUPPORTED_TASKS
from simulator.scenario.execution import Step
from simulator.scenario.faults import MAX_FAULTS, MomentPart, PlannedFault
from simulator.scenario.parameters import Parameters
from simulator.scenario.sections import (
    ChainPart,
    FilePart,
    NodesPart,
    OptionsPart,
    SettingsPart,
    TokenPart,
)
from simulator.scenario.source import KeyPath, Source, key_text, read, suggestion
from simulator.scenario.start_graph import StartGraph, TopologyPart
from simulator.scenario.task import Part, Task
from simulator.scenario.tasks import Block

MAX_TASKS = 100_000
NO_PARAMETERS = Parameters()

TASKS: dict[str, type[Task]] = {
    **tasks.TASKS,
    **tester_tasks.TASKS,
    **assertions.TASKS,
    **channel_assertions.TASKS,
    **chain_assertions.TASKS,
}
"""Every kind of task by its name in scenario files."""

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
    strategies: tuple[str, ...]
    settle_timeouts: tuple[int | None, ...]
    root: Step
    start: Step | None = None
    faults: tuple[PlannedFault, ...] = ()
    parameters: Parameters = NO_PARAMETERS
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """How many tasks there are, repetitions counted, blocks not."""
        return self.root.task.size + len(self.faults) + (self.start is not None)


def load(file: Path, parameters: Parameters = NO_PARAMETERS) -> Scenario:
    """Read a scenario file.

    Args:
        file: what to read.
        parameters: what its template can use; their seed wins.

    Raises:
        ScenarioInvalid: it breaks rules; the text has one line for each problem, naming file,
            line and key.
    """
    source = read(file, parameters)
    scenario = _Reader(source).scenario(file)
    source.problems.raise_if_any()
    assert scenario is not None  # noqa: S101 - or there were problems
    seed = scenario.seed if parameters.seed is None else parameters.seed
    return replace(scenario, seed=seed, parameters=parameters)


class _Reader:
    """Builds models from a source and notes what is wrong."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._context: dict[str, int] = {}
        self._notes: list[str] = []

    def scenario(self, file: Path) -> Scenario | None:
        data = self._source.data
        top = self._part(FilePart, data, ())
        if not isinstance(data, dict):
            return None
        self._part(SettingsPart, data.get("settings"), ("settings",))
        chain = self._part(ChainPart, data.get("chain"), ("chain",))
        token = self._part(TokenPart, data.get("token"), ("token",))
        nodes = self._part(NodesPart, data["nodes"], ("nodes",)) if "nodes" in data else None
        if nodes is not None:
            self._context["nodes"] = nodes.count
        options = self._options(nodes) if nodes is not None else []
        if nodes is not None and chain is not None and nodes.count > max_nodes(chain.engine):
            limit = f"must be at most {max_nodes(chain.engine)} on the engine {chain.engine}"
            self._problem(("nodes", "count"), f"{limit}, not {nodes.count}")
        start = self._start(data.get("topology"), file.parent, nodes)
        root = self._root(data.get("scenario"))
        faults = self._faults(data.get("faults"))
        if top is None or chain is None or token is None or nodes is None or root is None:
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
        )

    def _start(self, value: object, folder: Path, nodes: NodesPart | None) -> Step | None:
        if value is None:
            return None
        path: KeyPath = ("topology",)
        part = self._part(TopologyPart, value, path)
        if part is None or nodes is None:
            return None
        network = None
        try:
            part.check(nodes.count)
            network = part.read(folder, nodes.count)
        except ConfigurationError as error:
            self._problem(path, str(error).removesuffix("."))
        if network is not None:
            for place, reason in part.says_nothing(network):
                self._problem((*path, *place), reason)
            self._note((*path, "file"), part.file or "", network.notes)
        return Step("topology", "topology", StartGraph(part, network), self._source.line(path))

    def _options(self, nodes: NodesPart) -> list[OptionsPart]:
        """Return the options of each node, its own before the defaults."""
        path: KeyPath = ("nodes", "default_options")
        usual = self._part(OptionsPart, nodes.default_options, path) or OptionsPart()
        options = {str(index): usual for index in range(nodes.count)}
        for key, value in (nodes.node_options or {}).items():
            path = ("nodes", "node_options", key)
            own = self._part(OptionsPart, value, path)
            if key not in options:
                self._problem(path, f"there is no such node: nodes are 0 to {nodes.count - 1}")
            elif own:
                options[key] = usual.model_copy(update=own.model_dump(exclude_none=True))
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
                continue
            (step,) = self._steps(tasks, path, f"faults[{position}]")
            if moment is not None and step is not None:
                yield PlannedFault(moment, step)

    # -- tasks ---------------------------------------------------------------------------

    def _root(self, value: object) -> Step | None:
        if not isinstance(value, dict):
            return None
        path: KeyPath = ("scenario",)
        if len(value) != 1:
            found = f", not {len(value)}: {', '.join(value)}" if value else ""
            self._problem(path, f"must be exactly one task{found}")
            return None
        (root,) = self._steps(value, path, "scenario")
        if root is not None and root.task.size > MAX_TASKS:
            size = root.task.size
            self._problem(path, f"comes to {size} tasks; at most {MAX_TASKS} are allowed")
        return root

    def _steps(self, entry: dict[str, Any], path: KeyPath, key: str) -> Iterator[Step | None]:
        for name, value in entry.items():
            if name in TASKS:
                task = self._task(TASKS[name], value, (*path, name))
                line = self._source.line((*path, name))
                yield None if task is None else Step(f"{key}.{name}", name, task, line)
            else:
                self._problem((*path, name), _unknown_task(name, entry))
                yield None

    def _task(self, kind: type[Task], value: object, path: KeyPath) -> Task | None:
        if kind.shorthand and value is not None and not isinstance(value, dict):
            value = {kind.shorthand: value}
        if isinstance(value, dict):
            value = _one_word_for_the_node(kind, value)
        if issubclass(kind, Block) and isinstance(value, dict) and "tasks" in value:
            steps = self._children(value["tasks"], (*path, "tasks"))
            task = self._part(kind, {**value, "tasks": [s for s in steps if s]}, path)
            return task if all(steps) else None
        return self._part(kind, value, path)

    def _children(self, value: object, path: KeyPath) -> list[Step | None]:
        if not isinstance(value, list) or not value:
            self._problem(path, "must be a list of at least one task")
            return [None]
        steps: list[Step | None] = []
        for position, entry in enumerate(value):
            place = (*path, position)
            if isinstance(entry, str) and entry in TASKS:
                steps += self._steps({entry: None}, place, f"tasks[{position}]")
            elif isinstance(entry, dict) and entry:
                steps += self._steps(entry, place, f"tasks[{position}]")
            else:
                self._problem(place, f"must be a task, not {shown(entry)}")
                steps.append(None)
        return steps

    # -- models --------------------------------------------------------------------------

    def _part(self, model: type[P], value: object, path: KeyPath) -> P | None:
        """Validate one model; nothing at all stands for an empty mapping."""
        try:
            part = model.model_validate({} if value is None else value, context=self._context)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                self._problem((*path, *detail["loc"]), explain(detail, model, path))
            return None
        wrong = list(part.problems())
        for place, message in wrong:
            self._problem((*path, *place), message)
        return None if wrong else part

    def _note(self, path: KeyPath, about: str, notes: Iterable[str]) -> None:
        file = f"{self._source.problems.file}:{self._source.line(path)}:"
        place = f"{file}{self._source.problems.mark} {key_text(path)}: {about}"
        self._notes += [visible_line(f"{place}: {note}") for note in notes]

    def _problem(self, path: KeyPath, message: str) -> None:
        self._source.problems.add(self._source.line(path), path, message)


def other_word_for_the_node(kind: type[Task], word: str) -> str | None:
    """Return the parameter for which `from` or `node` may stand, in tasks about one node only."""
    other = {"from": "node", "node": "from"}.get(word)
    known = {field.alias or name for name, field in kind.model_fields.items()}
    return other if other in known and not known & {word, "to"} else None


def _one_word_for_the_node(kind: type[Task], value: dict[str, Any]) -> dict[str, Any]:
    for word in value:
        other = other_word_for_the_node(kind, word)
        if other is not None and other not in value:
            return {other if key == word else key: entry for key, entry in value.items()}
    return value


def _unknown_task(name: str, entry: dict[str, Any]) -> str:
    if name in UNSUPPORTED_TASKS:
        reason = UNSUPPORTED_TASKS[name]
        return f"this task of Raiden's scenario player is not supported: {reason}"
    for other, value in entry.items():
        if other in TASKS and value is None:
            return f"unknown task; if it is a parameter of {other}, indent it further"
    return f"unknown task; {suggestion(name, TASKS)}"


_TYPES = {
    "int_type": "an integer",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "string_type": "text",
    "string_unicode": "text that UTF-8 can hold",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
}


def explain(detail: ErrorDetails, model: type[Part], path: KeyPath) -> str:
    """Say in our own words what pydantic found."""
    kind, context, value = detail["type"], detail.get("ctx", {}), detail["input"]
    match kind:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return _unknown_key(str(detail["loc"][-1]), model, path)
        case "value_error":
            return str(context["error"])
        case "greater_than_equal":
            wanted = f"at least {int(context['ge'])}"
        case "less_than_equal":
            wanted = f"at most {int(context['le'])}"
        case "string_too_long":
            return f"must be at most {context['max_length']} characters"
        case "literal_error" | "enum":
            wanted = context["expected"]
        case _:
            wanted = _TYPES[kind]
    return f"must be {wanted}" + ("" if isinstance(value, dict | list) else f", not {shown(value)}")


def _unknown_key(key: str, model: type[Part], path: KeyPath) -> str:
    unsupported = UNSUPPORTED_KEYS.get((*path, key)) or UNSUPPORTED_KEYS.get((key,))
    known = [field.alias or name for name, field in model.model_fields.items()]
    return unsupported or f"unknown key; {suggestion(key, known)}"
