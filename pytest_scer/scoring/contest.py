"""A contest: a score, its peers, and what speaks against a letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pytest_scer.scoring.peers import Peer, compare, mismatch, rate_among
from pytest_scer.scoring.rating import Rating, Scale


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a contest.

    Attributes:
        rating: The rating of the score.
        energy_rating: The same for its energy alone, which neither the grid nor embodied emissions
            change.
        peers: The peers that it was rated among, with their figures.
    """

    rating: Rating
    energy_rating: Rating
    peers: tuple[Peer, ...]


@dataclass(frozen=True, slots=True)
class Contest:
    """Everything that a rating follows from, apart from the scale.

    Attributes:
        candidate: The score in the form in which it is compared.
        among: What it is compared with.
        chosen: Whether the user chose these peers; only then is it worth a note which of them
            cannot be compared.
        departures: Where the score departs from its protocol: no letter is given.
        implausible: What cannot be true of its embodied emissions: no letter is given in grams.
    """

    candidate: Peer
    among: tuple[Peer, ...]
    chosen: bool
    departures: tuple[str, ...] = ()
    implausible: tuple[str, ...] = ()

    @property
    def relevant(self) -> tuple[Peer, ...]:
        """The peers that change the outcome."""
        if self.chosen:
            return self.among
        energy = self.candidate.by_energy
        return tuple(
            peer
            for peer in self.among
            if mismatch(self.candidate, peer) is None or mismatch(energy, peer.by_energy) is None
        )

    def outcome(self, scale: Scale) -> Outcome:
        """Rate the score on a scale."""
        candidate, energy = self.candidate, self.candidate.by_energy
        own = [p for p in self.among if self.chosen or mismatch(candidate, p) is None]
        compared = compare(candidate, own)
        by_energy = compare(energy, [peer.by_energy for peer in self.among])
        if not self.chosen:
            by_energy.refused.clear()
        in_grams = candidate.embodied_g_per_h is not None
        doubts = [*self.departures, *(self.implausible if in_grams else ())]
        return Outcome(
            rating=_refused(rate_among(candidate, compared, scale), doubts),
            energy_rating=_refused(rate_among(energy, by_energy, scale), self.departures),
            peers=compared.peers,
        )


def _refused(rating: Rating, why: Sequence[str]) -> Rating:
    """The rating, without its letter if there is a reason to refuse one."""
    if not why:
        return rating
    return replace(rating, letter=None, percentile=None, reason="; ".join(why))
