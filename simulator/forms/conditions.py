"""What a file, or a set of its parameters, says about being run: tags, skip, xfail.

The words are pytest's, and so is what they mean. The rules stand here once, for the file and for
its sets.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.words.quoting import shown

TAGS, SKIP, XFAIL = "tags", "skip", "xfail"
KEYS = (TAGS, SKIP, XFAIL)

MAX_TAGS = 100
MAX_REASON = 1_000
TAG = "[A-Za-z][A-Za-z0-9_-]{0,63}"
_MEANT_OTHERWISE = frozenset(
    {"and", "or", "not", "true", "false", "none"}  # in expressions, such as `-m "not slow"`
    | {"skip", "skipif", "xfail", "parametrize", "usefixtures", "filterwarnings"}
    | {"tryfirst", "trylast"}  # all of them markers of pytest's own
)

Problem = tuple[tuple[str | int, ...], str]
"""The way to a value, and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is said about being run.

    Attributes:
        tags: words to choose by.
        skip: why it is not run; empty: it is.
        xfail: why it is expected to fail; empty: it isn't.
    """

    tags: tuple[str, ...] = ()
    skip: str = ""
    xfail: str = ""

    def beside(self, own: "Conditions") -> "Conditions":
        """Return a file's conditions for one of its sets, which may say more and has its own."""
        tags = dict.fromkeys((*self.tags, *own.tags))
        return Conditions(tuple(tags), own.skip or self.skip, own.xfail or self.xfail)


def read(data: Mapping[str, Any]) -> Conditions:
    """Return what is said; what is wrong with it counts as not said."""
    wrong = {path[0] for path, _ in problems(data)}
    said = {key: data[key] for key in KEYS if data.get(key) is not None and key not in wrong}
    return Conditions(tuple(said.get(TAGS, ())), said.get(SKIP, ""), said.get(XFAIL, ""))


def problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with it; nothing at all (`tags:`) is not said."""
    tags = data.get(TAGS)
    if tags is not None and not isinstance(tags, list):
        yield (TAGS,), f"must be a list of tags, not {shown(tags)}"
    elif tags is not None:
        if len(tags) > MAX_TAGS:
            yield (TAGS,), f"holds more than {MAX_TAGS} tags"
        for position, tag in enumerate(tags[:MAX_TAGS]):
            if reason := _wrong_tag(tag):
                yield (TAGS, position), reason
    for key in (SKIP, XFAIL):
        if data.get(key) is not None and (reason := _wrong_reason(data[key])):
            yield (key,), reason


def _wrong_tag(tag: object) -> str:
    if not isinstance(tag, str) or not re.fullmatch(TAG, tag):
        return (
            "must be a tag, up to 64 letters, digits, dashes and underscores, a letter first, "
            f"not {shown(tag)}"
        )
    if tag.lower() in _MEANT_OTHERWISE:
        return f"{tag} means something else to pytest: choose another tag"
    return ""


def _wrong_reason(reason: object) -> str:
    is_text = isinstance(reason, str) and reason.strip() and len(reason) <= MAX_REASON
    if is_text and str(reason).isprintable():
        return ""
    return f"must say why, in a text of one line, up to {MAX_REASON} long, not {shown(reason)}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A tag that is wanted, or one that is not."""

    tag: str
    is_wanted: bool = True

    def takes(self, conditions: Conditions) -> bool:
        """Tell whether something with these tags is meant."""
        return (self.tag in conditions.tags) == self.is_wanted


def wanted(text: str) -> Wanted:
    """Return what `slow` or `not slow` means.

    Raises:
        ValueError: it is neither.
    """
    *nots, tag = text.split() or [""]
    if nots not in ([], ["not"]) or _wrong_tag(tag):
        raise ValueError(f"{shown(text)} is neither a tag, such as slow, nor the like of: not slow")
    return Wanted(tag, not nots)
