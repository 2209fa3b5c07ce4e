"""Compared variants and sweeps on a page: a picture and a table for each comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_scer.charts.chart import Chart
from pytest_scer.charts.variants import TOP
from pytest_scer.charts.variants import charts as charts_of_variants
from pytest_scer.formats.terminal import variant_rows
from pytest_scer.formats.terminal.variant_rows import Row
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.model import Report
from pytest_scer.report.names import Names


@dataclass(frozen=True)
class Compared:
    """A comparison; ``picture`` is the name of its chart."""

    title: str
    nodeid: str
    per: str
    rows: Sequence[Row]
    more: int
    picture: str

    @property
    def has_quality(self) -> bool:
        """Whether the quality of a variant is known."""
        return any(row.quality for row in self.rows)


def comparisons(report: Report, names: Names) -> tuple[Sequence[Compared], Mapping[str, Chart]]:
    """Return the comparisons of a report, and their pictures by name.

    Args:
        report: The report.
        names: The names of its tests.
    """
    found = list(variant_rows.compared(report))[:TOP]
    has_figure = [entry.cheapest is not None for _, entry in found]
    drawn = iter(charts_of_variants(report))
    charts = {
        f"variants-{number}": chart
        for number, known in enumerate(has_figure)
        if known and (chart := next(drawn, None)) is not None
    }
    shown = []
    for number, (test, entry) in enumerate(found):
        rows = variant_rows.rows(entry, report.digits)
        title = variant_rows.title(names.attempt(test), entry)
        rest = len(rows) - min(len(rows), TOP)
        per = variant_rows.per(entry)
        shown.append(Compared(title, test.nodeid, per, rows[:TOP], rest, f"variants-{number}"))
    return shown, charts
