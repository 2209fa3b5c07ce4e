"""What a test asked of its training, what earlier runs of it used, and when it has to stop."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from pytest_scer.core import units
from pytest_scer.core.budget import Budget, Quantity
from pytest_scer.core.forecast import Interval
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.training import Lap, Prediction, Reached, Stop, Target, Training, Unit

_VERSION: Final = 1
"""The version of the state that a training is resumed from."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The checked arguments of ``carbon.training(...)``.

    Attributes:
        unit: What the training consists of: epochs, or steps if it has no epochs.
        total: How many of them.
        total_steps: How many steps that is; None if unknown.
        target: The metric, and the value to reach; None if not given.
        stop: What to stop after; None if not given.
        fails: Whether stopping fails the test.
    """

    unit: Unit
    total: float
    total_steps: int | None
    target: Target | None
    stop: Budget | None
    fails: bool

    @classmethod
    def checked(
        cls,
        epochs: int | None,
        total_steps: int | None,
        metric: str | None,
        stop_after: str | None,
        on_exceed: str,
    ) -> Plan:
        """Check the arguments.

        Raises:
            ValueError: One of them is wrong, or the length of the training is missing.
        """
        for name, number in (("epochs", epochs), ("total_steps", total_steps)):
            is_whole = isinstance(number, int) and not isinstance(number, bool) and number >= 1
            if number is not None and not is_whole:
                raise ValueError(f"{name}={number!r}: expected a whole number of at least 1")
        total = total_steps if epochs is None else epochs
        if total is None:
            raise ValueError("carbon.training() needs epochs=... or total_steps=...")
        if on_exceed not in ("warn", "fail"):
            raise ValueError(f"on_exceed={on_exceed!r}: expected 'warn' or 'fail'")
        return cls(
            unit="step" if epochs is None else "epoch",
            total=total,
            total_steps=total_steps,
            target=None if metric is None else Target.parse(metric),
            stop=None if stop_after is None else _limit(stop_after),
            fails=on_exceed == "fail",
        )


def _limit(text: str) -> Budget:
    budget = Budget.parse(text)
    if not budget.is_cumulative:
        raise ValueError(
            f"stop_after={text!r}: expected an amount of CO2e or energy, as in '5 kgCO2e' or "
            "'30 kJ'"
        )
    return budget


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier runs of a training used, up to where this one goes on.

    Attributes:
        laps: Their epochs, or groups of steps.
        steps: How many steps they were.
        energy_j: Joules of all ranks; NaN without a figure.
        duration_s: Wall time in seconds.
        reached: When the metric reached its target; None if it did not.
    """

    laps: tuple[Lap, ...] = ()
    steps: float = 0.0
    energy_j: float = 0.0
    duration_s: float = 0.0
    reached: Reached | None = None

    @classmethod
    def read(cls, state: Mapping[str, Any] | None, unit: Unit) -> Earlier:
        """Read what :meth:`state` returned.

        Args:
            state: The state; None starts a new training.
            unit: What the training consists of.

        Raises:
            ValueError: It is something else, or of a training in another unit.
        """
        if state is None:
            return cls()
        try:
            if (state["version"], state["unit"]) != (_VERSION, unit):
                raise ValueError
            energy_j, reached = state["energy_j"], state["reached"]
            return cls(
                tuple(
                    Lap(**lap, earlier=True, warm=bool(i)) for i, lap in enumerate(state["laps"])
                ),
                float(state["steps"]),
                math.nan if energy_j is None else float(energy_j),
                float(state["duration_s"]),
                None if reached is None else Reached(**reached),
            )
        except (KeyError, TypeError, ValueError):
            raise ValueError(
                f"resume: this is not what run.state_dict() returned for a training in "
                f"{units.plural(unit)}"
            ) from None

    def state(self, unit: Unit) -> dict[str, Any]:
        """All of it in plain builtins, as JSON can hold them."""
        names = ("done", "size", "energy_j", "duration_s", "work")
        return {
            "version": _VERSION,
            "unit": unit,
            "laps": [{name: getattr(lap, name) for name in names} for lap in self.laps],
            "steps": self.steps,
            "energy_j": self.energy_j if math.isfinite(self.energy_j) else None,
            "duration_s": self.duration_s,
            "reached": None if self.reached is None else asdict(self.reached),
        }


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a whole training is predicted to use, each with ``value``, ``low`` and ``high``.

    Attributes:
        energy: Joules.
        co2e: Grams of CO2e.
        duration: Seconds.
    """

    energy: Interval
    co2e: Interval
    duration: Interval

    @classmethod
    def of(cls, prediction: Prediction, conversion: Conversion) -> Forecast:
        """Add the grams to a prediction."""
        grams = prediction.energy_j.times(conversion.grams(1.0))
        return cls(prediction.energy_j, grams, prediction.duration_s)


def stop_at(
    limit: Budget, spent_j: float, conversion: Conversion, training: Training, *, is_inside: bool
) -> Stop | None:
    """Whether a training has to stop; None if it may go on, or has no figure.

    It stops as soon as it has used its limit. If nothing is left of it, the limit may be reached
    exactly.

    Args:
        limit: What to stop after.
        spent_j: Joules so far, earlier runs and all ranks included.
        conversion: Converts them to grams.
        training: The training.
        is_inside: Whether an epoch has begun that has not ended.
    """
    grams = limit.quantity is Quantity.CO2E
    actual = conversion.grams(spent_j) if grams else spent_j
    is_done = training.total is not None and training.done >= training.total
    if not (actual > limit.limit or (actual == limit.limit and not is_done)):  # also NaN
        return None
    where = f"after {training.how_far()}"
    if is_inside:
        where = f"in {training.unit} {training.done + 1:g} of {training.total:g}"
    text = f"Training stopped {where}: used {limit.show(actual)}, limit {limit.text}"
    predicted = training.laps[-1].predicted if training.laps else None
    if is_done:
        text = f"Training used {limit.show(actual)}, limit {limit.text}"
    elif predicted is None:
        text += f"; nothing was predicted, because no {training.unit} had ended"
    else:
        whole = predicted.energy_j.times(conversion.grams(1.0) if grams else 1.0)
        text += f"; predicted for all {training.total:g}: {in_words(whole, limit)}"
    return Stop(limit.text, actual, limit.unit, training.done, text)


def in_words(figure: Interval, budget: Budget) -> str:
    """A prediction with its interval, in the unit of a budget."""
    low, high = budget.show_amount(figure.low), budget.show_amount(figure.high)
    return f"{budget.show_amount(figure.value)} ({low} to {high})"
