from __future__ import annotations

from reports import report

from pytest_scer.findings.ranking import most_important
from pytest_scer.report.model import Finding, Report, Totals


def found(kind: str, severity: str, value: float | None, unit: str | None = "J") -> Finding:
    return Finding(kind, kind, [], severity, "do this", value, unit)


def kinds(*findings: Finding, total_j: float | None = 1000.0, most: int = 5) -> list[str]:
    totals = Totals(total_j, None, None, 0.0, 0.0)
    made: Report = report(totals=totals, findings=list(findings))
    return [each.kind for each in most_important(made, most)]


def test_most_joules_come_first_and_warnings_before_hints() -> None:
    assert kinds(
        found("hint", "hint", 20),
        found("hint without joules", "hint", 475, "gCO2e per kWh"),
        found("large hint", "hint", 500),
        found("warning without joules", "warning", 3, "tests"),
        found("warning", "warning", 20),
        found("warning without a figure", "warning", None, None),
        most=6,
    ) == [
        "warning without joules",
        "warning without a figure",
        "large hint",
        "warning",
        "hint",
        "hint without joules",
    ]


def test_what_is_trivial_or_has_no_remedy_is_left_out() -> None:
    assert kinds(
        found("trivial", "warning", 9.9),
        found("about a hundredth", "hint", 10),
        found("info", "info", 500),
        Finding("no remedy", "x", [], "warning", None, 500, "J"),
    ) == ["about a hundredth"]


def test_without_a_total_nothing_is_trivial() -> None:
    assert kinds(found("a", "hint", 1e-9), total_j=None) == ["a"]
    assert kinds(found("a", "hint", 1e-9), total_j=0.0) == ["a"]


def test_at_most_five_or_as_many_as_asked() -> None:
    many = [found(str(n), "hint", 100 + n) for n in range(8)]
    assert kinds(*many) == ["7", "6", "5", "4", "3"]
    assert kinds(*many, most=1) == ["7"]
    assert kinds(*many, most=0) == []
    assert kinds() == []
