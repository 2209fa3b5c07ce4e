"""The page of a comparison as text; ``tests/pages`` opens it in a browser."""

from __future__ import annotations

from typing import Any

import pytest
from pasts import RAPL, baseline, fingerprint, past

from pytest_scer.baseline.compare import compare
from pytest_scer.baseline.threshold import Threshold
from pytest_scer.formats.page import comparison_page

MARK = fingerprint(RAPL)


def page(before: dict[str, float], after: dict[str, float]) -> str:
    made: Any = past
    base = baseline(*(made(day, MARK, **before) for day in range(1, 6)))
    compared = compare(base, made(9, MARK, **after), Threshold())
    return "".join(comparison_page.dump_comparison(compared))


def test_tests_beyond_the_most_are_counted_and_a_large_json_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(comparison_page, "MOST_ROWS", 1)
    before = {"a": 1.0, "b": 2.0}
    small = page(before, {"a": 2.0, "b": 2.0})
    assert small.count("<tr data-test=") == 1
    assert "and 1 more: pytest-scer compare --format json" in small
    assert 'id="data-comparison"' in small
    monkeypatch.setattr(comparison_page, "MOST_WHOLE", 1)
    assert 'id="data-comparison"' not in page(before, before)


def test_without_a_common_test_there_is_no_table() -> None:
    text = page({"a": 1.0}, {"b": 1.0})
    assert "nothing could be compared" in text
    assert '<h2 id="tests-title">' not in text
