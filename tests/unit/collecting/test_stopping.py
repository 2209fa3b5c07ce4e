"""What a session says when its budget has stopped it."""

from __future__ import annotations

import pytest

from pytest_scer.collecting.stopping import why_stopped


@pytest.mark.parametrize(
    ("not_run", "named"),
    [
        ([], "none"),
        (["t.py::a"], "t.py::a"),
        (["t.py::a", "t.py::b", "t.py::c"], "t.py::a, t.py::b, t.py::c"),
        ([f"t.py::{name}" for name in "abcdef"], "t.py::a, t.py::b, t.py::c and 3 more"),
    ],
)
def test_some_of_the_tests_that_did_not_run_are_named(not_run: list[str], named: str) -> None:
    text = why_stopped("4 J is over the limit of 3 J", not_run)
    assert text == f"4 J is over the limit of 3 J; not run: {named}"
