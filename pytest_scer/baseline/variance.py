"""How much a few runs scatter, some of which may be outliers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from statistics import median
from typing import Final, NamedTuple

FEWEST_TO_TRIM: Final = 5
"""From this number of runs on, the farthest one is left out of their variance: one outlier would
make any test look noisy."""
CLOSE_TO_MEDIAN: Final = {5: 0.91, 6: 0.93}
"""The share of the expected squares that so small a number of runs has around its own median
(simulated; for seven or more it is 0.97 to 1.01)."""


class Variance(NamedTuple):
    """An estimate of a variance, and its degrees of freedom."""

    value: float
    degrees: int


def variance(values: Sequence[float]) -> Variance:
    """The variance of at least two values; of five or more, the farthest is left out.

    The sum of squares is divided by what it is expected to be without the largest square of normal
    noise: five or six runs are closer to their own median than that by :data:`CLOSE_TO_MEDIAN`.
    Leaving one out costs one and a half degrees of freedom (simulated: 2.6 are left of five runs,
    7.3 of ten).
    """
    count = len(values)
    middle = median(values)
    if count < FEWEST_TO_TRIM:
        mean = math.fsum(values) / count
        return Variance(math.fsum((each - mean) ** 2 for each in values) / (count - 1), count - 1)
    squares = sorted((each - middle) ** 2 for each in values)
    expected = (count - 1) * (1 - _farthest_square(count) / count) * CLOSE_TO_MEDIAN.get(count, 1)
    return Variance(math.fsum(squares[:-1]) / expected, count - 2)


def farthest(values: Sequence[float]) -> float:
    """How far the farthest of some values is from their median."""
    middle = median(values)
    return max(abs(each - middle) for each in values)


@lru_cache(maxsize=256)
def _farthest_square(count: int) -> float:
    """The expected largest of this number of squares of standard normal values.

    The integral of ``1 - F(x)**count``, where F is the chi-squared distribution with one degree of
    freedom, ``erf(sqrt(x / 2))``; with ``x = t**2``, by the trapezoid rule.
    """
    step, most = 0.01, 9.0
    return step * math.fsum(
        2 * t * (1 - math.erf(t / math.sqrt(2)) ** count)
        for t in (step * index for index in range(int(most / step)))
    )
