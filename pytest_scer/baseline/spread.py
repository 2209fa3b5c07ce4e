"""How much a test's own figures differ between the sessions of a history."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from pytest_scer.baseline.history import Opponent
from pytest_scer.baseline.noise import FEWEST_SESSIONS
from pytest_scer.baseline.variance import variance
from pytest_scer.core.scatter import NORMAL_95, Scatter
from pytest_scer.core.statistics import CONFIDENCE, student_t

PRIOR_SESSIONS: Final = 2
"""What the meters are known to scatter counts as this number of sessions: a few sessions in a row
may all have been calm."""


def figures(opponent: Opponent, nodeid: str) -> list[float]:
    """The joules of a test, all components together, in the sessions that count.

    Args:
        opponent: The sessions.
        nodeid: The test.
    """
    newest = opponent.test(nodeid)
    if newest is None or opponent.differences.blocking:
        return []
    present = tuple(name for name, joules in newest.energy_j.items() if joules is not None)
    costs = (
        past.tests[nodeid].cost_j(present)
        for past in opponent.sessions
        if opponent.counts(past, nodeid) and past.tests[nodeid].reads == newest.reads
    )
    return [cost for cost in costs if cost is not None and cost > 0]


def scatter(costs: Sequence[float], known: Scatter) -> Scatter | None:
    """How much a test scatters between sessions, from its own figures.

    Its variance is pooled with what is known about such meters, weighted by degrees of freedom
    (Smyth 2004, Statistical Applications in Genetics and Molecular Biology 3:3). A test that
    scatters more than that is judged by its own sessions, and by how few they are.

    Args:
        costs: One figure from each session, in joules. Each is what the session's budgets read, so
            repeats within a session remove no more than they did then.
        known: What is known about such meters.

    Returns:
        The scatter; None if there are too few sessions, or for meters that repeat exactly.
    """
    if len(costs) < FEWEST_SESSIONS or not known.single:
        return None
    own = variance([math.log(cost) for cost in costs])
    prior = (known.single / NORMAL_95) ** 2
    degrees = PRIOR_SESSIONS + own.degrees
    if own.value > prior:
        half_width = student_t(CONFIDENCE, degrees) * math.sqrt(own.value)
    else:
        pooled = (PRIOR_SESSIONS * prior + own.degrees * own.value) / degrees
        half_width = NORMAL_95 * math.sqrt(pooled)
    return Scatter(half_width, half_width)
