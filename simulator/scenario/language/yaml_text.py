"""YAML as text: PyYAML's loader with bounds, and without its own idea of what words mean."""

import re

import yaml

MAX_DEPTH = 60
MAX_VALUES = 100_000

TOO_DEEP = f"nested more than {MAX_DEPTH} deep"
TOO_MANY = f"more than {MAX_VALUES} values"

YAML = "tag:yaml.org,2002:"
PLAIN = "plain"
"""The tag of words without quotes."""


class UnusableYaml(yaml.MarkedYAMLError):
    """A bound of ours is exceeded."""


class Loader(yaml.SafeLoader):
    """PyYAML's safe loader, with bounds that hold while it still reads."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as in the base class
        None: [
            (f"{YAML}merge", re.compile(r"<<\Z")),
            (f"{YAML}null", re.compile(r"(?:~|null|Null|NULL|)\Z")),
            (PLAIN, re.compile("")),
        ]
    }

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._values = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Put a node together, unless it is too deep or one too many."""
        self._depth += 1
        self._values += index is not None  # keys have none
        if self._depth > MAX_DEPTH + 1 or self._values > MAX_VALUES:
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise UnusableYaml(
                None, None, TOO_MANY if self._depth <= MAX_DEPTH + 1 else TOO_DEEP, mark
            )
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


UNMERGED = "two branches meet here, and nobody has merged them yet: this is a conflict marker"


def conflict_marker(text: str) -> int | None:
    """Return the line, from 0, of the first marker that a merge of two branches has left."""
    found = (n for n, line in enumerate(text.split("\n")) if re.match("(<{7}|>{7}) ", line))
    return next(found, None)


def explain(error: yaml.MarkedYAMLError) -> str:
    """Return what is wrong with a text, for people."""
    if isinstance(error, UnusableYaml):
        return str(error.problem)
    text = str(error.problem or error.context)
    if text.startswith("but ") and error.context:
        text = f"{error.context}, {text}"
    if "'\\t'" in text:
        text += " (indent with spaces, not with tabs)"
    return "not valid YAML: " + " ".join(text.split())
