"""The record of a test on its last pytest report, made when somebody reads it.

A record has a hundred figures. Most sessions have no plugin that reads ``report.scer``, so a report
carries the compact form of its test until then.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import cached_property
from typing import Any, Final

import pytest

from pytest_scer.report.compact import Compact

COMPACT: Final = "scer_compact"
"""The attribute of a report that holds the compact form of its test; see
:mod:`pytest_scer.report.compact`. It is of plain builtins, which travel between processes."""

Expand = Callable[[Compact], dict[str, Any]]
"""Makes the record of a test from its compact form."""


def recorded_when_read(expand: Expand) -> type[pytest.TestReport]:
    """Return the class of the reports of a session that make ``report.scer`` when it is read.

    Args:
        expand: Makes the record.
    """

    # pytest sends reports between processes by the name of their class. None is made here: one that
    # pytest has made changes its class.
    class TestReport(pytest.TestReport):
        __test__ = False  # pytest must not collect it

        @cached_property
        def scer(self) -> dict[str, Any]:
            """The record of the test.

            Raises:
                AttributeError: It was taken off already.
            """
            line = self.__dict__.get(COMPACT)
            if line is None:
                raise AttributeError("the record of the test has been taken off its report")
            return expand(line)

        def __reduce__(self) -> tuple[Any, ...]:
            """A copy, or what another process unpickles, is a report of pytest's own class."""
            made = {**self.__dict__}
            if made.pop(COMPACT, None) is not None:
                made["scer"] = self.scer
            return _restored, (made,)

    return TestReport


class FromOtherProcesses:
    """A plugin that lets reports from workers make their records, as those of this process do."""

    def __init__(self, expand: Expand) -> None:
        """Make no record yet.

        Args:
            expand: Makes the record.
        """
        self._class = recorded_when_read(expand)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Change the class of a report that carries a compact form, before others read it."""
        if report.when == "teardown" and COMPACT in report.__dict__ and is_plain(report):
            report.__class__ = self._class


class InReportLogs:
    """A plugin that puts records into what others write of reports, such as pytest-reportlog.

    Workers do without it: what they send to the controller stays compact.
    """

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(
        self, report: pytest.CollectReport | pytest.TestReport
    ) -> Generator[None, dict[str, Any] | None, dict[str, Any] | None]:
        """Replace the compact form by the record."""
        data = yield
        if data is not None and data.pop(COMPACT, None) is not None:
            data["scer"] = getattr(report, "scer", None)
        return data


def _restored(attributes: dict[str, Any]) -> pytest.TestReport:
    report = object.__new__(pytest.TestReport)
    report.__dict__.update(attributes)
    return report


def is_plain(report: pytest.TestReport) -> bool:
    """Whether a report is of pytest's own class, so that it can make its record when asked."""
    return type(report) is pytest.TestReport


def record_of(report: pytest.TestReport) -> dict[str, Any] | Compact | None:
    """The record that a report carries, in its compact form where it has one; None without one."""
    attributes = report.__dict__
    record: dict[str, Any] | Compact | None = attributes.get(COMPACT, attributes.get("scer"))
    return record


def take_record(report: pytest.TestReport) -> dict[str, Any] | Compact | None:
    """Take the record off a report, which the terminal keeps; see :func:`record_of`."""
    attributes = report.__dict__
    record: dict[str, Any] | Compact | None = attributes.pop("scer", None)
    if COMPACT in attributes:
        record = attributes.pop(COMPACT)
    return record
