"""The journal of a session with outputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from pytest_scer.meters.base import HostTotals
from pytest_scer.report.compact import Compact
from pytest_scer.report.entries_to_json import Json
from pytest_scer.report.files import reason
from pytest_scer.report.journal import Journal
from pytest_scer.report.model import Report
from pytest_scer.report.to_json import dump_head
from pytest_scer.system import System

TOTALS_EVERY_S: Final = 0.1
"""Seconds between two readings for the totals: with workers, each looks at all their processes."""


class Journaling:
    """Writes the journal; without an output it does nothing."""

    def __init__(self, output: Path | None, warn: Callable[[str], None]) -> None:
        """Open no journal yet.

        Args:
            output: The first output of the session; the journal is written next to it.
            warn: Adds a warning to the report.
        """
        self._output = output
        self._warn = warn
        self._journal: Journal | None = None
        self._failed = False
        self._totals_at_s = -math.inf

    @property
    def name(self) -> str | None:
        """The file name of the open journal."""
        return None if self._journal is None else self._journal.path.name

    def begin(self, report: Report, collected: Sequence[str]) -> None:
        """Open the journal.

        Args:
            report: The report, still without tests.
            collected: The tests that are about to run.
        """
        if self._output is None:
            return
        try:
            self._journal = Journal.begin(self._output, report.session.id, dump_head(report))
        except OSError as error:
            self._warn(f"no journal is written: {reason(error)}")
            return
        for orphan in self._journal.orphans:
            self._warn(
                f"{orphan.name} is left from a session that did not finish; "
                f"`pytest-scer recover {orphan.name} -o OUT.json` makes its report"
            )
        self.write("collected", collected)

    def write_test(self, record: Json | Compact, totals: Callable[[], HostTotals]) -> None:
        """Append a test, and from time to time what the host has used.

        Args:
            record: The record of the test, or its compact form.
            totals: Returns what the host has used until now.
        """
        if self._journal is None:
            return
        now_s = System.perf_counter()
        is_due = now_s - self._totals_at_s >= TOTALS_EVERY_S
        if is_due:
            self._totals_at_s = now_s
        kind = "test" if isinstance(record, dict) else "compact"
        self.write(kind, record, totals() if is_due else None)

    def write(self, kind: str, row: Any, totals: HostTotals | None = None) -> None:
        """Append a line. An error loses that line, but neither the session nor later lines."""
        if self._journal is None:
            return
        try:
            self._journal.write(kind, row, totals)
        except Exception as error:  # a test may have replaced what writes
            if not self._failed:
                self._failed = True  # first: the warning is a line of the journal, too
                why = reason(error) if isinstance(error, OSError) else error
                self._warn(f"{self._journal.path.name} is incomplete: {why}")

    def close(self, *, keep: bool) -> None:
        """Close the journal, and remove it unless ``keep`` is set."""
        if self._journal is not None:
            self._journal.close(keep=keep)
            self._journal = None
