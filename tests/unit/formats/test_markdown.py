from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.formats import markdown

ANY = st.text(max_size=400)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a_b *c* [d](e)", r"a\_b \*c\* \[d\](e)"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("@pytest", "@\N{WORD JOINER}pytest"),
        ("a\nb\tc", "a b c"),
        ("a\x00b\u202ec", "a\ufffdb\ufffdc"),
        ("`x` ~y~ $z$ #1 |", r"\`x\` \~y\~ \$z\$ \#1 \|"),
    ],
)
def test_text_is_shown_as_it_is(value: str, shown: str) -> None:
    assert markdown.text(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("a|b", "`a|b`"), ("a`b", "`` a`b ``"), ("``", "``` `` ```"), (" ", ""), ("<b>", "`<b>`")],
)
def test_a_code_span_holds_any_text(value: str, shown: str) -> None:
    assert markdown.code(value) == shown


@given(ANY)
def test_nothing_breaks_a_line_or_grows(value: str) -> None:
    for shown in (markdown.text(value), markdown.code(value)):
        assert len(shown.splitlines()) <= 1
        assert len(shown) <= 6 * markdown.MOST_CHARACTERS
        assert "<" not in markdown.text(value)


@given(st.lists(ANY | st.text("\\|`a"), min_size=2, max_size=2))
def test_a_row_has_as_many_cells_as_the_table(values: list[str]) -> None:
    rows = [[markdown.code(values[0]), markdown.text(values[1])]]
    *_, row = markdown.table(["a", "b:"], rows)
    assert re.sub(r"\\.", "", row).count("|") == 3  # backslashes escape what follows


def test_a_table_without_rows_is_none() -> None:
    assert list(markdown.table(["a"], [])) == []
    assert list(markdown.table(["a", "b:"], [["1", "2"]])) == [
        "",
        "| a | b |",
        "| --- | ---: |",
        "| 1 | 2 |",
    ]


def test_a_long_name_keeps_its_ends() -> None:
    shown = markdown.code("tests/test_a.py::test_it[" + 1000 * "x" + "]")
    assert shown.startswith("`tests/test_a.py::test_it[xx")
    assert shown.endswith("xx]`")
    assert len(shown) == markdown.MOST_CHARACTERS + 2


def test_a_document_that_is_too_long_leaves_out_what_matters_least_and_says_so() -> None:
    parts = [
        markdown.Part(["head"]),
        markdown.Part(["x" * 50, "y"], "the xs", 1),
        markdown.Part([], "nothing", 3),
        markdown.Part(["z" * 80], "the zs", 2),
    ]
    assert [*markdown.fitting(parts)] == ["head", "x" * 50, "y", "z" * 80]
    shown = [*markdown.fitting(parts, 130)]
    assert shown[:3] == ["head", "x" * 50, "y"]
    assert shown[3:] == ["", "<sub>Left out to stay within 130 bytes: the zs.</sub>"]
    assert next(markdown.fitting(parts, 20)) == "head"


def test_lines_are_folded_behind_a_blank_line_or_not_at_all() -> None:
    assert [*markdown.folded("more", [])] == []
    inner = ["", "<details><summary>more</summary>", "", "* a", "", "</details>"]
    assert [*markdown.folded("more", ["* a"])] == inner
    assert [*markdown.folded("more", ["", "* a"])] == inner
