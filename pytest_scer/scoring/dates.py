"""Dates of measurements, as peer sets state them: a day, a month, a year, or nothing."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime
from typing import Final

from pytest_scer.core.json_text import brief

UNDATED: Final = "undated"
STALE_YEARS: Final = 2
"""Peers that are that much older than a score are named beside its letter: models, libraries and
hardware change faster (judgement; AI Energy Score renews its ratings every six to nine months)."""

_PARTIAL: Final = re.compile(r"(\d{4})(?:-(\d{2}))?")


def parse_date(text: str) -> tuple[date, date] | None:
    """The first and the last day that a date may mean; None if it is undated.

    Args:
        text: An ISO 8601 date, such as `2025`, `2025-02`, `2025-02-14` or `2025-02-14T09:00:00Z`;
            `undated` or nothing.

    Raises:
        ValueError: There is no such date.
    """
    text = text.strip()
    if text in ("", UNDATED):
        return None
    try:
        if match := _PARTIAL.fullmatch(text):
            year, month = int(match[1]), int(match[2] or 0)
            first = date(year, month or 1, 1)
            last_month = month or 12
            return first, date(year, last_month, calendar.monthrange(year, last_month)[1])
        day = datetime.fromisoformat(re.sub(r"Z$", "+00:00", text)).date()
    except ValueError:
        raise ValueError(
            f"{brief(repr(text))} is not a date: expected one such as 2025-02-14, 2025-02 or 2025"
        ) from None
    return day, day


def check_date(text: str, today: date) -> None:
    """Check that a measurement can be of a date.

    Raises:
        ValueError: There is no such date, or it has not come yet.
    """
    days = parse_date(text)
    if days is not None and days[0] > today:
        raise ValueError(f"the date {text} is in the future (today is {today})")


def days_of(text: str) -> tuple[date, date] | None:
    """As :func:`parse_date`, but what is no date is undated."""
    try:
        return parse_date(text)
    except ValueError:
        return None


def is_stale(text: str, at: str) -> bool:
    """Whether a measurement is certainly more than :data:`STALE_YEARS` older than another one."""
    measured, reference = days_of(text), days_of(at)
    if measured is None or reference is None:
        return False
    last, first = measured[1], reference[0]
    return (last.year + STALE_YEARS, last.month, last.day) < (first.year, first.month, first.day)
