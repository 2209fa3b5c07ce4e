"""What every scale takes and gives: a figure with its uncertainty, and a rating."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol


@dataclass(frozen=True, slots=True)
class Figure:
    """A score to rate, smaller is better.

    Attributes:
        value: the score, or None where nothing was measured.
        uncertainty: half-width of its 95 % interval in the same unit; None is unknown.
    """

    value: float | None
    uncertainty: float | None = None

    def __post_init__(self) -> None:
        for number in (self.value, self.uncertainty):
            if number is not None and not (math.isfinite(number) and number >= 0):
                raise ValueError(f"a score and its uncertainty are 0 or more, not {number}")


@dataclass(frozen=True, slots=True)
class Rating:
    """A letter and what it stands on.

    Attributes:
        letter: the grade; `A-B` where the uncertainty could turn it; None is unrated.
        scale: name and version of the scale.
        n: how many figures were compared, this one included.
        reason: why there is no letter.
        notes: rules and limits that a reader of the letter must know.
        percentile: the position among the peers, 100 is best, on a percentile scale.
        peers: where the peers come from.
        date: when they were measured.
    """

    letter: str | None
    scale: str
    n: int
    reason: str | None = None
    notes: tuple[str, ...] = ()
    percentile: float | None = None
    peers: str | None = None
    date: str | None = None

    def __str__(self) -> str:
        grade = self.letter or f"unrated: {self.reason}"
        basis = (self.scale, f"N={self.n}", self.peers and f"peers: {self.peers}", self.date)
        return "; ".join((f"{grade} ({', '.join(filter(None, basis))})", *self.notes))


class Scale(Protocol):
    """A way from a score to a grade."""

    @property
    def name(self) -> str:
        """Name and version, as they stand beside every letter."""

    def rate(self, figure: Figure, others: Sequence[Figure], unit: str) -> Rating:
        """Rate a figure.

        Args:
            figure: what is rated.
            others: its peers, without itself.
            unit: the unit of all of them, as in `gCO2eq per 1000 tokens`.
        """


UNMEASURED = "no figure was measured"
ONE_PEER = "one peer only: the grade says no more than which of the two is lower"
UNKNOWN_UNCERTAINTY = "uncertainty unknown: taken as 0"


class RelativeScale(ABC):
    """A scale that grades a figure by its place among peers, so the same score may grade otherwise.

    With uncertainty the place is sought twice: the figure at its best with all peers at their
    worst, and the other way round. These are the extremes, since a place only gets worse when the
    figure grows and only better when a peer does.
    """

    name: ClassVar[str]
    """With its version."""
    grades: ClassVar[tuple[str, ...]]
    """Best first."""

    @abstractmethod
    def grade_index(self, value: float, others: Sequence[float]) -> int:
        """The place of the grade in `grades`; `others` is not empty."""

    def refusal(self, value: float, others: Sequence[float]) -> str | None:
        """Why these figures cannot be graded, if so; `others` is not empty."""
        return None

    def notes(self, value: float, others: Sequence[float]) -> tuple[str, ...]:
        """What the reader must know of this comparison."""
        return ()

    def percentile(self, value: float, others: Sequence[float]) -> float | None:
        """The position of the figure in percent, where the scale has one."""
        return None

    def span(self, best: int, worst: int) -> str:
        """The grade, or the two ends between which it lies."""
        ends = (self.grades[best], self.grades[worst])
        return ends[0] if best == worst else "-".join(ends)

    def rate(self, figure: Figure, others: Sequence[Figure], unit: str) -> Rating:
        """Rate a figure among its peers; those without a value are left out, and a note says so."""
        peers = [(o.value, o.uncertainty or 0.0) for o in others if o.value is not None]
        if figure.value is None:
            return Rating(None, self.name, len(peers), UNMEASURED)
        n = len(peers) + 1
        if not peers:
            return Rating(None, self.name, n, "no peers to compare with (N = 1)")
        values = [value for value, _ in peers]
        if reason := self.refusal(figure.value, values):
            return Rating(None, self.name, n, reason)
        spread = figure.uncertainty or 0.0
        best = self.grade_index(max(0.0, figure.value - spread), [v + u for v, u in peers])
        worst = self.grade_index(figure.value + spread, [max(0.0, v - u) for v, u in peers])
        notes = list(self.notes(figure.value, values))
        if missing := len(others) - len(peers):
            notes.append(f"left out for want of a figure: {missing}")
        if n == 2:
            notes.append(ONE_PEER)
        if figure.uncertainty is None:
            notes.append(UNKNOWN_UNCERTAINTY)
        return Rating(
            letter=self.span(best, worst),
            scale=self.name,
            n=n,
            notes=tuple(notes),
            percentile=self.percentile(figure.value, values),
        )
