"""Every kind of task by its name: the simulator's, and those of users."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from simulator.scenario.language.player_words import UNSUPPORTED_TASKS
from simulator.scenario.tasks import (
    assertions,
    calls,
    chain_assertions,
    channel_assertions,
    event_assertions,
    graph_assertions,
    groups,
    onchain_calls,
    payments,
    settled_assertions,
    tester_tasks,
    waits,
    workloads,
)
from simulator.scenario.tasks.own_tasks import own_task
from simulator.scenario.tasks.retrying import WaitUntil
from simulator.scenario.tasks.task import Task
from simulator.system import extensions
from simulator.words.quoting import suggestion

TASKS: dict[str, type[Task]] = {
    **groups.TASKS,
    **waits.TASKS,
    **calls.TASKS,
    **payments.CALLS,
    **onchain_calls.CALLS,
    **workloads.CALLS,
    "wait_until": WaitUntil,
    **tester_tasks.TASKS,
    **assertions.TASKS,
    **graph_assertions.TASKS,
    **channel_assertions.TASKS,
    **event_assertions.TASKS,
    **settled_assertions.TASKS,
    **payments.ASSERTIONS,
    **workloads.ASSERTIONS,
    **chain_assertions.TASKS,
    **onchain_calls.ASSERTIONS,
}
"""Ours by their names in scenario files."""


class Kinds:
    """The kinds of tasks that a file may name.

    Args:
        allow_code: whether it may name code of a module.
    """

    def __init__(self, allow_code: bool) -> None:
        self._allow_code = allow_code
        self._own: dict[str, type[Task]] = {}

    def knows(self, name: str) -> bool:
        """Tell whether a name can be that of a task."""
        return name in TASKS or name in self._offered or extensions.is_reference(name)

    def of(self, name: str) -> type[Task]:
        """Return a kind of task.

        Raises:
            ConfigurationError: it is a user's own and can't be used.
        """
        if name not in TASKS and name not in self._own:
            self._own[name] = own_task(name, ours=TASKS, allowed=self._allow_code)
        return TASKS.get(name) or self._own[name]

    @cached_property
    def _offered(self) -> frozenset[str]:
        """The names of tasks that installed packages offer."""
        return frozenset(extensions.names(extensions.TASK, ()))


NODES = "nodes"


def node_word(kind: type[Task]) -> str | None:
    """Return what a task calls the node that does it, is asked, or that something is done to."""
    known = {field.alias or name for name, field in kind.model_fields.items()}
    return next((word for word in ("from", "node") if word in known), None)


def other_word_for_the_node(kind: type[Task], word: str) -> str | None:
    """Return the parameter for which `from` or `node` may stand, in tasks about one node only."""
    other = {"from": "node", "node": "from"}.get(word)
    known = {field.alias or name for name, field in kind.model_fields.items()}
    return other if other in known and not known & {word, "to"} else None


def one_word_for_the_node(kind: type[Task], value: dict[str, Any]) -> dict[str, Any]:
    """Return a task's parameters under the word for the node that its model has.

    `nodes` is for several of them, and stands for both words.
    """
    if NODES in value and not value.keys() & {"from", "node"}:
        word = node_word(kind)
        if word is not None and (word == "node" or other_word_for_the_node(kind, "node")):
            value = {word if key == NODES else key: entry for key, entry in value.items()}
    for word in value.keys() & {"from", "node"}:
        other = other_word_for_the_node(kind, word)
        if other is not None and other not in value:
            return {other if key == word else key: entry for key, entry in value.items()}
    return value


def unknown_task(name: str, entry: dict[str, Any], beside: Iterable[str] = ()) -> str:
    """Say what is wrong with a name that no task can have.

    Args:
        name: the name.
        entry: what stands beside it in the file.
        beside: parameters that may stand there too.
    """
    if name in UNSUPPORTED_TASKS:
        reason = UNSUPPORTED_TASKS[name]
        return f"this task of Raiden's scenario player is not supported: {reason}"
    for other, value in entry.items():
        if other in TASKS and value is None:
            return f"unknown task; if it is a parameter of {other}, indent it further"
    known = extensions.names(extensions.TASK, TASKS)
    meant = suggestion(name, [*beside, *known])
    if any(meant == f"did you mean {parameter}?" for parameter in beside):
        return f"unknown key; {meant}"
    return f"unknown task; {extensions.remedy(name, known)}"
