"""What a terminal can show."""

from __future__ import annotations

import io

import pytest

from pytest_scer.formats.terminal.screen import Screen

NAME = "test_é[日本語-🎉]"


def test_control_characters_are_made_visible() -> None:
    assert Screen(80).text("a\nb\tc\x1b[31m\x00\u202e\ud800") == (
        r"a\nb\tc\x1b[31m\x00\u202e\ud800"
    )


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", f"± █ … {NAME}"),
        ("cp1252", r"± # … test_é[\u65e5\u672c\u8a9e-\U0001f389]"),
        ("cp437", r"± █ ... test_é[\u65e5\u672c\u8a9e-\U0001f389]"),
        ("ascii", r"+- # ... test_\xe9[\u65e5\u672c\u8a9e-\U0001f389]"),
        ("no such encoding", r"+- # ... test_\xe9[\u65e5\u672c\u8a9e-\U0001f389]"),
    ],
)
def test_characters_that_the_encoding_lacks_get_others(encoding: str, shown: str) -> None:
    assert Screen(80, encoding).text(f"± █ … {NAME}") == shown


def test_a_dumb_terminal_has_no_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert Screen.of().text(f"± █ {NAME}") == f"+- # {NAME}"


@pytest.mark.parametrize(("columns", "width"), [("100", 99), ("40", 39), ("12", 79), ("0", 79)])
def test_a_line_leaves_the_last_column_free(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert Screen.of(io.StringIO()).width == width


def test_a_line_that_is_cut_says_so() -> None:
    (first, second) = Screen(20).wrap("one two three four five six seven eight", most=2)
    assert (first.text, second.text) == ("one two three four", "  five six seven ei…")


@pytest.mark.parametrize(
    ("room", "shown"),
    [
        (30, "a/b/test_x.py::TestIt::test_y"),
        (28, "b/test_x.py::TestIt::test_y"),
        (25, "test_x.py::TestIt::test_y"),
        (20, "test_x.py:…t::test_y"),
    ],
)
def test_a_name_loses_its_folders_before_its_middle(room: int, shown: str) -> None:
    assert Screen(80).name("a/b/test_x.py::TestIt::test_y", room) == shown


def test_only_a_test_loses_folders() -> None:
    assert Screen(80).name("organization/model-of-some-size", 20) == "organizati…some-size"
    assert Screen(80).name("test_it[a/b::c]" * 2, 20) == "test_it[a/…t[a/b::c]"
