"""The fixtures of a page."""

from __future__ import annotations

import reports

from pytest_scer.formats.page import costs
from pytest_scer.report.model import FixtureEntry


def test_those_that_are_not_listed_are_counted() -> None:
    fixtures = [
        FixtureEntry(f"f{number}", "module", "t", "master", reports.measured(1.0 + number))
        for number in range(costs.MOST + 3)
    ]
    rows, more = costs.fixtures(reports.report(fixtures=fixtures))
    assert (len(rows), more) == (costs.MOST, 3)
    assert rows[0].name == f"f{costs.MOST + 2}"
