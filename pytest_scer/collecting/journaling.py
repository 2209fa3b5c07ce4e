"""The journal of a session with outputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pytest_scer.meters.base import HostTotals
from pytest_scer.report.files import reason
from pytest_scer.report.journal import Journal
from pytest_scer.report.model import Report
from pytest_scer.report.to_json import dump_head


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
