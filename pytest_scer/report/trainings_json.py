"""Convert the trainings of a test to JSON and back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pytest_scer.core.forecast import Interval
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.training import Lap, Prediction, Reached, Stop, Training

Json = dict[str, Any]


def dump_training(training: Training, conversion: Conversion) -> Json:
    """Convert a training to an entry of ``trainings``.

    Args:
        training: The training.
        conversion: Converts joules to grams of CO2e.
    """
    reached, stopped = training.reached, training.stopped
    return {
        "name": training.name,
        "unit": training.unit,
        "planned": training.total,
        "target": training.target,
        "laps": [_dump_lap(lap, conversion) for lap in training.laps],
        "energy_j": training.energy_j,
        "co2e_g": _grams(training.energy_j, conversion),
        "duration_s": training.duration_s,
        "total": {
            "energy_j": training.total_j,
            "co2e_g": _grams(training.total_j, conversion),
            "duration_s": training.total_s,
        },
        "ranks": training.ranks,
        "rank": training.rank,
        "reached": None
        if reached is None
        else {**asdict(reached), "co2e_g": _grams(reached.energy_j, conversion)},
        "stopped": None if stopped is None else asdict(stopped),
    }


def _grams(energy_j: float | None, conversion: Conversion) -> float | None:
    return None if energy_j is None else conversion.grams(energy_j)


def _dump_lap(lap: Lap, conversion: Conversion) -> Json:
    predicted = lap.predicted
    whole = None
    if predicted is not None:
        whole = {
            "energy_j": asdict(predicted.energy_j),
            "co2e_g": asdict(predicted.energy_j.times(conversion.grams(1.0))),
            "duration_s": asdict(predicted.duration_s),
        }
    # Not asdict, which would copy all of it twice: a test may have many epochs.
    return {
        "done": lap.done,
        "size": lap.size,
        "energy_j": lap.energy_j,
        "co2e_g": _grams(lap.energy_j, conversion),
        "duration_s": lap.duration_s,
        "steps": lap.steps,
        "units": lap.units,
        "metrics": lap.metrics,
        "predicted": whole,
        "warm": lap.warm,
        "earlier": lap.earlier,
    }


def load_training(data: Json) -> Training:
    """Read one entry of ``trainings``."""
    reached, stopped = data["reached"], data["stopped"]
    return Training(
        name=data["name"],
        unit=data["unit"],
        total=data["planned"],
        target=data["target"],
        laps=[_load_lap(lap) for lap in data["laps"]],
        energy_j=data["energy_j"],
        duration_s=data["duration_s"],
        total_j=data["total"]["energy_j"],
        total_s=data["total"]["duration_s"],
        ranks=data["ranks"],
        rank=data["rank"],
        reached=None
        if reached is None
        else Reached(reached["done"], reached["value"], reached["energy_j"], reached["duration_s"]),
        stopped=None
        if stopped is None
        else Stop(*(stopped[name] for name in ("limit", "actual", "unit", "done", "text"))),
    )


def _load_lap(data: Json) -> Lap:
    whole = data["predicted"]
    predicted = None
    if whole is not None:
        predicted = Prediction(_interval(whole["energy_j"]), _interval(whole["duration_s"]))
    return Lap(
        done=data["done"],
        size=data["size"],
        energy_j=data["energy_j"],
        duration_s=data["duration_s"],
        steps=data["steps"],
        units=data["units"],
        metrics=data["metrics"],
        predicted=predicted,
        warm=data["warm"],
        earlier=data["earlier"],
    )


def _interval(data: Json) -> Interval:
    return Interval(data["value"], data["low"], data["high"])
