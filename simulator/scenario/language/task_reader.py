"""Tasks of a scenario file, from its mappings and lists to steps that can be run."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from simulator.forms.leftovers import is_leftover
from simulator.forms.part import KeyPath
from simulator.scenario.language.kinds import Kinds, node_word, one_word_for_the_node, unknown_task
from simulator.scenario.language.parts import Parts
from simulator.scenario.tasks.groups import Serial, TaskGroup
from simulator.scenario.tasks.retrying import WaitUntil
from simulator.scenario.tasks.scenario_run import Step
from simulator.scenario.tasks.several_nodes import EachNode, is_several, numbers_of
from simulator.scenario.tasks.task import Task
from simulator.scenario.tasks.waits import STAND_IN
from simulator.words.errors import ConfigurationError
from simulator.words.quoting import shown


class TaskReader:
    """Reads the tasks of a file.

    Args:
        parts: makes their models.
        allow_code: whether tasks may be code of a module.
    """

    def __init__(self, parts: Parts, allow_code: bool) -> None:
        self._parts = parts
        self._kinds = Kinds(allow_code)

    def steps(
        self, entry: dict[str, Any], path: KeyPath, key: str, beside: Iterable[str] = ()
    ) -> Iterator[Step]:
        """Yield the tasks of a mapping; what is none of them is stood in for.

        Args:
            entry: the mapping.
            path: where it is.
            key: its place below the task around it.
            beside: what else might be meant there.
        """
        for name, value in entry.items():
            place = (*path, name)
            line = self._parts.line(place)
            task: Task = STAND_IN
            kind = self._kind(name, entry, place, beside)
            if kind is not None:
                task = self._task(name, kind, value, place)
            elif isinstance(value, dict) and isinstance(value.get("tasks"), list):
                self._children(value["tasks"], (*place, "tasks"))
            yield Step(f"{key}.{name}", name, task, line)

    def _kind(
        self, name: str, entry: dict[str, Any], place: KeyPath, beside: Iterable[str]
    ) -> type[Task] | None:
        """Return what a task is, or note that there is no such task."""
        if not self._kinds.knows(name):
            self._parts.problem(place, partial(unknown_task, name, entry, beside))
            return None
        try:
            return self._kinds.of(name)
        except ConfigurationError as error:
            self._parts.problem(place, str(error).removesuffix("."))
            return None

    def _task(self, name: str, kind: type[Task], value: object, path: KeyPath) -> Task:
        if kind.shorthand and value is not None and not isinstance(value, dict):
            value = {kind.shorthand: value}
        steps: list[Step] = []
        if isinstance(value, dict):
            value = one_word_for_the_node(kind, value)
            word = node_word(kind)
            if word is not None and is_several(value.get(word)):
                return self._each(name, kind, value, word, path)
            if issubclass(kind, TaskGroup | WaitUntil) and "tasks" in value:
                steps = self._children(value["tasks"], (*path, "tasks"))
                value = {**value, "tasks": steps}
            if issubclass(kind, WaitUntil):
                value = self._with_assertions(value, path)
        task = self._parts.part(kind, value, path)
        if task is None or is_leftover(task):
            return Serial(tasks=tuple(steps)) if steps else STAND_IN
        return task

    def _with_assertions(self, value: dict[str, Any], path: KeyPath) -> dict[str, Any]:
        """Put assertions that stand beside the parameters of a task among its tasks."""
        own = {key: entry for key, entry in value.items() if key in WaitUntil.model_fields}
        beside = {key: entry for key, entry in value.items() if key not in own}
        return {
            **own,
            "tasks": [*self.steps(beside, path, "", WaitUntil.model_fields), *own.get("tasks", ())],
        }

    def _each(
        self, name: str, kind: type[Task], value: dict[str, Any], word: str, path: KeyPath
    ) -> Task:
        """Return the same task of several nodes."""
        numbers = [0]
        try:
            if self._parts.nodes is not None:
                numbers = numbers_of(value[word], self._parts.nodes)
        except ValueError as error:
            self._parts.problem((*path, word), str(error))
        first = self._parts.part(kind, {**value, word: numbers[0]}, path)
        if first is None or is_leftover(first):
            return STAND_IN
        (field,) = (n for n, f in kind.model_fields.items() if word in (n, f.alias))
        line = self._parts.line(path)
        steps = [
            Step(f"{word}[{number}]", name, first.model_copy(update={field: number}), line)
            for number in numbers
        ]
        text = ", ".join(map(str, value[word])) if isinstance(value[word], list) else value[word]
        return EachNode(tasks=tuple(steps), name=f"{name} {word} {text}")

    def _children(self, value: object, path: KeyPath) -> list[Step]:
        if not isinstance(value, list) or not value:
            self._parts.problem(path, "must be a list of at least one task")
            return []
        steps: list[Step] = []
        for position, entry in enumerate(value):
            place = (*path, position)
            if isinstance(entry, str) and self._kinds.knows(entry):
                steps += self.steps({entry: None}, place, f"tasks[{position}]")
            elif isinstance(entry, dict) and entry:
                steps += self.steps(entry, place, f"tasks[{position}]")
            else:
                self._parts.problem(place, f"must be a task, not {shown(entry)}")
        return steps
