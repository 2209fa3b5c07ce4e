"""pytest-html: energy and CO2e in its report."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_scer.core import units
from pytest_scer.report.model import Report


class HtmlReport:
    """Adds two columns and the session's total to the report of pytest-html."""

    def __init__(self) -> None:
        """Start without a record."""
        self._record: dict[str, Any] = {}
        self._report: Report | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the record: pytest-html makes all rows of a test at the test's last report."""
        self._record = getattr(report, "scer", {})

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Name the columns."""
        cells[-1:-1] = ["<th>Energy</th>", "<th>CO2e</th>"]

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: pytest.TestReport, cells: list[str]) -> None:
        """Show the figures that the budgets of the test read; ``-`` if there are none."""
        measured = self._record.get("measurement")
        joules = None if measured is None else measured["energy_j"]["total"]
        grams = None if measured is None else measured["co2e_g"]
        cells[-1:-1] = [
            f"<td>{units.quantity(joules, 'J')}</td>",
            f"<td>{units.quantity(grams, 'g')}</td>",
        ]

    def pytest_scer_report(self, report: Report) -> None:
        """Keep the complete report."""
        self._report = report

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Show the session's total."""
        if self._report is not None:
            joules = self._report.totals.total_j
            grams = None if joules is None else self._report.conversion.grams(joules)
            prefix.append(
                f"<p>SCER: {units.quantity(joules, 'J')}, "
                f"{units.quantity(grams, 'g', suffix='CO2e')}</p>"
            )
