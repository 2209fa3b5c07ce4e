"""Keeping the journal of a session with outputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pytest_scer.meters.base import HostTotals
from pytest_scer.report.journal import Journal
from pytest_scer.report.model import Report
from pytest_scer.report.to_json import dump_head


class Journaling:
    """Writes the journal; without an output, and after a fault, it does nothing."""

    def __init__(self, output: Path | None, warn: Callable[[str], None]) -> None:
        """No journal is open yet.

        Args:
            output: The first output of the session, beside which the journal stands.
            warn: Takes what a reader of the report has to know.
        """
        self._output = output
        self._warn = warn
        self._journal: Journal | None = None

    @property
    def name(self) -> str | None:
        """The name of the journal that is open."""
        return None if self._journal is None else self._journal.path.name

    def begin(self, report: Report, collected: Sequence[str]) -> None:
        """Open it.

        Args:
            report: The report without any test.
            collected: The tests that are about to run.
        """
        if self._output is None:
            return
        try:
            self._journal = Journal.begin(self._output, report.session.id, dump_head(report))
        except OSError as error:
            self._warn(f"no journal is kept: {error}")
            return
        for orphan in self._journal.orphans:
            self._warn(
                f"{orphan.name} is left of a session that did not end; "
                f"`pytest-scer recover {orphan.name} -o OUT.json` makes its report"
            )
        self.write("collected", collected)

    def write(self, kind: str, row: Any, totals: HostTotals | None = None) -> None:
        """Append a line; a fault ends the journal, and the session goes on."""
        if self._journal is None:
            return
        try:
            self._journal.write(kind, row, totals)
        except OSError as error:
            journal, self._journal = self._journal, None
            self._warn(f"{journal.path.name} ends here: {error.strerror}")
            journal.close(keep=True)

    def close(self, *, keep: bool) -> None:
        """End it; one whose report was written is removed."""
        if self._journal is not None:
            self._journal.close(keep=keep)
            self._journal = None
