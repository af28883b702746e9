"""The scenario language, first version: from a file to a `Scenario`, or to a list of problems."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from simulator.chain.contracts import SETTLE_TIMEOUT_MAX_BLOCKS, SETTLE_TIMEOUT_MIN_BLOCKS
from simulator.errors import ConfigurationError
from simulator.node.node import Dialect
from simulator.node.world import Settings
from simulator.rng import Rng
from simulator.scenario import (
    MAX_SEED,
    MIN_SEED,
    assertions,
    chain_assertions,
    channel_assertions,
    tasks,
)
from simulator.scenario.elsewhere import UNSUPPORTED_KEYS, UNSUPPORTED_TASKS
from simulator.scenario.execution import Step
from simulator.scenario.parameters import Parameters
from simulator.scenario.source import KeyPath, Source, read, shown, suggestion
from simulator.scenario.start_graph import STREAM, StartGraph, TopologyPart
from simulator.scenario.task import Amount, Part, Task
from simulator.scenario.tasks import Block
from simulator.units import UINT256_MAX

MAX_NODES = 10_000
MAX_TASKS = 100_000
MAX_WALLET = UINT256_MAX // (MAX_NODES + 2)
DEFAULT_WALLET = 50_000
DEFAULT_ETH_WEI = 10**20
DEFAULTS = Settings()
NO_PARAMETERS = Parameters()

TASKS: dict[str, type[Task]] = {
    **tasks.TASKS,
    **assertions.TASKS,
    **channel_assertions.TASKS,
    **chain_assertions.TASKS,
}
"""Every kind of task by its name in scenario files."""

P = TypeVar("P", bound=Part)


class SettingsPart(Part):
    """The rules of the world."""

    block_time_seconds: Annotated[int, Field(ge=1, le=3600)] = DEFAULTS.block_time
    settle_timeout_blocks: Annotated[
        int, Field(ge=SETTLE_TIMEOUT_MIN_BLOCKS, le=SETTLE_TIMEOUT_MAX_BLOCKS)
    ] = DEFAULTS.settle_timeout_blocks
    transaction_timeout_seconds: Annotated[int, Field(ge=1, le=1_000_000)] = (
        DEFAULTS.transaction_timeout_seconds
    )
    confirmation_blocks: Annotated[int, Field(ge=0, le=1000)] = DEFAULTS.confirmation_blocks

    def settings(self) -> Settings:
        """Return them as the world wants them."""
        return Settings(
            self.block_time_seconds,
            self.settle_timeout_blocks,
            self.transaction_timeout_seconds,
            self.confirmation_blocks,
        )


class TokenPart(Part):
    """The token and what each wallet holds at the start."""

    balance_fund: Annotated[Amount, Field(le=MAX_WALLET)] = DEFAULT_WALLET
    balance_min: Amount = 0

    def problems(self) -> Iterable[tuple[KeyPath, str]]:
        """Yield that the wallets would start below the minimum."""
        if self.balance_min > self.balance_fund:
            reason = f"must be at most balance_fund, which is {self.balance_fund}"
            yield ("balance_min",), reason


class OptionsPart(Part):
    """What a single node can be told."""

    dialect: Literal["alderaan", "bespin"] | None = None
    strategy: Literal["random", "highest_degree", "lowest_degree"] | None = None


class NodesPart(Part):
    """The nodes."""

    count: Annotated[int, Field(ge=1, le=MAX_NODES)]
    eth_balance_wei: Annotated[Amount, Field(le=MAX_WALLET)] = DEFAULT_ETH_WEI
    default_options: Any = None
    node_options: dict[str, Any] | None = None


class FilePart(Part):
    """The top level."""

    version: Literal[2] = 2
    name: str | None = None
    description: str | None = None
    seed: Annotated[int, Field(ge=MIN_SEED, le=MAX_SEED)] = 0
    settings: Any = None
    token: Any = None
    nodes: Any
    topology: Any = None
    scenario: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario that can be run.

    Attributes:
        file: where it comes from, as the user wrote it.
        seed: used unless the user asks for another one.
        token_balance: tokens in each wallet at the start.
        eth_balance: wei of each node at the start.
        dialects: one for each node.
        strategies: whom to open channels with, one for each node.
        root: what it does.
        start: what makes the graph that it starts from, if the file asks for one.
        parameters: what its template was rendered with.
    """

    file: str
    name: str
    description: str
    seed: int
    settings: Settings
    token_balance: int
    eth_balance: int
    dialects: tuple[Dialect, ...]
    strategies: tuple[str, ...]
    root: Step
    start: Step | None = None
    parameters: Parameters = NO_PARAMETERS

    @property
    def size(self) -> int:
        """How many tasks there are, repetitions counted, blocks not."""
        return self.root.task.size + (self.start is not None)


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

    def scenario(self, file: Path) -> Scenario | None:
        data = self._source.data
        top = self._part(FilePart, data, ())
        if not isinstance(data, dict):
            return None
        settings = self._part(SettingsPart, data.get("settings"), ("settings",))
        token = self._part(TokenPart, data.get("token"), ("token",))
        nodes = self._part(NodesPart, data["nodes"], ("nodes",)) if "nodes" in data else None
        if nodes is not None:
            self._context["nodes"] = nodes.count
        options = self._options(nodes) if nodes is not None else []
        start = self._start(data.get("topology"), file.parent, top, nodes)
        root = self._root(data.get("scenario"))
        if top is None or settings is None or token is None or nodes is None or root is None:
            return None
        return Scenario(
            file=str(file),
            name=top.name or file.stem,
            description=top.description or "",
            seed=top.seed,
            settings=settings.settings(),
            token_balance=token.balance_fund,
            eth_balance=nodes.eth_balance_wei,
            dialects=tuple(Dialect(one.dialect or Dialect.ALDERAAN) for one in options),
            strategies=tuple(one.strategy or "random" for one in options),
            root=root,
            start=start,
        )

    def _start(
        self, value: object, folder: Path, top: FilePart | None, nodes: NodesPart | None
    ) -> Step | None:
        if value is None:
            return None
        path: KeyPath = ("topology",)
        part = self._part(TopologyPart, value, path)
        if part is None or nodes is None:
            return None
        seed = 0 if top is None else top.seed
        try:
            part.edges(folder, nodes.count, Rng(seed).stream(STREAM))
        except ConfigurationError as error:
            self._problem(path, str(error).removesuffix("."))
        return Step("topology", "topology", StartGraph(part, folder), self._source.line(path))

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
                self._problem((*path, *detail["loc"]), _explain(detail, model, path))
            return None
        wrong = list(part.problems())
        for place, message in wrong:
            self._problem((*path, *place), message)
        return None if wrong else part

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
        return "this task of Raiden's scenario player is not supported yet"
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
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
}


def _explain(detail: ErrorDetails, model: type[Part], path: KeyPath) -> str:
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
        case "literal_error":
            wanted = context["expected"]
        case _:
            wanted = _TYPES[kind]
    return f"must be {wanted}" + ("" if isinstance(value, dict | list) else f", not {shown(value)}")


def _unknown_key(key: str, model: type[Part], path: KeyPath) -> str:
    unsupported = UNSUPPORTED_KEYS.get((*path, key)) or UNSUPPORTED_KEYS.get((key,))
    known = [field.alias or name for name, field in model.model_fields.items()]
    return unsupported or f"unknown key; {suggestion(key, known)}"
