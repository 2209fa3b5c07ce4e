"""Earlier sessions: the parts that later sessions are compared with."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from pytest_scer.baseline.fingerprint import Fingerprint
from pytest_scer.baseline.noise import Sample
from pytest_scer.core.measurement import Measurement
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.costs import Cost
from pytest_scer.report.model import Report, TestEntry


@dataclass(slots=True)
class PastTest:
    """What a test cost in an earlier session.

    Treat it as immutable; see :class:`pytest_scer.baseline.noise.Sample`.

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
        cost_j = _sum(self.energy_j, components)
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
        failed: The tests that failed for another reason than their cost, or whose training was
            stopped early: they have no figure.
        commit: The commit of the tests; None if unknown.
        branch: Its branch; None if unknown.
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
    commit: str | None = None
    branch: str | None = None
    _samples: dict[tuple[str, ...], dict[str, Sample | None]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def sample(self, nodeid: str, components: tuple[str, ...]) -> Sample | None:
        """What the gate reads of one of its tests; see :meth:`PastTest.sample`."""
        known = self._samples.get(components)
        if known is None:
            known = self._samples[components] = {}
        if nodeid not in known:
            known[nodeid] = self.tests[nodeid].sample(components)
        return known[nodeid]

    def runs(self, nodeid: str, components: tuple[str, ...]) -> Sequence[Sample]:
        """The runs of one of its tests, the first one first; none if it has no figure."""
        if nodeid in self.again:
            return self.again[nodeid]
        sample = self.sample(nodeid, components)
        return [] if sample is None else [sample]


def _known(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else value


def _sum(energy_j: Mapping[str, float | None], components: tuple[str, ...]) -> float | None:
    known = [joules for name in components if (joules := energy_j.get(name)) is not None]
    if not known or len(known) < len(components):
        return None
    total_j = math.fsum(known)
    return None if math.isnan(total_j) else total_j


def past_of(report: Report, name: str = "", rows: Iterable[TestEntry | Cost] | None = None) -> Past:
    """What later sessions need from a report: the last attempt of each test that passed.

    A test that failed only because of a budget did all of its work, so it counts. One whose
    training was stopped early did not.

    Args:
        report: The report.
        name: The file that it comes from.
        rows: Its tests if the report does not hold them.
    """
    fingerprint = Fingerprint.of_report(report)
    compared = fingerprint.compared
    tests: dict[str, PastTest] = {}
    confirmed: dict[str, Sequence[Sequence[float | None]]] = {}
    regressed, failed = set(), set()
    for test in report.tests if rows is None else rows:
        if _did_its_work(test):
            past = past_test(test, compared)
            if past is not None:
                tests[test.nodeid] = past
        elif test.cut_short or test.outcome in ("failed", "error"):
            failed.add(test.nodeid)
        if test.baseline is not None:
            if test.baseline.confirmed:
                confirmed[test.nodeid] = test.baseline.samples
            if test.baseline.verdict == "regression":
                regressed.add(test.nodeid)
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
            nodeid: _samples(runs, tests[nodeid])
            for nodeid, runs in confirmed.items()
            if nodeid in tests
        },
        frozenset(regressed),
        frozenset(failed),
        report.session.commit,
        report.session.branch,
    )


def _did_its_work(test: TestEntry | Cost) -> bool:
    return (test.outcome in ("passed", "xpassed") or test.budget_failed) and not test.cut_short


def _samples(runs: Sequence[Sequence[float | None]], first: PastTest) -> list[Sample]:
    """The runs of a test that was measured again."""
    return [
        Sample(cost_j, reference_j, meter_j=first.uncertainty_j or 0.0, duration_s=first.duration_s)
        for cost_j, reference_j in runs
        if cost_j is not None
    ]


def past_test(test: TestEntry | Cost, compared: tuple[str, ...]) -> PastTest | None:
    """What later sessions need from a test; None if it has no figure."""
    measured = test.measurement
    if measured is None or not measured.complete or math.isnan(measured.cpu_time_s):
        return None
    sections = {}
    for section in test.sections:
        joules = _sum(_energy(section.measurement), compared)
        if joules is not None:
            sections[section.name] = joules
    return PastTest(
        _energy(measured),
        measured.cpu_time_s,
        measured.within_session_j,
        test.reference_j,
        test.reference_moved,
        _reads(measured, test.stages.get("call")),
        test.units,
        sections,
        measured.run_count,
        measured.duration_s,
        test.other_cores,
    )


def _reads(measured: Measurement, call: Measurement | None) -> str:
    """Which stages a test's figure covers."""
    # For a test that was measured again for its budgets, the first run is its call.
    first = measured if measured.runs is None else measured.runs[0]
    if first is call or (call is not None and _figures(first) == _figures(call)):
        return "call"
    return "all" if measured.runs is None else "runs"


def _figures(run: Measurement) -> tuple[float | None, ...]:
    return run.duration_s, run.cpu_time_s, run.cpu_j, run.gpu_j, run.ram_j


def _energy(measured: Measurement) -> dict[str, float | None]:
    return {"cpu": measured.cpu_j, "gpu": measured.gpu_j, "ram": measured.ram_j}
