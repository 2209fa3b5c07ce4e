from __future__ import annotations

from dataclasses import replace

from reports import measured, report

from pytest_scer.findings.rebuilt_fixture import find
from pytest_scer.report.model import FixtureEntry


def built(worker: str, nodeid: str, *, scope: str = "module", where: str = "") -> FixtureEntry:
    return FixtureEntry("model", scope, nodeid, worker, measured(20.0), where, 1, 5.0)


def test_the_remedy_depends_on_who_builds_it_again() -> None:
    for fixtures, remedy in (
        ([built("gw0", "a.py::t"), built("gw1", "a.py::t")], "--dist=loadfile"),
        ([built("gw0", "a.py::t"), built("gw0", "b.py::t")], '@pytest.fixture(scope="session")'),
        (
            [built("gw0", "a.py::t", scope="package"), built("gw1", "b.py::t", scope="package")],
            '@pytest.fixture(scope="session")',
        ),
    ):
        (finding,) = find(report(fixtures=fixtures))
        assert finding.remedy == remedy
        assert finding.value == 20


def test_different_fixtures_and_those_of_merged_sessions_are_none() -> None:
    two = [built("master", "a.py::t", where="a.py"), built("master", "b.py::t", where="b.py")]
    assert not list(find(report(fixtures=two)))
    old = [replace(each, defined_in=None) for each in two]
    assert not list(find(report(fixtures=old)))
    made = report(fixtures=[built("master", "a.py::t"), built("master", "a.py::t")])
    assert list(find(made))
    hosts = [{"label": "h0", "session": "1"}, {"label": "h1", "session": "2"}]
    merged = replace(made, session=replace(made.session, hosts=hosts))
    assert not list(find(merged))
