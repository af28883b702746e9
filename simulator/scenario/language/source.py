"""Scenario files as plain data, with the line of every value.

A file may be a template, which is rendered first; lines are always those of the file itself. YAML
comes from anywhere, so reading is bounded: size, depth and the number of values, aliases expanded.
Only plain types exist here: no dates, no tags, no merge keys; `words` says what is a number.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from simulator.forms import conditions, parameters
from simulator.forms.conditions import Conditions
from simulator.forms.parameters import Parameters, Value
from simulator.forms.part import KeyPath, key_text
from simulator.forms.template import (
    VARIABLES,
    TemplateInvalid,
    is_template,
    render,
    used_in,
)
from simulator.forms.yaml_words import meaning, typed
from simulator.scenario.language.yaml_text import (
    MAX_DEPTH,
    MAX_VALUES,
    PLAIN,
    TOO_DEEP,
    TOO_MANY,
    UNMERGED,
    YAML,
    Loader,
    UnusableYaml,
    conflict_marker,
    explain,
)
from simulator.system import files
from simulator.words.errors import ConfigurationError, ScenarioInvalid
from simulator.words.quoting import shortened, shown, suggestion, visible_line

MAX_BYTES = 2**20
MAX_MESSAGE_LENGTH = 1_000
MAX_PROBLEMS = 100
"""So many are told at once: what is wrong with a long file may be one thing on each line."""

ProblemText = str | Callable[[], str]
"""What is wrong, or what says it: only of the problems that are told is it worth finding out."""

_TYPES: dict[str, type | tuple[type, ...]] = {
    f"{YAML}bool": bool,
    f"{YAML}int": int,
    f"{YAML}float": (int, float),
}
_PLAIN = {PLAIN, *_TYPES, *(f"{YAML}{name}" for name in ("null", "str", "seq", "map"))}


class Problems:
    """What is wrong with a file; each problem is one line of text.

    Args:
        file: the file's name as the user wrote it.
        mark: names the parameters that the file is read with, if there are any.
    """

    def __init__(self, file: str, mark: str = "") -> None:
        self.file = file
        self.mark = mark
        self._found: list[tuple[int, KeyPath, ProblemText]] = []
        self._broken: set[KeyPath] = set()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._found)

    def add(self, line: int, path: KeyPath, message: ProblemText) -> None:
        """Note a problem with the value at a path, unless that value could not even be read."""
        if not self._broken or not any(path[:n] in self._broken for n in range(len(path) + 1)):
            self._found.append((line, path, message))

    def add_broken(self, line: int, path: KeyPath, message: ProblemText) -> None:
        """Note that the value at a path can't be read, so that nobody knows what it says."""
        self.add(line, path, message)
        self._broken.add(path)

    def raise_if_any(self) -> None:
        """Report all problems at once, in order of their lines.

        Raises:
            ScenarioInvalid: there are some; its text has a line for each of the first ones.
        """
        if self._found:
            ordered = sorted(self._found, key=lambda problem: problem[0])
            lines = [self._text(*problem) for problem in ordered[:MAX_PROBLEMS]]
            if len(ordered) > MAX_PROBLEMS:
                lines.append(f"{self.file}: and {len(ordered) - MAX_PROBLEMS} more problems")
            raise ScenarioInvalid("\n".join(lines), len(ordered))

    def _text(self, line: int, path: KeyPath, message: ProblemText) -> str:
        where = f"{key_text(path)}: " if path else ""
        what = message if isinstance(message, str) else message()
        text = shortened(visible_line(f"{where}{what}"), MAX_MESSAGE_LENGTH)
        return f"{self.file}:{line}:{self.mark} {text}"


class Source:
    """The content of a file.

    Attributes:
        data: texts, numbers, booleans, None, and lists and dictionaries (with text keys) of them.
        lines: where each value stands.
        usable: whether the file could be read to its end; there may be problems all the same.
        head: the sets of parameters, if this is a file.
    """

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.data: Any = None
        self.lines: dict[KeyPath, int] = {}
        self.usable = False
        self.head: Source | None = None
        self._loader: Loader | None = None
        self._origins: list[int] = []
        self._given: Mapping[int, str] = {}

    def line(self, path: KeyPath) -> int:
        """Return the line of a value, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def parse(self, text: str, given: Parameters) -> None:
        """Take in a YAML text, or a template of one; problems are noted."""
        head, text = parameters.split(text)
        top = self.head = Source(self.problems)
        top.parse_head(head, text)
        is_whole = text and conflict_marker(text) is None
        if len(self.problems) and (is_template(text) or not is_whole):
            self._check_template(text)  # of which only the form can be checked without variables
            return
        try:
            if given.variables:
                self._check_use(given, used_in(text), top)
            if is_template(text):
                rendered = render(text, given.variables)
                text, self._origins, self._given = rendered
        except TemplateInvalid as error:
            self.problems.add(error.line, (), f"not a valid template: {error.reason}")
            return
        self._parse(text)

    def _check_template(self, text: str) -> None:
        try:
            used_in(text)
        except TemplateInvalid as error:
            self.problems.add(error.line, (), f"not a valid template: {error.reason}")

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
        unmerged = conflict_marker(rest)
        if unmerged is not None:  # once for the file, and not for each of its sets
            self.problems.add(unmerged + 1, (), UNMERGED)
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
            self._loader = Loader(text)
            node = self._loader.get_single_node()
            self.data = None if node is None else self._convert(node, (), node)
            self.usable = True
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = self._line_in_file(mark.line) if mark else 1
            unmerged = conflict_marker(text)
            if unmerged is not None:
                self.problems.add(self._line_in_file(unmerged), (), UNMERGED)
            else:
                self.problems.add(line, (), explain(error).translate(self._given))
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
        self.lines[path] = self._line_in_file(place.start_mark.line)
        if len(self.lines) > MAX_VALUES:
            raise UnusableYaml(None, None, TOO_MANY, place.start_mark)
        if len(path) > MAX_DEPTH:
            raise UnusableYaml(None, None, TOO_DEEP, place.start_mark)
        if node.tag not in _PLAIN:
            what = node.tag.removeprefix(YAML)
            reason = f"values of type {what} are not supported"
            self.problems.add_broken(self.lines[path], path, reason)
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [
                self._convert(item, (*path, position), item)
                for position, item in enumerate(node.value)
            ]
        assert isinstance(node, yaml.ScalarNode)  # noqa: S101 - there are no others
        try:
            return self._scalar(node)
        except ValueError as error:
            self.problems.add_broken(self._line_in_file(node.start_mark.line), path, str(error))
            return None

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key, value in node.value:
            line = self._line_in_file(key.start_mark.line)
            if not isinstance(key, yaml.ScalarNode):
                self.problems.add(line, path, "a key must be a single word or number")
            elif key.tag == f"{YAML}merge":
                self.problems.add(line, path, "merge keys (<<) are not supported")
            else:
                name = self._text_of(key)
                where = (*path, name)
                if name in data:
                    first = self.line(where)
                    self.problems.add(line, where, f"duplicate key, first used on line {first}")
                else:
                    data[name] = self._convert(value, where, key)
        return data

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        """Return what a scalar means.

        Raises:
            ValueError: it is not what its tag says, or a number with too many digits.
        """
        if node.tag == f"{YAML}null":
            return None
        text = self._text_of(node)
        if node.tag == f"{YAML}str":
            return text
        value = meaning(text, given=text != node.value)
        if node.tag in _TYPES and not isinstance(value, _TYPES[node.tag]):
            raise ValueError(f"{shown(text)} is not a valid value")
        return float(value) if node.tag == f"{YAML}float" else value

    def _text_of(self, node: yaml.ScalarNode) -> str:
        """Return a text with what the user has given, and with characters that are one.

        JSON may have a character as a surrogate pair.
        """
        text: str = node.value
        with suppress(UnicodeDecodeError):  # half a pair, which models refuse
            text = text.encode("utf-16", "surrogatepass").decode("utf-16")
        return text.translate(self._given)


def read(file: Path, given: Parameters | None = None) -> Source:
    """Read a file; what is wrong with it so far is noted in the source's problems.

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
    if not source.usable:
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


def runs_of(file: str, given: Mapping[str, Value]) -> list[Parameters]:
    """Return what a file is to be run with: each of its sets, or only what the user gave."""
    try:
        sets = read_sets(Path(file))
    except ScenarioInvalid:  # which shows when the file is loaded
        sets = ()
    return [one.with_given(given) for one in sets or (Parameters(),)]


def gives_seed(file: str, given: Parameters) -> bool:
    """Tell whether a file, or a set of its parameters, says itself which seed it runs with."""
    if given.seed is not None:
        return True
    try:
        data = read(Path(file), given).data
    except ScenarioInvalid:  # which shows when the file is loaded
        return False
    return isinstance(data, dict) and "seed" in data


def conditions_of(file: str, given: Parameters) -> Conditions | None:
    """Return what a file says about being run with some parameters, without reading its tasks.

    None if nobody can tell: it can't be read, or what it says about that is wrong.
    """
    try:
        data = read(Path(file), given).data
    except ScenarioInvalid:
        return None
    if not isinstance(data, dict) or any(conditions.problems(data)):
        return None
    return conditions.read(data).beside(given.conditions)


def read_value(text: str) -> Value | None:
    """Return a value of the command line; None if it looks like a list and is none.

    A decimal integer is a number, `true` and `false` are truths, `[a, b]` is a list of such; all
    else is a text, as it was typed.
    """
    if not (text.startswith("[") and text.endswith("]")):
        return typed(text)
    try:
        node = Loader(text).get_single_node()
    except (yaml.YAMLError, ValueError, OverflowError):
        return None
    if not isinstance(node, yaml.SequenceNode):
        return None
    items = [item for item in node.value if isinstance(item, yaml.ScalarNode)]
    if len(items) < len(node.value):
        return None
    return [typed(i.value) if i.tag in {PLAIN, f"{YAML}null"} else str(i.value) for i in items]


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
