"""What a page opens with."""

from __future__ import annotations

import pytest
import reported_suite
import reports

from pytest_scer.formats.page.answer import answer, estimated_share
from pytest_scer.meters.base import ABSENT
from pytest_scer.report.model import Report, Totals


def facts(made: Report) -> dict[str, tuple[str, str]]:
    return {fact.name: (fact.figure.text, fact.note) for fact in answer(made)["facts"]}


def test_says_how_much_and_how_sure() -> None:
    found = facts(reported_suite.suite())
    assert found["Energy"] == ("140 J", "the true figure is probably between 12 J and 180 J")
    assert found["Estimated"] == ("100%", "modelled or constant, not measured")
    assert found["Against the baseline"] == ("+3%", "±9%, ok; limit 10%")
    assert "world average" in found["CO2e"][1]


def test_share_estimated() -> None:
    meters = {"cpu": reports.MEASURED, "gpu": ABSENT, "ram": reports.CONSTANT}
    made = reports.report(meters=meters, totals=Totals(3.0, None, 1.0, 4.0, 0.0))
    assert estimated_share(made) == pytest.approx(0.25)


def test_without_a_total() -> None:
    made = reports.report(totals=Totals(None, None, None, 0.0, 0.0))
    assert estimated_share(made) is None
    assert facts(made)["Energy"][0] == "-"
