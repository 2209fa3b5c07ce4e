"""How often a run is repeated, and when that stops."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core.repeats import RepeatPlan, Repeats
from pytest_scer.core.scatter import CPU_TIME
from pytest_scer.core.statistics import Figure, median_interval

values = st.floats(0.001, 1e6)


def spread(figure: Figure) -> float:
    assert figure.uncertainty is not None
    return figure.uncertainty


def lognormal(rng: random.Random, cv: float) -> float:
    """The cost of a run, with median 1."""
    return math.exp(rng.gauss(0, math.sqrt(math.log(1 + cv**2))))


# When to stop


def runs_until_done(
    plan: RepeatPlan, duration_s: float, cost: Callable[[], Figure | None], limit: float
) -> tuple[int, Repeats]:
    repeats = Repeats(plan, [limit])
    count = 0
    while not repeats.done:
        repeats.add(duration_s, cost())
        count += 1
    return count, repeats


@pytest.mark.parametrize(
    ("plan", "duration_s", "calls"),
    [
        (RepeatPlan(), 1.0, 2),
        (RepeatPlan(warmup=0), 0.125, 4),
        (RepeatPlan(warmup=3), 0.125, 7),
        (RepeatPlan(repeats=7, warmup=2), 0.25, 9),
        (RepeatPlan(repeats=7, warmup=0, max_time_s=1), 0.25, 4),
        (RepeatPlan(repeats=3, warmup=5, max_time_s=10), 4.0, 4),
        (RepeatPlan(repeats=3, warmup=1, max_time_s=10), 60.0, 2),
        (RepeatPlan(warmup=1, max_time_s=0), 1.0, 1),
    ],
    ids=[
        "defaults",
        "min_time",
        "min_time after warm-up",
        "repeats",
        "max_time",
        "long warm-up",
        "slow",
        "no time at all",
    ],
)
def test_runs_until_repeats_and_min_time_are_met_or_max_time_is_spent(
    plan: RepeatPlan, duration_s: float, calls: int
) -> None:
    assert runs_until_done(plan, duration_s, lambda: Figure(1.0, 0.0), 1.0)[0] == calls


def test_warm_up_counts_for_max_time_only() -> None:
    repeats = Repeats(RepeatPlan(repeats=2, warmup=1, min_time_s=0), [1.0])
    assert [*repeats.figures] == [None]
    phases = [repeats.warming_up]
    repeats.add(1.0, Figure(99.0, 0.0))
    phases.append(repeats.warming_up)
    assert phases == [True, False]
    assert [*repeats.figures] == [None]
    repeats.add(1.0, Figure(2.0, 0.5))
    phases.append(repeats.done)
    repeats.add(1.0, Figure(4.0, 0.5))
    phases.append(repeats.done)
    assert phases[2:] == [False, True]
    assert repeats.figures == (Figure(3.0, 0.5),)


def test_a_clock_that_stands_still_ends_all_the_same() -> None:
    repeats = Repeats(RepeatPlan())
    count = 0
    while not repeats.done and count < 10**6:
        repeats.add(0.0)
        count += 1
    assert repeats.done


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"repeats": 0}, "repeats is 0"),
        ({"repeats": "many"}, "repeats is 'many'"),
        ({"repeats": 1.5}, r"repeats is 1\.5"),
        ({"warmup": -1}, "warmup is -1"),
        ({"min_time_s": -0.5}, "min_time_s is -0.5"),
        ({"max_time_s": math.nan}, "max_time_s is nan"),
        ({"max_time_s": math.inf}, "max_time_s is inf"),
    ],
)
def test_a_plan_that_cannot_be_followed_is_refused(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RepeatPlan(**arguments)


def test_each_limit_needs_its_figure() -> None:
    with pytest.raises(ValueError, match="1 figures for 2 limits"):
        Repeats(RepeatPlan(), [1.0, 2.0]).add(1.0, Figure(1.0, 0.1))


# The automatic number of repeats

AUTO = RepeatPlan(repeats="auto", warmup=0, min_time_s=0, max_time_s=60)


def test_auto_takes_three_runs_where_nothing_is_close() -> None:
    costs = iter([1.0, 1.1, 0.9, 1.0])
    count, repeats = runs_until_done(AUTO, 1.0, lambda: Figure(next(costs), 0.01), 10.0)
    assert count == 3
    assert spread(repeats.figures[0] or Figure(0, None)) > spread(median_interval([1.0, 1.1, 0.9]))


def test_auto_meets_min_time_too() -> None:
    plan = RepeatPlan(repeats="auto", warmup=0, min_time_s=0.5)
    assert runs_until_done(plan, 0.0625, lambda: Figure(1.0, 0.0), 10.0)[0] == 8


def test_auto_with_two_runs_decides_nothing() -> None:
    plan = RepeatPlan(repeats="auto", warmup=0, max_time_s=10)
    count, repeats = runs_until_done(plan, 5.0, lambda: Figure(1.0, 0.01), 10.0)
    assert count == 2
    assert repeats.figures == (Figure(1.0, None),)


def test_auto_stops_where_the_meter_cannot_tell() -> None:
    count, repeats = runs_until_done(AUTO, 1.0, lambda: Figure(1.0, 0.3), 1.2)
    assert count == 3
    assert repeats.figures == (Figure(1.0, 0.3),)


@pytest.mark.parametrize("cv", [0.02, 0.06, 0.2])
@pytest.mark.parametrize("limit", [0.9, 1.0, 1.15])
def test_auto_stops_where_the_noise_between_sessions_cannot_be_narrowed(
    cv: float, limit: float
) -> None:
    rng = random.Random(3)
    repeats, count = Repeats(replace(AUTO, max_time_s=1e6), [limit]), 0
    while not repeats.done:
        repeats.add(1.0, Figure(lognormal(rng, cv), 0.0), scatter=CPU_TIME)
        count += 1
    assert count <= 100
    (figure,) = repeats.figures
    assert figure is not None
    assert figure.uncertainty is not None
    assert figure.uncertainty < 0.3  # what the runs show: the rest is added to it later


def test_auto_waits_for_every_limit() -> None:
    costs = iter([0.9, 1.1] * 30)
    repeats = Repeats(AUTO, [10.0, 1.0])
    for _ in range(59):
        cost = next(costs)
        repeats.add(1.0, Figure(cost, 0.0), Figure(cost, 0.0))
        assert not repeats.done


def test_auto_does_not_wait_for_what_is_unmeasured_nor_without_a_limit() -> None:
    count, repeats = runs_until_done(AUTO, 1.0, lambda: None, 10.0)
    assert (count, repeats.figures) == (3, (None,))
    unlimited = Repeats(AUTO)
    for _ in range(3):
        assert not unlimited.done
        unlimited.add(1.0)
    assert unlimited.done


def noisy(rng: random.Random, cv: float) -> Callable[[], Figure]:
    """Lognormal runs, 2 % of them doubled; their median is 1 to within half a percent."""

    def cost() -> Figure:
        return Figure(lognormal(rng, cv) * (2 if rng.random() < 0.02 else 1), 0.005)

    return cost


@pytest.mark.parametrize("cv", [0.10, 0.18, 0.25])
@pytest.mark.parametrize("limit", [0.85, 1.15], ids=["over", "under"])
def test_auto_judges_a_noisy_workload_right_or_not_at_all(cv: float, limit: float) -> None:
    rng = random.Random(20)
    wrong = right = 0
    for _ in range(200):
        count, repeats = runs_until_done(AUTO, 1.0, noisy(rng, cv), limit)
        (figure,) = repeats.figures
        assert figure is not None
        if figure.clears(limit):
            over = figure.value > limit
            wrong += over != (limit < 1)
            right += over == (limit < 1)
        else:
            assert count == 60, "undecided only when the time is spent"
    assert wrong <= 2
    assert right >= {0.10: 199, 0.18: 165, 0.25: 100}[cv], "60 runs decide most"


def test_looking_often_does_not_wear_the_confidence_out() -> None:
    rng = random.Random(5)
    decided = 0
    for _ in range(300):
        _, repeats = runs_until_done(AUTO, 1.0, noisy(rng, 0.2), 1.005)  # the true median
        decided += (repeats.figures[0] or Figure(0, None)).clears(1.005)
    assert decided <= 25, "5 % of 300, and 2.6 standard deviations of luck"


@given(st.lists(values, min_size=3, max_size=60), values)
def test_auto_stops_at_the_first_look_that_clears(costs: list[float], limit: float) -> None:
    repeats = Repeats(AUTO, [limit])
    for count, cost in enumerate(costs, start=1):
        repeats.add(1.0, Figure(cost, 0.0))
        (figure,) = repeats.figures
        assert figure is not None
        if count < 60 and (count <= 10 or repeats.done):
            assert repeats.done is (count >= 3 and figure.clears(limit))
        if repeats.done:
            break
