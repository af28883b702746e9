"""What tasks are made of: the base class, and the types of their parameters."""

import math
import operator
import re
import warnings
from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, ClassVar

import networkx as nx
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

from simulator.forms.plain_words import as_number, remedy
from simulator.scenario.language.source import KeyPath
from simulator.scenario.tasks.execution import Scope, Steps
from simulator.words.errors import AssertionFailed, InvalidAddress, SimulatorError
from simulator.words.quoting import shown
from simulator.words.units import UINT256_MAX, Address, checksum, exact_fraction, parse_address

MAX_STATUS_LENGTH = 50
MAX_WAIT_SECONDS = 1_000_000
DEFAULT_STATUS = "2.."


def _known_node(index: int, info: ValidationInfo) -> int:
    count = (info.context or {}).get("nodes")
    if count is not None and index >= count:
        raise ValueError(f"there is no node {index}: nodes are 0 to {count - 1}")
    return index


def partner_of(value: object, info: ValidationInfo) -> int | Address:
    """Return a node's number or an account's address, for a validator.

    Raises:
        ValueError: it is neither, or there is no such node.
    """
    if isinstance(value, str):
        try:
            return parse_address(value)
        except InvalidAddress as error:
            how = remedy(value)
            raise ValueError(
                f"must be a node's number or an address{how}" if how else str(error)
            ) from None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("must be a node's number or an address")
    return _known_node(value, info)


def _status(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("must be a number or a regular expression")  # noqa: TRY004 - for pydantic
    pattern = str(value)
    try:
        if len(pattern) > MAX_STATUS_LENGTH:
            raise ValueError(f"must be at most {MAX_STATUS_LENGTH} characters")
        with warnings.catch_warnings():  # of what Python may once read differently
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError) as error:
        raise ValueError(f"is not a regular expression: {error}") from None
    return pattern


@dataclass(frozen=True, slots=True)
class Comparison:
    """An expectation that leaves room: `">= 60"`."""

    sign: str
    number: int | Fraction

    def holds(self, actual: int | Fraction) -> bool:
        """Tell whether an actual value meets it."""
        return _SIGNS[self.sign](actual, self.number)

    def __str__(self) -> str:
        """Return it as it is written in a file."""
        return f"{self.sign} {plain(self.number)}"


_COMPARISON = "(>=|<=|>|<) *(0|[1-9][0-9_]{0,99})"
_DECIMAL = r"(?:0|[1-9][0-9]{0,49})(?:\.[0-9]{1,50})?"

_SIGNS: dict[str, Callable[[int | Fraction, int | Fraction], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def expected_of(value: object) -> int | Comparison:
    """Return a whole number, or a comparison with one, for a validator.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    found = re.fullmatch(_COMPARISON, value) if isinstance(value, str) else None
    if found is None:
        reason = f'must be a number from 0 or a text like ">= 60", not {shown(value)}'
        raise ValueError(reason + remedy(value))
    return Comparison(found[1], int(found[2].replace("_", "")))


def _measure(value: object) -> Fraction | Comparison:
    found = re.fullmatch(r"(>=|<=|>|<) *(.+)", value) if isinstance(value, str) else None
    try:
        number = _fraction(found[2] if found else value)
    except ValueError:
        number = Fraction(-1)
    if number < 0:
        reason = f'must be a number from 0 or a text like ">= 0.2", not {shown(value)}'
        raise ValueError(reason + remedy(value))
    return Comparison(found[1], number) if found else number


def _fraction(value: object) -> Fraction:
    if isinstance(value, str) and re.fullmatch(_DECIMAL, value):
        return exact_fraction(Decimal(value))
    number = as_number(value)
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        raise ValueError(f"must be a number, not {shown(value)}{remedy(value)}")
    return exact_fraction(number)


def _text(pattern: str, description: str) -> dict[str, JsonValue]:
    return {"type": "string", "pattern": pattern, "description": description}


NodeIndex = Annotated[int, Field(ge=0), AfterValidator(_known_node)]
"""A node's number, from 0."""

_ADDRESS_TEXT = {
    "type": "string",
    "pattern": "^0x[0-9a-fA-F]{40}$",
    "description": "an account's address",
}
_WHOLE = {"type": "integer", "minimum": 0}

Partner = Annotated[
    int | Address,
    PlainValidator(partner_of),
    WithJsonSchema({"anyOf": [{**_WHOLE, "description": "a node's number"}, _ADDRESS_TEXT]}),
    Field(description="the other end of the channel: a node, or any account"),
]
"""A node's number, or any account's address."""

FromWord = BeforeValidator(as_number)
"""What lets a number that need not be whole be written as 1e-3; behind its range."""

Amount = Annotated[int, Field(ge=0, le=UINT256_MAX)]
"""Tokens in their smallest unit, or wei."""

Seconds = Annotated[float, Field(ge=0, le=MAX_WAIT_SECONDS), FromWord]
"""Virtual seconds."""

Expected = Annotated[
    int | Comparison,
    PlainValidator(expected_of),
    WithJsonSchema(
        {"anyOf": [_WHOLE, _text(f"^{_COMPARISON}$", 'a comparison such as `">= 60"`')]}
    ),
]
"""A number that a value must have, or a comparison that it must meet."""

Measured = Annotated[
    Fraction | Comparison,
    PlainValidator(_measure),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0},
                _text(f"^((>=|<=|>|<) *)?{_DECIMAL}$", 'a comparison such as `">= 0.2"`'),
            ]
        }
    ),
]
"""As `Expected`, for values that need not be whole: `">= 0.2"`."""

Exact = Annotated[
    Fraction,
    PlainValidator(_fraction),
    WithJsonSchema({"anyOf": [{"type": "number"}, _text(f"^{_DECIMAL}$", "a number in quotes")]}),
]
"""A number that is never rounded."""

HttpStatus = Annotated[
    str,
    PlainValidator(_status),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer"},
                {
                    "type": "string",
                    "maxLength": MAX_STATUS_LENGTH,
                    "description": "a regular expression that the whole status must match",
                },
            ]
        }
    ),
    Field(description="the HTTP status that the answer must have; any other one is a failure"),
]
"""A regular expression that a whole HTTP status must match."""


Problem = tuple[KeyPath, str]
"""What is wrong: where, seen from the part that it is about, and why."""


class Part(BaseModel):
    """A piece of a scenario file: unknown keys and near misses of types are errors."""

    model_config = ConfigDict(
        strict=True, frozen=True, extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False
    )

    def says(self, name: str) -> bool:
        """Tell whether the file gives a value, which must not be wrong itself."""
        getattr(self, name)
        return name in self.model_fields_set

    def problems(self) -> Iterable[Problem]:
        """Yield what is wrong with the values together."""
        return ()

    def rules(self) -> Iterable[Iterable[Problem]]:
        """Return what yields problems, a generator for each rule.

        A rule ends where it asks for a value that nobody knows because it is wrong itself; so what
        can be checked without that value is a rule of its own.
        """
        return [self.problems()]


class Task(Part):
    """Something that a scenario does or checks."""

    is_block: ClassVar[bool] = False
    shorthand: ClassVar[str | None] = None
    """The parameter that may stand alone: `wait: 5` means `wait: {seconds: 5}`."""

    @abstractmethod
    def run(self, scope: Scope) -> Steps:
        """Do it, taking virtual time.

        Raises:
            SimulatorError: the task failed; the text says why.
        """

    def check(self, scope: Scope) -> Steps:
        """Do it once, if it is an assertion that could wait until it holds."""
        return self.run(scope)

    def nearest(self, scope: Scope) -> Iterable[str]:  # noqa: ARG002 - for those who know more
        """Yield what is there instead of what an assertion expects, when it has failed."""
        return ()

    @property
    def is_assertion(self) -> bool:
        """Whether it only looks whether something holds."""
        return False

    @property
    def size(self) -> int:
        """How many tasks this one comes to, repetitions counted."""
        return 1

    def subject(self) -> str:
        """Return the node that is asked or acts, and the channel's other end if there is one.

        Such as ` of node 0 to node 1`, to be put behind the task's name.
        """
        ends = {word: getattr(self, word, None) for word in ("from_", "node", "to")}
        told = [
            f"{'to' if word == 'to' else 'of'} {_account(end)}"
            for word, end in ends.items()
            if isinstance(end, int | bytes)
        ]
        return "".join(f" {text}" for text in told)

    def text(self) -> str:
        """Return the parameters that the file gives, as one line."""
        fields = type(self).model_fields
        given = [name for name in fields if name in self.model_fields_set]
        given.sort(key=lambda name: name == "expected_http_status")  # last
        return ", ".join(
            f"{fields[name].alias or name} {plain(getattr(self, name))}" for name in given
        )


def _account(end: int | bytes) -> str:
    return f"node {end}" if isinstance(end, int) else plain(end)


def plain(value: object) -> str:
    """Return a value for people."""
    if isinstance(value, bytes):
        return checksum(Address(value))
    if isinstance(value, float | Fraction):
        return f"{float(value):g}"
    if value is None:
        return "undefined"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(plain, value))}]"
    if isinstance(value, dict):
        return ", ".join(f"{key} {plain(entry)}" for key, entry in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)


def check_status(expected: str, status: int, error: SimulatorError | None) -> None:
    """Compare the status that a call answers with the expected one.

    Raises:
        AssertionFailed: it does not match.
    """
    if re.fullmatch(expected, str(status)) is None:
        reason = f" ({error})" if error else ""
        raise AssertionFailed(f"HTTP status: expected {expected}, actual {status}{reason}")


def differs(name: str, expected: object, actual: object) -> str:
    """Say that a value is another one than the file says."""
    texts = plain(expected), plain(actual)
    if texts[0] == texts[1]:  # what differs only far behind the point
        texts = str(expected), str(actual)
    return f"{name}: expected {texts[0]}, actual {texts[1]}"


def holds(expected: object, actual: object) -> bool:
    """Tell whether a value is what a file says, or meets a comparison.

    Of a list, each entry is met by a value of its own, and none is left.
    """
    if isinstance(expected, Comparison):
        return isinstance(actual, int | Fraction) and expected.holds(actual)
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and _all_met(expected, actual)
    return expected == actual


def _all_met(expected: list[object], actual: list[object]) -> bool:
    """Tell whether there is a value for each expectation, whichever way they are put together."""
    exact = [entry for entry in expected if not isinstance(entry, Comparison)]
    left = list(actual)
    for entry in exact:  # which only one kind of value meets
        if entry not in left:
            return False
        left.remove(entry)
    comparisons = [entry for entry in expected if isinstance(entry, Comparison)]
    if not comparisons:
        return True
    graph: nx.Graph[tuple[str, int]] = nx.Graph()
    tops = [("expected", number) for number in range(len(comparisons))]
    graph.add_nodes_from(tops)
    graph.add_edges_from(
        (("expected", one), ("actual", other))
        for one, comparison in enumerate(comparisons)
        for other, value in enumerate(left)
        if holds(comparison, value)
    )
    met = nx.bipartite.maximum_matching(graph, tops)
    return all(top in met for top in tops)
