"""Tasks and assertions of users' own: plain functions, whose parameters a file gives by name."""

import inspect
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from inspect import Parameter
from traceback import extract_tb
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, create_model

from simulator.forms.values import FromWord
from simulator.scenario.tasks.scenario_run import Scope, Steps
from simulator.scenario.tasks.task import Task
from simulator.system import extensions
from simulator.testnet.running import RunningTestnet
from simulator.words.errors import (
    AssertionFailed,
    ConfigurationError,
    ExtensionFailed,
    SimulatorError,
)
from simulator.words.quoting import shortened, shown, visible_line

Function = Callable[..., object]
"""Takes the `RunningTestnet`, and then what the file gives."""

NEW_LINE = "\n"

_BY_NAME = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


@dataclass(frozen=True, slots=True)
class _Own:
    """A function of a user's.

    Attributes:
        function: what it does.
        name: what a file calls it.
        parameters: the function's parameters by the model's fields.
    """

    function: Function
    name: str
    parameters: dict[str, str]

    @property
    def title(self) -> str:
        """What it is called in messages."""
        return f"{extensions.TASK.name} {self.name}"


class OwnTask(Task):
    """A function of a user's as a task; each has a model of its own."""

    model_config = ConfigDict(
        arbitrary_types_allowed=False,  # no file could give such a value
        defer_build=False,  # a user's annotation that can't be used is told of at once
    )
    own: ClassVar[_Own]

    @property
    def is_assertion(self) -> bool:
        """Say that it may be one: nobody knows."""
        return True

    def run(self, scope: Scope) -> Steps:
        """Call the function: where it waits, the task waits.

        Raises:
            AssertionFailed: what it asserts doesn't hold, or it raised something else.
        """
        given = {
            name: deepcopy(getattr(self, field)) for field, name in self.own.parameters.items()
        }
        net = RunningTestnet(scope.net, cause=scope.path)
        yield from scope.net.world.clock.visit(lambda: _do(self.own, net, given))


def own_task(name: str, *, ours: Iterable[str], allowed: bool) -> type[Task]:
    """Return the task that a file names and is none of ours.

    Args:
        name: of an installed package's task, or `module:function`.
        ours: the names of our own, which may have been meant.
        allowed: whether the user lets files name code of a module.

    Raises:
        ConfigurationError: there is no such task, or it may not be used.
    """
    function = extensions.find(extensions.TASK, name, ours, allowed=allowed)
    try:
        return _model(function, name)
    except _Unfit as error:
        reason = str(error)
    except Exception as error:  # noqa: BLE001 - of annotations and defaults, which are the user's
        reason = f"{type(error).__name__}: {str(error).partition(NEW_LINE)[0].rstrip('.')}"
    raise ConfigurationError(f"The task {name} can't be used: {visible_line(reason)}.")


class _Unfit(Exception):
    """A function can't be a task; the text says why."""


def _model(function: Function, name: str) -> type[OwnTask]:
    """Return the model of what a file gives a function."""
    parameters = list(inspect.signature(function, eval_str=True).parameters.values())
    if not parameters or parameters[0].kind in (Parameter.KEYWORD_ONLY, Parameter.VAR_KEYWORD):
        raise _Unfit("its first parameter must take the testnet")
    others = parameters[1:]
    for other in others:
        if other.kind not in _BY_NAME:
            raise _Unfit(f"its parameter {other} can't be given by name")
    # under names that hide none of the model's own
    fields = {f"parameter_{number}": other for number, other in enumerate(others)}
    models: dict[str, Any] = {field: _field(parameter) for field, parameter in fields.items()}
    made = create_model("OwnTask", __base__=OwnTask, __doc__=inspect.getdoc(function), **models)
    made.own = _Own(function, name, {field: one.name for field, one in fields.items()})
    if others and all(other.default is not Parameter.empty for other in others[1:]):
        made.shorthand = others[0].name
    return made


def _field(parameter: Parameter) -> Any:
    kind: Any = Any if parameter.annotation is Parameter.empty else parameter.annotation
    if kind is float:
        kind = Annotated[float, FromWord]
    default = ... if parameter.default is Parameter.empty else parameter.default
    return kind, Field(default=default, alias=parameter.name)


def _do(own: _Own, net: RunningTestnet, given: dict[str, Any]) -> None:
    """Call a function of a user's; what goes wrong is told in one sentence, with its line.

    Raises:
        AssertionFailed: whatever it has raised, or it returned something.
    """
    file = extensions.file_of(own.function)
    try:
        value = own.function(net, **given)
    except ExtensionFailed as error:  # of another one, which names itself
        raise _failed(error) from error
    except (AssertionError, SimulatorError) as error:
        told = shortened(visible_line(str(error))).removesuffix(".") or _source_of(error)
        raise AssertionFailed(f"{told}{extensions.place_of(error, file)}") from error
    except extensions.OF_USERS as error:
        raise _failed(extensions.failed(own.title, error, file)) from error
    if value is not None:
        raise _failed(ExtensionFailed(own.title, _not_nothing(value)))


def _failed(error: ExtensionFailed) -> AssertionFailed:
    """Return the failure of a task, which has a place in the file."""
    return AssertionFailed(str(error).removesuffix("."))


def _source_of(error: Exception) -> str:
    """Return what the line says whose `assert` has no message."""
    return shortened(visible_line(extract_tb(error.__traceback__)[-1].line or "assert"))


def _not_nothing(value: object) -> str:
    if inspect.iscoroutine(value):
        value.close()  # or Python complains that nobody has awaited it
    what = shown(type(value).__name__)
    return f"it returned a {what}, but a task is a plain function that asserts and returns nothing"
