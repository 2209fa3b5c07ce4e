"""Budgets from what tests cost in earlier sessions."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from statistics import fmean, stdev
from typing import Final

from pytest_scer.baseline.fingerprint import Fingerprint
from pytest_scer.baseline.noise import FLOOR_S
from pytest_scer.core import units
from pytest_scer.core.budget import Quantity
from pytest_scer.core.limits import HEADROOM, limit_text
from pytest_scer.core.statistics import CONFIDENCE, student_t
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.base import Provenance
from pytest_scer.nodeids import function_of
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import Report, TestEntry

SIBLINGS: Final = 1.5
"""Parameter sets whose upper ends differ by up to this factor share a pattern: the same work can
cost that much more on a busy machine."""
FEWEST_SIBLINGS: Final = 3
"""From this number of parameter sets on they share a pattern."""
FEWEST_SESSIONS_WITH_SPREAD: Final = 3
"""With two sessions, Student's t is 12.7, which makes the interval wider than any budget."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to suggest.

    Attributes:
        headroom: The share to add to the upper end of the interval.
        unit: The functional unit of the budgets, in the singular; None for budgets of whole tests.
    """

    headroom: float = HEADROOM
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """What a test cost in one session.

    Attributes:
        value: Joules, or joules per functional unit.
        uncertainty: Half-width of the 95 % interval, in the same unit; None if unknown.
        runs: The number of runs behind it.
        floor: The least headroom: a few milliseconds of this test, in the same unit.
        is_marked: Whether a marker sets a budget, which takes precedence over patterns.
    """

    value: float
    uncertainty: float | None
    runs: int
    floor: float
    is_marked: bool


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A budget for one test, or for the parameter sets of one test.

    Attributes:
        nodeid: The test's node ID; that of the function if several parameter sets share it.
        tests: How many tests share it.
        limit: The budget.
        value: The figure of the most expensive of these tests, in joules or joules per unit.
        upper: The upper end of its interval.
        sessions: From how many sessions it comes.
        runs: From how many runs.
        is_marked: Whether a marker sets another budget for one of these tests.
    """

    nodeid: str
    tests: int
    limit: str
    value: float
    upper: float
    sessions: int
    runs: int
    is_marked: bool


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Budgets, and the tests without one.

    Attributes:
        budgets: The budgets, in the order of the tests.
        missing: Why a test has none, by its node ID.
        sessions: The number of sessions.
        machines: From how many different machines, meters or numbers of workers these come.
    """

    budgets: list[Suggestion]
    missing: dict[str, str]
    sessions: int
    machines: int


def suggest(reports: Iterable[Report], request: Request) -> Suggestions:
    """Suggest a budget for each test of the reports.

    Args:
        reports: The reports; a session that is given twice counts once.
        request: What to suggest.
    """
    sessions = list({report.session.id: report for report in reports}.values())
    samples: dict[str, list[Sample]] = defaultdict(list)
    missing: dict[str, str] = {}
    for report in sessions:
        for test in last_attempts(report.tests):
            found = _sample(test, request.unit, _least_s(report))
            if isinstance(found, Sample):
                samples[test.nodeid].append(found)
            else:
                missing[test.nodeid] = found
    single = [_of_test(nodeid, found, request) for nodeid, found in samples.items()]
    return Suggestions(
        list(_shared(single, missing.keys() - samples.keys())),
        {nodeid: why for nodeid, why in missing.items() if nodeid not in samples},
        len(sessions),
        len(set(map(_machine, sessions))),
    )


def upper_end(samples: Sequence[Sample]) -> float:
    """The upper end of the interval of what another session may show.

    Of one session, its figure plus its uncertainty. Of several, their mean plus their mean
    uncertainty, or what their spread predicts for another session (95 %: Student's t times
    ``s * sqrt(1 + 1/n)``) if that is less; and never less than the most expensive session.
    """
    values = [sample.value for sample in samples]
    known = [sample.uncertainty for sample in samples if sample.uncertainty is not None]
    widths = [fmean(known)] if known else []
    n = len(values)
    if n >= FEWEST_SESSIONS_WITH_SPREAD:
        widths.append(student_t(CONFIDENCE, n - 1) * stdev(values) * math.sqrt(1 + 1 / n))
    return max(fmean(values) + min(widths, default=0.0), *values, 0.0)


def _least_s(report: Report) -> float:
    """The least headroom in seconds: none for a simulated meter, which no machine slows down."""
    is_simulated = any(info.provenance is Provenance.SIMULATED for info in report.meters.values())
    return 0.0 if is_simulated else FLOOR_S


def _sample(test: TestEntry, unit: str | None, least_s: float) -> Sample | str:
    """What a test cost, or the reason why that is no basis for a budget."""
    measured = test.measurement
    is_broken = test.outcome in ("failed", "error") and not test.budget_failed
    if test.outcome == "skipped" or is_broken:
        return "it was skipped" if test.outcome == "skipped" else "it failed"
    if unit is None and test.cut_short is not None:
        return test.cut_short
    if measured is None or not measured.complete:
        return test.unmeasured or "the energy could not be measured"
    if not measured.known_j > 0 or measured.below_resolution:
        return "it costs less than the meter can tell"
    count = 1.0 if unit is None else test.units.get(unit, 0.0)
    if count <= 0:
        return f"it counted no {units.plural(unit or '')}"
    uncertainty_j = measured.uncertainty_j
    return Sample(
        measured.known_j / count,
        None if uncertainty_j is None else uncertainty_j / count,
        measured.run_count,
        least_s * (measured.power_w or 0.0) / count,
        any(budget.source.startswith("@") for budget in test.budgets),
    )


def _of_test(nodeid: str, samples: Sequence[Sample], request: Request) -> Suggestion:
    upper = upper_end(samples)
    floor = max(sample.floor for sample in samples)
    value = max(upper * (1 + request.headroom), upper + floor)
    return Suggestion(
        nodeid,
        1,
        limit_text(value, Quantity.ENERGY, request.unit),
        fmean(sample.value for sample in samples),
        upper,
        len(samples),
        sum(sample.runs for sample in samples),
        any(sample.is_marked for sample in samples),
    )


def _shared(single: Iterable[Suggestion], missing: Iterable[str]) -> Iterator[Suggestion]:
    """Yield one suggestion for all parameter sets of a test that cost about the same."""
    families: dict[str, list[Suggestion]] = defaultdict(list)
    for each in single:
        families[function_of(each.nodeid)].append(each)
    incomplete = set(map(function_of, missing))
    for name, members in families.items():
        most = max(members, key=lambda each: each.upper)
        least = min(each.upper for each in members)
        alike = most.upper <= SIBLINGS * least and name not in incomplete
        if len(members) < FEWEST_SIBLINGS or not alike:
            yield from members
            continue
        yield Suggestion(
            name,
            len(members),
            most.limit,
            most.value,
            most.upper,
            min(each.sessions for each in members),
            min(each.runs for each in members),
            any(each.is_marked for each in members),
        )


def _machine(report: Report) -> tuple[object, ...]:
    made = Fingerprint.of_report(report)
    return made.cpu, made.logical_cores, made.gpus, tuple(sorted(made.meters.items())), made.workers
