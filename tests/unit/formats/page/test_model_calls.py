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
    calls_made = [generation(runs=3), *[generation()] * MOST, generation(problem="<i>odd")]
    made = report(calling(*calls_made, name="test_<b>"))
    table = calls(made, names(made))
    assert table is not None
    assert table.headers[:2] == ["Per token", "Per request"]
    assert (len(table.rows), table.more, table.problems) == (MOST, 2, ["<i>odd"])
    assert table.rows[0].name == "test_<b> (3 runs)"
    page = "".join(dump_report(made))
    assert 'id="calls"' in page
    visible = page.partition("<script")[0]
    assert "test_<b>" not in visible
    assert "&lt;i&gt;odd" in visible


def test_without_calls_there_is_none() -> None:
    made = report(calling())
    assert calls(made, names(made)) is None
    assert 'id="calls"' not in "".join(dump_report(made))
