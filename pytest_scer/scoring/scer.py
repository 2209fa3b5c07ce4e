"""The percentile rating of the Software Carbon Efficiency Rating, draft v0.1.

Green Software Foundation, SCER specification v0.1 (2024), an unadopted draft. It contradicts
itself; this module follows the prose: A above the 90th percentile, B from 60 to 90, C below 60.
Rank 1 is the highest score, the worst, as corrected upstream in issue 27 (2024-02-22). The database
example still ranks in the opposite direction and is not followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pytest_scer.scoring.rating import RelativeScale

TIE_RULE = "tied peers all get the worst of their ranks"


def percentile(value: float, others: Sequence[float]) -> float:
    """`(rank - 1) / (N - 1) * 100`, where rank 1 is the highest score.

    The draft does not define the rank of ties. Here tied peers all get the worst of their ranks, so
    `rank - 1` is the number of peers with a strictly higher score.

    Args:
        value: The score to place.
        others: The scores of its peers, at least one.
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
        """The rule for ties, if there is one, and a note if all peers are equal."""
        if all(other == value for other in others):
            return (TIE_RULE, "all peers are equal: the letter does not distinguish them")
        return (TIE_RULE,) if value in others else ()

    def percentile(self, value: float, others: Sequence[float]) -> float:
        """Position of the figure in percent; 100 is best."""
        return percentile(value, others)
