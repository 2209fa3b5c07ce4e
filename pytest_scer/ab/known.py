"""What is known of a test while a comparison runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from pytest_scer.ab.pairs import History, Pair
from pytest_scer.ab.planning import MOST_PAIRS
from pytest_scer.ab.verdicts import Judged


@dataclass
class Known:
    """What is known of a test.

    Attributes:
        rounds: Its pairs, by round.
        pair_s: Seconds that a pair of it takes, fixtures and hooks included: one figure a pair.
        most: Number of pairs in one process at most.
        decided: The verdict that ended its repeats; None as long as it may change.
        notes: What to know of it.
    """

    rounds: list[list[Pair]] = field(default_factory=list)
    pair_s: list[float] = field(default_factory=list)
    most: int = MOST_PAIRS
    decided: Judged | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def usual_s(self) -> float:
        """Seconds that a pair of it usually takes."""
        return median(self.pair_s)

    @property
    def history(self) -> History:
        """Its pairs."""
        return History(self.rounds)
