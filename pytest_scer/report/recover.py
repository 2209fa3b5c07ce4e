"""Rebuild the report of a session that did not end from its journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from pytest_scer.core.units import counted
from pytest_scer.meters.base import HostTotals, absent
from pytest_scer.report import build
from pytest_scer.report.compact import decoded, entry_of
from pytest_scer.report.entries_from_json import Json, load_fixture, load_test
from pytest_scer.report.journal import is_held, read_lines
from pytest_scer.report.model import Finding, Report
from pytest_scer.report.reading import checked, checked_report
from pytest_scer.report.schema import ROWS

_EMPTY: Final = ("tests", "not_run", "fixtures", "budgets", "ratings", "findings", "warnings")
_MOST_NAMED: Final = 10


class Recovered(NamedTuple):
    """A report that was rebuilt from a journal.

    Attributes:
        report: The report.
        missing: What of the journal could not be read, in words; empty if all of it could.
        is_running: Whether the session still runs, so that its journal is still needed.
    """

    report: Report
    missing: str
    is_running: bool


def recover(path: Path) -> Recovered:
    """Build a report from a journal.

    The session is marked as interrupted and has no exit status. The totals are those at the end of
    its last tests; what the session used after that is unknown. Lines that cannot be read are left
    out, and a warning says so.

    Raises:
        ValueError: The file is not a journal, or even its first line is incomplete.
    """
    is_running = is_held(path)
    try:
        lines = read_lines(path)
        rebuilding = _Rebuilding(_head(path, next(lines, {})))
        for number, line in enumerate(lines, start=2):
            rebuilding.take(number, line)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    report, missing = rebuilding.report(), rebuilding.missing()
    what = "the session still runs" if is_running else "the session did not end"
    report.warnings.append(
        f"recovered from {path.name}: {what}; its totals are those at the end of its last test"
    )
    if missing:
        report.warnings.append(f"{path.name}: {missing}")
    return Recovered(report, missing, is_running)


def _head(path: Path, line: Json | None) -> Report:
    """The report without any tests, from the first line.

    Raises:
        ValueError: It is not the first line of a journal.
    """
    if line is None:
        raise ValueError(
            f"{path}: line 1 is not JSON: the file is damaged, or not a pytest-scer journal"
        )
    head = line.get("head")
    if not isinstance(head, dict):
        raise ValueError(f"{path}: not a pytest-scer journal: its first line has no head")
    return checked_report({**head, **{name: [] for name in _EMPTY}}, f"{path}: line 1: head")


class _Rebuilding:
    """A report that grows line by line, and which lines it lacks."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._absent = absent(report.meters)
        cpu_j, gpu_j, ram_j = (
            None if name in self._absent else 0.0 for name in ("cpu", "gpu", "ram")
        )
        self._final = HostTotals(0.0, cpu_j, gpu_j, ram_j)
        self._collected: list[str] = []
        self._unreadable: list[int] = []
        self._unwritten = 0

    def take(self, number: int, line: Json | None) -> None:
        """Add a line, or note that it cannot be read."""
        try:
            for kind, row in (line or {"": None}).items():
                self._add(kind, row)
        except (KeyError, TypeError, ValueError):
            self._unreadable.append(number)

    def _add(self, kind: str, row: Any) -> None:
        report = self._report
        row = checked(ROWS[kind], row)
        if kind == "test":
            report.tests.append(load_test(row, self._absent))
        elif kind == "compact":
            report.tests.append(entry_of(decoded(row, self._absent)))
        elif kind == "totals":
            self._final = HostTotals(*row)
        elif kind == "fixture":
            report.fixtures.append(load_fixture(row, self._absent))
        elif kind == "warning":
            report.warnings.append(row)
        elif kind == "finding":
            report.findings.append(Finding(**row))
        elif kind == "confirming":
            report.confirming_energy_j += row
        elif kind == "collected":
            self._collected = row
        elif kind == "lost":
            self._unwritten += row

    def report(self) -> Report:
        """The report of what was read."""
        report = self._report
        seen = {test.nodeid for test in report.tests}
        report.not_run = [nodeid for nodeid in self._collected if nodeid not in seen]
        build.finish(report, build.at_least(report, self._final))
        return report

    def missing(self) -> str:
        """What was not read, in words."""
        return "; ".join(self._gaps())

    def _gaps(self) -> Iterator[str]:
        numbers = self._unreadable
        if numbers:
            named = ", ".join(map(str, numbers[:_MOST_NAMED]))
            more = f" and {len(numbers) - _MOST_NAMED} more" if len(numbers) > _MOST_NAMED else ""
            yield f"{len(numbers)} of its lines cannot be read: {named}{more}"
        if self._unwritten:
            yield f"{counted(self._unwritten, 'line')} could not be written while the session ran"
