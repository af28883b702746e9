"""Parts of a scenario file as models; what is wrong with them is noted with its line."""

from collections.abc import Iterable
from functools import partial
from typing import Any, TypeVar

from pydantic import ValidationError

from simulator.forms.explaining import explain
from simulator.forms.leftovers import broken_rules, leftover
from simulator.forms.own_code import ALLOW_CODE
from simulator.forms.part import KeyPath, Part, key_text
from simulator.scenario.language.player_words import UNSUPPORTED_KEYS, UNSUPPORTED_OPTIONS
from simulator.scenario.language.sections import OptionsPart
from simulator.scenario.language.source import ProblemText, Source
from simulator.words.quoting import visible_line

KEY_ITSELF = "[key]"
"""Behind a key, in what pydantic says: the key is wrong, not its value."""

P = TypeVar("P", bound=Part)


class Parts:
    """Makes models of the parts of a source.

    Args:
        source: the file.
        allow_code: whether it may name code of a module.

    Attributes:
        context: what models are told beside their values.
        notes: what is to be known of the file though it is no mistake; one line each.
    """

    def __init__(self, source: Source, allow_code: bool) -> None:
        self.context: dict[str, Any] = {ALLOW_CODE: allow_code}
        self.notes: list[str] = []
        self._source = source

    @property
    def nodes(self) -> int | None:
        """How many nodes there are, if that is known by now."""
        return self.context.get("nodes")

    def line(self, path: KeyPath) -> int:
        """Return the line of a value."""
        return self._source.line(path)

    def part(self, model: type[P], value: object, path: KeyPath) -> P | None:
        """Validate one model; nothing at all stands for an empty mapping.

        Returns:
            The model; or what is left of it, of which other parts can still be checked; or None.
        """
        data = {} if value is None else value
        part: P | None
        try:
            part = model.model_validate(data, context=self.context)
        except ValidationError as error:
            details = error.errors(include_url=False)
            for detail in details:
                explained = partial(explain, detail, model, partial(_foreign, model, path))
                where = [part for part in detail["loc"] if part != KEY_ITSELF]
                self.problem((*path, *where), explained)
            part = leftover(model, data, details, self.context)
        if part is not None:
            for place, message in broken_rules(part):
                self.problem((*path, *place), message)
        return part

    def note(self, path: KeyPath, about: str, notes: Iterable[str]) -> None:
        """Note what is to be known of something that a file names."""
        file = f"{self._source.problems.file}:{self._source.line(path)}:"
        place = f"{file}{self._source.problems.mark} {key_text(path)}: {about}"
        self.notes += [visible_line(f"{place}: {note}") for note in notes]

    def problem(self, path: KeyPath, message: ProblemText) -> None:
        """Note a mistake."""
        self._source.problems.add(self._source.line(path), path, message)


def _foreign(model: type[Part], path: KeyPath, key: str) -> str:
    """Return why a key of the scenario player's is refused; empty if it is none of its."""
    if reason := UNSUPPORTED_KEYS.get((*path, key)) or UNSUPPORTED_KEYS.get((key,)):
        return reason
    if model is OptionsPart or "-" in key:  # wherever it stands
        return UNSUPPORTED_OPTIONS.get(key, "")
    return ""
