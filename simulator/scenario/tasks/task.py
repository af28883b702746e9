"""What all tasks are made of."""

import re
from abc import abstractmethod
from collections.abc import Iterable
from typing import ClassVar

from simulator.forms.expected import plain
from simulator.forms.part import Part
from simulator.scenario.tasks.scenario_run import Scope, Steps
from simulator.words.errors import AssertionFailed, SimulatorError

DEFAULT_STATUS = "2.."


class Task(Part):
    """Something that a scenario does or checks."""

    is_group: ClassVar[bool] = False
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

    def about(self) -> tuple[int, ...]:
        """Return the numbers of the nodes that the file names, each once."""
        words = ("from_", "node", "to", "with_", "nodes")
        given = [getattr(self, word, None) for word in words]
        lists = [value if isinstance(value, list) else [value] for value in given]
        return tuple(dict.fromkeys(end for ends in lists for end in ends if isinstance(end, int)))

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
