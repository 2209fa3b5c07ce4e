"""Scores per functional unit: what each model of a report emits per token, image or query."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import cast

from pytest_scer.core import COMPONENTS
from pytest_scer.core.measurement import Measurement
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.base import MeterInfo, Provenance
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import Report, SectionEntry, TestEntry
from pytest_scer.report.phases import counted, is_counted, model_of, parts, phase_of
from pytest_scer.scoring.sci import Phase
from pytest_scer.scoring.scores import Accounting, ModelScore, Sample, score_models


def boundary(report: Report) -> str:
    """Return the components that the report's figures include, as in ``cpu+ram``."""
    return boundary_of(report.meters)


def boundary_of(meters: Mapping[str, MeterInfo]) -> str:
    """Return the components that are metered, as in ``cpu+ram``."""
    return "+".join(
        component
        for component in COMPONENTS
        if meters[component].provenance is not Provenance.ABSENT
    )


@dataclass(frozen=True, slots=True)
class Work:
    """Work that counted functional units: a test, or a section of it.

    Attributes:
        name: The node ID, with the name of the section.
        phase: Its phase.
        units: What it counted.
        measurement: What its phase used; None if there is no figure.
        runs: How many runs are behind the figure.
    """

    name: str
    phase: str | None
    units: Mapping[str, float]
    measurement: Measurement | None
    runs: int


def work_of(test: TestEntry) -> Iterator[Work]:
    """Yield what counted units in a test: the test itself, and its sections.

    Of units that both count, the sections' counts are parts of the same work if they have the same
    phase, so only the outermost count is yielded. If the test has no phase, that of the sections
    is yielded: its budgets read what helpers such as ``carbon.training`` count for it.
    """
    if not test.units and not test.sections:
        return  # as most tests
    own = next(parts(test)).measurement
    phases = {} if test.phase is not None else _phases_of_units(test)
    its_own = {unit: count for unit, count in test.units.items() if unit not in phases}
    if its_own:
        runs = test.measurement.run_count if test.measurement is not None else 0
        yield Work(test.nodeid, test.phase, its_own, own, runs)
    for section in test.sections:
        use = counted(section, test)
        units = {
            unit: count
            for unit, count in use.units.items()
            if not _is_counted_around(section, unit, test)
        }
        if units:
            name = f"{test.nodeid} [{section.name}]"
            measured = None if own is None else use.measurement
            yield Work(
                name, phase_of(section, test), units, measured, section.measurement.run_count
            )


def _phases_of_units(test: TestEntry) -> dict[str, str]:
    """The phase of each unit that a section with a phase counts."""
    phases = ((each, phase_of(each, test)) for each in test.sections)
    return {unit: phase for each, phase in phases if phase is not None for unit in each.units}


def _is_counted_around(section: SectionEntry, unit: str, test: TestEntry) -> bool:
    """Whether a section lies in work of the same phase that counted the same unit."""
    sections, seen = {each.name: each for each in test.sections}, {section.name}
    phase = phase_of(section, test)
    while (parent := sections.get(section.parent or "")) is not None and parent.name not in seen:
        if phase_of(parent, test) == phase and unit in parent.units:
            return True
        seen.add(parent.name)
        section = parent
    return phase == test.phase and unit in test.units


def _samples(test: TestEntry, workers_per_host: float) -> Iterator[Sample]:
    """Yield what a test and its sections contribute to scores: a sample for each unit."""
    for work in work_of(test):
        measured = work.measurement
        known = measured is not None and measured.complete
        around_j = measured.uncertainty_j if measured is not None and known else None
        for unit, count in work.units.items():
            yield Sample(
                model=model_of(test),
                category=test.category,
                phase=cast("Phase | None", work.phase),
                unit=unit,
                units=count,
                energy_j=measured.total_j if measured is not None and known else None,
                duration_s=measured.duration_s / workers_per_host if measured is not None else 0.0,
                uncertainty_j=None if around_j is None or math.isnan(around_j) else around_j,
                runs=work.runs,
                components_j={
                    component: joules
                    for component in COMPONENTS
                    if known and (joules := getattr(measured, f"{component}_j")) is not None
                },
                source=work.name,
                host=test.host,
                protocol=test.protocol,
            )


def runs_energy_j(report: Report, score: ModelScore) -> float | None:
    """Return the joules of all runs behind a score; None if one of them has no figure.

    The score is about the median run of each test, warm-up aside.
    """
    works = [
        work
        for test in last_attempts(report.tests)
        if is_counted(test)
        for work in work_of(test)
        if work.name in score.sources
    ]
    known = [joules for work in works if (joules := _all_runs_j(work)) is not None]
    return math.fsum(known) if known and len(known) == len(works) else None


def _all_runs_j(work: Work) -> float | None:
    measured = work.measurement
    if measured is None or measured.total_j is None or not measured.complete:
        return None
    if measured.runs is None:
        return measured.total_j * work.runs
    return math.fsum(run.total_j or 0.0 for run in measured.runs)


def model_scores(report: Report) -> tuple[ModelScore, ...]:
    """Score each model, category, phase, functional unit and protocol of a report.

    Only tests count that passed, or that failed only because of their budget, and of tests that
    were rerun the last attempt.
    """
    session = report.session
    workers_per_host = max(session.workers / max(len(session.hosts), 1), 1.0)
    accounting = Accounting(
        g_per_kwh=report.carbon_intensity.g_per_kwh,
        pue=report.pue,
        boundary=boundary(report),
        run_s=report.session.duration_s,
        embodied=report.embodied,
    )
    samples = [
        sample
        for test in last_attempts(report.tests)
        if is_counted(test)
        for sample in _samples(test, workers_per_host)
    ]
    return score_models(samples, accounting)
