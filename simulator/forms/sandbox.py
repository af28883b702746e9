"""Where templates are computed: Jinja2's sandbox, and a budget of work for each rendering.

Work is counted in steps, not in seconds: an element that is looked at, a character that is copied,
a part of a loop's body. So a template is refused on every machine or on none.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from types import CodeType
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.parser import Parser
from jinja2.runtime import LoopContext
from jinja2.sandbox import SandboxedEnvironment

from simulator.forms.parameters import MAX_BITS

MAX_STEPS = 1_000_000
MAX_REPETITIONS = 100_000
MAX_RANGE = 10_000
MAX_LENGTH = 10_000

FILTERS = frozenset(
    {"abs", "default", "first", "float", "int", "last", "length", "list", "lower", "max", "min"}
    | {"sort", "sum", "upper"}
)
THOROUGH = FILTERS - {"abs", "default", "first", "last", "length"}
"""Filters that look at everything they are given."""

PRIVATE = (range(0xF0000, 0xFFFFE), range(0x100000, 0x10FFFE))
"""Characters that mean nothing, so that they can stand for something."""

COUNTED = "counted"
CHARGED = "charged"
CHARGED_TO_SORT = "charged_to_sort"
"""Filters of ours that see what goes into a loop, an operation, or a sorting."""


class TooMuch(ValueError):
    """A bound of ours is exceeded."""


class NestedTooDeep(TemplateSyntaxError):
    """An expression in a template is nested deeper than its parser can go."""

    def __init__(self, line: int) -> None:
        super().__init__("it is nested too deep", line)


class Given(str):
    """A text that a variable holds; as long as nothing is computed with it, it is no YAML."""

    __slots__ = ()


class Sandbox(SandboxedEnvironment):
    """An environment for one rendering.

    Args:
        text: the template.

    Attributes:
        given: the texts of variables that were put out, by the number of the character that stands
            for each; the template has none of these characters.
    """

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self, text: str = "") -> None:
        super().__init__(
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            finalize=self._put_out,
            optimized=False,  # what is computed beforehand would not be counted
        )
        self.given: dict[int, str] = {}
        self._characters: dict[str, str] = {}
        taken = set(text)
        self._free = (code for code in chain(*PRIVATE) if chr(code) not in taken)
        self._repetitions = 0
        self._steps = 0
        self.globals = {"range": _bounded_range}
        known: dict[str, Callable[..., Any]] = self.filters
        self.filters = {name: known[name] for name in sorted(FILTERS)}
        self.filters[COUNTED] = self._counted
        self.filters[CHARGED] = self._charged
        self.filters[CHARGED_TO_SORT] = self._charged_to_sort

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parser = Parser(self, source, name, filename)
        try:
            return parser.parse()
        except RecursionError:
            raise NestedTooDeep(parser.stream.current.lineno) from None

    def pieces(
        self, code: CodeType, usual: Mapping[str, Any], given: Mapping[str, Any]
    ) -> Iterable[str]:
        """Yield what a compiled template comes to, piece by piece.

        Args:
            code: the template.
            usual: variables of ours.
            given: variables of the user, which win.
        """
        template = self.template_class.from_code(self, code, self.make_globals(None), None)
        marked = {name: _given(value) for name, value in given.items()}
        return template.generate({**usual, **marked})

    def _put_out(self, value: Any) -> Any:
        """Return a value as it is written in YAML; an undefined value says so by itself."""
        match value:
            case bool():
                return str(value).lower()
            case Given():
                return self._character(value)
            case str() | int() | float() | StrictUndefined():
                return value
            case list():
                self._charged(value)
                return f"[{', '.join(self._item(item) for item in value)}]"
        raise TypeError(f"a {type(value).__name__} can't be put into the file")

    def _item(self, value: Any) -> str:
        if isinstance(value, list):
            raise TypeError("a list in a list can't be put into the file")
        if isinstance(value, str) and not isinstance(value, Given):
            return json.dumps(value)
        return str(self._put_out(value))

    def _character(self, text: Given) -> str:
        """Return the character that stands for a text."""
        if text not in self._characters:
            code = next(self._free, None)
            if code is None:
                raise TooMuch("there are too many different texts")
            self.given[code], self._characters[text] = str(text), chr(code)
        return self._characters[text]

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Let only the variable `loop` have attributes."""
        return isinstance(obj, LoopContext) and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Compute, unless the result would be too large."""
        for operand in (left, right):
            if isinstance(operand, int):
                _bounded(operand.bit_length(), MAX_BITS)
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "+" and not numbers:
            _bounded(len(left) + len(right), MAX_LENGTH)
            self._take(len(left) + len(right))
        elif operator == "**":
            _bounded(int(left).bit_length() * max(1, abs(right)), MAX_BITS)
        elif not numbers:
            raise TypeError(f"{operator} is for numbers only")
        result = super().call_binop(context, operator, left, right)
        if isinstance(result, int):
            _bounded(result.bit_length(), MAX_BITS)
        return result

    def _take(self, steps: int) -> None:
        """Note that some work is about to be done."""
        self._steps += steps
        if self._steps > MAX_STEPS:
            raise TooMuch(f"it takes more than {MAX_STEPS} steps")

    def _counted(self, values: Iterable[Any], parts: int) -> list[Any]:
        """Return what a loop goes through, as long as all loops together are not too long.

        Args:
            values: what it goes through.
            parts: of how many parts its body consists.
        """
        self._charged(values)
        found = list(values)
        self._repetitions += len(found)
        if self._repetitions > MAX_REPETITIONS:
            raise TooMuch(f"more than {MAX_REPETITIONS} repetitions")
        self._take(len(found) * parts)
        return found

    def _charged(self, value: Any) -> Any:
        """Return a value that is about to be looked at in full."""
        self._take(self._size(value))
        return value

    def _charged_to_sort(self, value: Any) -> Any:
        """Return a value whose elements are about to be compared with each other."""
        times = len(value).bit_length() if isinstance(value, list | tuple | range | str) else 1
        self._take(self._size(value) * times)
        return value

    def _size(self, value: Any) -> int:
        """Return how large a value is, what it holds included; give up where it is too large."""
        size, waiting = 0, [value]
        while waiting:
            one = waiting.pop()
            size += 1
            match one:
                case str() | range():
                    size += len(one)
                case list() | tuple():
                    size += len(one)
                    waiting += [held for held in one if type(held) in _LARGE]
                case dict():
                    waiting += [*one, *one.values()]
            # one list may be in another very often
            if size + len(waiting) > MAX_STEPS:
                raise TooMuch(f"it takes more than {MAX_STEPS} steps")
        return size


_LARGE = frozenset({str, Given, list, tuple, dict, range})
"""Types of which one value may be much larger than another."""


def _bounded(size: float, limit: int) -> None:
    if size > limit:
        raise TooMuch("a value is too large")


def _bounded_range(*bounds: int) -> range:
    found = range(*bounds)
    if max(abs(bound) for bound in bounds) > sys.maxsize or len(found) > MAX_RANGE:
        raise TooMuch(f"a range is longer than {MAX_RANGE}")
    return found


def _given(value: Any) -> Any:
    """Return a variable's value with its texts marked as such."""
    if isinstance(value, list):
        return [_given(item) for item in value]
    return Given(value) if isinstance(value, str) else value
