"""A pytest plugin: scenario files as test items, and testnets as fixtures.

It is loaded in every pytest run of an environment that this package is installed in, so it imports
what it needs only when a scenario or a fixture is used.
"""

import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulator.pytest_plugin import options as pytest_options
from simulator.pytest_plugin.options import CASE, FILES, GOLDEN_OF, SUFFIXES

if TYPE_CHECKING:
    from simulator.pytest_plugin.items import ScenarioFile
    from simulator.testnet.testnet import Testnet
    from simulator.words.events import InvariantBroken

LISTED = pytest.StashKey[frozenset[Path]]()
PASSED_OVER = pytest.StashKey[list[str]]()

SHAPE_DEPOSIT = 100
"""What each end has in the channels of the fixtures that start with some."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    pytest_options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse patterns without files, and options that are none, before anything is collected."""
    config.stash[pytest_options.OPTIONS] = pytest_options.read(config)
    config.pluginmanager.register(CaseNames(config))
    if config.stash[pytest_options.OPTIONS].golden is not None:
        from simulator.pytest_plugin.goldens import Goldens  # noqa: PLC0415

        config.pluginmanager.register(Goldens(config))
    patterns: list[str] = config.getini(FILES)
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
    from simulator.scenario.language.collection import collect  # noqa: PLC0415
    from simulator.system import files  # noqa: PLC0415 - only where files are listed
    from simulator.words.errors import ConfigurationError  # noqa: PLC0415

    try:
        found = collect(patterns, config.rootpath)
    except ConfigurationError as error:
        raise pytest.UsageError(f"{FILES}: {error}") from None
    for file in found.files:
        if files.is_missing(config.rootpath / file):
            raise pytest.UsageError(f"{FILES}: {file}: there is no such file")
    config.stash[PASSED_OVER] = [file for file in found.passed_over if not file.endswith(SUFFIXES)]
    return [_real(config.rootpath / file) for file in found.files]


def _real(file: Path) -> Path:
    from simulator.system.files import real  # noqa: PLC0415 - only where files are listed

    return real(file)


def pytest_terminal_summary(
    terminalreporter: "pytest.TerminalReporter", config: pytest.Config
) -> None:
    """Name files that look like scenarios and were passed over."""
    for file in config.stash.get(PASSED_OVER, []):
        terminalreporter.write_line(
            f"note: {file} looks like a scenario, and {FILES} does not list it"
        )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ScenarioFile | None":
    """Take scenario files; whether they are valid shows when they run."""
    listed = parent.config.stash.get(LISTED, frozenset())
    if file_path.name.endswith(SUFFIXES) or (listed and _real(file_path) in listed):
        from simulator.pytest_plugin.items import ScenarioFile  # noqa: PLC0415 - needs YAML

        file: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
        return file
    return None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let reports of scenarios carry what is told of them: names in JUnit's XML, and goldens."""
    report = yield
    for name in (CASE, GOLDEN_OF):
        if (value := getattr(item, name, None)) is not None:
            setattr(report, name, value)
    if report.when == "call" and report.failed:
        report.sections += _journals(getattr(item, "funcargs", {}))
    return report


def _journals(fixtures: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is to be told of the testnets that a failed test was given."""
    module = sys.modules.get("simulator.testnet.testnet")
    for name, net in fixtures.items():
        if module is not None and isinstance(net, module.Testnet):
            from simulator.testnet.report import last_lines  # noqa: PLC0415 - it has failed

            lines = last_lines(net._simulation, net._calls)  # noqa: SLF001 - for users only
            if lines:
                yield f"{name}, seed {net.seed}", "\n".join(lines)


class CaseNames:
    """Gives pytest's JUnit XML the names that `simulator run --junit` gives the same cases.

    The writer is known by what it offers: it has no public name.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Say the names before the writer writes its own."""
        case = getattr(report, CASE, None)
        if case is None:
            return
        for plugin in self._config.pluginmanager.get_plugins():
            if hasattr(plugin, "node_reporter"):
                reporter = plugin.node_reporter(report)
                for name, value in zip(("classname", "name"), case, strict=True):
                    reporter.add_attribute(name, value)


@pytest.fixture(scope="session")
def testnet_factory(pytestconfig: pytest.Config) -> "Callable[..., Testnet]":
    """Make testnets: takes the arguments of `Testnet`; the seed is 0 unless given.

    An invariant that does not hold ends the call in which the block was made with
    `InvariantViolated`.
    """
    from simulator.testnet.invariants import InvariantViolated  # noqa: PLC0415
    from simulator.testnet.testnet import Testnet  # noqa: PLC0415

    check = pytestconfig.stash[pytest_options.OPTIONS].check

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
