"""Parameters of scenario files: variables for the template, one by one or in named sets.

A file may begin with a head that is not part of the template: sets of variables by name, then a
line of three dashes. Each set is a run of its own.
"""

import json
import math
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from simulator.forms import conditions
from simulator.forms.conditions import Conditions
from simulator.kernel.rng import MAX_SEED, MIN_SEED

MAX_SETS = 1000
MAX_VARIABLES = 100
MAX_TEXT = 1000
MAX_ITEMS = 1000
MAX_BITS = 1024

KEY = "parameters"
SEED = "seed"
RESERVED = {
    SEED: "is the run's seed: see --seed",
    **dict.fromkeys(conditions.KEYS, "is no variable: it says how a set, or the file, is run"),
    "loop": "means something else in templates",
    "range": "means something else in templates",
}

Scalar = bool | int | float | str
Value = Scalar | list[Any]
"""What a variable can be: a list holds scalars."""

USABLE = (
    f"must be a number, true, false, a text of one line, up to {MAX_TEXT} long, or a list of such, "
    f"up to {MAX_ITEMS} long; numbers have at most {MAX_BITS} bits"
)

Note = Callable[[tuple[str | int, ...], str], None]
"""Takes a problem: the way to a value, and what is wrong with it."""

SET = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}"
"""How sets are called."""

VARIABLE = "[A-Za-z_][A-Za-z0-9_]{0,63}"
"""How variables are called."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What one run of a file is given.

    Attributes:
        name: the set's name; empty without a set.
        variables: all variables, by name.
        seed: instead of the file's own.
        given: those variables that the user gave beside the set.
        conditions: what the set says about being run, beside the file.
    """

    name: str = ""
    variables: Mapping[str, Value] = field(default_factory=dict)
    seed: int | None = None
    given: tuple[str, ...] = ()
    conditions: Conditions = field(default_factory=Conditions)

    def with_given(self, variables: Mapping[str, Value]) -> "Parameters":
        """Return them with what the user gave, which wins."""
        merged = {**self.variables, **variables}
        return replace(self, variables=merged, given=tuple(variables))

    @property
    def label(self) -> str:
        """The set's name and what was given beside it; empty if there is neither."""
        given = (f"{name}={as_typed(self.variables[name])}" for name in self.given)
        return ", ".join(filter(None, (self.name, *given)))

    @property
    def mark(self) -> str:
        """The label in brackets, with a space before it."""
        return f" [{self.label}]" if self.label else ""

    def command(self, file: str, seed: int | None, *options: str) -> str:
        """Return what to type to run a file with these parameters, this seed and other options."""
        words = ["simulator", "run", file]
        if self.name:
            words += [f"--{KEY}", self.name]
        for name in self.given:
            words += ["--set", f"{name}={as_typed(self.variables[name])}"]
        if seed is not None:
            words += ["--seed", str(seed)]
        return shlex.join([*words, *options])


def split(text: str) -> tuple[str, str]:
    """Split a file into its head and the rest, which keeps its lines' numbers.

    The head is empty in a file that does not begin with it; the rest is empty when no line ends it.
    """
    lines = text.split("\n")
    begun = False
    for number, line in enumerate(lines):
        bare = line.rstrip()
        if begun and bare == "---":
            return "\n".join(lines[:number]), "\n".join([""] * (number + 1) + lines[number + 1 :])
        if begun or not bare or bare.startswith("#") or (bare == "---" and number == 0):
            continue
        if bare.partition("#")[0].partition(":")[0].rstrip() != KEY or ":" not in bare:
            return "", text
        begun = True
    return (text, "") if begun else ("", text)


def sets_of(data: object, note: Note) -> tuple[Parameters, ...]:
    """Return the sets in a file's head.

    Args:
        data: the head as plain data.
        note: told of each problem.
    """
    for key in data if isinstance(data, dict) else ():
        if key != KEY:
            note((key,), f"does not belong here: behind {KEY} a line `---` begins the scenario")
            return ()
    sets = data.get(KEY) if isinstance(data, dict) else None
    if not isinstance(sets, dict) or not sets:
        note((KEY,), "must hold sets of variables by name")
        return ()
    if len(sets) > MAX_SETS:
        note((KEY,), f"holds more than {MAX_SETS} sets")
        return ()
    return tuple(_set(name, variables, note) for name, variables in sets.items())


def _set(name: str, variables: Any, note: Note) -> Parameters:
    path = (KEY, name)
    if not re.fullmatch(SET, name):
        note(path, "the name of a set has up to 64 letters, digits, dots, dashes and underscores")
    variables = {} if variables is None else variables
    if not isinstance(variables, dict):
        note(path, "must hold variables by name")
        return Parameters()
    no_variables = {SEED, *conditions.KEYS}
    values = {key: value for key, value in variables.items() if key not in no_variables}
    for key, problem in problems_of(values):
        note((*path, key) if key else path, problem)
    seed = variables.get(SEED)
    if SEED in variables and (type(seed) is not int or not MIN_SEED <= seed <= MAX_SEED):
        note((*path, SEED), f"must be a whole number within {MIN_SEED} to {MAX_SEED}")
    for place, problem in conditions.problems(variables):
        note((*path, *place), problem)
    return Parameters(name, values, seed, conditions=conditions.read(variables))


def problems_of(variables: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what is wrong with variables: name (empty: all of them) and reason."""
    if len(variables) > MAX_VARIABLES:
        return [("", f"there are more than {MAX_VARIABLES} variables")]
    found = []
    for name, value in variables.items():
        if name in RESERVED:
            found.append((name, RESERVED[name]))
        elif not re.fullmatch(VARIABLE, name):
            reason = (
                "a variable's name has up to 64 letters, digits and underscores, no digit first"
            )
            found.append((name, reason))
        elif not _is_usable(value):
            found.append((name, USABLE))
    return found


def _is_usable(value: object) -> bool:
    match value:
        case str():
            return len(value) <= MAX_TEXT and value.isprintable()
        case int():
            return value.bit_length() <= MAX_BITS
        case float():
            return math.isfinite(value)
        case list():
            return len(value) <= MAX_ITEMS and all(
                not isinstance(item, list) and _is_usable(item) for item in value
            )
        case _:
            return False


def as_typed(value: Value) -> str:
    """Return a value as it is typed behind `--set`."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(_item(item) for item in value)}]"
    return str(value)


def _item(value: Scalar) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else as_typed(value)
