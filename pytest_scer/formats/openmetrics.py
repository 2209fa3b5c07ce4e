"""OpenMetrics text, for GitLab's metrics reports and Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_scer.core.shown import visible
from pytest_scer.report.model import Report


def dump_report(report: Report) -> Iterator[str]:
    """Yield the figures as OpenMetrics text, for GitLab's metrics reports.

    (GitLab Docs, "Metrics reports"; OpenMetrics 1.0.) Missing figures have no line. Of a test that
    was rerun, only the last attempt counts.
    """
    last = {test.nodeid: test.measurement for test in report.tests}
    joules = {
        _label(nodeid): measured.total_j or 0.0
        for nodeid, measured in last.items()
        if measured is not None and measured.complete
    }
    yield "# TYPE scer_test_energy_joules gauge\n"
    for test, total_j in joules.items():
        yield f'scer_test_energy_joules{{test="{test}"}} {total_j:.6g}\n'
    yield "# TYPE scer_test_co2e_grams gauge\n"
    for test, total_j in joules.items():
        yield f'scer_test_co2e_grams{{test="{test}"}} {report.conversion.grams(total_j):.6g}\n'
    if report.totals.total_j is not None:
        yield "# TYPE scer_session_energy_joules gauge\n"
        yield f"scer_session_energy_joules {report.totals.total_j:.6g}\n"
        yield "# TYPE scer_session_co2e_grams gauge\n"
        grams = report.conversion.grams(report.totals.total_j)
        yield f"scer_session_co2e_grams {grams:.6g}\n"
    yield "# EOF\n"


def _label(text: str) -> str:
    lines = (visible(line).replace("\\", "\\\\") for line in text.split("\n"))
    return "\\n".join(lines).replace('"', '\\"')
