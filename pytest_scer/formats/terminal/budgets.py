"""The budgets of a report: what each test cost, and how much of its limit that is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from pytest_scer.core import units
from pytest_scer.core.statistics import outliers
from pytest_scer.core.units import counted
from pytest_scer.formats.terminal.blocks import MOST, Items
from pytest_scer.formats.terminal.characters import display_width, padded
from pytest_scer.formats.terminal.screen import Line, Screen
from pytest_scer.formats.terminal.table import Column, with_names
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import BudgetEntry, Report, TestEntry
from pytest_scer.report.names import Names

_WORST_FIRST: Final = ("exceeded", "inconclusive", "unmeasured", "ok")
_STYLES: Final = {"exceeded": "bad", "inconclusive": "doubtful", "unmeasured": "doubtful"}
_LIMIT_WIDTH: Final = 0.18
"""The share of the width that limits have."""
_PLACES_AT: Final = 0.54
"""Where places begin, as a share of the width, if the text in front of them is shorter."""
_MET: Final = 3
"""How many of the budgets that were met are shown: those closest to their limit."""
_LEAST_PLACE: Final = 16
"""Columns below which the place of a limit is of no use."""


@dataclass(frozen=True)
class _Row:
    """A budget and what it limits; ``test`` is None for a budget of the session."""

    name: str
    budget: BudgetEntry
    test: TestEntry | None = None

    @property
    def used(self) -> float | None:
        """The share of the limit; None without a figure."""
        actual = self.budget.actual
        if actual is None or math.isnan(actual) or not self.budget.limit_value:
            return None
        return actual / self.budget.limit_value

    @property
    def order(self) -> tuple[int, float]:
        """The worst verdicts first, and of these the highest."""
        return _WORST_FIRST.index(self.budget.verdict), -(self.used or 0.0)


def of_session(report: Report, screen: Screen, *, whole: bool = False) -> Items:
    """The budgets of the session and of sums of tests."""
    return _block(list(_session_rows(report)), screen, whole=whole)


def of_all(report: Report, names: Names, screen: Screen, *, whole: bool = False) -> Items:
    """All budgets of a report.

    Args:
        report: The report.
        names: The names of its tests.
        screen: Where they are printed.
        whole: Whether budgets that were met take a second line, too.
    """
    rows = list(_session_rows(report))
    for test in last_attempts(report.tests):
        rows += (_Row(names.attempt(test), budget, test) for budget in test.budgets)
    return _block(rows, screen, whole=whole)


def _session_rows(report: Report) -> Iterator[_Row]:
    for budget in report.budgets:
        yield _Row(f"sum({budget.target})" if budget.target else "session", budget)


def _block(rows: list[_Row], screen: Screen, *, whole: bool) -> Items:
    rows = sorted(rows, key=lambda row: row.order)

    def more(shown: int) -> Line:
        rest = Counter(row.budget.verdict for row in rows[shown:])
        verdicts = ", ".join(f"{rest[name]:,} {name}" for name in _WORST_FIRST if rest[name])
        said = ", all ok" if set(rest) == {"ok"} else f": {verdicts}"
        text = f"  {counted(len(rows) - shown, 'more budget')}{said}"
        return Line(screen.cut(text), "bad" if rest["exceeded"] else "")

    if not rows:
        return Items([], [], more)
    failing = sum(row.budget.verdict != "ok" for row in rows)
    shown = rows if whole else rows[: min(failing + _MET, MOST)]
    header, *lines = _table(shown, screen, whole=whole)
    items = [
        [
            *(Line(line, _STYLES.get(row.budget.verdict, "")) for line in of_row),
            *_detail(row, screen, whole=whole),
        ]
        for row, of_row in zip(shown, lines, strict=True)
    ]
    head = [Line(line, "title") for line in header]
    return Items(head, items, more, left_out=len(rows) - len(shown))


def _table(rows: Sequence[_Row], screen: Screen, *, whole: bool) -> list[list[str]]:
    figures = [
        Column("cost", [_cost(row.budget) for row in rows]),
        Column("limit", [_limit(row.budget, screen) for row in rows]),
        Column("used", [_share(row.used) for row in rows], rank=1),
        Column("", [_verdict(row.budget) for row in rows], left=True),
    ]
    return with_names("budgets", [row.name for row in rows], figures, screen, whole=whole)


def _cost(budget: BudgetEntry) -> str:
    return units.quantity(budget.actual, budget.unit[0])


def _limit(budget: BudgetEntry, screen: Screen) -> str:
    """The limit as the user wrote it, with its functional unit if there is room."""
    whole, room = screen.text(budget.limit), int(_LIMIT_WIDTH * screen.width)
    return whole if display_width(whole) <= room else screen.name(whole.partition(" per ")[0], room)


def _share(used: float | None) -> str:
    if used is None:
        return "-"
    if used < 1.1:
        return "<1%" if 0 < used < 0.005 else f"{used:.0%}"
    return f"{used:.1f}x" if used < 10 else f"{used:,.0f}x" if used < 1e6 else f"{used:.0e}x"


def _verdict(budget: BudgetEntry) -> str:
    return budget.verdict if budget.verdict in ("ok", "inconclusive") else budget.verdict.upper()


def _detail(row: _Row, screen: Screen, *, whole: bool) -> Iterator[Line]:
    """What was read and where the limit was set, on one line if there is room for both."""
    # A reason to add to a budget that is met: part of its figure is an estimate.
    if row.budget.verdict == "ok" and not (whole or row.budget.reason):
        return
    what, place = screen.text(f"    {_what(row)}"), screen.text(row.budget.where)
    room = screen.width - display_width(what) - 2
    if what.strip() and room >= min(_LEAST_PLACE, display_width(place)):
        at = min(int(_PLACES_AT * screen.width), screen.width - 2 - display_width(place))
        yield Line(f"{padded(what, at)}  {screen.name(place, room)}")
        return
    most = None if whole else 2
    yield from screen.wrap(what, most=most) if what.strip() else ()
    yield from screen.wrap(f"    {place}", most=None if whole else 1)


def _what(row: _Row) -> str:
    budget = row.budget
    if budget.verdict == "unmeasured":
        return budget.reason or "no figure"
    parts = [budget.unit.partition(" ")[2], _interval(budget), counted(budget.runs, "run")]
    if budget.verdict in ("ok", "exceeded") and budget.reason not in parts:
        parts.append(budget.reason or "")
    return ", ".join(part for part in parts if part) + _outliers(row.test)


def _interval(budget: BudgetEntry) -> str:
    actual, around = budget.actual, budget.uncertainty
    if not actual or around is None or not math.isfinite(around / actual):
        return budget.reason or "uncertainty unknown"
    share = around / actual
    return f"±{share:.0%}" if share >= 0.01 else "±<1%"


def _outliers(test: TestEntry | None) -> str:
    """One word beside the interval where runs stand out, which still count for the median."""
    runs = test.measurement.runs if test is not None and test.measurement is not None else None
    return ", outliers" if runs and outliers([run.total_j or 0.0 for run in runs]) else ""
