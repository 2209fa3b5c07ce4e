"""Predictions of work that consists of similar pieces."""

from __future__ import annotations

import math
import random

import pytest

from pytest_scer.core.forecast import FIRST_EPOCH, LATER_EPOCH, Interval, Piece, forecast
from pytest_scer.core.scatter import CPU_TIME, EXACT, Scatter


def epochs(*costs: float) -> list[Piece]:
    return [Piece(cost, 1.0, warm=number > 0) for number, cost in enumerate(costs)]


def of(costs: list[float], left: float, scatter: Scatter = EXACT) -> Interval:
    made = forecast(epochs(*costs), math.fsum(costs), left, scatter)
    assert made is not None
    return made


def test_equal_epochs_are_predicted_exactly() -> None:
    assert of([10, 10, 10], 17) == Interval(200, 200, 200)


def test_after_the_first_epoch_the_interval_is_a_judgement() -> None:
    assert of([10], 6) == Interval(70, 10 + 60 / FIRST_EPOCH, 10 + 60 * LATER_EPOCH)


def test_the_first_epoch_is_left_out_as_soon_as_there_are_three_others() -> None:
    assert of([40, 10, 10], 2).value == 60 + 2 * 20
    assert of([40, 10, 10, 10], 2) == Interval(90, 90, 90)


@pytest.mark.parametrize(("costs", "t"), [([9, 11], 12.706), ([9, 11, 10], 4.303)])
def test_the_interval_is_that_of_a_mean_of_further_pieces(costs: list[float], t: float) -> None:
    deviation = math.sqrt(sum((each - 10) ** 2 for each in costs) / (len(costs) - 1))
    half = t * deviation * math.sqrt(1 / len(costs) + 1 / 4) * 4
    made = of(costs, 4)
    assert made.high - made.value == pytest.approx(half, rel=1e-3)
    assert made.low == pytest.approx(max(made.value - half, math.fsum(costs)), rel=1e-3)


def test_what_is_spent_is_the_least() -> None:
    assert of([1, 19], 1).low == 20


def test_the_noise_between_sessions_widens_what_is_left_only() -> None:
    made = of([10, 10, 10], 17, CPU_TIME)
    assert made.high - made.value == pytest.approx(CPU_TIME.single * 170)
    assert of([10] * 19, 1, CPU_TIME).high == pytest.approx(200 + CPU_TIME.single * 10)


def test_neighbours_lower_the_low_end() -> None:
    made = forecast(epochs(10, 10, 10), 30, 10, EXACT, avoidable=0.25)
    assert made == Interval(130, 30 + 75, 130)


def test_nothing_is_left() -> None:
    assert forecast([], 5, 0, EXACT) == Interval(5, 5, 5)


@pytest.mark.parametrize(
    ("pieces", "spent"), [([], 1.0), ([Piece(math.nan, 1)], 1.0), (epochs(1, 1), math.nan)]
)
def test_without_a_figure_there_is_no_prediction(pieces: list[Piece], spent: float) -> None:
    assert forecast(pieces, spent, 3, EXACT) is None


def test_pieces_of_different_size() -> None:
    made = forecast([Piece(10, 1), Piece(30, 3), Piece(20, 2)], 60, 4, EXACT)
    assert made == Interval(100, 100, 100)


def test_another_unit() -> None:
    assert Interval(2, 1, 4).times(10) == Interval(20, 10, 40)


def test_an_interval_is_shown_in_one_unit() -> None:
    assert Interval(1500.0, 900.0, 2000.0).show("J") == "1.50 kJ (0.900 to 2.00)"
    shown = Interval(0.04, 0.03, 0.05).show("g", suffix="CO2e", digits=2)
    assert shown == "40 mgCO2e (30 to 50)"


@pytest.mark.parametrize("done", [2, 3, 5, 10])
def test_the_interval_holds_the_truth_as_often_as_it_says(done: int) -> None:
    chance, held = random.Random(done), 0
    for _ in range(400):
        costs = [chance.lognormvariate(0, 0.1) for _ in range(20)]
        made = of(costs[:done], 20 - done)
        held += made.low <= math.fsum(costs) <= made.high
    assert 0.92 < held / 400 < 0.98
