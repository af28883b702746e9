"""How what others have written is quoted: short, and with nothing in it that a terminal obeys.

Names of files, scenarios, journals and bodies come from anywhere. A terminal that is sent them as
they are may be recoloured, renamed or made to show something else than what is there.
"""

import difflib
import unicodedata
from collections.abc import Iterable

SHOWN_LENGTH = 60
KEPT = "\n\t"
"""The only control characters that texts of ours contain."""


def visible(text: str) -> str:
    r"""Return a text for a terminal: what it might obey is written out, such as ``\x1b``.

    These are control characters (line breaks and tabs excepted), what turns the direction of
    writing, what is invisible, and halves of surrogate pairs. A visible text stays as it is.

    >>> visible("node \x1b[2J0")
    'node \\x1b[2J0'
    """
    if text.isprintable():
        return text
    return "".join(c if _is_harmless(c) else _written_out(c) for c in text)


def visible_line(text: str) -> str:
    """Return a text as `visible` does, line breaks and tabs written out too: a name is one line."""
    return "".join(_written_out(c) if c in KEPT else c for c in visible(text))


def shortened(text: str, limit: int = SHOWN_LENGTH) -> str:
    """Return a text of at most `limit` characters; where some are left out, an ellipsis says so."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def shown(value: object, limit: int = SHOWN_LENGTH) -> str:
    """Return a value as Python writes it, for a message: on one line, visible and short."""
    if isinstance(value, str | bytes):
        value = value[: limit + 1]  # no escaped character takes less room than a plain one
    try:
        return shortened(visible_line(repr(value)), limit)
    except ValueError:  # Python writes no integers of thousands of digits
        return "a number with too many digits"


def _is_harmless(character: str) -> bool:
    # Python calls no space printable but the plain one
    return character.isprintable() or character in KEPT or unicodedata.category(character) == "Zs"


def _written_out(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return which known word was probably meant, or all of them."""
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(words)}"
