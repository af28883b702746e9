"""Words without quotes: which are numbers, which are truths, and which only look like it.

Readers of YAML don't agree on octal, hexadecimal and base 60, nor on yes and no. Here numbers are
decimal, true and false are the only truths, and everything else is a text as it was written; where
a number or a truth is wanted, the message says how to write it.
"""

import re

MAX_NUMBER_LENGTH = 100
MAX_TYPED_LENGTH = 1_000
"""What is longer is no number on the command line; whether a number is too large, others say."""

INTEGER = "[-+]?(?:0|[1-9][0-9_]*)"
"""How whole numbers are written; underscores are for people."""

_INTEGER = re.compile(INTEGER)
_DECIMAL = re.compile(
    r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*|\.(?:inf|Inf|INF))|\.(?:nan|NaN|NAN)"
)
_EXPONENT = re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)[eE][-+]?[0-9]{1,9}")
_BASE_60 = re.compile(r"([-+]?)([0-9][0-9_]*)((?::[0-5]?[0-9])+)(\.[0-9_]*)?")
_OTHER_BASE = re.compile(r"([-+]?)0(?:x[0-9a-f_]+|o[0-7_]+|b[01_]+)", re.IGNORECASE)
_ADDRESS = re.compile("0x[0-9a-fA-F]{40}")
_LEADING_ZERO = re.compile("([-+]?)0[0-9_]+")
_TRUTHS = {"true": True, "false": False}
_LIKE_TRUTHS = {"yes": True, "y": True, "on": True, "no": False, "n": False, "off": False}


class Word(str):
    """A text that stood without quotes, and that others may take for a number or a truth."""

    __slots__ = ()


def meaning(text: str, *, given: bool = False) -> bool | int | float | str:
    """Return what a word without quotes means.

    Args:
        text: the word.
        given: whether the user has given it, or a part of it, as a text; then a number that is not
            whole stays a text where one is wanted.

    Raises:
        ValueError: it is a number with too many digits.
    """
    if text.lower() in _TRUTHS:
        return _TRUTHS[text.lower()]
    if (whole := _INTEGER.fullmatch(text)) or _DECIMAL.fullmatch(text):
        if len(text) > MAX_NUMBER_LENGTH:
            raise ValueError("the number has too many digits")
        plain = text.replace("_", "")
        return int(plain) if whole else Word(text) if given else _float(plain)
    return Word(text) if _is_doubtful(text) else text


def typed(text: str) -> bool | int | str:
    """Return what a word of the command line means: whole numbers, truths, and texts as typed."""
    if text.lower() in _TRUTHS:
        return _TRUTHS[text.lower()]
    is_number = _INTEGER.fullmatch(text) and len(text) <= MAX_TYPED_LENGTH
    return int(text.replace("_", "")) if is_number else text


def as_number(value: object) -> object:
    """Return a number for a word that is one, such as 1e3; anything else as it is."""
    if not isinstance(value, Word) or len(value) > MAX_NUMBER_LENGTH:
        return value
    is_number = _EXPONENT.fullmatch(value) or _DECIMAL.fullmatch(value)
    return _float(value.replace("_", "")) if is_number else value


def remedy(value: object, wanted: str = "number") -> str:
    """Return how to write a word that is no number, or no truth, as one; empty if nobody knows.

    >>> remedy(Word("0100")), remedy(Word("off"), "truth")
    ('; a leading zero means octal to some: write 100', '; write false')

    Args:
        value: what stands in the file; texts in quotes have no remedy.
        wanted: "number" or "truth".
    """
    if not isinstance(value, Word) or len(value) > MAX_NUMBER_LENGTH:
        return ""
    if wanted == "truth":
        truth = _LIKE_TRUTHS.get(value.lower())
        return "" if truth is None else f"; write {str(truth).lower()}"
    reason, number = _as_decimal(value, value.replace("_", ""))
    return "".join((f"; {reason}" if reason else "", f": write {number}" if number else ""))


def _as_decimal(word: Word, bare: str) -> tuple[str, str]:
    """Return why a word is no whole number, and what it would be if it were one."""
    if found := _LEADING_ZERO.fullmatch(word):
        return "a leading zero means octal to some", found[1] + (bare.lstrip("+-0") or "0")
    if _ADDRESS.fullmatch(word):
        return "an address is no number", ""
    if _OTHER_BASE.fullmatch(word):
        return "numbers are decimal", str(_in_other_base(bare))
    if found := _BASE_60.fullmatch(word):
        total = 0
        for part in f"{found[2]}{found[3]}".replace("_", "").split(":"):
            total = total * 60 + int(part)
        return "numbers are decimal", f"{found[1]}{total}{found[4] or ''}"
    number = as_number(word)
    if isinstance(number, float) and number.is_integer() and abs(number) < 10**15:
        return "a whole number has no exponent and no point", f"{number:.0f}"
    return "", ""


def _in_other_base(bare: str) -> int | str:
    try:
        return int(bare, 0)
    except ValueError:  # such as 0x_ without a digit
        return ""


def _is_doubtful(text: str) -> bool:
    return text.lower() in _LIKE_TRUTHS or any(
        pattern.fullmatch(text) for pattern in (_EXPONENT, _BASE_60, _OTHER_BASE, _LEADING_ZERO)
    )


def _float(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
