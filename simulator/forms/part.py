"""A piece of what people write, as a model: its keys, their types, and what is wrong with it."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from simulator.words.quoting import shortened, visible_line

KeyPath = tuple[str | int, ...]
"""The way to a value: keys of mappings and positions in lists."""

Problem = tuple[KeyPath, str]
"""What is wrong: where, seen from the part that it is about, and why."""


def key_text(path: KeyPath) -> str:
    """Return a key path for people: `scenario.serial.tasks[2].wait`."""
    parts = (
        f"[{part}]" if isinstance(part, int) else f".{shortened(visible_line(part))}"
        for part in path
    )
    return "".join(parts).removeprefix(".")


class Part(BaseModel):
    """A piece of a scenario file: unknown keys and near misses of types are errors."""

    model_config = ConfigDict(
        strict=True,
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        allow_inf_nan=False,
        defer_build=True,  # a file has few of the many kinds of parts
    )

    def says(self, name: str) -> bool:
        """Tell whether the file gives a value, which must not be wrong itself."""
        getattr(self, name)
        return name in self.model_fields_set

    def problems(self) -> Iterable[Problem]:
        """Yield what is wrong with the values together."""
        return ()

    def rules(self) -> Iterable[Iterable[Problem]]:
        """Return what yields problems, a generator for each rule.

        A rule ends where it asks for a value that nobody knows because it is wrong itself; so what
        can be checked without that value is a rule of its own.
        """
        return [self.problems()]
