"""The section of a training, and what happens to the test if it was stopped."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from typing import Final

from pytest_scer.core.judgement import Limit, Verdict, judge
from pytest_scer.core.measurement import Measurement, scaled
from pytest_scer.core.training import Stop
from pytest_scer.errors import CarbonBudgetExceeded, CarbonBudgetWarning
from pytest_scer.recording.doubts import surely
from pytest_scer.recording.testrun import TestRun
from pytest_scer.recording.training import Measure, TrainingRun
from pytest_scer.recording.training_account import NAME
from pytest_scer.recording.training_plan import Earlier, Plan

_FRAMES: Final = 5
"""From a warning to the test: three functions here and in ``surely``, the section, its context
manager."""


@contextmanager
def training(
    test: TestRun, measure: Measure, plan: Plan, earlier: Earlier, *, keep: bool
) -> Generator[TrainingRun]:
    """Measure a training as a section; see :meth:`pytest_scer.carbon.Carbon.training`.

    Args:
        test: The test that trains.
        measure: Opens a section.
        plan: What the test asked for.
        earlier: What earlier runs of it used.
        keep: Whether it is recorded; a warm-up is not.
    """
    around = test.innermost_units
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
        _settle(test, plan, run, run.stopped, measured)


def _settle(test: TestRun, plan: Plan, run: TrainingRun, stop: Stop, measured: Measurement) -> None:
    """Fail the test because its training was stopped, or warn.

    A training that was over its limit only when all of it was done fails as a budget does: if its
    uncertainty allows no doubt.
    """
    assert plan.stop is not None
    whole = test.noise.add_to(measured)
    total_j = run.record.total_j
    if total_j is not None and measured.complete and measured.known_j > 0:
        whole = scaled(whole, total_j / measured.known_j)
    limit = Limit(plan.stop, "carbon.training(stop_after=...)")
    judgement = judge(limit, whole, {}, test.session.conversion)
    is_sure = not run.record.is_done or judgement.verdict is Verdict.EXCEEDED
    if plan.fails and is_sure and "budget" in test.session.fail_on:
        test.budget_failed = True
        raise CarbonBudgetExceeded(stop.text, [judgement])
    surely(partial(warnings.warn, CarbonBudgetWarning(stop.text), stacklevel=_FRAMES))
