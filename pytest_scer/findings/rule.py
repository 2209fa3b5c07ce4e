"""What a rule is, and what the rules share: the sizes that count, and the evidence they look at.

The docstring of a rule's module is its section in the reference: Markdown, with the module's
constants in braces.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

from pytest_scer.core import units
from pytest_scer.core.measurement import Measurement
from pytest_scer.meters.base import Provenance
from pytest_scer.report.build import stages
from pytest_scer.report.model import Finding, FixtureEntry, Report, TestEntry

Rule = Callable[[Report], Iterable[Finding]]
"""A pure function: it reads the report, and yields what it finds."""

SEVERITIES: Final = ("warning", "hint", "info")
"""From the most to the least severe."""

FLOOR_J: Final = 1.0
"""No rule about the cost of tests looks at less, in joules.

A busy thread of 4 W next to a memory of 20 W uses a joule in 40 ms. A test that does nothing can
take that long if the machine is busy.
"""

EACH_J: Final = 0.1
"""The same for one of many tests whose cost adds up: 4 ms of such a machine, in joules.

It is close to the 5 ms below which a growth is never a regression.
"""

STALL_S: Final = 0.2
"""What takes less, and hardly any CPU time, may only have waited for a busy machine, in seconds.

On two cores with a load of 10, tests that do nothing took up to 45 ms (measured).
"""
BUSY_SHARE: Final = 0.10
"""CPU seconds per second from which on a process computes: a thread that computes uses about 1, one
that polls a few hundredths."""


def is_stall(measured: Measurement, report: Report) -> bool:
    """Whether a busy machine may explain what a piece of work cost.

    It never does where the meter is simulated: that spends what it is told to.
    """
    if report.meters["cpu"].provenance is Provenance.SIMULATED:
        return False
    is_short = measured.duration_s < STALL_S
    return is_short and measured.cpu_time_s < BUSY_SHARE * measured.duration_s


def builds(report: Report) -> dict[tuple[str, str, str], list[FixtureEntry]]:
    """The builds of each fixture, by name, scope and where it is defined.

    Builds that a busy machine may explain are left out, as are fixtures of reports that do not say
    where they are defined: those of one name may be different fixtures.
    """
    found: dict[tuple[str, str, str], list[FixtureEntry]] = defaultdict(list)
    for fixture in report.fixtures:
        if fixture.defined_in is not None and not is_stall(fixture.measurement, report):
            found[fixture.name, fixture.scope, fixture.defined_in].append(fixture)
    return found


def joules_of(tests: Iterable[TestEntry]) -> float:
    """The joules of all stages of these tests."""
    return math.fsum(stage.known_j for stage in stages(tests))


def joules(value: float) -> str:
    """Format joules for a finding: two digits, because a finding is about a size."""
    return units.quantity(value, "J", digits=2)


def seconds(value: float) -> str:
    """Format seconds for a finding."""
    return units.quantity(value, "s", digits=2)


def work_j(measured: Measurement) -> float:
    """The joules of the components that work: CPU and GPU, as far as they are known."""
    each = (measured.cpu_j, measured.gpu_j)
    return math.fsum(value for value in each if value is not None and not math.isnan(value))


def nodeids_by_cost(costs: Iterable[tuple[TestEntry, float]]) -> list[str]:
    """The node IDs of these tests, most expensive first, each once."""
    ranked = sorted(costs, key=lambda row: (-row[1], row[0].nodeid))
    return list(dict.fromkeys(test.nodeid for test, _ in ranked))
