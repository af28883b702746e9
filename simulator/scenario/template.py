"""Scenario files as templates: Jinja2's expressions, loops and conditions, with bounds.

Templates come from anywhere, so they get a small part of the language: what is not listed here is a
mistake. Nothing can be called but `range`, values have no attributes, there is no randomness, and
size is bounded for every value, for the output, and for the number of repetitions.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from traceback import walk_tb
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import SandboxedEnvironment

from simulator.scenario.parameters import MAX_BITS, Scalar

VARIABLES: dict[str, int | str] = {
    "wait_short": 30,
    "wait_long": 60,
    "settlement_timeout_min": 40,
    "pfs_fee": 5 * 10**16,
    "ms_reward_with_margin": 88 * 10**18,
    "gas_price": "fast",
    "environment_type": "development",
}
"""What templates can use: the amounts of the scenario player's development environment."""

MAX_OUTPUT = 2**20
MAX_REPETITIONS = 100_000
MAX_RANGE = 10_000
MAX_LENGTH = 10_000
MAX_DEPTH = 60

FILTERS = frozenset(
    {"abs", "default", "first", "float", "int", "last", "length", "list", "lower", "max", "min"}
    | {"sort", "sum", "upper"}
)
TESTS = frozenset({"defined", "divisibleby", "even", "in", "none", "number", "odd", "undefined"})
_NODES: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If, nodes.Assign),
    *(nodes.Name, nodes.Const, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Keyword),
    *(nodes.Getitem, nodes.Slice, nodes.Getattr, nodes.Call, nodes.Filter, nodes.Test),
    *(nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr),
    *(nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow),
    *(nodes.Neg, nodes.Pos),
)
_LITERALS = (nodes.Const, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Neg)
_MARK = re.compile("\0([0-9]+)\0")
_NAME = "<template>"


class TemplateInvalid(Exception):
    """A template can't be rendered.

    Attributes:
        line: where.
        reason: why, without a full stop.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


class _TooMuch(ValueError):
    """A bound of ours is exceeded."""


def is_template(text: str) -> bool:
    """Tell whether a text asks to be rendered; with a NUL it is no text for YAML anyway."""
    return ("{{" in text or "{%" in text) and "\0" not in text


def render(text: str, variables: Mapping[str, Scalar] | None = None) -> tuple[str, list[int]]:
    """Render a template.

    Args:
        text: the template.
        variables: what it can use beside `VARIABLES`; they win.

    Returns:
        The text, and for each of its lines the line of the template that it comes from.

    Raises:
        TemplateInvalid: there is a mistake in it, or it exceeds a bound.
    """
    environment = _Environment()
    with _explained():
        tree = environment.parse(text)
        _prepare(tree)
        pieces, length = [], 0
        for piece in environment.from_string(tree).generate({**VARIABLES, **(variables or {})}):
            length += len(_MARK.sub("", piece))
            if length > MAX_OUTPUT:
                raise _TooMuch(f"the result is larger than {MAX_OUTPUT} characters")
            pieces.append(piece)
    return _split_marks("".join(pieces))


def used_in(text: str) -> set[str]:
    """Return the variables that a template takes from outside, whether or not they exist.

    Raises:
        TemplateInvalid: there is a mistake in it.
    """
    if not is_template(text):
        return set()
    environment = _Environment()
    with _explained():
        tree = environment.parse(text)
        _prepare(tree)
        return meta.find_undeclared_variables(tree)


@contextmanager
def _explained() -> Iterator[None]:
    """Say where a template is wrong, and why."""
    try:
        yield
    except TemplateSyntaxError as error:
        raise TemplateInvalid(error.lineno, _one_line(error.message or "")) from None
    except (TemplateError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise TemplateInvalid(_line_of(error), _one_line(str(error))) from None
    except (RecursionError, SyntaxError, MemoryError):
        raise TemplateInvalid(1, "it is nested too deep") from None


def _one_line(text: str) -> str:
    return " ".join(text.split()).removesuffix(".")


def _line_of(error: Exception) -> int:
    """Return the last line of the template on the way to an error."""
    frames = [f for f in walk_tb(error.__traceback__) if f[0].f_code.co_filename == _NAME]
    return frames[-1][1] if frames else 1


def _split_marks(marked: str) -> tuple[str, list[int]]:
    """Take the marks out that tell where lines come from."""
    lines: list[str] = []
    origins: list[int] = []
    for line in marked.split("\n"):
        mark = _MARK.search(line)
        origins.append(int(mark[1]) if mark else (origins[-1] if origins else 1))
        lines.append(_MARK.sub("", line))
    return "\n".join(lines), origins


# -- what may stand in a template ---------------------------------------------------------


def _prepare(tree: nodes.Template) -> None:
    """Refuse what is not allowed, count repetitions, and mark where lines come from."""
    for node in list(_walk(tree)):
        _check(node)
        if isinstance(node, nodes.For):
            counted = nodes.Filter(node.iter, "counted", [], [], None, None)
            node.iter = counted.set_lineno(node.lineno)
        elif isinstance(node, nodes.TemplateData):
            first, *others = node.data.split("\n")
            marked = (f"\0{node.lineno + n}\0{line}" for n, line in enumerate(others, start=1))
            node.data = "\n".join((first, *marked))


def _walk(tree: nodes.Node) -> Iterable[nodes.Node]:
    """Yield all nodes, none of them too deep for those who go through them by recursion."""
    level: list[nodes.Node] = [tree]
    for _ in range(MAX_DEPTH):
        yield from level
        level = [child for node in level for child in node.iter_child_nodes()]
        if not level:
            return
    raise TemplateInvalid(level[0].lineno, "it is nested too deep")


def _check(node: nodes.Node) -> None:
    if type(node) not in _NODES:
        what = type(node).__name__.lower()
        raise TemplateInvalid(node.lineno, f"{what} is not supported in templates")
    match node:
        case nodes.Call(node=nodes.Name(name="range"), dyn_args=None, dyn_kwargs=None):
            pass
        case nodes.Call():
            raise TemplateInvalid(node.lineno, "only range can be called in templates")
        case nodes.Getattr() if not _is_loop(node.node):
            raise TemplateInvalid(node.lineno, f"values have no attribute {node.attr!r} here")
        case nodes.Filter() if node.name not in FILTERS:
            raise TemplateInvalid(node.lineno, f"there is no filter {node.name!r} here")
        case nodes.Test() if node.name not in TESTS:
            raise TemplateInvalid(node.lineno, f"there is no test {node.name!r} here")
        case nodes.List() | nodes.Dict() | nodes.Tuple(ctx="load"):
            # lists of lists of lists, one line each, would grow beyond all bounds
            if not all(isinstance(child, _LITERALS) for child in node.iter_child_nodes()):
                raise TemplateInvalid(node.lineno, "a list can only hold constants here")


def _is_loop(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "loop"


# -- how it is computed -------------------------------------------------------------------


class _Environment(SandboxedEnvironment):
    """Jinja2 with bounds; one for each rendering."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            finalize=_only_scalars,
            optimized=False,  # what is computed beforehand would not be counted
        )
        self._repetitions = 0
        self.globals = {"range": _bounded_range}
        self.filters = {name: self.filters[name] for name in sorted(FILTERS)}
        self.filters["counted"] = self._counted

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return isinstance(obj, LoopContext) and super().is_safe_attribute(obj, attr, value)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Compute, unless the result would be too large."""
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if operator == "+" and not numbers:
            _bounded(len(left) + len(right), MAX_LENGTH)
        elif operator == "**":
            _bounded(int(left).bit_length() * max(1, abs(right)), MAX_BITS)
        elif not numbers:
            raise TypeError(f"{operator} is for numbers only")
        result = super().call_binop(context, operator, left, right)
        if isinstance(result, int):
            _bounded(result.bit_length(), MAX_BITS)
        return result

    def _counted(self, values: Iterable[Any]) -> list[Any]:
        """Return what a loop goes through, as long as all loops together are not too long."""
        found = list(values)
        self._repetitions += len(found)
        if self._repetitions > MAX_REPETITIONS:
            raise _TooMuch(f"more than {MAX_REPETITIONS} repetitions")
        return found


def _bounded(size: float, limit: int) -> None:
    if size > limit:
        raise _TooMuch("a value is too large")


def _bounded_range(*bounds: int) -> range:
    found = range(*bounds)
    if max(abs(bound) for bound in bounds) > sys.maxsize or len(found) > MAX_RANGE:
        raise _TooMuch(f"a range is longer than {MAX_RANGE}")
    return found


def _only_scalars(value: Any) -> Any:
    """Let numbers and texts into the output; an undefined value says so by itself."""
    if not isinstance(value, str | int | float | StrictUndefined):
        raise TypeError(f"a {type(value).__name__} can't be put into the file")
    return value
