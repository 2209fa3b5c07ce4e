"""What each test and fixture of a session cost, all runs and warm-ups included."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from pytest_scer.core.measurement import Measurement
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.model import FixtureEntry, Report, TestEntry
from pytest_scer.report.names import Names


@dataclass(frozen=True, slots=True)
class Spent:
    """What a test or a fixture cost.

    Attributes:
        name: Its short name.
        parts: Its stages, or the times that it was built; none if it has no figure.
        number: The index of the test in the report; None for a fixture.
    """

    name: str
    parts: Sequence[Measurement]
    number: int | None

    @property
    def cost(self) -> Measurement | None:
        """Their sum; None if there are none, NaN for a component with a missing figure."""
        return together(self.parts)

    @property
    def known_j(self) -> float:
        """Its joules as far as they are known."""
        return math.fsum(part.known_j for part in self.parts)


def stages_of(test: TestEntry) -> list[Measurement]:
    """The stages that a test ran."""
    return [stage for stage in test.stages.values() if stage is not None]


def cost_of(test: TestEntry) -> Measurement | None:
    """The sum of a test's stages; None if it ran none."""
    return together(stages_of(test))


def together(parts: Sequence[Measurement]) -> Measurement | None:
    """Several pieces of work as one; None if there are none."""
    return sum(parts[1:], parts[0]) if parts else None


def spent(report: Report) -> list[Spent]:
    """Return what each attempt of each test cost, then each fixture, however often it was built.

    Their known joules sum to those of tests and fixtures in the totals.
    """
    names = Names(test.nodeid for test in report.tests)
    tests = [
        Spent(names.attempt(test), stages_of(test), number)
        for number, test in enumerate(report.tests)
    ]
    return [*tests, *_fixtures(report.fixtures)]


def _fixtures(fixtures: Sequence[FixtureEntry]) -> list[Spent]:
    built: dict[tuple[str, str], list[FixtureEntry]] = defaultdict(list)
    for fixture in fixtures:
        built[fixture.name, fixture.scope].append(fixture)
    return [
        Spent(
            fixture_name(name, scope, len(entries)),
            [each.measurement for each in entries],
            None,
        )
        for (name, scope), entries in built.items()
    ]


def fixture_name(name: str, scope: str, times: int) -> str:
    """What a fixture is called, as in ``fixture customers (module, built 3 times)``."""
    built = "" if times == 1 else f", built {times} times"
    return f"fixture {name} ({scope}{built})"
