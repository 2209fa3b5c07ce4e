"""A fixture costs more than the tests that use it.

Evidence: the entries of a fixture in `fixtures`, and the setup and call of the tests that used it
(their `tests` and `tests_energy_j`).

Threshold: the fixture costs more than these tests together, and at least {FLOOR_J:g} J.

Remedy: keep what it builds between sessions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pytest_scer.core.units import counted
from pytest_scer.findings.rule import FLOOR_J, builds, joules
from pytest_scer.report.model import Finding, Report

KIND: Final = "costly fixture"


def find(report: Report) -> Iterator[Finding]:
    """Find the fixtures that cost more than their tests."""
    for (name, scope, _), each in builds(report).items():
        cost_j = sum(fixture.measurement.known_j for fixture in each)
        tests = sum(fixture.tests or 0 for fixture in each)
        tests_j = sum(fixture.tests_energy_j or 0.0 for fixture in each)
        if tests and cost_j >= FLOOR_J and cost_j > tests_j:
            yield Finding(
                KIND,
                f"fixture {name} ({scope}) used {joules(cost_j)}, more than its "
                f"{counted(tests, 'test')} ({joules(tests_j)})",
                list(dict.fromkeys(fixture.nodeid for fixture in each)),
                "hint",
                f'request.config.cache.mkdir("{name.partition("[")[0]}")   (store there what the '
                "fixture builds, and load it if it is there)",
                cost_j,
                "J",
            )
