"""Trends of a history."""

from __future__ import annotations

import pytest
from pasts import baseline, past

from pytest_scer.baseline.history import Baseline
from pytest_scer.formats import history
from pytest_scer.formats.terminal.characters import display_width
from pytest_scer.formats.terminal.screen import Screen

NIGHTS = [
    past(day, steady=10.0, grown=10.0 if day < 5 else 20.0, shrunk=3.0 if day < 5 else 2.0)
    for day in range(1, 6)
]


def text(nights: Baseline, width: int = 79, *, top: int = 20, whole: bool = False) -> list[str]:
    return [line.text for line in history.text(nights, Screen(width), top=top, whole=whole)]


def test_the_largest_change_comes_first() -> None:
    assert text(baseline(*NIGHTS, anchor=NIGHTS[:2])) == [
        "b.json: 5 sessions, 2026-01-01 to 2026-01-05",
        "anchor: 2 sessions",
        "",
        "energy of cpu         trend    last  change  median  spread  runs  to anchor",
        "  all 3 common tests  ▄▄▄▄█  32.0 J    +39%  23.0 J     39%     5        +0%",
        "  grown               ▁▁▁▁█  20.0 J   +100%  10.0 J    100%     5        +0%",
        "  shrunk              ████▃   2.0 J    -33%   3.0 J     33%     5        +0%",
        "  steady              █████  10.0 J     +0%  10.0 J      0%     5        +0%",
    ]


def test_top_says_how_many_are_left_out() -> None:
    *_, first, rest = text(baseline(*NIGHTS), top=1)
    assert first.startswith("  grown ")
    assert rest == "  2 more tests changed less (--top 3 shows all)"


def test_verbose_lists_every_session_and_whole_names() -> None:
    lines = text(baseline(*NIGHTS), whole=True, top=1)
    assert "  2026-01-03T00:00:00+00:00 b.json: 3 tests" in lines
    assert sum("test_a.py::" in line for line in lines) == 3


def test_one_session_has_no_trend() -> None:
    (row,) = (line for line in text(baseline(past(1, only=5.0))) if line.startswith("  only"))
    assert row.split() == ["only", "█", "5.00", "J", "-", "5.00", "J", "0%", "1"]


@pytest.mark.parametrize("width", [39, 59, 119])
def test_it_fits(width: int) -> None:
    names = {f"test_{'long_' * 20}{number}": float(number) for number in range(3)}
    nights = baseline(*(past(day, **names) for day in range(1, 30)))  # type: ignore[arg-type]
    for whole in (False, True):
        assert max(map(display_width, text(nights, width, whole=whole))) <= width
