from __future__ import annotations

from dataclasses import replace

from reports import MODELLED, entry, measured, report

from pytest_scer.formats.markdown import MOST_BYTES
from pytest_scer.formats.markdown_details import MOST_TEXTS
from pytest_scer.formats.markdown_report import (
    MOST_BUDGETS,
    MOST_MET,
    MOST_ROWS,
    dump_report,
    lines,
)
from pytest_scer.meters.base import ABSENT, Accuracy
from pytest_scer.report.model import BudgetEntry, Finding, FixtureEntry, Report, Totals

ODD = "t.py::test_it[<script>|`\n\u202e@user" + 5000 * "x" + "]"


def budget(verdict: str, actual: float | None = 5.0, limit: str = "10 J") -> BudgetEntry:
    reason = None if actual is not None else "no tokens were counted"
    return BudgetEntry(limit, 10.0, "J", actual, 0.5, 1, verdict, "--scer-test-budget", reason)


def text(made: Report) -> str:
    return "".join(dump_report(made))


def test_it_begins_with_verdict_and_total() -> None:
    first, blank, second, *_ = text(report(entry(measurement=measured(3.0)))).splitlines()
    assert first == "### Energy and CO2e of the tests: 1 test measured"
    assert blank == ""
    assert second.startswith("**4.00 kJ, 400 mg CO2e (Testland)")


def test_budgets_that_are_not_met_come_first_and_the_rest_is_counted() -> None:
    tests = [
        entry(nodeid=f"t.py::test_{n}", budgets=[budget(verdict, actual)])
        for n, (verdict, actual) in enumerate(
            [
                ("ok", 1.0),
                ("ok", 9.0),
                ("unmeasured", None),
                ("exceeded", 20.0),
                ("ok", 3.0),
                ("ok", 2.0),
            ]
        )
    ]
    rows = [line for line in text(report(*tests)).splitlines() if "--scer-test-budget" in line]
    assert [row.split(" | ")[0] for row in rows] == [f"| `t.py::test_{n}`" for n in (3, 2, 1, 4, 5)]
    assert rows[0].endswith("| 10 J | 2.0x | **exceeded** | `--scer-test-budget` |")
    assert "| no tokens were counted | 10 J | - | **unmeasured** |" in rows[1]
    assert f"\nand {6 - 2 - MOST_MET} more budget met\n" in text(report(*tests))


def test_tests_and_fixtures_are_ranked_together() -> None:
    made = report(
        entry(measurement=measured(3.0), nodeid="t.py::test_a"),
        entry(measurement=measured(1.0), nodeid="t.py::test_b"),
        fixtures=[
            FixtureEntry("model", "module", "t.py::test_a", "master", measured(3.0)),
            FixtureEntry("model", "module", "u.py::test_c", "master", measured(3.0)),
        ],
        totals=Totals(10.0, None, None, 4.0, 6.0),
    )
    rows = [line for line in text(made).splitlines() if line.endswith("\u2588 |")]
    assert [row.split(" | ")[0] for row in rows] == [
        "| fixture `model` (module, built 2 times)",
        "| `test_a`",
        "| `test_b`",
    ]
    assert rows[0].endswith("| 60% | " + 10 * "\u2588" + " |")


def test_findings_have_a_remedy_to_copy() -> None:
    finding = Finding(
        "x", "2 J | 3 J", ["t.py::a", "t.py::b"], "hint", "--scer-x   (or *another*)", 50.0, "J"
    )
    shown = text(report(findings=[finding], totals=Totals(100.0, None, None, 0.0, 0.0)))
    assert "\n* `t.py::a`, `t.py::b`: 2 J \\| 3 J\n  <br>`--scer-x` (or \\*another\\*)\n" in shown


def test_without_anything_it_is_its_headline_its_foot_and_how_it_was_measured() -> None:
    made = report(totals=Totals(None, None, None, 0.0, 0.0))
    *head, foot, blank, details = text(made).partition("\n\n**How it was")[0].splitlines()
    assert len(head) == 4
    assert foot == (
        "<sub>measured: CPU (RAPL), memory (RAPL); absent: GPU. operational emissions only; "
        "not an SCI score.</sub>"
    )
    assert (blank, details) == (
        "",
        "<details><summary>how it was measured, and on what</summary>",
    )


def test_how_far_the_total_may_be_off_stands_below_it() -> None:
    rough = replace(MODELLED, accuracy=Accuracy(-0.5, 1.0, "judgement", "a guess"))
    made = report(
        totals=Totals(10.0, None, None, 10.0, 0.0),
        meters={"cpu": rough, "gpu": ABSENT, "ram": ABSENT},
    )
    lines = text(made).splitlines()
    assert lines[4] == "The true figure may be half to 2.0 times of this."


def test_figures_have_the_digits_they_deserve() -> None:
    made = report(
        entry(measurement=measured(123.4), budgets=[budget("ok", 5.678)]),
        meters={"cpu": MODELLED, "gpu": ABSENT, "ram": MODELLED},
    )
    assert "| 120 J | 12 mg |" in text(made)
    assert "| 5.7 ± 0.5" in text(made)


def test_it_stays_within_the_limits_of_github_whatever_the_suite() -> None:
    tests = [
        entry(
            measurement=measured(float(n)),
            nodeid=f"{n}{ODD}",
            budgets=[replace(budget("exceeded"), source=ODD, limit="10 J")],
        )
        for n in range(300)
    ]
    many = [Finding("x", ODD, [ODD] * 300, "hint", ODD, 1e6, "J") for _ in range(9)]
    made = report(*tests, findings=many, warnings=[ODD] * 300)
    shown = text(made)
    assert 30_000 < len(shown.encode()) <= MOST_BYTES
    assert f"and {300 - MOST_BUDGETS} more budgets not met" in shown
    assert f"and {300 - MOST_ROWS} more: " in shown
    assert f"and {300 - MOST_TEXTS} more warnings" in shown
    assert "\u202e" not in shown
    short = "\n".join(lines(made, 4096))
    assert len(short.encode()) <= 4096
    assert short.startswith("### Energy and CO2e of the tests: 300 of 300 budgets EXCEEDED")
