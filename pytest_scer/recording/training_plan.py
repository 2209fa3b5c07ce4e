"""What a test asked of its training, what earlier runs of it used, and when it has to stop."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from operator import index
from typing import Any, Final

from pytest_scer.core import LARGEST_FIGURE, units
from pytest_scer.core.budget import Budget, Quantity
from pytest_scer.core.forecast import Interval
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.training import Lap, Prediction, Reached, Stop, Target, Training, Unit
from pytest_scer.models.trainer import Length, Past

_VERSION: Final = 1
"""The version of the state that a training is resumed from."""
_OF_LAP: Final = ("done", "size", "energy_j", "duration_s", "steps", "warm")
_OF_REACHED: Final = ("done", "value", "energy_j", "duration_s")


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
        epochs, total_steps = _whole("epochs", epochs), _whole("total_steps", total_steps)
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


def _whole(name: str, number: Any) -> int | None:
    """Check a number of epochs or steps, also one of another library, such as numpy."""
    if number is None:
        return None
    try:
        whole = 0 if isinstance(number, bool) else index(number)
    except TypeError:
        whole = 0
    if not 1 <= whole <= LARGEST_FIGURE:
        raise ValueError(f"{name}={number!r}: expected a whole number of at least 1")
    return whole


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
    def read(cls, state: Any, unit: Unit) -> Earlier:
        """Read what :meth:`state` returned, also in another process, or from a file.

        Args:
            state: The state; None starts a new training.
            unit: What the training consists of.

        Raises:
            ValueError: It is something else, damaged, or of a training in another unit.
        """
        if state is None:
            return cls()
        try:
            if (state["version"], state["unit"]) != (_VERSION, unit):
                raise ValueError
            reached = state["reached"]
            return cls(
                tuple(_lap(lap) for lap in state["laps"]),
                _amount(state["steps"]),
                _joules(state["energy_j"]),
                _amount(state["duration_s"]),
                None if reached is None else _reached(reached),
            )
        except (KeyError, TypeError, ValueError):
            raise ValueError(
                "resume: expected what run.state_dict() returned for a training in "
                f"{units.plural(unit)}, in this version of pytest-scer"
            ) from None

    @classmethod
    def unknown(cls, done: float, steps: float) -> Earlier:
        """Earlier runs of which nothing is known but how far they went.

        Args:
            done: How many epochs or steps they did.
            steps: How many steps.
        """
        lap = Lap(done, done, None, 0.0, steps, warm=False, earlier=True)
        return cls((lap,), steps, math.nan)

    def state(self, unit: Unit) -> dict[str, Any]:
        """All of it in plain builtins, as JSON can hold them."""
        return {
            "version": _VERSION,
            "unit": unit,
            "laps": [{name: getattr(lap, name) for name in _OF_LAP} for lap in self.laps],
            "steps": self.steps,
            "energy_j": self.energy_j if math.isfinite(self.energy_j) else None,
            "duration_s": self.duration_s,
            "reached": None if self.reached is None else asdict(self.reached),
        }


def of_trainer(plan: Plan, length: Length, past: Past | None) -> tuple[Plan, Earlier]:
    """The plan of a training that transformers runs, and where it was resumed.

    Args:
        plan: What the test asked for, of any length.
        length: How long the training will be.
        past: Where it was resumed; None if it was not.
    """
    plan = replace(
        plan,
        unit="step" if length.epochs is None else "epoch",
        total=length.steps if length.epochs is None else length.epochs,
        total_steps=length.steps,
    )
    if past is None:
        return plan, Earlier()
    with suppress(ValueError):  # damaged, or of another version
        earlier = Earlier.read(past.saved, plan.unit)
        if earlier.steps == past.steps:  # else it is of another training
            return plan, earlier
    done = past.epochs if plan.unit == "epoch" else float(past.steps)
    return plan, Earlier.unknown(done, past.steps)


def _amount(value: Any) -> float:
    """A figure of a state, which a user's file may have damaged.

    Raises:
        ValueError: It is no figure that a report may hold.
    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (is_number and 0 <= value <= LARGEST_FIGURE):
        raise ValueError
    return float(value)


def _joules(value: Any) -> float:
    return math.nan if value is None else _amount(value)


def _lap(data: Mapping[str, Any]) -> Lap:
    done, size, energy_j, duration_s, steps, warm = (data[name] for name in _OF_LAP)
    return Lap(
        _amount(done),
        _amount(size),
        None if energy_j is None else _amount(energy_j),
        _amount(duration_s),
        _amount(steps),
        warm=warm is True,
        earlier=True,
    )


def _reached(data: Mapping[str, Any]) -> Reached:
    done, value, energy_j, duration_s = (data[name] for name in _OF_REACHED)
    return Reached(
        _amount(done),
        math.copysign(_amount(abs(value)), value),
        None if energy_j is None else _amount(energy_j),
        _amount(duration_s),
    )


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
    is_done = training.is_done
    if not (actual > limit.limit or (actual == limit.limit and not is_done)):  # also NaN
        return None
    where = f"after {training.how_far()}"
    if is_inside:
        number, last = math.floor(training.done) + 1, math.ceil(training.total)
        where = f"in {training.unit} {number:,} of {last:,}"
    text = f"Training stopped {where}: used {limit.show(actual)}, limit {limit.text}"
    predicted = training.laps[-1].predicted if training.laps else None
    if is_done:
        text = f"Training used {limit.show(actual)}, limit {limit.text}"
    elif predicted is None:
        text += "; nothing was predicted"
        text += "" if training.laps else f", because no {training.unit} had ended"
    else:
        whole = predicted.energy_j.times(conversion.grams(1.0) if grams else 1.0)
        si_unit, suffix = limit.quantity.value
        text += f"; predicted for all {units.decimal(training.total)}: "
        text += whole.show(si_unit, suffix=suffix)
    return Stop(limit.text, actual, limit.unit, training.done, text)
