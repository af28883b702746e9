"""What a run is given as it was recorded, where its scenario file says something else by now."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from simulator.forms.parameters import Parameters, Value, as_typed
from simulator.scenario.language.scenario import Scenario
from simulator.scenario.language.source import read_sets
from simulator.words.quoting import shortened, visible_line

MAX_SHOWN = 200
"""How long variables may be in a message."""


def notes(scenario: Scenario, seed: int, seed_then: int | None) -> Iterator[str]:
    """Yield what a file says otherwise than the run that is done again.

    Args:
        scenario: what the file says by now, with the variables that were recorded.
        seed: that of the run.
        seed_then: that of the file when it was recorded; None: it had none.
    """
    file, given = scenario.file, scenario.parameters
    sets = {one.name: one for one in read_sets(Path(file))}
    by_now = sets.get(given.name)
    if given.name and by_now is None:
        others = f" (but {', '.join(sets)})" if sets else ""
        own = "" if seed_then is None else f" and seed {seed}"
        yield _told(f"{file} has no set {given.name}{others}", _listed(given.variables, ()) + own)
    elif by_now is not None:
        then, now = given.variables, by_now.variables
        different = [name for name in {**then, **now} if then.get(name) != now.get(name)]
        if different:
            has = _listed(now, different)
            yield _told(f"the set {given.name} of {file} has {has}", _listed(then, different))
    elif sets:
        yield _told(f"{file} has sets of parameters", "none")
    yield from _about_seed(scenario, by_now, seed, seed_then)


def _about_seed(
    scenario: Scenario, by_now: Parameters | None, seed: int, then: int | None
) -> Iterator[str]:
    now = scenario.seed if scenario.seed_line else None
    owner = scenario.file
    if by_now is not None and by_now.seed is not None:
        now, owner = by_now.seed, f"the set {by_now.name} of {scenario.file}"
    is_known = now is not None or by_now is not None or not scenario.parameters.name
    if is_known and now != then and seed != (scenario.seed if now is None else now):
        told = "no seed" if now is None else f"seed {now}"
        yield _told(f"{owner} has {told}", f"seed {seed}")


def _told(now: str, run: str) -> str:
    return f"{now} by now; this is the run with {run}, as recorded"


def _listed(variables: Mapping[str, Value], names: Iterable[str]) -> str:
    """Return variables for people: those of some names, or all."""
    values = (
        f"{name}={as_typed(variables[name])}" if name in variables else f"no {name}"
        for name in names or variables
    )
    return shortened(visible_line(", ".join(values) or "no variables"), MAX_SHOWN)
