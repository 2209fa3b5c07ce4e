"""Report entries, made from the measurements of tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_scer.core import STAGES
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.sections import Inside, Runs, Use
from pytest_scer.core.text import printable
from pytest_scer.core.uncertainty import with_noise_of
from pytest_scer.recording.testrun import TestRun
from pytest_scer.report.model import BudgetEntry, SectionEntry, TestEntry

if TYPE_CHECKING:  # what only some tests have
    from pytest_scer.core.hosted import HostedUse
    from pytest_scer.core.model_calls import ModelCall


def entry_of_test(test: TestRun, worker: str, host: str) -> TestEntry:
    """The report entry of a test, from what is known so far.

    Args:
        test: The test.
        worker: The name of the process that ran the test.
        host: The anonymous label of the worker's host.
    """
    marker, measurement = test.marker, test.measurement()
    starts_s = test.starts_s()
    inside, beside = test.sections_inside(), test.sections_beside()
    return TestEntry(
        nodeid=test.nodeid,
        outcome=test.outcome,
        worker=worker,
        host=host,
        attempt=test.attempt,
        start_s=min(starts_s.values(), default=None),
        starts_s=starts_s,
        quality=dict(test.quality),
        phase=marker.phase,
        category=marker.category,
        model=marker.model,
        unmeasured=test.why_unmeasured(measurement),
        stages={name: test.stage(name) for name in STAGES},
        measurement=measurement,
        units=test.counted_units(),
        sections=[
            _section(runs, test, [inside, beside]) for runs in test.sections.values() if runs.runs
        ],
        other_phases={
            phase: with_noise_of(measurement, part)
            if measurement is not None and measurement.runs is not None
            else test.noise.add_to(part)
            for phase, part in inside.others(marker.phase).items()
        },
        beside={phase: test.noise.add_to(part) for phase, part in beside.others(None).items()},
        trainings=test.trainings,
        protocol=None if marker.protocol is None else marker.protocol.identity,
        model_calls=_model_calls(test),
        budgets=[BudgetEntry.of(each) for each in test.judgements],
        marks=test.marks,
        budget_failed=test.budget_failed,
        reference_j=test.reference_j,
        reference_moved=test.reference_moved,
        other_cores=test.other_cores,
        baseline=test.baseline,
        comparisons=test.comparisons,
        servers=test.servers.uses(),
        hosted=_hosted(test),
    )


def _section(runs: Runs, test: TestRun, where: Iterable[Inside]) -> SectionEntry:
    measurement = test.noise.add_to(runs.measurement)
    uses = [use for each in where if (use := each.sections.get(runs.name)) is not None]
    counted = None
    if uses:
        use = sum(uses[1:], uses[0])
        counted = Use(with_noise_of(measurement, use.measurement), dict(use.units))
    return SectionEntry(
        runs.name, runs.parent, runs.phase, runs.units, measurement, counted, runs.peak_memory
    )


def _model_calls(test: TestRun) -> list[ModelCall]:
    """The calls of models, with the uncertainty of a repeat in another session."""
    if not test.model_calls:
        return []
    from pytest_scer.report.model_calls import PARTS

    def noisy(part: Measurement | None) -> Any:
        return None if part is None else test.noise.add_to(part)

    return [
        replace(call, **{name: noisy(getattr(call, name)) for name in PARTS})
        for call in test.model_calls
    ]


def _hosted(test: TestRun) -> list[HostedUse]:
    if not test.servers.hosted:
        return []
    from pytest_scer.recording.estimates import uses_of

    return uses_of(test.servers.hosted)


def fixture_name(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> str:
    """A fixture's name as a user knows it, with its parameter."""
    name = printable(str(fixturedef.argname))
    for prefix in ("_xunit_", "_unittest_"):
        if name.startswith(prefix):
            name = name.removeprefix(prefix).partition("_fixture")[0]
    if fixturedef.params:
        name += f"[{getattr(request, 'param_index', 0)}]"
    return name
