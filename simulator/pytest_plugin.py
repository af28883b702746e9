"""A pytest plugin: scenario files as test items, and testnets as fixtures.

It is loaded in every pytest run of an environment that this package is installed in, so it imports
what it needs only when a scenario or a fixture is used.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from simulator.events import InvariantBroken
    from simulator.options import Check
    from simulator.scenario.parameters import Parameters
    from simulator.testnet import Testnet

SUFFIXES = (".scenario.yaml", ".scenario.yml")
"""Files that end like this are always scenarios."""

LISTED = pytest.StashKey[frozenset[Path]]()
PASSED_OVER = pytest.StashKey[list[str]]()

SHAPE_DEPOSIT = 100
"""What each end has in the channels of the fixtures that start with some."""

FILES_OPTION = "simulator_scenarios"
SEEDS_OPTION = "simulator_seeds"
CHECK_OPTION = "simulator_check"
CODE_OPTION = "simulator_allow_code"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of an ini file."""
    parser.addini(
        FILES_OPTION,
        "scenario files, folders of them and globs, from the root folder, as `simulator run` takes "
        f"them; *{SUFFIXES[0]} are collected anyway",
        type="args",
        default=[],
    )
    parser.addini(
        SEEDS_OPTION,
        "run each scenario that has no seed of its own once for each of these seeds",
        type="args",
        default=[],
    )
    parser.addini(
        CHECK_OPTION,
        "when the invariants of worlds are checked, the fixtures' too: every-block, end or never",
        default="every-block",
    )
    parser.addini(
        CODE_OPTION,
        "whether scenario files may name code to be run, as module:function",
        type="bool",
        default=False,
    )


def pytest_configure(config: pytest.Config) -> None:
    """Refuse patterns without files, and seeds that are none, before anything is collected."""
    _seeds(config)
    _check(config)
    patterns: list[str] = config.getini(FILES_OPTION)
    listed = _listed(config, patterns) if patterns else []
    config.stash[LISTED] = frozenset(listed)
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        # pytest goes through `testpaths` only, and what is listed is meant wherever it lies
        folders = [_real(config.rootpath / folder) for folder in config.args]
        config.args += [
            str(file) for file in listed if not any(file.is_relative_to(f) for f in folders)
        ]


def _listed(config: pytest.Config, patterns: list[str]) -> list[Path]:
    """Return the files that the ini file lists.

    Raises:
        pytest.UsageError: a pattern has none.
    """
    from simulator import files  # noqa: PLC0415 - only where files are listed
    from simulator.errors import ConfigurationError  # noqa: PLC0415
    from simulator.scenario.collection import collect  # noqa: PLC0415

    try:
        found = collect(patterns, config.rootpath)
    except ConfigurationError as error:
        raise pytest.UsageError(f"{FILES_OPTION}: {error}") from None
    for file in found.files:
        if files.is_missing(config.rootpath / file):
            raise pytest.UsageError(f"{FILES_OPTION}: {file}: there is no such file")
    config.stash[PASSED_OVER] = [file for file in found.passed_over if not file.endswith(SUFFIXES)]
    return [_real(config.rootpath / file) for file in found.files]


def _real(file: Path) -> Path:
    from simulator.files import real  # noqa: PLC0415 - only where files are listed

    return real(file)


def pytest_terminal_summary(
    terminalreporter: "pytest.TerminalReporter", config: pytest.Config
) -> None:
    """Name files that look like scenarios and were passed over."""
    for file in config.stash.get(PASSED_OVER, []):
        terminalreporter.write_line(
            f"note: {file} looks like a scenario, and {FILES_OPTION} does not list it"
        )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ScenarioFile | None":
    """Take scenario files; whether they are valid shows when they run."""
    listed = parent.config.stash.get(LISTED, frozenset())
    if file_path.name.endswith(SUFFIXES) or (listed and _real(file_path) in listed):
        file: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
        return file
    return None


def _check(config: pytest.Config) -> "Check":
    """Return when invariants are to be checked.

    Raises:
        pytest.UsageError: the ini file says anything else.
    """
    from simulator.options import Check  # noqa: PLC0415 - only a few words

    text = config.getini(CHECK_OPTION)
    try:
        return Check(text)
    except ValueError:
        raise pytest.UsageError(f"{CHECK_OPTION}: {text!r} is none of {', '.join(Check)}") from None


def _seeds(config: pytest.Config) -> list[int]:
    """Return the seeds that the ini file asks for.

    Raises:
        pytest.UsageError: one is not a seed.
    """
    from simulator.rng import MAX_SEED, MIN_SEED  # noqa: PLC0415 - only two numbers

    seeds = []
    for text in config.getini(SEEDS_OPTION):
        try:
            seed = int(text)
        except ValueError:
            raise pytest.UsageError(f"{SEEDS_OPTION}: {text!r} is not a whole number") from None
        if not MIN_SEED <= seed <= MAX_SEED:
            raise pytest.UsageError(
                f"{SEEDS_OPTION}: {seed} is not within {MIN_SEED} to {MAX_SEED}"
            )
        if seed not in seeds:
            seeds.append(seed)
    return seeds


class ScenarioFile(pytest.File):
    """A scenario file: an item for each of its sets of parameters and each seed.

    A file, or a set, that has a seed of its own keeps it: somebody has chosen it.
    """

    def collect(self) -> Iterator["ScenarioItem"]:
        """Return the items; of the file only its parameters are read yet."""
        from simulator.scenario import source  # noqa: PLC0415 - only where there are files

        file, all_seeds = str(self.path), _seeds(self.config)
        for parameters in source.runs_of(file, {}):
            fixed = not all_seeds or source.gives_seed(file, parameters)
            seeds: list[int | None] = [None] if fixed else [*all_seeds]
            for seed in seeds:
                marks = (parameters.name, "" if seed is None else f"seed {seed}")
                name = ", ".join(filter(None, marks)) or "scenario"
                yield ScenarioItem.from_parent(self, name=name, seed=seed, parameters=parameters)


class ScenarioFailed(Exception):
    """A scenario did not pass; the text is what people are shown."""


class ScenarioItem(pytest.Item):
    """A run of a scenario file."""

    def __init__(self, *, seed: int | None, parameters: "Parameters", **options: Any) -> None:
        super().__init__(**options)
        self._seed = seed
        self._parameters = parameters

    def runtest(self) -> None:
        """Run the scenario.

        Raises:
            ScenarioFailed: it is invalid or does not pass.
        """
        from simulator.errors import ConfigurationError  # noqa: PLC0415 - only when one runs
        from simulator.scenario.runner import run_file  # noqa: PLC0415

        check = _check(self.config)
        try:
            report = run_file(
                self.path,
                self._seed,
                parameters=self._parameters,
                check=check,
                allow_code=self.config.getini(CODE_OPTION),
            )
        except ConfigurationError as error:
            text = str(error).replace(str(self.path), self._shown_path())
            raise ScenarioFailed(text) from None
        self.add_report_section("call", "digest", report.digest)
        if report.scenario.notes:
            self.add_report_section("call", "notes", "\n".join(report.scenario.notes))
        failure = report.failure
        if failure is not None:
            shown = self._shown_path()
            line = f":{failure.line}" if failure.line else ""
            rows = [
                failure.message,
                f"  file   {shown}{line}",
                f"  task   {failure.path or '(none)'}",
                f"  again  {self._parameters.command(shown, report.seed)}",
            ]
            raise ScenarioFailed("\n".join(rows))

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: Any = None,
    ) -> Any:
        """Show a scenario's failure without a traceback, which would only show this plugin."""
        if isinstance(excinfo.value, ScenarioFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return what heads the failure."""
        # pytest itself wants the number of a line, counted from 0, where it skips an item
        return self.path, 0, f"{self._shown_path()}, {self.name}"

    def _shown_path(self) -> str:
        """Return the path as it can be typed where pytest was called."""
        start = self.config.invocation_params.dir
        path = self.path
        return str(path.relative_to(start) if path.is_relative_to(start) else path)


@pytest.fixture(scope="session")
def testnet_factory(pytestconfig: pytest.Config) -> "Callable[..., Testnet]":
    """Make testnets: takes the arguments of `Testnet`; the seed is 0 unless given.

    An invariant that does not hold ends the call in which the block was made with
    `InvariantViolated`.
    """
    from simulator.invariants import InvariantViolated  # noqa: PLC0415 - only when it is used
    from simulator.testnet import Testnet  # noqa: PLC0415

    check = _check(pytestconfig)

    def make(*arguments: Any, **options: Any) -> Testnet:
        net = Testnet(*arguments, **options)

        def fail(broken: "InvariantBroken") -> None:
            rule = f"{broken.rule}, at block {broken.block_number} with seed {net.seed}"
            raise InvariantViolated(rule, broken.found)

        net._simulation.watch(check, fail)  # noqa: SLF001 - a face of its own for users only
        return net

    return make


@pytest.fixture
def testnet(testnet_factory: "Callable[..., Testnet]") -> "Iterator[Testnet]":
    """Make a testnet of five nodes, seed 0, for one test; at its end everything is checked."""
    yield from _checked_at_the_end(testnet_factory(5))


@pytest.fixture
def testnet_line(testnet_factory: "Callable[..., Testnet]") -> "Iterator[Testnet]":
    """Make a testnet of five nodes in a line: each has a channel with the next one."""
    yield from _checked_at_the_end(testnet_factory(topology=_shape("line")))


@pytest.fixture
def testnet_star(testnet_factory: "Callable[..., Testnet]") -> "Iterator[Testnet]":
    """Make a testnet of five nodes in a star: node 0 has a channel with each other one."""
    yield from _checked_at_the_end(testnet_factory(topology=_shape("star")))


@pytest.fixture
def testnet_mesh(testnet_factory: "Callable[..., Testnet]") -> "Iterator[Testnet]":
    """Make a testnet of five nodes in a mesh: any two have a channel."""
    yield from _checked_at_the_end(testnet_factory(topology=_shape("complete")))


def _checked_at_the_end(net: "Testnet") -> "Iterator[Testnet]":
    yield net
    net._simulation.checker.finish()  # noqa: SLF001 - a face of its own for users only


def _shape(name: str) -> dict[str, object]:
    """Return a network in which both ends have put as much into every channel."""
    return {"type": name, "deposit": SHAPE_DEPOSIT, "partner_deposit": SHAPE_DEPOSIT}
