"""Text in columns."""

from __future__ import annotations

from unicodedata import east_asian_width

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_scer.formats.terminal.characters import (
    cut_end,
    cut_middle,
    display_width,
    padded,
    wrapped,
)

texts = st.text(st.characters(codec="utf-8").filter(str.isprintable))


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("abc", 3),
        ("é", 1),
        ("e\u0301", 1),
        ("日本", 4),
        ("ﾊﾝ", 2),
        ("🎉", 2),
        ("❤\ufe0f", 2),
        ("", 0),
    ],
)
def test_width(text: str, width: int) -> None:
    assert display_width(text) == width


@given(texts)
def test_no_text_is_taken_to_be_narrower_than_it_is(text: str) -> None:
    wcwidth = pytest.importorskip("wcwidth")
    # wcwidth may know a newer Unicode than this Python, where some characters became wide.
    assume(all(wcwidth.wcwidth(each) < 2 or east_asian_width(each) in "WF" for each in text))
    assert display_width(text) >= wcwidth.wcswidth(text)


@pytest.mark.parametrize(
    ("name", "room", "cut"),
    [
        ("test_fit[forest-large]", 15, "test_fi…-large]"),
        ("日本語日本語", 7, "日…語"),
        ("short", 9, "short"),
    ],
)
def test_names_are_cut_in_the_middle(name: str, room: int, cut: str) -> None:
    assert cut_middle(name, room, "…") == cut


@given(texts, st.integers(0, 60), st.sampled_from(["…", "..."]))
def test_cut_text_fits(text: str, room: int, ellipsis: str) -> None:
    assert display_width(cut_end(text, room, ellipsis)) <= room
    assert display_width(cut_middle(text, room, ellipsis)) <= room


@given(texts, st.integers(10, 60), st.sampled_from(["", "    "]))
def test_wrapped_text_fits_and_keeps_its_words(text: str, width: int, indent: str) -> None:
    lines = wrapped(text, width, indent)
    assert max(map(display_width, lines)) <= width
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_padding_counts_columns() -> None:
    assert padded("日本", 6) == "日本  "
