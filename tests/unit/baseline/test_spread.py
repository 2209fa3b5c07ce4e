"""How much a test differs between sessions, from its history."""

from __future__ import annotations

import math
import random

import pytest

from pytest_scer.baseline.spread import scatter
from pytest_scer.core.scatter import CPU_TIME, EXACT


@pytest.mark.parametrize("costs", [[], [5.0], [5.0, 6.0]])
def test_too_few_sessions_say_nothing(costs: list[float]) -> None:
    assert scatter(costs, CPU_TIME) is None


def test_an_exact_meter_stays_exact() -> None:
    """What a simulated meter is told to spend in one session and the next is no noise."""
    assert scatter([5.0, 9.0, 1.0, 2.0], EXACT) is None


def test_more_calm_sessions_narrow_it() -> None:
    rng = random.Random(2)
    costs = [math.exp(rng.gauss(0, 0.02)) for _ in range(40)]
    few, some, many = (scatter(costs[:count], CPU_TIME) for count in (3, 10, 40))
    assert few is not None
    assert some is not None
    assert many is not None
    assert CPU_TIME.single > few.single > some.single > many.single > 0.04
    assert many.kept == many.single  # each session's figure is what its repeats left
    assert some.single < 0.15


def test_noisy_sessions_widen_it() -> None:
    wide = scatter([1.0, 1.6, 0.7, 2.0], CPU_TIME)
    assert wide is not None
    assert wide.single > 0.5


@pytest.mark.parametrize("sd", [0.02, 0.06, 0.12, 0.2])
@pytest.mark.parametrize("sessions", [3, 5, 10, 20])
def test_the_interval_holds_the_mean_of_the_next_session(sd: float, sessions: int) -> None:
    rng = random.Random(4)
    held = 0
    for _ in range(500):
        *past, now = (math.exp(rng.gauss(0, sd)) for _ in range(sessions + 1))
        found = scatter(past, CPU_TIME)
        assert found is not None
        held += abs(now - math.exp(sd**2 / 2)) <= found.single * now
    assert held / 500 >= 0.87
