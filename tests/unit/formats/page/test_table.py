"""The table of tests: what each cost, and which of them have details."""

from __future__ import annotations

import json

import pytest
import reports

from pytest_scer.core.measurement import Measurement
from pytest_scer.formats.page import table
from pytest_scer.report.model import BudgetEntry, Report
from pytest_scer.report.names import Names


def named(made: Report) -> Names:
    return Names(test.nodeid for test in made.tests)


def test_sums_the_stages() -> None:
    part = reports.measured(10.0, 2.0)
    stages = {"setup": part, "call": part, "teardown": None}
    unknown = Measurement(1.0, 1.0, float("nan"), None, 2.0, None)
    made = reports.report(
        reports.entry("a", part, stages=stages),
        reports.entry("b", None, unmeasured="no meter"),
        reports.entry("c", unknown),
    )
    columns = table.columns(made, named(made))
    assert columns["energy_j"] == [20.0, None, None]
    assert columns["duration_s"] == [4.0, None, None]


def test_worst_verdict_of_its_budgets() -> None:
    budgets = [
        BudgetEntry("1 J", 1.0, "J", 1.0, 0.1, 1, verdict, "--scer-test-budget")
        for verdict in ("ok", "exceeded", "inconclusive")
    ]
    made = reports.report(
        reports.entry("a", reports.measured(1.0), budgets=budgets),
        reports.entry("b", reports.measured(1.0), budgets=budgets[:1]),
        reports.entry("c", reports.measured(1.0)),
    )
    assert table.columns(made, named(made))["budget"] == ["exceeded", "ok", None]


def test_workers_of_several_hosts() -> None:
    made = reports.report(reports.entry("a", reports.measured(1.0)))
    made.session.hosts = [{"label": "h0"}, {"label": "h1"}]
    assert table.columns(made, named(made))["worker"] == ["h0 master"]


def test_very_many_have_details_where_they_cost_most(monkeypatch: pytest.MonkeyPatch) -> None:
    joules = [3.0, 9.0, None, 1.0, 7.0]
    made = reports.report(
        *(
            reports.entry(str(number), None if each is None else reports.measured(each))
            for number, each in enumerate(joules)
        )
    )
    name, whole = table.details(made)
    assert (name, len(json.loads(whole)["tests"])) == ("report", 5)

    monkeypatch.setattr(table, "MOST_WHOLE", 4)
    monkeypatch.setattr(table, "MOST_DETAILS", 2)
    assert table.columns(made, named(made))["detail"] == [None, 0, None, None, 1]
    name, whole = table.details(made)
    assert name == "details"
    assert [test["model"] for test in json.loads(whole)["tests"]] == ["1", "4"]
