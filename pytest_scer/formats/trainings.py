"""Trainings in words: what they used, what was predicted, and when they reached or stopped."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pytest_scer.core import units
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.training import Lap, Training, sum_of
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import Report, TestEntry

EARLY = 3
"""A prediction after this number of epochs is shown next to what the training used in the end."""
_PER = ("epoch", "step", "sample", "token")
"""The units whose cost is shown first."""


def of_report(report: Report) -> Iterator[tuple[TestEntry, Training]]:
    """Yield each training of each test's last attempt.

    Of processes that trained together, whose reports were merged, only the first is shown: its
    figures are those of all.
    """
    tests = last_attempts(report.tests)
    first = {
        (test.nodeid, number)
        for test in tests
        for number, training in enumerate(test.trainings)
        if training.ranks > 1 and training.rank == 0
    }
    for test in tests:
        for number, training in enumerate(test.trainings):
            if training.rank == 0 or (test.nodeid, number) not in first:
                yield test, training


def used(training: Training, conversion: Conversion, digits: int = 3) -> str:
    """What it used, as in ``40.1 J, 5.3 mg CO2e in 6.2 s: 20 of 20 epochs``."""
    joules = training.total_j
    grams = None if joules is None else conversion.grams(joules)
    seconds = units.quantity(training.total_s, "s")
    amount = (
        f"{units.quantity(joules, 'J', digits=digits)}, "
        f"{units.quantity(grams, 'g', suffix=' CO2e', digits=digits)}"
        if joules is not None
        else "no figure"
    )
    ranks = f", {units.counted(training.ranks, 'process')}" if training.ranks > 1 else ""
    earlier = math.fsum(lap.size for lap in training.laps if lap.earlier)
    resumed = f", {units.decimal(earlier)} of them in earlier runs" if earlier else ""
    return f"{amount} in {seconds}: {training.how_far()}{resumed}{ranks}"


def details(training: Training, digits: int = 3) -> Iterator[str]:
    """Yield what else is known: cost per unit, the prediction, the metric, why it stopped."""
    if costs := ", ".join(_per_unit(training, digits)):
        yield costs
    if training.stopped is not None:
        yield training.stopped.text
    elif (lap := _shown(training)) is not None and lap.predicted is not None:
        yield (
            f"predicted after {units.counted(lap.done, training.unit)}: "
            f"{lap.predicted.energy_j.show('J', digits=digits)}, "
            f"{lap.predicted.duration_s.show('s', digits=digits)}"
        )
    reached = training.reached
    if training.target is not None and any(sign in training.target for sign in "<>"):
        if reached is None:
            yield f"{training.target}: not reached"
            return
        joules = reached.energy_j
        energy = "" if joules is None else f", {units.quantity(joules, 'J', digits=digits)}"
        yield (
            f"{training.target}: reached after {units.counted(reached.done, training.unit)}"
            f"{energy}, {units.quantity(reached.duration_s, 's')}"
        )


def _shown(training: Training) -> Lap | None:
    """The lap whose prediction is shown: an early one if the training is done, else the last."""
    own = [lap for lap in training.laps if lap.predicted is not None and not lap.earlier]
    if not training.is_done:
        return own[-1] if own else None
    early = [lap for lap in own[:-1] if lap.done >= EARLY] or own[:-1]
    return early[0] if early else None


def _per_unit(training: Training, digits: int) -> Iterator[str]:
    """Yield what it used per unit that was counted in this session, in all processes."""
    own = [lap for lap in training.laps if not lap.earlier]
    counted = sum_of(lap.units for lap in own)
    joules = training.energy_j
    if training.ranks > 1:
        known = [lap.energy_j for lap in own if lap.energy_j is not None]
        joules = math.fsum(known) if len(known) == len(own) else None
    ranked = sorted(counted, key=lambda unit: _PER.index(unit) if unit in _PER else len(_PER))
    for unit in ranked[: len(_PER)]:
        if joules is not None and units.is_usable(counted[unit]):
            yield f"{units.quantity(joules / counted[unit], 'J', digits=digits)} per {unit}"
