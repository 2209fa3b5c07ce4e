"""What each phase of a model used: the one place that says which joules count.

A test has a phase, and so has each of its sections. The energy of a test is the sum of its own
phase and of the sections of another phase in it, so nothing counts twice and nothing is lost.
Scores, ``what-if``, model cards and the totals of the terminal all add up these parts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from pytest_scer.core.measurement import Measurement, rest, scaled
from pytest_scer.core.sections import Use
from pytest_scer.core.uncertainty import sum_of, with_noise_of
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import Report, SectionEntry, TestEntry


@dataclass(frozen=True, slots=True)
class PhasePart:
    """What one phase used in a test.

    Attributes:
        test: The test.
        phase: ``training``, ``inference``, or None if none was stated.
        measurement: The energy; None if there is no figure.
        name: The node ID, and the sections of this phase if the test itself has another one.
    """

    test: TestEntry
    phase: str | None
    measurement: Measurement | None
    name: str


@dataclass(frozen=True, slots=True)
class PhaseCost:
    """The energy of one phase.

    Attributes:
        energy_j: IT energy in joules of the tests and sections that have a figure.
        duration_s: Their duration in seconds.
        sources: Their names.
        unmeasured: Names of the tests and sections that have no figure and are left out.
        uncertainty_j: Half-width of the 95 % interval of ``energy_j``; None if unknown.
    """

    energy_j: float
    duration_s: float
    sources: tuple[str, ...]
    unmeasured: tuple[str, ...]
    uncertainty_j: float | None = None


def model_of(test: TestEntry) -> str:
    """The model that a test measures: without a name, the test stands for it."""
    return test.model or test.nodeid.rpartition("::")[2]


def is_counted(test: TestEntry) -> bool:
    """Whether the work of a test counts: it passed, or failed only because of its budget.

    What a broken test produced is unknown.
    """
    passed = test.outcome in ("passed", "xpassed") or test.budget_failed
    return passed and test.unmeasured is None


def parts(test: TestEntry) -> Iterator[PhasePart]:
    """Yield what each phase used in a test: first its own, then those of its sections.

    The parts of ``test.measurement`` add up to it. Sections that are no part of it, such as those
    next to a repeated ``carbon(fn)``, come on top.
    """
    others, beside = other_phases(test), test.beside or {}
    own = test.measurement
    if own is not None:
        for part in others.values():
            own = rest(own, part)
        if test.phase is not None and test.phase in beside:
            own = own + beside[test.phase]
    yield PhasePart(test, test.phase, own, test.nodeid)
    in_sections = [(each, phase_of(each, test)) for each in test.sections]
    for phase in dict.fromkeys([*others, *beside, *(phase for _, phase in in_sections)]):
        if phase in (test.phase, None):
            continue
        found = [each[phase] for each in (others, beside) if phase in each]
        inside = sum(found[1:], found[0]) if found and own is not None else None
        names = [each.name for each, its in in_sections if its == phase != _around(each, test)]
        yield PhasePart(test, phase, inside, f"{test.nodeid} [{', '.join(names)}]")


def other_phases(test: TestEntry) -> Mapping[str, Measurement]:
    """The parts of a test's measurement that sections of another phase used."""
    if test.other_phases is not None:
        return test.other_phases
    found: dict[str, Measurement] = {}
    for section in test.sections:
        phase = phase_of(section, test)
        if phase is not None and phase != test.phase:
            part = _alone(section, test)
            found[phase] = found[phase] + part if phase in found else part
    return found


def counted(section: SectionEntry, test: TestEntry) -> Use:
    """What a section's phase used and produced in a test, which is what its score counts."""
    if section.counted is not None:
        return section.counted
    runs = section.measurement.run_count if _counts_all_runs(test) else 1
    units = {unit: count * runs for unit, count in section.units.items()}
    return Use(_without_other_phases(section, test), units)


def _counts_all_runs(test: TestEntry) -> bool:
    """Whether a section that ran again did more work: the test itself was not repeated."""
    return test.measurement is None or test.measurement.runs is None


def _gross(section: SectionEntry, test: TestEntry) -> Measurement:
    """What a section holds of a test, sections of other phases included."""
    median = section.measurement
    if median.runs is None or not _counts_all_runs(test):
        return median
    kept = sum(median.runs[1:], median.runs[0])
    return with_noise_of(median, scaled(kept, median.run_count / len(median.runs)))


def _alone(section: SectionEntry, test: TestEntry) -> Measurement:
    """What a section holds of a test, without the sections in it."""
    alone = _gross(section, test)
    for inner in test.sections:
        if inner.parent == section.name and inner is not section:
            alone = rest(alone, _gross(inner, test))
    return alone


def _without_other_phases(section: SectionEntry, test: TestEntry) -> Measurement:
    own, phase = _gross(section, test), phase_of(section, test)
    for inner in _inside(section, test, {section.name}):
        if phase_of(inner, test) != phase:
            own = rest(own, _alone(inner, test))
    return own


def _inside(section: SectionEntry, test: TestEntry, seen: set[str]) -> Iterator[SectionEntry]:
    """Yield the sections in a section, and those in them."""
    for inner in test.sections:
        if inner.parent == section.name and inner.name not in seen:
            seen.add(inner.name)
            yield inner
            yield from _inside(inner, test, seen)


def phase_of(section: SectionEntry, test: TestEntry) -> str | None:
    """The phase of a section: its own, else that of what encloses it."""
    return section.phase or _around(section, test)


def _around(section: SectionEntry, test: TestEntry) -> str | None:
    """The phase of what encloses a section."""
    sections, seen = {each.name: each for each in test.sections}, {section.name}
    while (parent := sections.get(section.parent or "")) is not None and parent.name not in seen:
        if parent.phase is not None:
            return parent.phase
        seen.add(parent.name)
        section = parent
    return test.phase


def models_of_phase(report: Report, phase: str) -> list[str]:
    """Return the models that have tests or sections of a phase, in the order of the tests."""
    return list(dict.fromkeys(t.model for t in report.tests if t.model and _has(t, phase)))


def phase_cost(report: Report, model: str, phase: str | None) -> PhaseCost:
    """Add up a phase of a model: the tests of the phase, and its sections in other tests.

    For a repeated ``carbon(fn)`` the median run counts, since each run does all the work. For a
    section all runs count, since a test that opens it again does more work.
    """
    tests = [test for test in last_attempts(report.tests) if test.model == model]
    return _cost(part for test in tests for part in parts(test) if part.phase == phase)


def phase_costs(report: Report) -> dict[str, PhaseCost]:
    """Add up each phase of the session, over all models."""
    found = [part for test in last_attempts(report.tests) for part in parts(test)]
    phases = dict.fromkeys(part.phase for part in found if part.phase is not None)
    return {phase: _cost(part for part in found if part.phase == phase) for phase in phases}


def _cost(found: Iterable[PhasePart]) -> PhaseCost:
    known: list[tuple[str, Measurement]] = []
    unmeasured: list[str] = []
    for part in found:
        if part.test.outcome in ("skipped", "xfailed"):
            continue
        measured = part.measurement
        if measured is not None and measured.complete and is_counted(part.test):
            known.append((part.name, measured))
        else:
            unmeasured.append(part.name)
    return PhaseCost(
        energy_j=math.fsum(measured.known_j for _, measured in known),
        duration_s=math.fsum(measured.duration_s for _, measured in known),
        sources=tuple(name for name, _ in known),
        unmeasured=tuple(unmeasured),
        uncertainty_j=sum_of([measured.uncertainty_j for _, measured in known]),
    )


def _has(test: TestEntry, phase: str) -> bool:
    return test.phase == phase or any(phase_of(each, test) == phase for each in test.sections)
