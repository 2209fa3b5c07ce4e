from __future__ import annotations

from model_calls import calling, generation
from reports import report

from pytest_scer.formats.page.model_calls import MOST, calls
from pytest_scer.formats.page.report_page import dump_report
from pytest_scer.report.model import Report
from pytest_scer.report.names import Names


def names(made: Report) -> Names:
    return Names(test.nodeid for test in made.tests)


def test_the_table_of_calls() -> None:
    made = report(calling(*[generation()] * (MOST + 2), name="test_<b>"))
    table = calls(made, names(made))
    assert table is not None
    assert table.headers[:2] == ["Per token", "Per request"]
    assert (len(table.rows), table.more) == (MOST, 2)
    page = "".join(dump_report(made))
    assert 'id="calls"' in page
    assert "test_<b>" not in page.partition("<script")[0]


def test_without_calls_there_is_none() -> None:
    made = report(calling())
    assert calls(made, names(made)) is None
    assert 'id="calls"' not in "".join(dump_report(made))
