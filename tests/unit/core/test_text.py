"""Text from outside."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core.text import printable

ANY = st.text(st.characters())  # lone surrogates included


@given(ANY)
def test_every_output_can_encode_it(text: str) -> None:
    printable(text).encode("utf-8")


@given(st.text())
def test_other_text_stays(text: str) -> None:
    assert printable(text) == text


@given(ANY)
def test_once_is_enough(text: str) -> None:
    assert printable(printable(text)) == printable(text)


def test_a_surrogate_is_shown_as_pytest_shows_it() -> None:
    assert printable("caf\udce9") == r"caf\udce9"
