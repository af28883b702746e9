"""Looking at scenario files again whenever one of them changes, or a file that they name.

It is looked for changes four times a second. The system could tell of them at once, but not in
folders that are shared with a container or another machine, and a quarter of a second is soon.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from simulator.scenario.language.collection import matching
from simulator.system import files
from simulator.words.errors import ConfigurationError, ScenarioInvalid

PAUSE_SECONDS = 0.25
SETTLING_SECONDS = 0.1
PATIENCE = 10
"""How often it is looked whether all is written and in its place again: editors save a file by
removing it, and write long ones bit by bit."""

State = tuple[list[str] | str, dict[Path, files.Stamp]]
"""Which files are meant, or why there are none; and the stamps of all that was read."""


class Watch:
    """What is looked at, and what it was like the last time.

    Args:
        patterns: files, folders and globs, as for `collect`.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = patterns
        self._last: State = ([], {})

    @contextmanager
    def round(self) -> Iterator[list[str]]:
        """Give the files that are meant now, and note what is read meanwhile.

        Raises:
            ConfigurationError: there are none.
        """
        meant = self._meant()
        with files.noted() as stamps:
            self._last = meant, stamps
            if isinstance(meant, str):
                raise ConfigurationError(meant)
            yield meant

    def wait(self) -> None:
        """Wait until something has changed since it was read, and is whole."""
        while (now := self._now()) == self._last:
            time.sleep(PAUSE_SECONDS)
        for _ in range(PATIENCE):
            time.sleep(SETTLING_SECONDS)
            before, now = now, self._now()
            if now == before and not self._has_vanished(now[1]):
                break

    def _has_vanished(self, stamps: dict[Path, files.Stamp]) -> bool:
        """Tell whether something is gone that was there: it will probably be back."""
        return any(stamp is None and self._last[1][file] for file, stamp in stamps.items())

    def _now(self) -> State:
        return self._meant(), {file: files.stamp(file) for file in self._last[1]}

    def _meant(self) -> list[str] | str:
        try:
            return matching(self._patterns)
        except ConfigurationError as error:
            return str(error)


def told(loaded: Sequence[object]) -> str:
    """Return what a round came to, in a line with the time of day.

    Args:
        loaded: scenarios, each set of parameters being one, or the errors in their places.
    """
    errors = [one for one in loaded if isinstance(one, ConfigurationError)]
    mistakes = sum(e.mistakes if isinstance(e, ScenarioInvalid) else 1 for e in errors)
    wrong = f"{_counted(mistakes, 'mistake')} in {len(errors)}" if errors else "no mistakes"
    return f"{time.strftime('%H:%M:%S')} {_counted(len(loaded), 'scenario')}: {wrong}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
