"""Goldens without a scenario, and which of them a run may be by another name."""

import shlex
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from simulator.reports.difference import read_lines
from simulator.reports.golden_lines import KEYS, SCENARIO, SEED
from simulator.reports.record import RunRecord
from simulator.system import files
from simulator.words.errors import ConfigurationError

SUFFIX = ".golden"

NEW = "NEW"
"""Stands for what nobody knows in the name that an orphan should have."""

MAX_LOOKED_AT = 1_000
"""Of so many goldens it is found out whether they are like a run."""

ALIKE = 1 / 2
"""Which part of two goldens must be equal if they are perhaps of one scenario, edited."""


@dataclass(frozen=True, slots=True)
class Orphan:
    """A golden that belongs to no scenario.

    Attributes:
        file: where it is.
        run: which seed and which content of a scenario it is of, as far as it says so.
        reason: why it belongs to none.
        name: what it should be called if `condition` holds.
        condition: when it belongs to a scenario all the same.
        free: where scenarios miss a golden, whose it may be: over another one it must not be moved.
        like: a golden of a scenario that says much the same, and may have been recorded instead.
    """

    file: Path
    run: tuple[str, str]
    reason: str
    name: str = NEW
    condition: str = "its scenario is called NEW by now"
    free: frozenset[Path] = frozenset()
    like: Path | None = None

    def note(self, taken: Collection[Path]) -> str:
        """Return it as a line for people.

        Args:
            taken: goldens that have been recorded since it was found, or are another orphan's.
        """
        told = f"{self.file} is an orphan: {self.reason}"
        gone = f"`{shlex.join(['rm', str(self.file)])}`"
        left = sorted(self.free - {*taken})
        if not left:
            return f"{told}, and no other one misses it: {gone}"
        if self.like is not None:
            return f"{told}; if {self.like}, which says much the same, is recorded instead, {gone}"
        names = {golden: self._stands_for_new(golden) for golden in left}
        likely = [golden for golden, name in names.items() if name] or left
        if len(likely) > 1:
            new = move(self.file, self.file.with_name(f"{self.name}{SUFFIX}"))
            return f"{told}; if {self.condition}, {new}, else {gone}"
        condition = self.condition.replace(NEW, names[likely[0]])
        if not names[likely[0]] and likely[0].name != f"{self.name}{SUFFIX}":
            condition = f"it is that of {likely[0].name.removesuffix(SUFFIX)} by now"
        return f"{told}; if {condition}, {move(self.file, likely[0])}, else {gone}"

    def _stands_for_new(self, golden: Path) -> str:
        """Return what NEW stands for if this is another golden's place; empty if it can't be."""
        before, is_open, behind = self.name.partition(NEW)
        name = golden.name.removesuffix(SUFFIX)
        is_so = is_open and golden.parent == self.file.parent
        is_so = is_so and name.startswith(before) and name.endswith(behind)
        return name[len(before) : len(name) - len(behind)] if is_so else ""


def move(source: Path, target: Path) -> str:
    """Return what to type to give a golden another name."""
    return f"`{shlex.join(['mv', str(source), str(target)])}`"


def swap(one: Path, other: Path) -> str:
    """Return what to type to give each of two goldens the other's name."""
    between = one.with_name(f"{one.name}.old")
    moves = ((one, between), (other, one), (between, other))
    return f"`{' && '.join(shlex.join(['mv', *map(str, pair)]) for pair in moves)}`"


def run_of(file: Path) -> tuple[str, str]:
    """Return which seed and which content of a scenario a golden is of, as far as it says so."""
    try:
        head = dict(line.partition(" ")[::2] for line in read_lines(file)[: len(KEYS)])
    except ConfigurationError:
        head = {}
    return head.get(SEED, ""), head.get(SCENARIO, "")


def recorded_as(report: RunRecord, file: Path) -> Path | None:
    """Return the golden of a run where another scenario's is in its place; None: it is not so.

    Args:
        report: the run.
        file: where its golden should be; the other one is beside it.
    """
    own = (str(report.seed), report.scenario.content)
    _, content = run_of(file)
    if not content or content == report.scenario.content:
        return None
    beside = sorted(file.parent.glob(f"*{SUFFIX}"))[:MAX_LOOKED_AT]
    return next((other for other in beside if run_of(other) == own), None)


def renamed(report: RunRecord, orphans: Iterable[Orphan]) -> Path | None:
    """Return the orphan of the very scenario and seed of a run, if it is still there."""
    own = (str(report.seed), report.scenario.content)
    same = (orphan.file for orphan in orphans if orphan.run == own)
    return next((file for file in same if not files.is_missing(file)), None)


def perhaps_renamed(
    report: RunRecord, lines: Collection[str], orphans: Sequence[Orphan]
) -> Path | None:
    """Return the orphan that a run may be by another name, with another seed or edited.

    Args:
        report: the run.
        lines: of it, without the head of a golden.
        orphans: goldens without a scenario.
    """
    same = (orphan.file for orphan in orphans if orphan.run[1] == report.scenario.content)
    there = next((file for file in same if not files.is_missing(file)), None)
    return there or resembling(lines, (orphan.file for orphan in orphans))


def resembling(lines: Collection[str], goldens: Iterable[Path]) -> Path | None:
    """Return the golden that says most of what a run does, if one says at least half of it.

    Args:
        lines: of the run, without the head of a golden.
        goldens: those of which it is asked.
    """
    new, found = Counter(lines), dict[Path, float]()
    for file in islice(goldens, MAX_LOOKED_AT):
        try:
            old = Counter(read_lines(file)[len(KEYS) :])
        except ConfigurationError:
            continue
        found[file] = 2 * (old & new).total() / max(1, old.total() + new.total())
    best = max(found, key=lambda file: found[file], default=None)
    return best if best is not None and found[best] >= ALIKE else None
