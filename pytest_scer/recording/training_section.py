"""The section of a training, and what happens to the test if it was stopped."""

from __future__ import annotations

import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from pytest_scer.core.judgement import Limit, judge
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.training import Stop
from pytest_scer.errors import CarbonBudgetExceeded, CarbonBudgetWarning
from pytest_scer.recording.testrun import TestRun
from pytest_scer.recording.training import Measure, TrainingRun
from pytest_scer.recording.training_account import NAME
from pytest_scer.recording.training_plan import Earlier, Plan

_FRAMES: Final = 4
"""From a warning to the test: this function, the section, and its context manager."""


@contextmanager
def training(
    test: TestRun, measure: Measure, plan: Plan, resume: Mapping[str, Any] | None, *, keep: bool
) -> Generator[TrainingRun]:
    """Measure a training as a section; see :meth:`pytest_scer.carbon.Carbon.training`.

    Args:
        test: The test that trains.
        measure: Opens a section.
        plan: What the test asked for.
        resume: What ``state_dict`` of an earlier run returned; None starts a new training.
        keep: Whether it is recorded; a warm-up is not.
    """
    earlier, around = Earlier.read(resume, plan.unit), test.innermost_units
    with measure(NAME, phase="training") as section:
        run = TrainingRun(test, measure, section, plan, earlier, keep=keep)
        if keep:
            test.trainings.append(run.record)
        try:
            yield run
        except BaseException:
            run.finish(failed=True)
            raise
        measured = run.finish(failed=False)
    around.add(run.units.counts)
    if run.stopped is not None:
        _settle(test, plan, run.stopped, measured)


def _settle(test: TestRun, plan: Plan, stop: Stop, measured: Measurement) -> None:
    """Fail the test because its training was stopped, or warn."""
    if plan.fails and "budget" in test.session.fail_on:
        assert plan.stop is not None
        limit = Limit(plan.stop, "carbon.training(stop_after=...)")
        judgement = judge(limit, test.noise.add_to(measured), {}, test.session.conversion)
        test.budget_failed = True
        raise CarbonBudgetExceeded(stop.text, [judgement])
    warning = CarbonBudgetWarning(stop.text)
    try:
        warnings.warn(warning, stacklevel=_FRAMES)
    except CarbonBudgetWarning:  # it stays a warning where warnings are errors
        with warnings.catch_warnings():
            warnings.simplefilter("always", CarbonBudgetWarning)
            warnings.warn(warning, stacklevel=_FRAMES)
