"""A contest: a score, its peers, and what speaks against a letter."""

from __future__ import annotations

from pytest_scer.lazy_dataclass import dataclass
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
        others = [peer for peer in self.among if peer.model != self.candidate.model]
        return tuple(each for each in others if self._is_own(each))

    def _is_own(self, peer: Peer) -> bool:
        """Whether a peer counts; what cannot be compared is a note if the user chose the peers."""
        return self.chosen or mismatch(self.candidate, peer) is None

    def outcome(self, scale: Scale) -> Outcome:
        """Rate the score on a scale."""
        candidate, energy = self.candidate, self.candidate.by_energy
        own = [peer for peer in self.among if self._is_own(peer)]
        compared = compare(candidate, own)
        by_energy = compare(energy, [peer.by_energy for peer in own])
        in_grams = candidate.embodied_g_per_h is not None
        doubts = [*self.departures, *(self.implausible if in_grams else ())]
        return Outcome(
            rating=rate_among(candidate, compared, scale, doubts),
            energy_rating=rate_among(energy, by_energy, scale, self.departures),
            peers=compared.peers,
        )
