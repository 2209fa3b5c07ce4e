"""Dates of measurements: what they may mean, and what cannot be."""

from datetime import date

import pytest

from pytest_scer.scoring.dates import check_date, days_of, is_stale, parse_date


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-02-29", date(2024, 2, 29), date(2024, 2, 29)),
        ("2024-02-29T23:59:59Z", date(2024, 2, 29), date(2024, 2, 29)),
        ("2024-02-29T23:59:59+00:00", date(2024, 2, 29), date(2024, 2, 29)),
    ],
)
def test_a_date_is_a_range_of_days(text: str, first: date, last: date) -> None:
    assert parse_date(text) == (first, last)


@pytest.mark.parametrize("text", ["", " ", "undated"])
def test_nothing_is_undated(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    "text", ["2024-13", "2023-02-29", "0000", "24-01-01", "yesterday", "2024-1-1", "9" * 5000]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date: expected one such as 2025-02-14"):
        parse_date(text)
    assert days_of(text) is None


def test_the_future_is_refused_and_the_current_month_is_not() -> None:
    today = date(2026, 3, 15)
    for text in ("2026-03-15", "2026-03", "2026", "", "2020-01-01"):
        check_date(text, today)
    for text in ("2026-03-16", "2026-04", "2027"):
        with pytest.raises(ValueError, match="in the future"):
            check_date(text, today)


@pytest.mark.parametrize(
    ("text", "stale"),
    [("2024-02-29", True), ("2024-03-01", False), ("2024", False), ("2023", True), ("", False)],
)
def test_two_years_are_stale(text: str, stale: bool) -> None:
    assert is_stale(text, "2026-03-01") is stale
    assert not is_stale(text, "undated")
