"""The percentile rating of the Software Carbon Efficiency Rating, draft v0.1.

Green Software Foundation, SCER specification v0.1 (2024), an unadopted draft. Its texts disagree;
here the prose governs: A above the 90th percentile, B from 60 to 90, C below 60. Rank 1 is the
highest score, the worst, as corrected upstream in issue 27 (2024-02-22); its database example still
ranks the other way round and is not followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pytest_scer.scoring.rating import RelativeScale

TIE_RULE = "tied peers all take the worst of their ranks"


def percentile(value: float, others: Sequence[float]) -> float:
    """`(rank - 1) / (N - 1) * 100`, rank 1 the highest score.

    The draft does not say what rank ties have: tied peers all take the worst of theirs, so that
    `rank - 1` is the number of peers with a strictly higher score.

    Args:
        value: the score to place.
        others: the scores of its peers, at least one.
    """
    return 100 * sum(other > value for other in others) / len(others)


class ScerScale(RelativeScale):
    """SCER draft v0.1: letters A, B, C by percentile among peers."""

    name: ClassVar[str] = "SCER draft v0.1"
    grades: ClassVar[tuple[str, ...]] = ("A", "B", "C")

    def grade_index(self, value: float, others: Sequence[float]) -> int:
        """A above 90, B from 60 to 90, C below 60."""
        position = percentile(value, others)
        return 0 if position > 90 else 1 if position >= 60 else 2

    def notes(self, value: float, others: Sequence[float]) -> tuple[str, ...]:
        """The rule for ties where one decided, and that equal peers do not differ."""
        if all(other == value for other in others):
            return (TIE_RULE, "all peers are equal: the letter tells none of them apart")
        return (TIE_RULE,) if value in others else ()

    def percentile(self, value: float, others: Sequence[float]) -> float:
        """The position of the figure in percent, 100 is best."""
        return percentile(value, others)
