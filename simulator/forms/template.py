"""Scenario files as templates: Jinja2's expressions, loops and conditions, with bounds.

Templates come from anywhere, so they get a small part of the language: what is not listed here is a
mistake. Nothing can be called but `range`, values have no attributes, there is no randomness, and
there are bounds for the template's own length, for every value, for the output, and for all work
together (`sandbox.py`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from traceback import walk_tb
from types import CodeType
from typing import NamedTuple

from jinja2 import TemplateError, TemplateSyntaxError, meta, nodes

from simulator.forms.parameters import MAX_BITS, Value
from simulator.forms.sandbox import (
    CHARGED,
    CHARGED_TO_SORT,
    COUNTED,
    FILTERS,
    THOROUGH,
    Sandbox,
    TooMuch,
)

VARIABLES: dict[str, Value] = {
    "wait_short": 30,
    "wait_long": 60,
    "settlement_timeout_min": 40,
    "pfs_fee": 5 * 10**16,
    "ms_reward_with_margin": 88 * 10**18,
    "gas_price": "fast",
    "environment_type": "development",
    "environment_file_name": "development",
    "development_environment": "demo",
    "raiden_client": "raiden",
    "transfer_token": "0x" + "00" * 19 + "01",
    "pfs_with_fee": "http://pfs.invalid",
    "matrix_servers": [f"http://matrix{number}.invalid" for number in range(4)],
    "eth_rpc_endpoints": ["http://chain.invalid"],
}
"""What templates can use: the amounts of the scenario player's development environment.

The last ones only stand in keys that are refused; they are here so that a file of the scenario
player is read to its end, and all that has to change in it is told at once.
"""

MAX_OUTPUT = 2**20
MAX_LINES = 100_000
MAX_WORDS = 30_000
MAX_DEPTH = 60
MAX_DIGITS = 400

STATEMENTS = frozenset({"for", "else", "endfor", "if", "elif", "endif", "set", "endset"})
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


def is_template(text: str) -> bool:
    """Tell whether a text asks to be rendered; with a NUL it is no text for YAML anyway."""
    return ("{{" in text or "{%" in text) and "\0" not in text


class Rendered(NamedTuple):
    """What a template comes to.

    Attributes:
        text: where a variable's text belongs there is one character that stands for it, so that it
            can't be taken for YAML.
        origins: for each line of the text the line of the template that it comes from.
        given: those texts, by the number of the character, as `str.translate` wants them.
    """

    text: str
    origins: list[int]
    given: dict[int, str]


def render(text: str, variables: Mapping[str, Value] | None = None) -> Rendered:
    """Render a template.

    Args:
        text: the template.
        variables: what it can use beside `VARIABLES`; they win.

    Raises:
        TemplateInvalid: there is a mistake in it, or it exceeds a bound.
    """
    code = _compiled(text)
    if isinstance(code, TemplateInvalid):
        raise code.with_traceback(None)
    with _explained():
        pieces, length, lines = [], 0, 1
        sandbox = Sandbox(text)
        for piece in sandbox.pieces(code, VARIABLES, variables or {}):
            length += len(_MARK.sub("", piece).translate(sandbox.given))
            if length > MAX_OUTPUT:
                raise TooMuch(f"the result is larger than {MAX_OUTPUT} characters")
            lines += piece.count("\n")
            if lines > MAX_LINES:
                raise TooMuch(f"the result has more than {MAX_LINES} lines")
            pieces.append(piece)
    return Rendered(*_split_marks("".join(pieces)), sandbox.given)


@lru_cache(maxsize=8)
def _compiled(text: str) -> CodeType | TemplateInvalid:
    """Return a template as code, or what is wrong with it: sets of parameters have it in common."""
    try:
        with _explained():
            environment = Sandbox()
            tree = _parsed(environment, text)
            _prepare(tree)
            return environment.compile(tree)
    except TemplateInvalid as problem:
        return problem


def _parsed(environment: Sandbox, text: str) -> nodes.Template:
    _look_over(environment, text)
    tree = environment.parse(text)
    for node in _walk(tree):
        _check(node)
    return tree


def used_in(text: str) -> set[str]:
    """Return the variables that a template takes from outside, whether or not they exist.

    Raises:
        TemplateInvalid: there is a mistake in it.
    """
    if not is_template(text):
        return set()
    with _explained():
        return meta.find_undeclared_variables(_parsed(Sandbox(), text))


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
    return max(1, frames[-1][1]) if frames else 1


def _split_marks(marked: str) -> tuple[str, list[int]]:
    """Take the marks out that tell where lines come from."""
    lines: list[str] = []
    origins: list[int] = []
    for line in marked.split("\n"):
        mark = _MARK.search(line)
        origins.append(int(mark[1]) if mark else (origins[-1] if origins else 1))
        lines.append(_MARK.sub("", line))
    return "\n".join(lines), origins


def _look_over(environment: Sandbox, text: str) -> None:
    """Refuse what is too long to be parsed, and statements that are not for templates here.

    Raises:
        TemplateInvalid: there is too much of it, or a statement of another kind.
    """
    if text.count("\n") >= MAX_LINES:
        raise TemplateInvalid(MAX_LINES, f"it has more than {MAX_LINES} lines")
    depth, begins = 0, False
    for count, (line, kind, word) in enumerate(environment.lex(text)):
        if count >= MAX_WORDS:
            raise TemplateInvalid(line, f"it has more than {MAX_WORDS} words and signs")
        if kind == "operator":
            depth += (word in "([{") - (word in ")]}")
            if depth > MAX_DEPTH:
                raise TemplateInvalid(line, "it is nested too deep")
        if kind in ("integer", "float") and len(word) > MAX_DIGITS:
            raise TemplateInvalid(line, "a number has too many digits")
        if begins and kind == "name" and word not in STATEMENTS:
            raise TemplateInvalid(line, f"{word} is not supported in templates")
        begins = kind == "block_begin" or (begins and kind == "whitespace")


def _prepare(tree: nodes.Template) -> None:
    """Let work be counted, and mark where lines come from."""
    for node in list(_walk(tree)):
        match node:
            case nodes.For():
                parts = sum(1 for _ in _walk(node))
                node.iter = _filtered(node.iter, COUNTED, node.lineno, nodes.Const(parts))
            case nodes.Filter() if node.name in THOROUGH and node.node is not None:
                charged = CHARGED_TO_SORT if node.name == "sort" else CHARGED
                node.node = _filtered(node.node, charged, node.lineno)
            case nodes.Test(name="in"):
                node.args = [_filtered(place, CHARGED, node.lineno) for place in node.args]
            case nodes.Compare():
                node.expr = _filtered(node.expr, CHARGED, node.lineno)
                for operand in node.ops:
                    operand.expr = _filtered(operand.expr, CHARGED, node.lineno)
            case nodes.Getitem(arg=nodes.Slice()):
                node.node = _filtered(node.node, CHARGED, node.lineno)
            case nodes.TemplateData():
                first, *others = node.data.split("\n")
                marked = (f"\0{node.lineno + n}\0{line}" for n, line in enumerate(others, start=1))
                node.data = "\n".join((first, *marked))


def _filtered(node: nodes.Node, name: str, line: int, *arguments: nodes.Expr) -> nodes.Filter:
    """Return what passes a value through a filter of ours."""
    filtered = nodes.Filter(node, name, list(arguments), [], None, None)
    filtered.set_lineno(line)
    return filtered


def _walk(tree: nodes.Node) -> Iterable[nodes.Node]:
    """Yield all nodes, none of them too deep for those who go through them by recursion."""
    level: list[nodes.Node] = [tree]
    for _ in range(MAX_DEPTH):
        for node in level:
            for child in node.iter_child_nodes():
                # those that stand for nothing in the text have no line
                child.lineno = child.lineno or node.lineno
            yield node
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
        case nodes.Filter(name="sum") if node.args or node.kwargs:
            raise TemplateInvalid(node.lineno, "sum takes no arguments here")
        case nodes.Const() if isinstance(node.value, int) and node.value.bit_length() > MAX_BITS:
            raise TemplateInvalid(node.lineno, "a value is too large")
        case nodes.Test() if node.name not in TESTS:
            raise TemplateInvalid(node.lineno, f"there is no test {node.name!r} here")
        case nodes.List() | nodes.Dict() | nodes.Tuple(ctx="load"):
            # lists of lists of lists, one line each, would grow beyond all bounds
            if not all(isinstance(child, _LITERALS) for child in node.iter_child_nodes()):
                raise TemplateInvalid(node.lineno, "a list can only hold constants here")


def _is_loop(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "loop"
