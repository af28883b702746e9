"""What others have written reaches a terminal in a form that it does not obey, and short."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.words.quoting import SHOWN_LENGTH, shortened, shown, visible, visible_line

anything = st.text(st.characters(codec=None, exclude_categories=()))
"""Halves of surrogate pairs too."""

OBEYED = {
    "\x1b[2J": r"\x1b[2J",
    "\x1b]0;title\x07": r"\x1b]0;title\x07",
    "a\rb": r"a\rb",
    "a\bb": r"a\x08b",
    "\x9b31m": r"\x9b31m",
    "\x7f": r"\x7f",
    "\u202eabc": r"\u202eabc",
    "\u2066": r"\u2066",
    "a\u200bb": r"a\u200bb",
    "a\u2028b": r"a\u2028b",
    "\ud800": r"\ud800",
    "\U000e0041": r"\U000e0041",
    "\0": r"\x00",
}


@pytest.mark.parametrize(("text", "expected"), OBEYED.items(), ids=map(ascii, OBEYED))
def test_what_a_terminal_obeys_is_written_out(text: str, expected: str) -> None:
    assert visible(text) == expected
    assert visible_line(text) == expected


@pytest.mark.parametrize(
    "text", ["Zürich → 北京 🎉", "a\tb\nc\n", "non\u00a0breaking", r"C:\x1b", ""]
)
def test_visible_texts_stay_as_they_are(text: str) -> None:
    assert visible(text) == text


@given(anything)
def test_nothing_is_left_that_is_no_character_to_see(text: str) -> None:
    found = visible(text)
    assert {unicodedata.category(c) for c in found if c not in "\n\t"}.isdisjoint(
        {"Cc", "Cf", "Cs", "Zl", "Zp"}
    )
    found.encode()
    assert visible(found) == found
    assert found.count("\n") == text.count("\n")
    assert "\n" not in visible_line(text)
    assert "\t" not in visible_line(text)


@given(st.one_of(anything, st.binary(), st.integers(), st.lists(anything), st.floats()))
def test_values_are_quoted_in_one_short_line(value: object) -> None:
    found = shown(value)
    assert len(found) <= SHOWN_LENGTH
    assert visible_line(found) == found
    if len(repr(value)) <= SHOWN_LENGTH and repr(value).isascii():
        assert found == repr(value)


def test_however_large_a_value_is_its_quotation_is_short() -> None:
    for value in ("x" * 10**7, b"x" * 10**7, 10**5000, [10**5000], ["x" * 10**6]):
        assert len(shown(value)) <= SHOWN_LENGTH


def test_what_is_left_out_shows() -> None:
    assert shortened("abcdef", 6) == "abcdef"
    assert shortened("abcdefg", 6) == "abcde…"
