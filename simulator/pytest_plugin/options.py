"""What users can tell the pytest plugin: options, and what an ini file says; an option wins.

It is loaded with the plugin, in every pytest run, so it imports what it needs only when it looks.
"""

from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from simulator.words.options import Check

SUFFIXES = (".scenario.yaml", ".scenario.yml")
"""Files that end like this are always scenarios."""

FILES = "simulator_scenarios"
SEEDS = "simulator_seeds"
CHECK = "simulator_check"
CODE = "simulator_allow_code"

GOLDEN = "--simulator-golden"
UPDATE_GOLDEN = "--simulator-update-golden"
REPORT = "--simulator-report"
ENGINE = "--simulator-engine"
CHECK_OPTION = "--simulator-check"


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for.

    Attributes:
        seeds: what scenarios without a seed of their own run with; none: their own.
        check: when invariants are checked.
        allow_code: whether scenario files may name code.
        golden: where goldens are; None: nothing is compared.
        update_golden: record them instead.
        report: where reports go; None: there are none.
        engine: what executes the contracts; None: what the file says.
    """

    seeds: tuple[int, ...]
    check: "Check"
    allow_code: bool
    golden: Path | None
    update_golden: bool
    report: Path | None
    engine: str | None


CASE = "simulator_case"
"""Of an item and its reports, in whichever process: the names of its case in JUnit's XML."""

GOLDEN_OF = "simulator_golden"
"""Likewise: where its golden is, and what was done with that, as plain values."""

OPTIONS = pytest.StashKey[Options]()


def add(parser: pytest.Parser) -> None:
    """Add the options, and those of an ini file."""
    parser.addini(
        FILES,
        "scenario files, folders of them and globs, from the root folder, as `simulator run` takes "
        f"them; *{SUFFIXES[0]} are collected anyway",
        type="args",
        default=[],
    )
    parser.addini(
        SEEDS,
        "run each scenario that has no seed of its own once for each of these seeds",
        type="args",
        default=[],
    )
    parser.addini(
        CHECK,
        "when the invariants of worlds are checked, the fixtures' too: every-message, every-block, "
        "end or never",
        default="every-block",
    )
    parser.addini(
        CODE,
        "whether scenario files may name code to be run, as module:function",
        type="bool",
        default=False,
    )
    group = parser.getgroup("simulator", "scenario files, as with `simulator run`")
    group.addoption(
        GOLDEN, metavar="DIR", type=Path, help="compare what scenarios do with records in DIR"
    )
    group.addoption(UPDATE_GOLDEN, action="store_true", help=f"record it in {GOLDEN} instead")
    group.addoption(
        REPORT, metavar="DIR", type=Path, help="write a report of each run into a folder of DIR"
    )
    group.addoption(ENGINE, metavar="ENGINE", help="what executes the contracts in scenarios")
    group.addoption(CHECK_OPTION, metavar="WHEN", help=f"instead of the ini file's {CHECK}")


def read(config: pytest.Config) -> Options:
    """Return what is asked for.

    Raises:
        pytest.UsageError: something of it can't be meant.
    """
    seeds = _seeds(config)
    golden: Path | None = config.getoption(GOLDEN)
    update: bool = config.getoption(UPDATE_GOLDEN)
    if update and golden is None:
        raise pytest.UsageError(f"{UPDATE_GOLDEN} needs {GOLDEN} DIR")
    if golden is not None and len(seeds) > 1:
        raise pytest.UsageError(
            f"{GOLDEN} compares with the record of one seed: {SEEDS} must name one"
        )
    if golden is not None:
        _check_folder(config, golden, update)
    check, engine = _check(config), _engine(config)
    allow_code = bool(config.getini(CODE))
    return Options(seeds, check, allow_code, golden, update, config.getoption(REPORT), engine)


def _check_folder(config: pytest.Config, golden: Path, update: bool) -> None:
    from simulator.suite.outputs import without_goldens  # noqa: PLC0415 - if it is given

    with chdir(config.invocation_params.dir):
        reason = without_goldens(golden, UPDATE_GOLDEN, update=update)
    if reason:
        raise pytest.UsageError(f"{GOLDEN}: {reason}")


def _check(config: pytest.Config) -> "Check":
    from simulator.words.options import Check  # noqa: PLC0415 - only a few words

    option = config.getoption(CHECK_OPTION)
    name, text = (CHECK_OPTION, option) if option is not None else (CHECK, config.getini(CHECK))
    try:
        return Check(text)
    except ValueError:
        raise pytest.UsageError(f"{name}: {text!r} is none of {', '.join(Check)}") from None


def _engine(config: pytest.Config) -> str | None:
    engine: str | None = config.getoption(ENGINE)
    if engine is not None:
        from simulator.chain.engines import ENGINES  # noqa: PLC0415 - if it is given

        if engine not in ENGINES:
            raise pytest.UsageError(f"{ENGINE}: {engine!r} is none of {', '.join(ENGINES)}")
    return engine


def _seeds(config: pytest.Config) -> tuple[int, ...]:
    from simulator.kernel.rng import MAX_SEED, MIN_SEED  # noqa: PLC0415 - only two numbers

    seeds: list[int] = []
    for text in config.getini(SEEDS):
        try:
            seed = int(text)
        except ValueError:
            raise pytest.UsageError(f"{SEEDS}: {text!r} is not a whole number") from None
        if not MIN_SEED <= seed <= MAX_SEED:
            raise pytest.UsageError(f"{SEEDS}: {seed} is not within {MIN_SEED} to {MAX_SEED}")
        seeds.append(seed)
    return tuple(dict.fromkeys(seeds))
