"""Compared variants and sweeps as Markdown tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.core.units import counted
from pytest_scer.formats import markdown
from pytest_scer.formats.terminal import variant_rows
from pytest_scer.report.comparisons import ComparisonEntry
from pytest_scer.report.model import Report
from pytest_scer.report.names import Names

MOST_TABLES: Final = 10
"""How many comparisons are shown; the others are counted."""
MOST_ROWS: Final = 20
"""How many variants of a comparison are shown."""


def comparisons(report: Report, names: Names) -> Iterator[str]:
    """Yield a table for each comparison.

    Args:
        report: The report.
        names: The names of its tests.
    """
    found = list(variant_rows.compared(report))
    for test, entry in found[:MOST_TABLES]:
        yield ""
        yield f"**{markdown.text(variant_rows.title(names.attempt(test), entry))}**"
        yield from _table(entry, report.digits)
    if (more := len(found) - MOST_TABLES) > 0:
        yield ""
        yield f"and {counted(more, 'more comparison')}"


def _table(entry: ComparisonEntry, digits: int) -> Iterator[str]:
    rows = variant_rows.rows(entry, digits)
    has_quality = any(row.quality for row in rows)
    yield from markdown.table(
        [
            "variant",
            "energy:",
            *([markdown.text(variant_rows.per(entry)) + ":"] if entry.unit else []),
            "to cheapest",
            *(["quality:"] if has_quality else []),
            "",
        ],
        [
            [
                markdown.code(row.name),
                row.energy,
                *([row.per_unit] if entry.unit else []),
                row.relative,
                *([row.quality or "-"] if has_quality else []),
                markdown.text(f"{row.remark} {row.by}".strip()),
            ]
            for row in rows[:MOST_ROWS]
        ],
    )
    if (more := len(rows) - MOST_ROWS) > 0:
        yield ""
        yield f"and {counted(more, 'more variant')}"
