"""A fixture of wider scope than a function is built more than once.

Evidence: several entries of `fixtures` with the same name, scope and place of definition. Fixtures
of the same name that are defined in different files are different fixtures. Not in merged reports,
each of whose sessions has to build its own.

Threshold: all builds but the most expensive one use at least {FLOOR_J:g} J.

Remedy: a wider scope. If only several workers of pytest-xdist build it: `--dist=loadfile`, or for
the scope `session` a file lock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from pytest_scer.core.units import counted
from pytest_scer.findings.rule import FLOOR_J, builds, joules
from pytest_scer.report.model import Finding, FixtureEntry, Report

KIND: Final = "rebuilt fixture"


def find(report: Report) -> Iterator[Finding]:
    """Find the fixtures that are built more than once."""
    if any("session" in host for host in report.session.hosts):  # a merged report
        return
    for (name, scope, _), each in builds(report).items():
        costs = [fixture.measurement.known_j for fixture in each]
        again_j = sum(costs) - max(costs)
        if len(each) > 1 and again_j >= FLOOR_J:
            yield Finding(
                KIND,
                f"fixture {name} (scope {scope}) was built {len(each)} times"
                f"{_in_workers(each)}: {joules(sum(costs))}, {joules(again_j)} of it again",
                list(dict.fromkeys(fixture.nodeid for fixture in each)),
                "hint",
                _remedy(name, scope, each),
                again_j,
                "J",
            )


def _in_workers(builds: Sequence[FixtureEntry]) -> str:
    workers = len({fixture.worker for fixture in builds})
    return f" in {counted(workers, 'worker')}" if workers > 1 else ""


def _remedy(name: str, scope: str, builds: Sequence[FixtureEntry]) -> str:
    is_once_each = len({fixture.worker for fixture in builds}) == len(builds)
    if scope == "session":
        file = name.partition("[")[0]
        return (
            f'with FileLock(tmp_path_factory.getbasetemp().parent / "{file}.lock"):   '
            "(the first worker builds and stores it, the others load it)"
        )
    if is_once_each and scope in ("module", "class"):
        return "--dist=loadfile"
    return '@pytest.fixture(scope="session")'
