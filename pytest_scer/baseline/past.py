"""Earlier sessions: the parts that later sessions are compared with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_scer.baseline.fingerprint import Fingerprint
from pytest_scer.baseline.noise import Sample
from pytest_scer.core import COMPONENTS
from pytest_scer.core.measurement import Measurement
from pytest_scer.report.baseline_entry import BaselineEntry
from pytest_scer.report.model import Report, TestEntry


@dataclass(frozen=True, slots=True)
class PastTest:
    """What a test cost in an earlier session.

    Attributes:
        energy_j: Joules of each component; None if it is absent or its figure is missing.
        cpu_time_s: CPU seconds.
        uncertainty_j: What the session itself showed of the uncertainty, in joules: the steps of
            the meters, and the spread of the runs.
        reference_j: Joules of the reference workload next to it, of the compared components.
        reference_moved: How much they differed before and after, as a logarithm.
        reads: The stages that the figure covers: ``call``, ``runs`` of ``carbon(fn)``, or ``all``.
        units: Its functional units.
        sections: Joules of each of its sections, of the compared components.
        repeats: The figure is the median of this number of runs within its session.
        duration_s: How long it took, in seconds.
        other_cores: The number of cores that other processes kept busy next to it.
    """

    energy_j: Mapping[str, float | None]
    cpu_time_s: float
    uncertainty_j: float | None = None
    reference_j: float | None = None
    reference_moved: float | None = None
    reads: str = "call"
    units: Mapping[str, float] = field(default_factory=dict)
    sections: Mapping[str, float] = field(default_factory=dict)
    repeats: int = 1
    duration_s: float = 0.0
    other_cores: float | None = None

    def cost_j(self, components: tuple[str, ...]) -> float | None:
        """Total joules of these components; None if one is missing."""
        return _sum(self.energy_j, components)

    def sample(self, components: tuple[str, ...]) -> Sample | None:
        """What the gate reads of it; None if a component has no figure."""
        cost_j = self.cost_j(components)
        if cost_j is None:
            return None
        return Sample(
            cost_j,
            _known(self.reference_j),
            _known(self.reference_moved) or 0.0,
            _known(self.uncertainty_j) or 0.0,
            self.duration_s,
            self.repeats,
            self.cpu_time_s,
            self.other_cores,
        )


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier session: the parts that later sessions are compared with.

    Attributes:
        name: The file it comes from.
        session: Its id.
        started_at: UTC, ISO 8601.
        fingerprint: Machine, meters, scope, workers and versions.
        g_per_kwh: The carbon intensity used.
        pue: The power usage effectiveness used.
        location: Where its electricity came from.
        tests: Its tests that passed, by node id.
        fixtures: Joules of each fixture of wider scope, of the compared components.
        again: The samples of tests that were measured again, the first run included.
        regressed: The tests that were a regression in this session.
        failed: The tests that failed for another reason than their cost: they have no figure.
    """

    name: str
    session: str
    started_at: str
    fingerprint: Fingerprint
    g_per_kwh: float
    pue: float
    location: str
    tests: Mapping[str, PastTest]
    fixtures: Mapping[str, float] = field(default_factory=dict)
    again: Mapping[str, Sequence[Sample]] = field(default_factory=dict)
    regressed: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()


def _known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def _sum(energy_j: Mapping[str, float | None], components: tuple[str, ...]) -> float | None:
    known: list[float] = []
    for name in components:  # this runs five times for each of 100,000 tests
        joules = energy_j.get(name)
        if joules is None or math.isnan(joules):
            return None
        known.append(joules)
    return math.fsum(known) if known else None


def past_of(report: Report, name: str = "") -> Past:
    """What later sessions need from a report: the last attempt of each test that passed.

    A test that failed only because of a budget did all of its work, so it counts.
    """
    fingerprint = Fingerprint.of_report(report)
    compared = fingerprint.compared
    tests = {}
    for test in report.tests:
        if test.outcome in ("passed", "xpassed") or test.budget_failed:
            past = past_test(test, compared)
            if past is not None:
                tests[test.nodeid] = past
    fixtures: dict[str, float] = {}
    for fixture in report.fixtures:
        joules = _sum(_energy(fixture.measurement), compared)
        if joules is not None:
            fixtures[fixture.name] = fixtures.get(fixture.name, 0.0) + joules
    return Past(
        name,
        report.session.id,
        report.session.started_at,
        fingerprint,
        report.carbon_intensity.g_per_kwh,
        report.pue,
        report.carbon_intensity.location,
        tests,
        fixtures,
        {
            test.nodeid: _samples(test.baseline, tests[test.nodeid])
            for test in report.tests
            if test.nodeid in tests and test.baseline and test.baseline.confirmed
        },
        frozenset(
            test.nodeid
            for test in report.tests
            if test.baseline is not None and test.baseline.verdict == "regression"
        ),
        frozenset(
            test.nodeid
            for test in report.tests
            if test.outcome in ("failed", "error") and not test.budget_failed
        ),
    )


def _samples(entry: BaselineEntry, first: PastTest) -> list[Sample]:
    """The runs of a test that was measured again."""
    return [
        Sample(cost_j, reference_j, meter_j=first.uncertainty_j or 0.0, duration_s=first.duration_s)
        for cost_j, reference_j in entry.samples
        if cost_j is not None
    ]


def past_test(test: TestEntry, compared: tuple[str, ...]) -> PastTest | None:
    """What later sessions need from a test; None if it has no figure."""
    measured = test.measurement
    if measured is None or not measured.complete or math.isnan(measured.cpu_time_s):
        return None
    sections = {each.name: _sum(_energy(each.measurement), compared) for each in test.sections}
    return PastTest(
        _energy(measured),
        measured.cpu_time_s,
        measured.within_session_j,
        test.reference_j,
        test.reference_moved,
        reads(test),
        test.units,
        {name: joules for name, joules in sections.items() if joules is not None},
        measured.run_count,
        measured.duration_s,
        test.other_cores,
    )


def reads(test: TestEntry) -> str:
    """Which stages a test's figure covers."""
    measured, call = test.measurement, test.stages.get("call")
    if measured is None or measured.runs is None:
        return "call" if measured == call else "all"
    # For a test that was measured again for its budgets, the first run is its call.
    again = call is not None and _figures(measured.runs[0]) == _figures(call)
    return "call" if again else "runs"


def _figures(run: Measurement) -> tuple[float | None, ...]:
    return run.duration_s, run.cpu_time_s, run.cpu_j, run.gpu_j, run.ram_j


def _energy(measured: Any) -> dict[str, float | None]:
    return {name: getattr(measured, f"{name}_j") for name in COMPONENTS}
