"""Rebuild the report of a session that did not end from its journal."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from pytest_scer.meters.base import HostTotals, Provenance
from pytest_scer.report import build
from pytest_scer.report.from_json import Json, load_fixture, load_report, load_test
from pytest_scer.report.journal import read_lines
from pytest_scer.report.model import SCHEMA_VERSION, Finding, Report

_EMPTY = ("tests", "not_run", "fixtures", "budgets", "findings", "warnings")


def recover(path: Path) -> Report:
    """Build a report from a journal.

    The session is marked as interrupted and has no exit status. The totals are those at the end of
    the last test; what the session used after that is unknown.

    Raises:
        ValueError: The file is not a journal, or even its first line is incomplete.
    """
    lines = read_lines(path)
    try:
        head = next(lines, {}).get("head")
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    if head is None:
        raise ValueError(f"{path}: not a pytest-scer journal: its first line has no head")
    if head["schema_version"] != SCHEMA_VERSION:
        raise ValueError(
            f"{path}: unknown schema version {head['schema_version']}; "
            "use the pytest-scer that wrote the journal"
        )
    report = load_report({**head, **{name: [] for name in _EMPTY}})
    absent = {name for name, info in report.meters.items() if info.provenance is Provenance.ABSENT}
    cpu_j, gpu_j, ram_j = (None if name in absent else 0.0 for name in ("cpu", "gpu", "ram"))
    final = HostTotals(0.0, cpu_j, gpu_j, ram_j)
    collected: list[str] = []
    for line in lines:
        final = _take(line, report, absent) or final
        collected = line.get("collected", collected)
    seen = {test.nodeid for test in report.tests}
    report.not_run = [nodeid for nodeid in collected if nodeid not in seen]
    build.finish(report, final)
    report.warnings.append(
        f"recovered from {path.name}: the session did not end; its totals are those at the end of "
        "its last test"
    )
    return report


def _take(line: Json, report: Report, absent: Collection[str]) -> HostTotals | None:
    """Add a line of the journal to the report; the host's totals, if the line holds them."""
    if "test" in line:
        report.tests.append(load_test(line["test"], absent))
        return HostTotals(*line["totals"])
    if "fixture" in line:
        report.fixtures.append(load_fixture(line["fixture"], absent))
    elif "warning" in line:
        report.warnings.append(line["warning"])
    elif "confirming" in line:
        report.confirming_energy_j += line["confirming"]
    elif "finding" in line:
        report.findings.append(Finding(**line["finding"]))
    return None
