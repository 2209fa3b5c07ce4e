"""The interface of all scales: a figure with its uncertainty in, a rating out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Protocol

from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.scoring.figure import Figure
from pytest_scer.scoring.separation import LEVEL, interval


@dataclass(frozen=True, slots=True)
class Rating:
    """A letter and what it is based on.

    Attributes:
        letter: The grade; a range such as `A-B` if noise could turn one into the other; None if
            unrated.
        scale: Name and version of the scale.
        n: Number of figures compared, including this one.
        reason: Why there is no letter; None if there is one.
        notes: Rules and limitations that a reader of the letter must know.
        percentile: Position among the peers on a percentile scale; 100 is best.
        peers: Where the peers come from.
        date: When the figures were measured.
    """

    letter: str | None
    scale: str
    n: int
    reason: str | None = None
    notes: tuple[str, ...] = ()
    percentile: float | None = None
    peers: str | None = None
    date: str | None = None

    @property
    def basis(self) -> str:
        """Scale, number of peers, their origin and date; or why there is no rating."""
        grade = "rating" if self.letter else f"unrated: {self.reason}"
        peers = self.peers and f"peers: {self.peers}"
        facts = (self.scale, f"N={self.n}", peers, self.date if self.n > 1 else None)
        return f"{grade} ({', '.join(filter(None, facts))})"

    def __str__(self) -> str:
        grade = self.letter or f"unrated: {self.reason}"
        basis = (self.scale, f"N={self.n}", self.peers and f"peers: {self.peers}", self.date)
        return "; ".join((f"{grade} ({', '.join(filter(None, basis))})", *self.notes))


class Scale(Protocol):
    """Converts a score to a grade."""

    @property
    def name(self) -> str:
        """Name and version, shown next to every letter."""

    def rate(self, figure: Figure, others: Sequence[Figure], unit: str) -> Rating:
        """Rate a figure.

        Args:
            figure: The figure to rate.
            others: Its peers, without itself.
            unit: The unit of all figures, as in `gCO2eq per 1000 tokens`.
        """


UNMEASURED = "no figure was measured"
ONE_PEER = "only one peer: the grade only shows which of the two is lower"
UNKNOWN_UNCERTAINTY = "uncertainty unknown: assumed to be 0"
NOT_TOLD_APART = (
    "a range: a test over all peers does not tell them apart any further "
    f"(chance of a difference by noise alone: {LEVEL:.2%})"
)
AT_A_CUTOFF = (
    "a range: the interval of the score, for all peers at once, crosses a cut-off "
    f"(chance to miss the true score: {LEVEL:.2%})"
)


class RelativeScale(ABC):
    """A scale that grades a figure by its position among peers.

    The same score may get different grades among different peers. With uncertainty the position is
    determined twice: with the figure at its best and all peers at their worst, and the reverse.
    These are the extremes, because a position can only get worse if the figure grows and only
    better if a peer's figure grows. The intervals hold for all figures at once, so two equal
    figures get different grades, without a range, with a chance of at most `LEVEL`.
    """

    name: ClassVar[str]
    """Name and version."""
    grades: ClassVar[tuple[str, ...]]
    """The grades, best first."""

    @abstractmethod
    def grade_index(self, value: float, others: Sequence[float]) -> int:
        """Index of the grade in `grades`; `others` is not empty."""

    def grade_range(self, figure: Figure, others: Sequence[Figure]) -> tuple[int, int]:
        """Indices of the best and the worst grade that noise allows; all figures have a value."""
        best, worst = interval(figure, len(others) + 1)
        lowest, highest = zip(*(interval(other, len(others) + 1) for other in others), strict=True)
        return self.grade_index(best, highest), self.grade_index(worst, lowest)

    def refusal(self, value: float, others: Sequence[float]) -> str | None:
        """Why these figures cannot be graded; None if they can. `others` is not empty."""
        return None

    def notes(self, value: float, others: Sequence[float]) -> tuple[str, ...]:
        """What the reader must know about this comparison."""
        return ()

    def percentile(self, value: float, others: Sequence[float]) -> float | None:
        """Position of the figure in percent; None if the scale has no percentiles."""
        return None

    def span(self, best: int, worst: int) -> str:
        """The grade, or the range from best to worst."""
        ends = (self.grades[best], self.grades[worst])
        return ends[0] if best == worst else "-".join(ends)

    def rate(self, figure: Figure, others: Sequence[Figure], unit: str) -> Rating:
        """Rate a figure among its peers; peers without a value are left out, with a note."""
        peers = [other for other in others if other.value is not None]
        if figure.value is None:
            return Rating(None, self.name, len(peers), UNMEASURED)
        n = len(peers) + 1
        if not peers:
            return Rating(None, self.name, n, "no peers to compare with (N = 1)")
        values = [peer.value for peer in peers if peer.value is not None]
        if reason := self.refusal(figure.value, values):
            return Rating(None, self.name, n, reason)
        best, worst = self.grade_range(figure, peers)
        notes = list(self.notes(figure.value, values))
        if best != worst:
            notes.append(NOT_TOLD_APART)
        if missing := len(others) - len(peers):
            notes.append(f"left out because they have no figure: {missing}")
        if n == 2:
            notes.append(ONE_PEER)
        if figure.uncertainty is None:
            notes.append(UNKNOWN_UNCERTAINTY)
        elif unknown := sum(peer.uncertainty is None for peer in peers):
            notes.append(f"of {unknown} peers, the {UNKNOWN_UNCERTAINTY}")
        return Rating(
            letter=self.span(best, worst),
            scale=self.name,
            n=n,
            notes=tuple(notes),
            percentile=self.percentile(figure.value, values),
        )
