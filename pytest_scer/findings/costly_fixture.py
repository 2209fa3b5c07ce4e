"""A fixture costs more than the tests that use it.

Evidence: an entry of `fixtures`, and the setup and call of the tests that used it (its `tests` and
`tests_energy_j`).

Threshold: the fixture costs more than these tests together, and at least {FLOOR_J:g} J.

Remedy: keep what it builds between sessions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.findings.rule import FLOOR_J, is_stall, joules, many
from pytest_scer.report.model import Finding, Report

KIND: Final = "costly fixture"


def find(report: Report) -> Iterator[Finding]:
    """Find the fixtures that cost more than their tests."""
    for fixture in report.fixtures:
        cost_j, tests_j = fixture.measurement.known_j, fixture.tests_energy_j
        if is_stall(fixture.measurement, report):
            continue
        if not fixture.tests or tests_j is None or cost_j < FLOOR_J or cost_j <= tests_j:
            continue
        name = fixture.name.partition("[")[0]
        yield Finding(
            KIND,
            f"fixture {fixture.name} ({fixture.scope}) used {joules(cost_j)}, more than its "
            f"{many(fixture.tests, 'test')} ({joules(tests_j)})",
            [fixture.nodeid],
            "hint",
            f'request.config.cache.mkdir("{name}")   (store there what the fixture builds, and '
            "load it if it is there)",
            cost_j,
            "J",
        )
