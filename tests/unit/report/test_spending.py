"""What tests and fixtures cost."""

from __future__ import annotations

import math

import drawn
import pytest
import reported_suite
from hypothesis import given, settings

from pytest_scer.report.model import Report
from pytest_scer.report.spending import spent


@given(drawn.any_report())
@settings(max_examples=40, deadline=None)
def test_known_joules_sum_to_the_totals(report: Report) -> None:
    found = spent(report)
    tests_j = math.fsum(each.known_j for each in found if each.number is not None)
    fixtures_j = math.fsum(each.known_j for each in found if each.number is None)
    assert tests_j == pytest.approx(report.totals.tests_energy_j)
    assert fixtures_j == pytest.approx(report.totals.fixtures_energy_j)


def test_fixtures_are_one_however_often_they_were_built() -> None:
    names = {each.name for each in spent(reported_suite.suite()) if each.number is None}
    assert names == {
        "fixture customers (session)",
        "fixture fitted_forest (module, built 2 times)",
    }


def test_a_test_without_a_figure_has_no_cost() -> None:
    (hosted,) = (each for each in spent(reported_suite.suite()) if each.name == "test_hosted_model")
    assert (hosted.cost, hosted.known_j) == (None, 0.0)
