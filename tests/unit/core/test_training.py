"""The record of a training."""

from __future__ import annotations

import math

import pytest

from pytest_scer.core.scatter import EXACT
from pytest_scer.core.training import (
    MOST_LAPS,
    Lap,
    Stop,
    Target,
    Training,
    Unit,
    why_cut_short,
)


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
    made = training.predict((5.0, 7.0), None, EXACT, 0.0)
    assert made is not None
    assert (made.energy_j.value, made.duration_s.value) == (5 + 4, 7 + 8)
    training.add(lap(3, None))
    made = training.predict((7.0, 7.0), None, EXACT, 0.0)
    assert made is not None
    assert (made.energy_j.value, made.duration_s.value) == (7 + 3, 7 + 8)
    assert training.predict((math.nan, 7.0), None, EXACT, 0.0) is None


def predicted_j(training: Training, total_steps: float | None) -> float:
    spent = math.fsum(each.energy_j or 0.0 for each in training.laps)
    made = training.predict((0.0, 0.0), total_steps, EXACT, 0.0)
    assert made is not None
    assert made.energy_j.low >= spent
    return made.energy_j.value


def test_work_is_counted_in_steps_if_all_of_them_are_known() -> None:
    laps = [Lap(1, 1.0, 10.0, 1.0, steps=5.0), Lap(2, 1.0, 30.0, 1.0, steps=10.0)]
    training = Training("training", "epoch", 4, laps=laps)
    assert predicted_j(training, 45) == pytest.approx(40 + 30 * 40 / 15)
    assert predicted_j(training, None) == 80
    assert predicted_j(training, 15) == 80  # the epochs have more steps than that
    laps[0].steps = 0  # those of an earlier run were not counted
    assert predicted_j(training, 45) == 80
    laps[0].steps = 5
    training.total = 2
    assert predicted_j(training, 1000) == 40  # all is done


def test_part_of_an_epoch_may_be_the_last() -> None:
    training = Training("training", "epoch", 4 / 3, laps=[lap(1), lap(1 + 1 / 3)])
    assert training.is_done
    assert not Training("training", "epoch", 2, laps=[lap(1 + 1 / 3)]).is_done


def test_a_training_that_was_stopped_was_cut_short_unless_all_of_it_was_done() -> None:
    training = Training("training", "epoch", 2, laps=[lap(1)])
    assert why_cut_short([training]) is None
    training.stopped = Stop("1 J", 2.0, "J", 1, "stopped")
    assert why_cut_short([training]) == "its training was stopped after 1 of 2 epochs"
    training.stopped = Stop("1 J", 2.0, "J", 2, "used")
    assert why_cut_short([training]) is None


@pytest.mark.parametrize(
    ("unit", "planned", "done", "text"),
    [
        ("epoch", 20, 4, "4 of 20 epochs"),
        ("epoch", 1, 0, "0 of 1 epoch"),
        ("epoch", 4 / 3, 1 / 3, "0.33 of 1.33 epochs"),
        ("step", 2_000_000, 1_234_567.0, "1,234,567 of 2,000,000 steps"),
    ],
)
def test_how_far_it_is(unit: Unit, planned: float, done: float, text: str) -> None:
    assert Training("training", unit, planned, laps=[lap(done)]).how_far() == text
