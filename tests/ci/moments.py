"""Moments in the life of a program: it says that one has come, or is interrupted right then.

Python looks for a module `sitecustomize` when it starts, so that code of a test can lie in wait in
a program that is run as its users run it, and in the processes that this one starts.
"""

import os
from pathlib import Path

import pytest

INTERRUPT = """\
import os
import signal
import sys

program = int(os.environ.setdefault("FIRST_PROCESS", str(os.getpid())))

def interrupt():
    try:
        os.close(os.open({once!r}, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    os.kill(program, signal.SIGINT)
"""

AT_IMPORT = """
def look(event, arguments):
    if event == "import" and arguments[0] == {module!r}:
        interrupt()

sys.addaudithook(look)
"""

BEFORE_CALL = """
import {module} as module

called = module.{function}

def call(*arguments, **options):
    if eval({condition!r}, vars(module), {{"arguments": arguments}}):
        interrupt()
    return called(*arguments, **options)

module.{function} = call
"""

MARK_TASKS = """\
import os
from pathlib import Path
from simulator.suite.progress import TASKS, Meter

ended = Meter.ended

def end(self, record):
    ended(self, record)
    if self._numbers[TASKS] == {tasks}:
        Path({folder!r}, str(os.getpid())).touch()

Meter.ended = end
"""


class Moments:
    """What processes do that are started from now on.

    Args:
        folder: for the files that this takes.
        monkeypatch: sets the environment.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder.mkdir()
        self._folder = folder
        paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))

    def customize(self, code: str) -> None:
        """Let each process do something before it begins."""
        with (self._folder / "sitecustomize.py").open("a") as file:
            file.write(code)

    def interrupt_at_import(self, module: str) -> None:
        """Interrupt the program when one of its processes begins to load a module."""
        self._interrupt(AT_IMPORT.format(module=module))

    def interrupt_at_call(self, module: str, function: str, condition: str = "True") -> None:
        """Interrupt the program when one of its processes calls a function.

        Args:
            module: where the function is.
            function: its name there; may be a method's.
            condition: says in the module's words whether a call with `arguments` is meant.
        """
        code = BEFORE_CALL.format(module=module, function=function, condition=condition)
        self._interrupt(code)

    def _interrupt(self, code: str) -> None:
        self.customize(INTERRUPT.format(once=str(self._folder / "interrupted")) + code)

    def mark_tasks(self, tasks: int) -> None:
        """Note which processes have done a part of a scenario of so many tasks."""
        self._marks.mkdir()
        self.customize(MARK_TASKS.format(tasks=tasks, folder=str(self._marks)))

    @property
    def under_way(self) -> int:
        """How many processes have done a part."""
        return len(list(self._marks.iterdir()))

    @property
    def _marks(self) -> Path:
        return self._folder / "marks"
