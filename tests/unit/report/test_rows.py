"""The tests of a report as text, one by one."""

from __future__ import annotations

import json
from typing import Any

import hostile
import pytest
import reports
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.report.rows import Irregular, Rows

NAMES = ["a", '},{"nodeid":"b"}', "]", '"', "\\", '\\"tests":[{"nodeid":', "{[", *hostile.NAMES]


def form(*names: str) -> dict[str, Any]:
    return reports.as_json(
        reports.report(*(reports.entry("m", reports.measured(1.0), nodeid=name) for name in names))
    )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"indent": 4},
        {"sort_keys": True},
        {"separators": (",", ":")},
        {"sort_keys": True, "indent": "\t"},
        {"ensure_ascii": False},
    ],
)
def test_any_program_may_have_written_it(options: dict[str, Any]) -> None:
    made = form(*NAMES)
    rows = Rows(json.dumps(made, **options).encode("utf-8", "replace"))
    assert json.loads(rows.rest) == {**made, "tests": []}
    assert [json.loads(row)["nodeid"] for row in rows] == NAMES


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_no_name_breaks_it(names: list[str]) -> None:
    rows = Rows(json.dumps(form(*names)).encode())
    assert [json.loads(row)["nodeid"] for row in rows] == names


@pytest.mark.parametrize(
    "text", ['{"tests": []}', "{}", "", '{"tests": [{"nodeid": 1', '{"tests": [{"nodeid": "x']
)
def test_without_tests_it_is_irregular(text: str) -> None:
    with pytest.raises(Irregular):
        Rows(text.encode())


def test_without_a_comma_it_is_irregular() -> None:
    with pytest.raises(Irregular):
        list(Rows(b'{"tests": [{"nodeid": 1} {"nodeid": 2}]}'))


def test_a_string_without_an_end_is_looked_at_once() -> None:
    # Each of its quotes could begin a string of its own, which would be quadratic.
    with pytest.raises(Irregular):
        Rows(b'{"tests": [{"nodeid": "' + b'\\"' * 1_000_000)
