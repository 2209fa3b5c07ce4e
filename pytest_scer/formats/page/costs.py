"""The fixtures of a page, which cost energy that no test is charged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from pytest_scer.formats.page.figures import Figure, quantity
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.model import FixtureEntry, Report
from pytest_scer.report.spending import together

MOST: Final = 50
"""How many fixtures are listed."""


@dataclass(frozen=True)
class Row:
    """A fixture, however often it was built."""

    name: str
    scope: str
    built: int
    first: str
    energy: Figure
    duration: Figure


def fixtures(report: Report) -> tuple[Sequence[Row], int]:
    """Return the fixtures of wider scope that cost most, and how many more there are."""
    built: dict[tuple[str, str], list[FixtureEntry]] = defaultdict(list)
    for fixture in report.fixtures:
        built[fixture.name, fixture.scope].append(fixture)
    rows = [_row(name, scope, entries) for (name, scope), entries in built.items()]
    ranked = sorted(rows, key=lambda row: -(row.energy.value or 0.0))
    return ranked[:MOST], max(len(ranked) - MOST, 0)


def _row(name: str, scope: str, entries: Sequence[FixtureEntry]) -> Row:
    cost = together([each.measurement for each in entries])
    return Row(
        name,
        scope,
        len(entries),
        entries[0].nodeid,
        quantity(None if cost is None else cost.total_j, "J"),
        quantity(None if cost is None else cost.duration_s, "s"),
    )
