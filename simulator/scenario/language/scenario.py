"""A scenario as it is read: from a file to a `Scenario`, or to a list of problems."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from simulator.chain.contract_sets import OURS, ContractSet
from simulator.chain.ledgers import max_nodes
from simulator.forms.conditions import XFAIL, Conditions
from simulator.forms.leftovers import (
    Doubtful,
    value_of,
)
from simulator.forms.messages import MessagesPart
from simulator.forms.parameters import KEY, SEED, Parameters
from simulator.forms.part import KeyPath
from simulator.node.dialects import (
    DEFAULT_DIALECT,
    DEFAULT_ROUTING_MODE,
    Dialect,
    RoutingMode,
    generation_of,
)
from simulator.node.settings import Settings, check_reveal_timeout
from simulator.payments.conditions import LineConditions
from simulator.payments.fees import Fees
from simulator.payments.routing.routing import Routing
from simulator.scenario.language.chain_section import ChainPart, contracts_of
from simulator.scenario.language.content import digest_of
from simulator.scenario.language.parts import Parts
from simulator.scenario.language.sections import (
    FilePart,
    NodesPart,
    OptionsPart,
    SettingsPart,
    Timeout,
    TimeoutPart,
    TokenPart,
)
from simulator.scenario.language.source import Source, read
from simulator.scenario.language.task_reader import TaskReader
from simulator.scenario.tasks import tester_tasks
from simulator.scenario.tasks.faults import MAX_FAULTS, MomentPart, PlannedFault
from simulator.scenario.tasks.open_graph import OpenGraph
from simulator.scenario.tasks.scenario_run import Step
from simulator.system import extensions
from simulator.testnet.genesis import TokenDetails
from simulator.testnet.start_graph import NEEDS, StartGraph, TopologyPart
from simulator.topology.file_graph import Network
from simulator.topology.strategies import Configured, Extension
from simulator.words.errors import ConfigurationError
from simulator.words.quoting import shown
from simulator.workloads.listed import FOLDER, READ

MAX_TASKS = 100_000
NO_PARAMETERS = Parameters()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario that can be run.

    Attributes:
        file: where it comes from, as the user wrote it.
        seed: used unless the user asks for another one.
        engine: what executes the contracts, or the URL of a remote chain.
        token_balance: tokens in each wallet at the start.
        eth_balance: wei of each node at the start.
        token: what the token's contract calls itself.
        dialects: one for each node.
        routing_modes: likewise.
        strategies: whom to open channels with, one for each node.
        settle_timeouts: of channels that a node opens, one for each node; None: the world's.
        messages: how those of a node travel, one for each node; None: as the settings say.
        routing: how each node finds the ways of its payments; None: as its dialect does.
        fees: what each node takes for passing payments on; None: as its dialect does.
        root: what it does.
        start: what makes the graph that it starts from, if the file asks for one.
        faults: what comes by itself while the root task runs.
        parameters: what its template was rendered with.
        notes: what is to be known of it though it is no mistake; one line each.
        conditions: its tags, and whether it is skipped or expected to fail.
        timeout: how long a run may take.
        seed_line: where its file, or its set, says its seed; None if neither does.
        set_line: where its set of parameters is; None without one.
        xfail_line: where it says why the scenario is expected to fail; None: it isn't.
        content: a hash of what it says, as far as that decides; see `content`.
        contracts: what is deployed.
        services: whether the contracts of services are deployed too.
        max_token_networks: how many token networks there can be; None: any number.
        code: the SHA-256 of the file of each piece of users' code that it names, by kind and name.
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
    routing_modes: tuple[RoutingMode, ...]
    strategies: tuple[str | Extension | Configured, ...]
    settle_timeouts: tuple[int | None, ...]
    messages: tuple[LineConditions | None, ...]
    fees: tuple[Fees | None, ...]
    routing: tuple[Routing | None, ...]
    root: Step
    start: Step | None = None
    faults: tuple[PlannedFault, ...] = ()
    parameters: Parameters = NO_PARAMETERS
    notes: tuple[str, ...] = ()
    conditions: Conditions = field(default_factory=Conditions)
    timeout: Timeout = field(default_factory=Timeout)
    seed_line: int | None = None
    set_line: int | None = None
    xfail_line: int | None = None
    content: str = ""
    code: Mapping[str, str | None] = field(default_factory=dict)
    contracts: ContractSet = OURS
    services: bool = False
    max_token_networks: int | None = None

    @property
    def size(self) -> int:
        """How many tasks there are, repetitions counted, blocks not."""
        return (
            self.root.task.size
            + sum(fault.step.task.size for fault in self.faults)
            + (self.start is not None)
        )


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
    with extensions.noted() as code:
        scenario = _Reader(source, allow_code).scenario(file)
    source.problems.raise_if_any()
    assert scenario is not None  # noqa: S101 - or there were problems
    seed = scenario.seed if parameters.seed is None else parameters.seed
    conditions = scenario.conditions.beside(parameters.conditions)
    return replace(
        scenario,
        seed=seed,
        seed_line=_seed_line(source, parameters),
        set_line=_set_line(source, parameters),
        xfail_line=_xfail_line(source, parameters),
        parameters=parameters,
        conditions=conditions,
        code=code,
    )


def with_root(source: Source, file: Path, root: Step, *, allow_code: bool) -> Scenario | None:
    """Read the sections about a world, for a root that comes from elsewhere.

    Args:
        source: the sections; what is wrong with them is noted there.
        file: what it is called; relative paths start beside it.
        root: what is done in that world.
        allow_code: whether code that it names as `module:function` may run.
    """
    with extensions.noted() as code:
        scenario = _Reader(source, allow_code).scenario(file, root)
    return None if scenario is None else replace(scenario, code=code)


def _seed_line(source: Source, parameters: Parameters) -> int | None:
    """Return where a file, or its set, says which seed it runs with; None if neither does."""
    if parameters.seed is not None and source.head is not None:
        return source.head.line((KEY, parameters.name, SEED))
    is_there = isinstance(source.data, dict) and SEED in source.data
    return source.line((SEED,)) if is_there else None


def _set_line(source: Source, parameters: Parameters) -> int | None:
    """Return where a file has a set of parameters; None if it is run without one."""
    if not parameters.name or source.head is None:
        return None
    return source.head.line((KEY, parameters.name))


def _xfail_line(source: Source, parameters: Parameters) -> int | None:
    """Return where a file, or its set, says that it is expected to fail; None if neither does."""
    if parameters.conditions.xfail and source.head is not None:
        return source.head.line((KEY, parameters.name, XFAIL))
    is_there = isinstance(source.data, dict) and XFAIL in source.data
    return source.line((XFAIL,)) if is_there else None


def _network(start: Step) -> Network | None:
    return start.task.graph.network if isinstance(start.task, OpenGraph) else None


def _messages_of(options: OptionsPart) -> LineConditions | None:
    return None if options.messages is None else options.messages.conditions()


def _fees_of(options: OptionsPart) -> Fees | None:
    return options.fees(generation_of(options.dialect or DEFAULT_DIALECT).fees)


class _Reader:
    """Builds models from a source and notes what is wrong."""

    def __init__(self, source: Source, allow_code: bool) -> None:
        self._source = source
        self._parts = Parts(source, allow_code)
        self._tasks = TaskReader(self._parts, allow_code)

    def scenario(self, file: Path, given_root: Step | None = None) -> Scenario | None:
        data = self._source.data
        self._parts.context[FOLDER] = file.parent
        read = self._parts.context[READ] = []
        top = self._parts.part(FilePart, data, ())
        if not isinstance(data, dict):
            return None
        timeout = self._parts.part(TimeoutPart, data.get("timeout"), ("timeout",)) or TimeoutPart()
        self._parts.part(SettingsPart, data.get("settings"), ("settings",))
        messages = self._parts.part(MessagesPart, data.get("messages"), ("messages",))
        chain = self._parts.part(ChainPart, data.get("chain"), ("chain",))
        token = self._parts.part(TokenPart, data.get("token"), ("token",))
        nodes = self._parts.part(NodesPart, data["nodes"], ("nodes",)) if "nodes" in data else None
        count = self._count(nodes, chain)
        options = self._options(data.get("nodes"), count, chain)
        contracts = contracts_of(chain, file.parent, self._parts.problem)
        start = self._start(data.get("topology"), file.parent, count)
        root = given_root or self._root(data.get("scenario"))
        faults = list(self._faults(data.get("faults")))
        if len(self._source.problems):  # and of some parts only leftovers
            return None
        if not (top and chain and messages and token and nodes and root):
            return None
        return Scenario(
            file=str(file),
            name=top.name or file.stem,
            description=top.description or "",
            seed=top.seed,
            settings=chain.settings(messages),
            engine=chain.engine,
            token=token.details(),
            token_balance=token.balance_fund,
            eth_balance=nodes.eth_balance_wei,
            dialects=tuple(one.dialect or DEFAULT_DIALECT for one in options),
            routing_modes=tuple(one.routing_mode or DEFAULT_ROUTING_MODE for one in options),
            strategies=tuple(one.strategy or "random" for one in options),
            settle_timeouts=tuple(one.settle_timeout for one in options),
            messages=tuple(map(_messages_of, options)),
            fees=tuple(map(_fees_of, options)),
            routing=tuple(one.routing for one in options),
            root=root,
            start=start,
            faults=tuple(faults),
            notes=tuple(self._parts.notes),
            conditions=top.conditions(),
            timeout=Timeout(timeout.virtual_seconds, timeout.wall_seconds),
            contracts=contracts,
            services=chain.services,
            max_token_networks=chain.max_token_networks,
            content=digest_of(data, None if start is None else _network(start), read),
        )

    def _count(self, nodes: NodesPart | None, chain: ChainPart | None) -> int | None:
        """Return how many nodes there are, if that is known."""
        count, engine = value_of(nodes, "count"), value_of(chain, "engine")
        if count is None:
            return None
        self._parts.context["nodes"] = int(count)
        if engine is not None and count > max_nodes(engine):
            limit = f"must be at most {max_nodes(engine)} on the engine {engine}"
            self._parts.problem(("nodes", "count"), f"{limit}, not {count}")
        return int(count)

    def _start(self, value: object, folder: Path, count: int | None) -> Step | None:
        if value is None:
            return None
        path: KeyPath = ("topology",)
        before = len(self._source.problems)
        part = self._parts.part(TopologyPart, value, path)
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
                self._parts.problem(path, str(error).removesuffix("."))
        if network is not None:
            for place, reason in part.says_nothing(network):
                self._parts.problem((*path, *place), reason)
            self._parts.note((*path, "file"), part.file or "", network.notes)
        if len(self._source.problems) > before:
            return None
        task = OpenGraph(StartGraph(part, network))
        return Step("topology", "topology", task, self._source.line(path))

    def _options(
        self, section: object, count: int | None, chain: ChainPart | None
    ) -> list[OptionsPart]:
        """Return the options of each node, its own before the defaults.

        They are looked at whatever else is wrong with the section.
        """
        nodes: dict[str, Any] = section if isinstance(section, dict) else {}
        path: KeyPath = ("nodes", "default_options")
        usual = self._parts.part(OptionsPart, nodes.get("default_options"), path) or OptionsPart()
        own_options = nodes.get("node_options")
        options = {str(index): usual for index in range(count or 0)}
        for key, value in own_options.items() if isinstance(own_options, dict) else ():
            path = ("nodes", "node_options", key)
            own = self._parts.part(OptionsPart, value, path)
            if key in options and own is not None and not len(self._source.problems):
                options[key] = usual.model_copy(update=own.given())
            elif key not in options and count is not None:
                self._parts.problem(path, f"there is no such node: nodes are 0 to {count - 1}")
        if not len(self._source.problems):
            self._check_together(options, own_options, value_of(chain, "confirmation_blocks"))
        return list(options.values())

    def _check_together(
        self, options: Mapping[str, OptionsPart], own: object, confirmations: int | None
    ) -> None:
        """See whether nodes have a routing mode of their dialect, and enough time for secrets."""
        for index, one in options.items():
            try:
                mode = one.routing_mode or DEFAULT_ROUTING_MODE
                generation_of(one.dialect or DEFAULT_DIALECT, mode, one.routing)
                if one.settle_timeout is not None and confirmations is not None:
                    check_reveal_timeout(one.settle_timeout, confirmations)
            except ConfigurationError as error:
                has_own = isinstance(own, dict) and index in own
                place = ("node_options", index) if has_own else ("default_options",)
                self._parts.problem(("nodes", *place), str(error).removesuffix("."))
                return

    def _faults(self, value: object) -> Iterator[PlannedFault]:
        entries = value if isinstance(value, list) else []
        if len(entries) > MAX_FAULTS:
            told = f"are {len(entries)}; at most {MAX_FAULTS} are allowed"
            self._parts.problem(("faults",), told)
        for position, entry in enumerate(entries):
            path: KeyPath = ("faults", position)
            if not isinstance(entry, dict):
                self._parts.problem(path, f"must be a moment and a task, not {shown(entry)}")
                continue
            when = {key: entry[key] for key in MomentPart.model_fields if key in entry}
            moment = self._parts.part(MomentPart, when, path)
            tasks = {key: task for key, task in entry.items() if key not in when}
            if len(tasks) != 1 or not tasks.keys() <= tester_tasks.TASKS.keys():
                known = ", ".join(tester_tasks.TASKS)
                self._parts.problem(path, f"must hold exactly one of the tasks {known}")
            hands = {key: task for key, task in tasks.items() if key in tester_tasks.TASKS}
            for step in self._tasks.steps(hands, path, f"faults[{position}]"):
                if moment is not None:
                    yield PlannedFault(moment, step)

    def _root(self, value: object) -> Step | None:
        if not isinstance(value, dict):
            return None
        path: KeyPath = ("scenario",)
        if len(value) != 1:
            found = f", not {len(value)}: {', '.join(value)}" if value else ""
            self._parts.problem(path, f"must be exactly one task{found}")
        roots = list(self._tasks.steps(value, path, "scenario"))
        for root in roots:
            if root.task.size > MAX_TASKS:
                size = root.task.size
                self._parts.problem(path, f"comes to {size} tasks; at most {MAX_TASKS} are allowed")
        return roots[0] if roots else None
