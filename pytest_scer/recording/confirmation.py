"""Run a test again when one run leaves its budgets undecided."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from pytest_scer.core.judgement import Verdict, figure_of_run
from pytest_scer.core.repeats import RepeatPlan, Repeats
from pytest_scer.core.sections import Runs, energy_figure
from pytest_scer.recording.repeat_time import RepeatTime
from pytest_scer.recording.rerun import CannotRunAgain
from pytest_scer.recording.testrun import TestRun
from pytest_scer.report.baseline_entry import times

_UNTIL_DECIDED: Final = RepeatPlan("auto", warmup=0, min_time_s=0.0, max_time_s=1e9)
"""Repeat like ``carbon(fn)`` with ``repeats="auto"``; only the number of runs limits it."""


def is_open(test: TestRun) -> bool:
    """Whether more runs of the whole test may decide one of its verdicts.

    Tests that call ``carbon(fn)`` have their own repeats.
    """
    return not test.calls and any(
        judgement.verdict is Verdict.INCONCLUSIVE for judgement in test.judgements
    )


def confirm(test: TestRun, again: Callable[[], TestRun], most: int, left: RepeatTime) -> str | None:
    """Run a test again until the intervals of all its figures clear their limits, or cannot.

    Args:
        test: The test, which has run once. From now on its budgets read the median of all runs.
        again: Runs the test once more.
        most: Maximum number of additional runs.
        left: The time for repeats.

    Returns:
        Why repeating stopped early; None if all budgets are decided, if more runs could not decide
        them, or if all runs were used.
    """
    limits = [limit.budget for limit in test.marker.limits]
    # The last figure is the energy itself: every value is under an infinite limit.
    repeats = Repeats(_UNTIL_DECIDED, [*(budget.limit for budget in limits), math.inf])
    runs, problem = Runs(), None

    def take(run: TestRun) -> None:
        measured, units = run.stage("call"), run.units
        assert measured is not None
        run.add_run(runs, measured, units, run.call_sections())
        conversion = test.session.conversion
        figures = [figure_of_run(each, measured, units.counts, conversion) for each in limits]
        scatter = test.noise.of(measured)
        repeats.add(measured.duration_s, *figures, energy_figure(measured), scatter=scatter)

    take(test)
    while not repeats.done and len(runs.runs) <= most:
        if left.is_spent:
            problem = left.why_no_more(len(runs.runs) - 1)
            break
        try:
            with left.spending(f"deciding budgets: repeat {len(runs.runs)} of up to {most}"):
                once_more = again()
            take(once_more)
        except CannotRunAgain as error:
            problem = f"measured again {times(len(runs.runs) - 1)}, then stopped by {error}"
            break
    if len(runs.runs) > 1:
        runs.figure = repeats.figures[-1]
        test.again = runs
    return problem
