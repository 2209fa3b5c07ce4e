"""Variants in turn: their order, and when the rounds end."""

from __future__ import annotations

from collections import Counter

import pytest

from pytest_scer.core.measurement import Measurement
from pytest_scer.core.repeats import RepeatPlan
from pytest_scer.core.sections import Run
from pytest_scer.recording.interleaving import (
    MOST_ROUNDS,
    ROUNDS,
    Rounds,
    Variant,
    order,
    take_turns,
)
from pytest_scer.recording.progress import NoProgress
from pytest_scer.recording.repeated import RepeatedCall


def test_two_variants_take_turns_at_being_first() -> None:
    assert [order(number, 2) for number in range(4)] == [[0, 1], [1, 0], [1, 0], [0, 1]]


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_each_variant_has_each_position_as_often(count: int) -> None:
    rounds = [order(number, count) for number in range(2 * count)]
    assert all(sorted(each) == list(range(count)) for each in rounds)
    for position in range(count):
        seen = Counter(each[position] for each in rounds)
        assert set(seen.values()) == {2}


def ran(duration_s: float, rounds: Rounds) -> tuple[int, int]:
    """The warm-ups and runs of each of two variants."""
    variants = [Variant(name, lambda: None, RepeatedCall()) for name in "ab"]
    warmups = Counter[str]()

    def run(variant: Variant, *, is_warmup: bool) -> float:
        if is_warmup:
            warmups[variant.name] += 1
        else:
            measured = Measurement(duration_s, duration_s, 1.0, None, None, 0.0)
            variant.runs.runs.append(Run(measured, {}))
        return duration_s

    take_turns(variants, rounds, run, NoProgress())
    (runs,) = {len(variant.runs.runs) for variant in variants}
    return max(warmups.values(), default=0), runs


@pytest.mark.parametrize(
    ("duration_s", "plan", "repeats", "expected"),
    [
        (1.0, RepeatPlan(), None, (1, 9)),  # max_time: 20 s for both, warm-up included
        (1.0, RepeatPlan(max_time_s=100), None, (1, ROUNDS)),
        (0.02, RepeatPlan(), None, (1, 25)),  # min_time
        (0.02, RepeatPlan(), 5, (1, 5)),  # exactly what the call asks for
        (0.02, RepeatPlan(repeats=7, min_time_s=0), None, (1, 7)),
        (0.02, RepeatPlan(repeats="auto", min_time_s=0), None, (1, ROUNDS)),
        (0.02, RepeatPlan(warmup=3), 5, (3, 5)),
        (60.0, RepeatPlan(warmup=3), 5, (1, 1)),  # one round is always measured
        (0.0, RepeatPlan(), None, (1, MOST_ROUNDS)),  # the clock stands still
    ],
)
def test_when_rounds_end(
    duration_s: float, plan: RepeatPlan, repeats: int | None, expected: tuple[int, int]
) -> None:
    assert ran(duration_s, Rounds.of(plan, repeats)) == expected


@pytest.mark.parametrize("repeats", [0, -1, 2.5, "auto"])
def test_repeats_must_be_a_number_of_rounds(repeats: object) -> None:
    with pytest.raises(ValueError, match=r"repeats=.*at least 1"):
        Rounds.of(RepeatPlan(), repeats)  # type: ignore[arg-type]
