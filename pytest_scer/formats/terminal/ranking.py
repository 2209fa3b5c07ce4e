"""Where the energy went: tests and fixtures in one ranking."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from pytest_scer.core import COMPONENTS, units
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.units import counted
from pytest_scer.formats import hosted
from pytest_scer.formats.terminal.screen import BAR, Line, Screen
from pytest_scer.formats.terminal.table import Column, with_names
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.base import Provenance
from pytest_scer.report.model import FixtureEntry, Report, TestEntry
from pytest_scer.report.names import Names

WAITS: Final = 0.99
"""A test waits if at least this share of its energy is a constant power."""
_BARS: Final = ((160, 24), (100, 16), (0, 8))
"""Columns of the longest bar, by columns of the terminal."""
_LEAST_NAME: Final = 0.52
"""The share of the width that names should have: they tell more than any column but the first."""
_CALLED: Final = {"cpu": "CPU", "gpu": "GPU", "ram": "memory"}


@dataclass(frozen=True)
class _Row:
    """A test or a fixture; ``cost`` is all that it used, None if it has no figure."""

    name: str
    cost: Measurement | None
    is_fixture: bool = False
    hosted: str = ""

    @property
    def joules(self) -> float:
        return self.cost.known_j if self.cost is not None else -1.0

    @property
    def seconds(self) -> float:
        return self.cost.duration_s if self.cost is not None else -1.0


class Ranking:
    """The block of tests and fixtures."""

    def __init__(
        self,
        report: Report,
        names: Names,
        screen: Screen,
        *,
        sort: str,
        top: int,
        whole: bool = False,
    ) -> None:
        """Rank the tests and fixtures.

        Args:
            report: The report.
            names: The names of its tests.
            screen: Where it is printed.
            sort: The order, one of ``SORT_KEYS``.
            top: How many rows it has at most.
            whole: Whether names and notes are not shortened, and every component has a column.
        """
        self._report = report
        self._names = names
        self._screen = screen
        self._whole = whole
        self._constant = [
            name for name in COMPONENTS if report.meters[name].provenance is Provenance.CONSTANT
        ]
        tests = [self._of_test(test) for test in report.tests]
        fixtures = [*self._fixtures()]
        self._rows = _sorted([*tests, *fixtures], sort)
        self._top = top
        self._notes = [*self._remarks()]

    @property
    def size(self) -> int:
        """How many lines it takes."""
        if not self._rows:
            return 0
        rows = min(len(self._rows), self._top)
        return 1 + rows + (rows < len(self._rows)) + len(self._notes) + self._is_marked(rows)

    @property
    def least(self) -> int:
        """How many lines it takes with one row."""
        return 2 + (len(self._rows) > 1) + len(self._notes) + self._is_marked(1)

    def lines(self, most: int) -> list[Line]:
        """The first rows, and what the others cost together."""
        shown = min(self._top, len(self._rows))
        if self.size > most:
            shown = max(min(shown, most - 2 - len(self._notes) - self._is_marked(shown)), 1)
        header, *rows = self._table(shown)
        lines = [Line(line, "title") for line in header]
        lines += (Line(line) for row in rows for line in row)
        if self._is_marked(shown):
            named = " and ".join(_CALLED[name] for name in self._constant)
            text = f"  * waits: {WAITS:.0%} or more of it is the constant power of the {named}"
            lines.append(Line(self._screen.cut(text)))
        return [*lines, *self._notes]

    def _is_marked(self, shown: int) -> bool:
        return any(self._waits(row.cost) for row in self._rows[:shown])

    # --- rows -------------------------------------------------------------------------------

    def _of_test(self, test: TestEntry) -> _Row:
        stages = [stage for stage in test.stages.values() if stage is not None]
        # A test without a figure has none here either: what was seen of it may be a small part.
        cost = _sum(stages) if test.measurement is not None else None
        runs = test.measurement.run_count if test.measurement is not None else 1
        remark = f" ({counted(runs, 'run')})" if runs > 1 else ""
        return _Row(self._names.attempt(test) + remark, cost, hosted=hosted.of_test(test))

    def _fixtures(self) -> Iterator[_Row]:
        """Yield a row per fixture, however often it was built."""
        built: dict[tuple[str, str], list[FixtureEntry]] = defaultdict(list)
        for fixture in self._report.fixtures:
            built[fixture.name, fixture.scope].append(fixture)
        for (name, scope), entries in built.items():
            times = "" if len(entries) == 1 else f", built {len(entries)} times"
            cost = _sum([entry.measurement for entry in entries])
            yield _Row(f"fixture {name} ({scope}{times})", cost, is_fixture=True)

    def _waits(self, cost: Measurement | None) -> bool:
        if cost is None or not self._constant or not cost.known_j > 0:
            return False
        works = any(
            getattr(cost, f"{name}_j") is not None
            for name in COMPONENTS
            if name not in self._constant
        )
        constant_j = math.fsum(getattr(cost, f"{name}_j") or 0.0 for name in self._constant)
        return works and constant_j >= WAITS * cost.known_j

    # --- table ------------------------------------------------------------------------------

    def _table(self, shown: int) -> list[list[str]]:
        rows, rest = self._rows[:shown], self._rows[shown:]
        names = [row.name + (" *" if self._waits(row.cost) else "") for row in rows]
        costs = [row.cost for row in rows]
        if rest:
            names.append(_more(rest))
            known = [row.cost for row in rest if row.cost is not None and row.cost.complete]
            costs.append(_sum(known))
        figures = self._columns(costs, shown)
        if any(row.hosted for row in self._rows):
            apart = [row.hosted for row in rows] + [""] * (len(costs) - len(rows))
            figures.append(Column("hosted", apart, rank=2))
        return with_names(
            "where it went",
            names,
            figures,
            self._screen,
            whole=self._whole,
            least_name=_LEAST_NAME,
        )

    def _columns(self, costs: Sequence[Measurement | None], ranked: int) -> list[Column]:
        """The columns; those of the others together, behind the ranked rows, have no bar."""
        joules = [None if cost is None or not cost.complete else cost.known_j for cost in costs]
        grams = [None if each is None else self._report.conversion.grams(each) for each in joules]
        total_j = self._report.totals.total_j
        shares = [each / total_j if each is not None and total_j else None for each in joules]
        bars = [*_bars(shares[:ranked], self._screen), *[""] * (len(shares) - ranked)]
        figures = [
            Column("energy", units.in_one_unit(joules, "J")),
            Column("share", [_percent(share) for share in shares]),
            Column("", bars, left=True, rank=2),
            Column("CPU time", _each(costs, "cpu_time_s", "s"), rank=1),
            Column("CO2e", units.in_one_unit(grams, "g"), rank=3),
            Column("time", _each(costs, "duration_s", "s"), rank=4),
        ]
        present = [
            name
            for name in COMPONENTS
            if self._report.meters[name].provenance is not Provenance.ABSENT
        ]
        if len(present) > 1:
            figures += (
                Column(_CALLED[name], _each(costs, f"{name}_j", "J"), rank=5) for name in present
            )
        return figures

    # --- notes ------------------------------------------------------------------------------

    def _remarks(self) -> Iterator[Line]:
        """Yield which tests have no figure, and why."""
        missing = [
            test for test in self._report.tests if test.unmeasured and test.outcome != "skipped"
        ]
        shown = missing if self._whole else missing[:1]
        for test in shown:
            text = f"  not measured: {self._names.short(test.nodeid)}: {test.unmeasured}"
            yield from self._screen.wrap(text, "doubtful", most=None if self._whole else 1)
        if len(missing) > len(shown):
            rest = counted(len(missing) - len(shown), "more test")
            yield from self._screen.wrap(f"  not measured: {rest}", "doubtful")


def _sum(parts: Sequence[Measurement]) -> Measurement | None:
    """The energy and time of several pieces of work; None if there are none."""
    return sum(parts[1:], parts[0]) if parts else None


def _sorted(rows: list[_Row], key: str) -> list[_Row]:
    if key == "order":
        return rows
    if key == "name":
        return sorted(rows, key=lambda row: (row.is_fixture, row.name))
    if key == "duration":
        return sorted(rows, key=lambda row: row.seconds, reverse=True)
    return sorted(rows, key=lambda row: row.joules, reverse=True)


def _more(rest: Sequence[_Row]) -> str:
    fixtures = sum(row.is_fixture for row in rest)
    tests = len(rest) - fixtures
    parts = [
        *([counted(tests, "more test")] if tests else ()),
        *([counted(fixtures, "more fixture")] if fixtures else ()),
    ]
    return ", ".join(parts)


def _percent(share: float | None) -> str:
    if share is None or not math.isfinite(share):
        return "-"
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def _bars(shares: Sequence[float | None], screen: Screen) -> list[str]:
    """A bar per share; the largest is as long as the terminal has room for."""
    longest = next(cells for least, cells in _BARS if screen.width >= least - 1)
    known = [share if share is not None and math.isfinite(share) else 0.0 for share in shares]
    largest = max(known, default=0.0)
    return [BAR * round(longest * share / largest) if largest > 0 else "" for share in known]


def _each(costs: Sequence[Measurement | None], name: str, unit: str) -> list[str]:
    return units.in_one_unit(
        [None if cost is None else getattr(cost, name) for cost in costs], unit
    )
