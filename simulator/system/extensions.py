"""What users add of their own: found by name among installed packages, or as `module:function`.

An installed package offers something under a name, through an entry point: whoever installs it has
chosen to run it. A `module:function` runs whatever file is there: callers must know that the user
allows it before they ask for one.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator, KeysView
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from importlib import import_module
from importlib.metadata import entry_points
from inspect import unwrap
from pathlib import Path
from traceback import extract_tb
from typing import Any

from simulator.words.errors import ConfigurationError, ExtensionFailed
from simulator.words.quoting import shortened, shown, suggestion, visible_line

REFERENCE = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*"
"""How code is named that lies in a module: `module:function`."""

NOT_ALLOWED = (
    "names code to be run, which needs --allow-code on the command line, "
    "or `simulator_allow_code = true` for pytest"
)

MAX_REASON = 300

OF_USERS = (Exception, SystemExit)
"""What users' code may raise and does not stop us; Ctrl-C does."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of extension.

    Attributes:
        name: what one is called.
        group: the entry points under which packages offer some.
    """

    name: str
    group: str


STRATEGY = Kind("strategy", "raiden_simulator.strategies")
GENERATOR = Kind("graph generator", "raiden_simulator.generators")
TASK = Kind("task", "raiden_simulator.tasks")
METRIC = Kind("metric", "raiden_simulator.metrics")
ROUTING = Kind("routing policy", "raiden_simulator.routing")


_used: ContextVar[dict[str, str | None] | None] = ContextVar("used", default=None)


@contextmanager
def noted() -> Iterator[dict[str, str | None]]:
    """Note what `find` finds meanwhile: kind and name, and the SHA-256 of the file that it is in.

    None in place of a hash: nobody knows the file.
    """
    used: dict[str, str | None] = {}
    token = _used.set(used)
    try:
        yield used
    finally:
        _used.reset(token)


def find(kind: Kind, name: str, ours: Iterable[str], *, allowed: bool) -> Any:
    """Return what a file names and is none of ours.

    Args:
        kind: what it is.
        name: of an installed package's, or `module:function`.
        ours: the names of our own, which may have been meant.
        allowed: whether the user lets files name code of a module.

    Raises:
        ConfigurationError: there is no such thing, or it may not be used.
    """
    known = names(kind, ours)
    if name in known:
        return _noting(kind, name, installed_one(kind, name))
    if not is_reference(name):
        problem = f"must be the name of a {kind.name}, not {shown(name)}"
        raise ConfigurationError(f"{problem}; {remedy(name, known)}")
    if not allowed:
        raise ConfigurationError(f"{shown(name)} {NOT_ALLOWED}")
    return _noting(kind, name, referenced(kind, name))


def _noting(kind: Kind, name: str, found: Any) -> Any:
    used = _used.get()
    if used is not None:
        used[f"{kind.name} {name}"] = sha256_of(found)
    return found


def sha256_of(code: Callable[..., Any]) -> str | None:
    """Return the hash of the file that users' code is written in, under all its decorators."""
    inner = unwrap(code)
    module = sys.modules.get(getattr(inner, "__module__", ""))
    file = file_of(inner) or getattr(module, "__file__", None)
    try:
        return sha256(Path(file).read_bytes()).hexdigest() if file else None
    except OSError:
        return None


def remedy(name: str, known: list[str]) -> str:
    """Return which name was probably meant, or all there are and how one's own are named."""
    told = [suggestion(name, known)] if known else []
    if not told or not told[0].endswith("?"):
        told.append("one of your own is named module:function")
    return "; ".join(told)


def is_reference(text: str) -> bool:
    """Tell whether a text is `module:function`."""
    return re.fullmatch(REFERENCE, text, re.ASCII) is not None


def names(kind: Kind, ours: Iterable[str]) -> list[str]:
    """Return the names of all of a kind: ours, then those that only installed packages offer."""
    others = entry_points(group=kind.group).names - set(ours)
    return [*ours, *sorted(others)]


def installed_one(kind: Kind, name: str) -> Any:
    """Return what an installed package offers under a name.

    Raises:
        ConfigurationError: nobody does, several do, or it can't be imported.
    """
    found = {entry.value: entry for entry in entry_points(group=kind.group, name=name)}
    if len(found) != 1:
        many = (
            f"several packages offer it: {', '.join(sorted(found))}" if found else "nobody has it"
        )
        raise ConfigurationError(f"The {kind.name} {name} can't be used: {many}.")
    (entry,) = found.values()
    return _imported(kind, name, entry.load)


def referenced(kind: Kind, text: str) -> Any:
    """Import what a `module:function` names: of the current folder, or installed.

    Raises:
        ConfigurationError: there is no such thing, or it can't be imported.
    """
    here = str(Path.cwd())
    if here not in sys.path and "" not in sys.path:
        sys.path.append(here)  # behind all others, whose names it must not take

    def load() -> Any:
        module, _, name = text.partition(":")
        return reduce(getattr, name.split("."), import_module(module))

    return _imported(kind, text, load)


def _imported(kind: Kind, name: str, load: Callable[[], Any]) -> Any:
    try:
        found = load()
    except OF_USERS as error:
        text = _told(error)
        raise ConfigurationError(f"The {kind.name} {name} can't be imported: {text}.") from None
    if not callable(found):
        what = type(found).__name__
        raise ConfigurationError(f"The {kind.name} {name} can't be called: it is of type {what}.")
    return found


def name_of(code: Callable[..., Any]) -> str:
    """Return what a function of a user's is called in messages."""
    return visible_line(str(getattr(code, "__qualname__", type(code).__qualname__)))


@contextmanager
def contained(what: str, file: str = "") -> Iterator[None]:
    """Let what users' code raises be an expected error that names it.

    Args:
        what: which extension, such as `strategy mine`.
        file: where its code is, of which the line is told.

    Raises:
        ExtensionFailed: it has raised something.
    """
    try:
        yield
    except ExtensionFailed:
        raise
    except OF_USERS as error:
        raise failed(what, error, file) from error


def failed(what: str, error: BaseException, file: str) -> ExtensionFailed:
    """Return the expected error for what users' code has raised."""
    return ExtensionFailed(what, f"it raised {_told(error)}{place_of(error, file)}")


def refuse_set(what: str, value: object) -> None:
    """See that users' code gives an order that is the same in every process.

    Raises:
        ExtensionFailed: it gives a set.
    """
    if isinstance(value, AbstractSet) and not isinstance(value, KeysView):
        reason = "it returned a set, which has no order that every run has: return a list"
        raise ExtensionFailed(what, reason)


def file_of(code: Callable[..., Any]) -> str:
    """Return the file that a user's function is written in; empty if nobody knows."""
    inner = getattr(code, "__code__", None) or getattr(type(code).__call__, "__code__", None)
    return str(getattr(inner, "co_filename", ""))


def place_of(error: BaseException, file: str) -> str:
    """Return where in a user's file it happened, in brackets: the deepest place there."""
    found = [frame for frame in extract_tb(error.__traceback__) if file and frame.filename == file]
    return f" ({visible_line(Path(file).name)}, line {found[-1].lineno})" if found else ""


def _told(error: BaseException) -> str:
    """Return an error in a line, whatever its text is."""
    try:
        text = str(error)
    except OF_USERS:
        text = ""
    text = shortened(visible_line(text), MAX_REASON).rstrip(".")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
