"""The record of a test that has ended: in its compact form where that tells all, else in full."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_scer.config.settings import Settings
from pytest_scer.formats import junit
from pytest_scer.recording.reports import is_plain, recorded_when_read
from pytest_scer.recording.testrun import TestRun
from pytest_scer.report.compact import Compact, CompactForm
from pytest_scer.report.entries_to_json import MeasurementForm, dump_test
from pytest_scer.report.model import TestEntry


class Records:
    """Makes the records of the tests that this process runs.

    Attributes:
        are_compact: Whether tests may have the compact form.
    """

    def __init__(
        self,
        settings: Settings,
        as_entry: Callable[[TestRun], TestEntry],
        form: MeasurementForm,
        compact: CompactForm,
    ) -> None:
        """Make no record yet.

        Args:
            settings: The settings of the session.
            as_entry: Makes the entry of a test.
            form: How measurements become JSON.
            compact: Makes the compact form.
        """
        self._settings = settings
        self._as_entry = as_entry
        self._form = form
        self._compact = compact
        self._latest: tuple[dict[str, Any], TestEntry] | None = None
        self._report_class = recorded_when_read(self._expand)
        # Whoever expands a compact form is there only in sessions that measure every test.
        self.are_compact = settings.measures_every_test and not settings.junit

    def of(self, test: TestRun, report: pytest.TestReport) -> dict[str, Any] | Compact:
        """Return the record of a test, in its compact form where that tells all.

        Args:
            test: The test.
            report: Its last report, which then makes the record when somebody reads it.
        """
        if test.is_plain and self.are_compact and is_plain(report):
            report.__class__ = self._report_class
            return self._compact.dump(
                test.nodeid, test.outcome, test.attempt, test.marks, test.stages
            )
        return self._in_full(test, report)

    def _in_full(self, test: TestRun, report: pytest.TestReport) -> dict[str, Any]:
        test.servers.end()
        if test.marker.limits and not test.judgements and "call" in test.stages:
            test.judge_unfinished()
        entry = self._as_entry(test)
        record = dump_test(entry, self._form)
        self._latest = record, entry
        if self._settings.junit:
            report.user_properties = [*report.user_properties, *junit.properties(record)]
        return record

    def _expand(self, compact: Compact) -> dict[str, Any]:
        """Make the record of a test from its compact form."""
        return dump_test(self._compact.load(compact), self._form)

    def entry_of(self, record: dict[str, Any] | Compact) -> TestEntry | None:
        """Return the entry of a record if it is at hand, which saves parsing the record."""
        if not isinstance(record, dict):
            return self._compact.load(record)
        latest, self._latest = self._latest, None
        return latest[1] if latest is not None and latest[0] is record else None
