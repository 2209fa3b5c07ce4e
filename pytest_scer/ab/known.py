"""What is known about a test while a comparison runs."""

from __future__ import annotations

from dataclasses import field
from statistics import median

from pytest_scer.ab.pairs import History, Pair
from pytest_scer.ab.planning import MOST_PAIRS
from pytest_scer.ab.verdicts import Judged
from pytest_scer.lazy_dataclass import dataclass


@dataclass
class Known:
    """What is known about a test.

    Attributes:
        rounds: Its pairs, by round.
        pair_s: Seconds that each of its pairs took, fixtures and hooks included.
        most: Maximum number of pairs in one process.
        decided: The verdict that ended its repeats; None while it may still change.
        notes: What the reader should know about it.
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
