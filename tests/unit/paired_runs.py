"""Paired runs of tests whose noise is known, drawn from a seed."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from pytest_scer.ab.noise import MODELLED, Typical
from pytest_scer.ab.pairs import History, Pair, Run
from pytest_scer.ab.verdicts import Judge, Judged
from pytest_scer.baseline.threshold import Threshold


def pair(base_j: float, head_j: float, power_w: float = 1.0) -> Pair:
    return Pair(Run(base_j, base_j / power_w), Run(head_j, head_j / power_w))


def history(*rounds: Sequence[float], base_j: float = 1.0) -> History:
    """A test whose pairs have these ratios, by round."""
    return History([[pair(base_j, base_j * ratio) for ratio in ratios] for ratios in rounds])


def noisy(
    rng: random.Random,
    growth: float = 0.0,
    rounds: int = 6,
    pairs: int = 8,
    *,
    run: float = 0.08,
    luck: float = 0.02,
    wild: float = 0.0,
    base_j: float = 1.0,
) -> History:
    """A test whose runs spread, whose processes have luck, and some of whose runs are wild.

    The machine is up to twice as slow in some moments, which both runs of a pair share.
    """
    made = []
    for _ in range(rounds):
        of_round = rng.gauss(0, math.sqrt(2) * luck)
        row = []
        for _ in range(pairs):
            moment = rng.choice([0.0, 0.0, 0.3, 0.7])
            logs = [moment + rng.gauss(0, run) for _ in range(2)]
            if rng.random() < wild:
                logs[rng.randrange(2)] += rng.expovariate(2)
            base, head = base_j * math.exp(logs[0]), base_j * math.exp(logs[1] + of_round)
            row.append(pair(base, head * (1 + growth)))
        made.append(row)
    return History(made)


def judged(suite: Sequence[History], threshold: float = 0.05) -> list[Judged]:
    """The verdict on each test of a suite, after its last round."""
    typical = Typical.of(suite, MODELLED)
    judge = Judge.of(Threshold(threshold), 0.0, suite)
    return [judge.judge(test, typical, len(test.rounds)) for test in suite]
