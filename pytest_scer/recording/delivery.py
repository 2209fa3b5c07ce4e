"""What travels to the collector on pytest's reports, under pytest-xdist also between processes."""

from __future__ import annotations

from typing import Any, Final

import pytest

from pytest_scer.recording.reports import COMPACT, record_of
from pytest_scer.report.compact import Compact

EXTRAS: Final = "scer_extras"
"""The attribute of a pytest report that carries everything except that test's own record:
fixtures, faults, findings, and records of earlier attempts."""


class Delivery:
    """Attaches records to reports, and knows which of them were never logged.

    pytest-rerunfailures logs no teardown report for an attempt that it repeats. The record of such
    an attempt is delivered with the extras of the next report.
    """

    def __init__(self) -> None:
        """Start with nothing to deliver."""
        self._extras: dict[str, list[Any]] = {}
        self._undelivered: dict[str, Any] | Compact | None = None

    def put(self, kind: str, row: object) -> None:
        """Add a row to what the next report of a test carries.

        Args:
            kind: What it is: ``tests``, ``fixtures``, ``confirming``, ``served``, ``faults`` or
                ``findings``.
            row: The row, of plain builtins.
        """
        self._extras.setdefault(kind, []).append(row)

    def attach(self, report: pytest.TestReport, record: dict[str, Any] | Compact) -> None:
        """Attach the record of a test to its last report, with all that is left to deliver.

        Args:
            report: The report.
            record: The record, or its compact form.
        """
        if self._extras or self._undelivered is not None:
            setattr(report, EXTRAS, self.rest())
        self._undelivered = record
        setattr(report, "scer" if isinstance(record, dict) else COMPACT, record)

    def logged(self, report: pytest.TestReport) -> None:
        """Note that a report was logged, and with it delivered."""
        if self._undelivered is record_of(report):
            self._undelivered = None

    def rest(self) -> dict[str, list[Any]]:
        """Return what no report has delivered yet."""
        if self._undelivered is not None:
            self.put("tests", self._undelivered)
            self._undelivered = None
        rest, self._extras = self._extras, {}
        return rest
