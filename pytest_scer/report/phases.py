"""The total cost of training or inference of a model, whatever units were counted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_scer.core.measurement import Measurement
from pytest_scer.report.model import Report, SectionEntry, TestEntry


@dataclass(frozen=True, slots=True)
class PhaseCost:
    """The energy of one phase of one model.

    Attributes:
        energy_j: IT energy in joules of the tests and sections that have a figure.
        duration_s: Their duration in seconds.
        sources: Their names.
        unmeasured: Names of the tests and sections that have no figure and are left out.
    """

    energy_j: float
    duration_s: float
    sources: tuple[str, ...]
    unmeasured: tuple[str, ...]


def models_of_phase(report: Report, phase: str) -> list[str]:
    """Return the models that have tests or sections of a phase, in the order of the tests."""
    return list(dict.fromkeys(t.model for t in report.tests if t.model and _has(t, phase)))


def phase_cost(report: Report, model: str, phase: str) -> PhaseCost:
    """Add up a phase of a model: the tests of the phase, and its sections in other tests.

    For a repeated ``carbon(fn)`` the median run counts, since each run does all the work. For a
    section all runs count, since a test that opens it again does more work.
    """
    parts: list[tuple[str, float | None, float]] = []
    for test in report.tests:
        if test.model == model and test.outcome not in ("skipped", "xfailed"):
            parts += _parts(test, phase)
    known = [(name, joules, seconds) for name, joules, seconds in parts if joules is not None]
    return PhaseCost(
        energy_j=math.fsum(joules for _, joules, _ in known),
        duration_s=math.fsum(seconds for _, _, seconds in known),
        sources=tuple(name for name, _, _ in known),
        unmeasured=tuple(name for name, joules, _ in parts if joules is None),
    )


def _has(test: TestEntry, phase: str) -> bool:
    return test.phase == phase or any(section.phase == phase for section in test.sections)


def _parts(test: TestEntry, phase: str) -> Iterator[tuple[str, float | None, float]]:
    if test.phase == phase:
        failed = test.outcome in ("failed", "error") and not test.budget_failed
        measured = None if test.unmeasured or failed else test.measurement
        known = measured is not None and measured.complete
        seconds = measured.duration_s if measured is not None else 0.0
        yield test.nodeid, measured.total_j if measured is not None and known else None, seconds
        return
    inside = {section.name for section in test.sections if section.phase == phase}
    for section in test.sections:
        if section.phase == phase and section.parent not in inside:
            joules, seconds = _all_runs(section)
            yield f"{test.nodeid} [{section.name}]", joules, seconds


def _all_runs(section: SectionEntry) -> tuple[float | None, float]:
    """Joules and seconds of all runs of a section, extrapolated if only some runs were kept."""
    measured = section.measurement
    runs: tuple[Measurement, ...] = measured.runs or (measured,)
    scale = measured.run_count / len(runs)
    seconds = scale * math.fsum(run.duration_s for run in runs)
    if not all(run.complete for run in runs):
        return None, seconds
    return scale * math.fsum(run.total_j or 0.0 for run in runs), seconds
