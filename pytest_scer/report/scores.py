"""Scores per functional unit: what each model of a report emits per token, image or query."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import cast

from pytest_scer.core import COMPONENTS
from pytest_scer.core.measurement import Measurement
from pytest_scer.meters.base import Provenance
from pytest_scer.report.model import Report, SectionEntry, TestEntry
from pytest_scer.scoring.sci import Phase
from pytest_scer.scoring.scores import Accounting, ModelScore, Sample, score_models


def boundary(report: Report) -> str:
    """Return the components that the report's figures include, as in ``cpu+ram``."""
    return "+".join(
        component
        for component in COMPONENTS
        if report.meters[component].provenance is not Provenance.ABSENT
    )


def _sample(
    test: TestEntry, section: SectionEntry | None, unit: str, workers_per_host: float
) -> Sample:
    """Return what a test, or one of its sections, contributes to the score per unit."""
    part = test if section is None else section
    measured = part.measurement
    known = measured is not None and measured.complete
    around_j = measured.uncertainty_j if measured is not None and known else None
    return Sample(
        model=test.model or test.nodeid.rpartition("::")[2],
        category=test.category,
        phase=cast("Phase | None", part.phase),
        unit=unit,
        units=part.units[unit],
        energy_j=measured.total_j if measured is not None and known else None,
        duration_s=measured.duration_s / workers_per_host if measured is not None else 0.0,
        uncertainty_j=None if around_j is None or math.isnan(around_j) else around_j,
        runs=measured.run_count if measured is not None else 0,
        components_j={
            component: joules
            for component in COMPONENTS
            if known and (joules := getattr(measured, f"{component}_j")) is not None
        },
        source=test.nodeid if section is None else f"{test.nodeid} [{section.name}]",
        host=test.host,
    )


def _samples(test: TestEntry, workers_per_host: float) -> Iterator[Sample]:
    """Yield a test's samples: for each unit its own count, or otherwise those of its sections.

    If the test counted a unit itself, its sections' counts of it are parts of the same work.
    """
    for unit in test.units:
        yield _sample(test, None, unit, workers_per_host)
    for section in test.sections:
        for unit in section.units:
            if unit not in test.units:
                yield _sample(test, section, unit, workers_per_host)


def runs_energy_j(report: Report, score: ModelScore) -> float | None:
    """Return the joules of all runs behind a score; None if one of them has no figure.

    The score is about the median run of each test, warm-up aside.
    """
    parts = [(test.nodeid, test.measurement) for test in report.tests]
    parts += [
        (f"{test.nodeid} [{section.name}]", section.measurement)
        for test in report.tests
        for section in test.sections
    ]
    sums = [_all_runs_j(measured) for name, measured in parts if name in score.sources and measured]
    known = [joules for joules in sums if joules is not None]
    return math.fsum(known) if known and len(known) == len(sums) else None


def _all_runs_j(measured: Measurement) -> float | None:
    runs = measured.runs or (measured,) * measured.run_count
    if not all(run.complete for run in runs):
        return None
    return math.fsum(run.total_j or 0.0 for run in runs)


def model_scores(report: Report) -> tuple[ModelScore, ...]:
    """Score each model, category, phase and functional unit of a report.

    Only tests count that passed, or that failed only because of their budget: what a broken test
    produced is unknown.
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
        for test in report.tests
        if test.unmeasured is None and (test.outcome in ("passed", "xpassed") or test.budget_failed)
        for sample in _samples(test, workers_per_host)
    ]
    return score_models(samples, accounting)
