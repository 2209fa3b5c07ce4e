"""The record of a training."""

from __future__ import annotations

import math

import pytest

from pytest_scer.core.scatter import EXACT
from pytest_scer.core.training import MOST_LAPS, Lap, Target, Training


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("accuracy", Target("accuracy")),
        ("accuracy >= 0.9", Target("accuracy", ">=", 0.9)),
        ("eval/loss<1e-3", Target("eval/loss", "<", 0.001)),
        ("  top 5  >  90 ", Target("top 5", ">", 90)),
    ],
)
def test_a_target(text: str, target: Target) -> None:
    assert Target.parse(text) == target
    assert Target.parse(str(target)) == target


@pytest.mark.parametrize("text", ["", " ", ">= 3", "loss <", "loss = 3", "loss < nan", "a > b > 3"])
def test_no_target(text: str) -> None:
    with pytest.raises(ValueError, match="expected a name, or a name and the value to reach"):
        Target.parse(text)


@pytest.mark.parametrize(
    ("text", "reached", "missed"),
    [("x >= 2", 2, 1.9), ("x > 2", 2.1, 2), ("x <= 2", 2, 2.1), ("x < 2", 1.9, 2)],
)
def test_reaching_it(text: str, reached: float, missed: float) -> None:
    target = Target.parse(text)
    assert target.is_reached(reached)
    assert not target.is_reached(missed)


def test_a_metric_without_a_value_is_never_reached() -> None:
    assert not Target.parse("accuracy").is_reached(1)


def lap(done: float, energy_j: float | None = 1.0, *, warm: bool = True) -> Lap:
    return Lap(done, 1.0, energy_j, 2.0, 1.0, {"token": 3.0}, {"loss": done}, warm=warm)


def test_many_laps_are_joined() -> None:
    training = Training("training", "step", 1000)
    for number in range(1000):
        training.add(lap(number + 1, warm=number > 0))
    assert len(training.laps) <= MOST_LAPS
    assert training.done == 1000
    assert sum(each.energy_j or 0.0 for each in training.laps) == 1000
    assert sum(each.units["token"] for each in training.laps) == 3000
    assert not training.laps[0].warm
    assert training.laps[0].size == 1  # what is cold stays apart
    assert training.laps[-1].metrics == {"loss": 1000}


def test_a_lap_without_a_figure_leaves_none() -> None:
    assert lap(1).joined(lap(2, None)).energy_j is None


def test_energy_and_time_are_predicted() -> None:
    training = Training("training", "epoch", 4, laps=[lap(1, warm=False), lap(2)])
    made = training.predict((5.0, 7.0), 2.0, EXACT, 0.0)
    assert made is not None
    assert (made.energy_j.value, made.duration_s.value) == (5 + 4, 7 + 8)
    training.add(lap(3, None))
    made = training.predict((7.0, 7.0), 1.0, EXACT, 0.0)
    assert made is not None
    assert (made.energy_j.value, made.duration_s.value) == (7 + 3, 7 + 8)
    assert training.predict((math.nan, 7.0), 1.0, EXACT, 0.0) is None


@pytest.mark.parametrize(
    ("unit", "planned", "done", "text"),
    [
        ("epoch", 20, 4, "4 of 20 epochs"),
        ("epoch", 1, 0, "0 of 1 epoch"),
        ("step", None, 1, "1 step"),
        ("step", None, 2.5, "2.5 steps"),
    ],
)
def test_how_far_it_is(unit: str, planned: float | None, done: float, text: str) -> None:
    assert Training("training", unit, planned).how_far(done) == text  # type: ignore[arg-type]
