"""The percentile rating of the Software Carbon Efficiency Rating, draft v0.1.

Green Software Foundation, SCER specification v0.1 (2024), an unadopted draft. It contradicts
itself; this module follows the prose: A above the 90th percentile, B from 60 to 90, C below 60.
Rank 1 is the highest score, the worst, as corrected upstream in issue 27 (2024-02-22). The database
example still ranks in the opposite direction and is not followed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pytest_scer.scoring.figure import Figure
from pytest_scer.scoring.rating import RelativeScale
from pytest_scer.scoring.separation import possible_ranks

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


def _index(position: float) -> int:
    """The index of the letter of a percentile."""
    return 0 if position > 90 else 1 if position >= 60 else 2


class ScerScale(RelativeScale):
    """SCER draft v0.1: letters A, B, C by percentile among peers."""

    name: ClassVar[str] = "SCER draft v0.1"
    grades: ClassVar[tuple[str, ...]] = ("A", "B", "C")

    def grade_index(self, value: float, others: Sequence[float]) -> int:
        """A above 90, B from 60 to 90, C below 60."""
        return _index(percentile(value, others))

    def grade_range(self, figure: Figure, others: Sequence[Figure]) -> tuple[int, int]:
        """Count only the peers that a test over all pairs tells apart from the figure.

        Ranks depend on nothing but which of two scores is higher, so pairs are tested, which needs
        a smaller difference than intervals that do not overlap. Two figures that the test does not
        tell apart never get different letters, unless one of them is a range: a peer that is
        certainly higher than one of them may be higher than the other.
        """
        certain, possible = possible_ranks(figure, others)
        return _index(100 * possible / len(others)), _index(100 * certain / len(others))

    def notes(self, value: float, others: Sequence[float]) -> tuple[str, ...]:
        """The rule for ties, if there is one, and a note if all peers are equal."""
        if all(other == value for other in others):
            return (TIE_RULE, "all peers are equal: the letter does not distinguish them")
        return (TIE_RULE,) if value in others else ()

    def percentile(self, value: float, others: Sequence[float]) -> float:
        """Position of the figure in percent; 100 is best."""
        return percentile(value, others)
