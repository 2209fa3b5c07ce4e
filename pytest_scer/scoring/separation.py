"""Which scores a test over all peers tells apart, so that no letter is given by noise alone.

Letters compare every model with every peer. Six models make fifteen pairs, so with 95 % intervals
two of six equal models would look different in a third of all sessions. The test therefore holds
for all pairs at once: the chance that it tells *any* two equal models apart is at most
:data:`LEVEL`, by Bonferroni's inequality (Dunn 1961, J. Am. Stat. Assoc. 56:52-64). That inequality
holds however the comparisons depend on each other, which Tukey's range test does not promise for
scores of unequal noise that are measured in one session.

Within one pair the errors are taken as independent. Scores of one session share the state of the
machine, and a positive correlation makes their difference less noisy than that, so independence is
the safe side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from pytest_scer.core.statistics import CONFIDENCE, student_t
from pytest_scer.scoring.figure import Figure

LEVEL = 0.0025
"""The chance that a session tells any two of its equal models apart."""

DEGREES = 30
"""The degrees of freedom of a stated uncertainty: its noise is known from about that many runs.

With six equal models and a noise of 12 % per run, no two had different letters in any of 4,000
simulated sessions, for normal and Laplace noise, Student's t with 4 degrees of freedom, and 2 % of
runs doubled. With two models it happened in 0.1, 0.4, 0.9 and 3.4 % of them: there a single outlier
is enough, which is why a letter with one peer has a note."""


@lru_cache(maxsize=64)
def widening(comparisons: int) -> float:
    """How many 95 % half-widths a figure may be off, over this number of comparisons at once.

    Args:
        comparisons: How many comparisons share :data:`LEVEL`; at least one.
    """
    return student_t(1 - LEVEL / comparisons, DEGREES) / student_t(CONFIDENCE, DEGREES)


def interval(figure: Figure, count: int) -> tuple[float, float]:
    """Where the true score lies, for all of a number of figures at once.

    Args:
        figure: A figure with a value.
        count: How many figures are rated together, this one included.
    """
    assert figure.value is not None
    spread = widening(count) * (figure.uncertainty or 0.0)
    return max(0.0, figure.value - spread), figure.value + spread


def is_above(one: Figure, other: Figure, count: int) -> bool:
    """Whether one score is higher than another beyond what noise does in this number of figures."""
    difference, margin = _compared(one, other, count)
    return difference > margin


def may_be_above(one: Figure, other: Figure, count: int) -> bool:
    """Whether noise can hide that one score is higher than another; equal exact scores are not."""
    difference, margin = _compared(one, other, count)
    return difference > 0 if margin == 0 else not difference < -margin


def _compared(one: Figure, other: Figure, count: int) -> tuple[float, float]:
    """The logarithm of the ratio of two figures, and how far noise alone may move it.

    Logarithms, because noise is a factor: a slow moment makes a model cost 1.2 times as much.
    """
    margin = widening(count * (count - 1) // 2) * math.hypot(_spread(one), _spread(other))
    if math.isinf(margin):
        return 0.0, margin
    return _logarithm(one) - _logarithm(other) if one.value != other.value else 0.0, margin


def _logarithm(figure: Figure) -> float:
    return math.log(figure.value) if figure.value else -math.inf


def _spread(figure: Figure) -> float:
    """Half of the logarithm of the ratio of the ends of a figure's interval; infinite if at 0."""
    assert figure.value is not None
    if not figure.uncertainty:
        return 0.0
    share = figure.uncertainty / figure.value if figure.value else math.inf
    return math.atanh(share) if share < 1 else math.inf


def possible_ranks(figure: Figure, others: Sequence[Figure]) -> tuple[int, int]:
    """How many peers are certainly higher than a figure, and how many may be."""
    count = len(others) + 1
    return (
        sum(is_above(other, figure, count) for other in others),
        sum(may_be_above(other, figure, count) for other in others),
    )
