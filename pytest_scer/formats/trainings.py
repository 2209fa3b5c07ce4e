"""Trainings in words: what they used, what was predicted, and when they reached or stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pytest_scer.core import units
from pytest_scer.core.forecast import Interval
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.training import Lap, Training
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.model import Report, TestEntry

EARLY = 3
"""A prediction after this number of epochs is shown next to what the training used in the end."""
_PER = ("epoch", "step", "sample", "token")
"""The units whose cost is shown first."""


def of_report(report: Report) -> Iterator[tuple[TestEntry, Training]]:
    """Yield each training of each test's last attempt."""
    for test in last_attempts(report.tests):
        for training in test.trainings:
            yield test, training


def used(training: Training, conversion: Conversion, digits: int = 3) -> str:
    """What it used, as in ``40.1 J, 5.3 mg CO2e in 6.2 s, 20 of 20 epochs``."""
    joules = training.total_j
    grams = None if joules is None else conversion.grams(joules)
    seconds = units.quantity(training.total_s, "s")
    amount = (
        f"{units.quantity(joules, 'J', digits=digits)}, "
        f"{units.quantity(grams, 'g', suffix=' CO2e', digits=digits)}"
        if joules is not None
        else "no figure"
    )
    ranks = f", {training.ranks} processes" if training.ranks > 1 else ""
    earlier = sum(lap.size for lap in training.laps if lap.earlier)
    resumed = f", {earlier:g} of them in earlier runs" if earlier else ""
    return f"{amount} in {seconds}: {training.how_far()}{resumed}{ranks}"


def details(training: Training, digits: int = 3) -> Iterator[str]:
    """Yield what else is known: cost per unit, the prediction, the metric, why it stopped."""
    if costs := ", ".join(_per_unit(training, digits)):
        yield costs
    if training.stopped is not None:
        yield training.stopped.text
    elif (lap := _shown(training)) is not None and lap.predicted is not None:
        energy, duration = lap.predicted.energy_j, lap.predicted.duration_s
        name = units.plural(training.unit) if lap.done != 1 else training.unit
        yield (
            f"predicted after {lap.done:g} {name}: {interval(energy, 'J', digits)}, "
            f"{interval(duration, 's', digits)}"
        )
    reached = training.reached
    if training.target is not None and " " in training.target:
        yield (
            f"{training.target}: not reached"
            if reached is None
            else f"{training.target}: reached after {_counted(reached.done, training.unit)}, "
            f"{units.quantity(reached.energy_j, 'J', digits=digits)}, "
            f"{units.quantity(reached.duration_s, 's')}"
        )


def interval(figure: Interval, si_unit: str, digits: int = 3) -> str:
    """A prediction with its interval, as in ``41.0 J (35.2 to 47.1 J)``, in one unit."""
    _, size = units.scale_of(figure.value, si_unit)
    value, low, high = (
        units.significant(each / size, digits) for each in (figure.value, figure.low, figure.high)
    )
    symbol = units.scale_of(figure.value, si_unit)[0]
    return f"{value} {symbol} ({low} to {high})"


def _counted(number: float, unit: str) -> str:
    return f"{number:g} {unit if number == 1 else units.plural(unit)}"


def _shown(training: Training) -> Lap | None:
    """The lap whose prediction is shown: an early one if the training is done, else the last."""
    own = [lap for lap in training.laps if lap.predicted is not None and not lap.earlier]
    is_done = training.total is not None and training.done >= training.total
    if not is_done:
        return own[-1] if own else None
    early = [lap for lap in own[:-1] if lap.done >= EARLY] or own[:-1]
    return early[0] if early else None


def _per_unit(training: Training, digits: int) -> Iterator[str]:
    """Yield what this process used per unit that it counted in this session."""
    counted: Counter[str] = Counter()
    for lap in training.laps:
        if not lap.earlier:
            counted.update(lap.units)
    ranked = sorted(counted, key=lambda unit: _PER.index(unit) if unit in _PER else len(_PER))
    for unit in ranked[: len(_PER)]:
        if training.energy_j is not None and units.is_usable(counted[unit]):
            cost = units.quantity(training.energy_j / counted[unit], "J", digits=digits)
            yield f"{cost} per {unit}"
