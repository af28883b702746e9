"""Scenario files as plain data, with the line of every value.

A file may be a template, which is rendered first; lines are always those of the file itself. YAML
comes from anywhere, so reading is bounded: size, depth and the number of values, aliases expanded.
Only the plain types of YAML 1.1 exist here: no dates, no tags, no merge keys.
"""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from simulator import files
from simulator.errors import ConfigurationError, ScenarioInvalid
from simulator.quoting import shortened, shown, visible_line
from simulator.scenario import parameters
from simulator.scenario.parameters import Parameters, Scalar
from simulator.scenario.template import VARIABLES, TemplateInvalid, is_template, render, used_in

MAX_BYTES = 2**20
MAX_DEPTH = 60
MAX_VALUES = 100_000
MAX_NUMBER_LENGTH = 100
MAX_MESSAGE_LENGTH = 1_000
MAX_PROBLEMS = 20
"""So many are told at once: what is wrong with a long file may be one thing on each line."""

TOO_DEEP = f"nested more than {MAX_DEPTH} deep"
TOO_MANY = f"more than {MAX_VALUES} values"
KeyPath = tuple[str | int, ...]
"""The way to a value: keys as texts, positions in lists as integers."""

_PLAIN = {
    f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "seq", "map")
}


def key_text(path: KeyPath) -> str:
    """Return a key path for people: `scenario.serial.tasks[2].wait`."""
    parts = (
        f"[{part}]" if isinstance(part, int) else f".{shortened(visible_line(part))}"
        for part in path
    )
    return "".join(parts).removeprefix(".")


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return which known word was probably meant, or all of them."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(words)}"


class Problems:
    """What is wrong with a file; each problem is one line of text.

    Args:
        file: the file's name as the user wrote it.
        mark: names the parameters that the file is read with, if there are any.
    """

    def __init__(self, file: str, mark: str = "") -> None:
        self.file = file
        self.mark = mark
        self._found: list[tuple[int, str]] = []

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._found)

    def add(self, line: int, path: KeyPath, message: str) -> None:
        """Note a problem with the value at a path."""
        where = f"{key_text(path)}: " if path else ""
        text = shortened(visible_line(f"{where}{message}"), MAX_MESSAGE_LENGTH)
        self._found.append((line, f"{self.file}:{line}:{self.mark} {text}"))

    def raise_if_any(self) -> None:
        """Report all problems at once, in order of their lines.

        Raises:
            ScenarioInvalid: there are some; its text has a line for each of the first ones.
        """
        if self._found:
            ordered = sorted(self._found, key=lambda problem: problem[0])
            lines = [text for _, text in ordered[:MAX_PROBLEMS]]
            if len(ordered) > MAX_PROBLEMS:
                lines.append(f"{self.file}: and {len(ordered) - MAX_PROBLEMS} more problems")
            raise ScenarioInvalid("\n".join(lines))


class Source:
    """The content of a file.

    Attributes:
        data: texts, numbers, booleans, None, and lists and dictionaries (with text keys) of them.
    """

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.data: Any = None
        self._lines: dict[KeyPath, int] = {}
        self._loader: _Loader | None = None
        self._origins: list[int] = []

    def line(self, path: KeyPath) -> int:
        """Return the line of a value, or of the nearest thing around it."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def parse(self, text: str, given: Parameters) -> None:
        """Take in a YAML text, or a template of one; problems are noted."""
        head, text = parameters.split(text)
        top = Source(self.problems)
        top.parse_head(head, text)
        if len(self.problems):
            return
        try:
            if given.variables:
                self._check_use(given, used_in(text), top)
            if is_template(text):
                text, self._origins = render(text, given.variables)
        except TemplateInvalid as error:
            self.problems.add(error.line, (), f"not a valid template: {error.reason}")
            return
        self._parse(text)

    def _check_use(self, given: Parameters, used: set[str], head: "Source") -> None:
        """Note which variables nothing asks for: they are probably misspelt."""
        known = used - VARIABLES.keys() - parameters.RESERVED.keys()
        for name in sorted(given.variables.keys() - used):
            reason = f"the variable {name} is never used in this file"
            if known:
                reason += f": {suggestion(name, known)}"
            if name in given.given:
                self.problems.add(1, (), reason)
            else:
                path = (parameters.KEY, given.name, name)
                self.problems.add(head.line(path), path, reason)

    def parse_value(self, text: str) -> None:
        """Take in a YAML text that is no template."""
        self._parse(text)

    def parse_head(self, head: str, rest: str) -> tuple[Parameters, ...]:
        """Take in the head of a file, which may be empty; return the sets of parameters in it."""
        if not head:
            return ()
        if not rest:
            reason = "must end with a line ---, behind which the scenario begins"
            self.problems.add(head.count("\n") + 1, (parameters.KEY,), reason)
            return ()
        before = len(self.problems)
        self._parse(head)
        if len(self.problems) > before:
            return ()
        return parameters.sets_of(
            self.data, lambda path, reason: self.problems.add(self.line(path), path, reason)
        )

    def _line_in_file(self, line: int) -> int:
        """Return where in the file a line of the YAML text comes from; lines count from 0."""
        return self._origins[min(line, len(self._origins) - 1)] if self._origins else line + 1

    def _parse(self, text: str) -> None:
        try:
            self._loader = _Loader(text)
            node = self._loader.get_single_node()
            self.data = None if node is None else self._convert(node, (), node)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = self._line_in_file(mark.line) if mark else 1
            self.problems.add(line, (), _explain(error))
        except yaml.reader.ReaderError as error:
            line = self._line_in_file(text.count("\n", 0, error.position))
            code = ord(text[error.position])
            message = f"not valid YAML: the character U+{code:04X} is not allowed"
            self.problems.add(line, (), message)
        except (ValueError, OverflowError):  # of `chr`, on which PyYAML relies
            line = self._line_in_file(self._loader.line if self._loader else 0)
            message = 'not valid YAML: "\\U…" with a number that no character has'
            self.problems.add(line, (), message)

    def _convert(self, node: yaml.Node, path: KeyPath, place: yaml.Node) -> Any:
        self._lines[path] = self._line_in_file(place.start_mark.line)
        if len(self._lines) > MAX_VALUES:
            raise _Unusable(None, None, TOO_MANY, place.start_mark)
        if len(path) > MAX_DEPTH:
            raise _Unusable(None, None, TOO_DEEP, place.start_mark)
        if node.tag not in _PLAIN:
            what = node.tag.removeprefix("tag:yaml.org,2002:")
            self.problems.add(self._lines[path], path, f"values of type {what} are not supported")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [
                self._convert(item, (*path, position), item)
                for position, item in enumerate(node.value)
            ]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, value in node.value:
            line = self._line_in_file(key.start_mark.line)
            if not isinstance(key, yaml.ScalarNode):
                self.problems.add(line, path, "a key must be a single word or number")
            elif key.tag == "tag:yaml.org,2002:merge":
                self.problems.add(line, path, "merge keys (<<) are not supported")
            else:
                name = _text_of(key)
                where = (*path, name)
                if name in data:
                    first = self.line(where)
                    self.problems.add(line, where, f"duplicate key, first used on line {first}")
                else:
                    data[name] = self._convert(value, where, key)
        return data

    def _scalar(self, node: yaml.Node, path: KeyPath) -> Any:
        line = self._line_in_file(node.start_mark.line)
        number = node.tag.endswith((":int", ":float"))
        if number and len(node.value) > MAX_NUMBER_LENGTH:
            self.problems.add(line, path, "the number has too many digits")
            return None
        assert self._loader is not None  # noqa: S101 - there are no nodes without it
        if isinstance(node, yaml.ScalarNode) and node.tag.endswith(":str"):
            return _text_of(node)
        try:
            return self._loader.construct_object(node)
        except (ValueError, LookupError):
            self.problems.add(line, path, f"{shown(node.value)} is not a valid value")
            return None


def _text_of(node: yaml.ScalarNode) -> str:
    """Return a text in which a character is one, though JSON may have it as a surrogate pair."""
    text: str = node.value
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:  # half a pair, which models refuse
        return text


def read(file: Path, given: Parameters | None = None) -> Source:
    """Read a file.

    Args:
        file: what to read.
        given: the parameters of its template.

    Raises:
        ScenarioInvalid: it cannot be read, or is not YAML within the bounds.
    """
    given = given or Parameters()
    problems = Problems(str(file), given.mark)
    source = Source(problems)
    source.parse(_text(file, problems), given)
    problems.raise_if_any()
    return source


def read_sets(file: Path) -> tuple[Parameters, ...]:
    """Read the sets of parameters that a file has, without reading the rest.

    Raises:
        ScenarioInvalid: it cannot be read, or there is a mistake in them.
    """
    problems = Problems(str(file))
    sets = Source(problems).parse_head(*parameters.split(_text(file, problems)))
    problems.raise_if_any()
    return sets


def runs_of(file: str, given: Mapping[str, Scalar]) -> list[Parameters]:
    """Return what a file is to be run with: each of its sets, or only what the user gave."""
    try:
        sets = read_sets(Path(file))
    except ScenarioInvalid:  # which shows when the file is loaded
        sets = ()
    return [one.with_given(given) for one in sets or (Parameters(),)]


def read_value(text: str) -> Scalar | None:
    """Return a single value as YAML understands it; None if it is something else."""
    problems = Problems("")
    source = Source(problems)
    source.parse_value(text)
    usable = not len(problems) and isinstance(source.data, Scalar)
    return source.data if usable else None


def _text(file: Path, problems: Problems) -> str:
    try:
        content = files.read(file, MAX_BYTES)
    except ConfigurationError as error:
        raise ScenarioInvalid(str(error)) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problems.add(content.count(b"\n", 0, error.start) + 1, (), "not UTF-8 text")
        problems.raise_if_any()
        raise


class _Unusable(yaml.MarkedYAMLError):
    """A bound of ours is exceeded."""


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader without dates, and with bounds that hold while it still reads."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as in the base class
        first: [rule for rule in rules if not rule[0].endswith(":timestamp")]
        for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._values = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._depth += 1
        self._values += index is not None  # keys have none
        if self._depth > MAX_DEPTH + 1 or self._values > MAX_VALUES:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise _Unusable(
                None, None, TOO_MANY if self._depth <= MAX_DEPTH + 1 else TOO_DEEP, mark
            )
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _explain(error: yaml.MarkedYAMLError) -> str:
    if isinstance(error, _Unusable):
        return str(error.problem)
    text = str(error.problem or error.context)
    if text.startswith("but ") and error.context:
        text = f"{error.context}, {text}"
    if "'\\t'" in text:
        text += " (indent with spaces, not with tabs)"
    return "not valid YAML: " + " ".join(text.split())
