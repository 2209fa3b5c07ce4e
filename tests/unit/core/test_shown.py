"""Text that others chose, made safe to show."""

from __future__ import annotations

import hostile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core.shown import harmless, uncommanded, visible

TEXTS = st.text(st.characters()) | st.sampled_from(hostile.NAMES)


@given(TEXTS)
def test_visible_text_is_on_one_line_and_can_be_encoded(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert not hostile.CONTROL.search(shown)
    shown.encode()
    assert visible(shown) == shown


@given(TEXTS)
def test_harmless_text_has_no_command_and_the_same_lines(text: str) -> None:
    shown = harmless(text)
    assert hostile.commands(shown) == []
    assert shown.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("::error::x", "\\::error::x"),
        ("  ::error::x", "  \\::error::x"),
        ("a ##[error]x", "a \\##[error]x"),
        ("tests/test_a.py::test_b", "tests/test_a.py::test_b"),
        (": x", ": x"),
    ],
)
def test_only_commands_are_changed(line: str, shown: str) -> None:
    assert uncommanded(line) == shown


def test_what_has_no_shape_becomes_an_escape() -> None:
    assert visible("\x1b[31m\t\n\u202e\ufffe é 🎉") == "\\x1b[31m\\t\\n\\u202e\\ufffe é 🎉"
