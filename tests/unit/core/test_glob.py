"""Patterns with stars and question marks."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core.glob import Glob


@given(st.text("ab*?", max_size=12), st.text("ab\n", max_size=12))
def test_it_matches_what_the_regular_expression_does(pattern: str, text: str) -> None:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    expected = re.fullmatch(expression, text, re.DOTALL) is not None
    assert Glob(pattern).matches(text) is expected


class Counted(str):  # noqa: SLOT000 - it counts
    """A text that counts the characters that are looked at."""

    looked_at = 0

    def find(self, part: str, *span: Any) -> int:
        found = super().find(part, *span)
        start, end = span
        self.looked_at += (end if found < 0 else found + len(part)) - start
        return found

    def startswith(self, part: Any, *span: Any) -> bool:
        self.looked_at += len(part)
        return super().startswith(part, *span)


@pytest.mark.parametrize(
    "pattern", ["*a*a*a*b", "*a*a*a*a*a*a*a*a*a*a*b*", "*ab*ab*ab*c*", "a*" * 40]
)
@pytest.mark.parametrize("text", ["a" * 1500, "ab" * 750, "a" * 1500 + "c"])
def test_it_looks_at_no_character_twice(pattern: str, text: str) -> None:
    counted = Counted(text)
    Glob(pattern).matches(counted)
    ends = len(pattern)  # the first and the last part may be looked at again
    assert counted.looked_at <= len(text) + ends


def test_a_part_with_a_question_mark_has_no_repetition() -> None:
    # A search for it tries each place of the text once.
    for part in Glob("*a?b*??*c")._parts:
        expression = part._expression.pattern if part._expression is not None else ""
        assert not re.search(r"(?<!\\)[*+{]", expression)
