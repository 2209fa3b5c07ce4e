"""Peer sets: which models may be compared, and where their figures come from."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date as Date  # noqa: N812 - a field is called date
from typing import Final

from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.scoring.dates import STALE_YEARS, UNDATED, days_of, is_stale
from pytest_scer.scoring.figure import Figure
from pytest_scer.scoring.rating import Rating, Scale

LARGEST: Final = 1e60
"""The largest score of a peer: products of such numbers are finite."""
WITH_EMBODIED: Final = ", with embodied"
"""Ends the boundary of a score that includes embodied emissions."""
_GRAMS, _ENERGY = "gCO2eq per ", "Wh per "
_ESTIMATED: Final = ("modelled", "constant")
_SAME_WATTS: Final = 1e-3
"""Relative difference up to which two assumed powers are equal: sources print three digits."""
_MOST_NAMES: Final = 5


@dataclass(frozen=True, slots=True)
class ComponentBasis:
    """How the energy of a component was obtained.

    Attributes:
        component: `cpu`, `gpu` or `ram`.
        provenance: `measured`, `modelled`, `constant` or `simulated`.
        tracking_mode: `machine` or `process`; None if unknown.
        watts: The power that an estimate assumes: of a busy hardware thread, or of the memory. None
            if measured or unknown.
        source: What is read or assumed.
    """

    component: str
    provenance: str
    tracking_mode: str | None = None
    watts: float | None = None
    source: str = ""

    def __str__(self) -> str:
        mode = f", {self.tracking_mode}" if self.tracking_mode else ""
        if self.provenance not in _ESTIMATED:
            return f"{self.provenance}{mode}"
        assumed = f" at {self.watts:.3g} W" if self.watts is not None else f": {self.source}"
        return f"{self.provenance}{assumed}{mode}"

    def is_like(self, other: ComponentBasis) -> bool:
        """Whether figures on both bases have the same bias, which then cancels out."""
        if self.provenance != other.provenance:
            return False
        modes = {self.tracking_mode, other.tracking_mode} - {None}
        if len(modes) > 1:
            return False
        if self.provenance not in _ESTIMATED:
            return True
        if self.watts is None or other.watts is None:
            return self.source == other.source
        return math.isclose(self.watts, other.watts, rel_tol=_SAME_WATTS)


@dataclass(frozen=True, slots=True)
class Setting:
    """How and where the models of a report were measured; see :class:`Peer`."""

    origin: str
    environment: str
    date: str
    components: tuple[ComponentBasis, ...] | None = None
    g_per_kwh: float | None = None
    place: str | None = None
    pue: float | None = None


@dataclass(frozen=True, slots=True)
class Peer:
    """A model's score, with everything that decides whether it may be compared with another.

    Attributes:
        model: Name of the model.
        value: The score, smaller is better; None if not measured.
        unit: Unit of the score, as in `gCO2eq per 1000 tokens` or `Wh per query`.
        category: The task (and size class) in which the model competes.
        phase: `training` or `inference`.
        boundary: What the figure covers, as in `cpu+gpu+ram` or `gpu`.
        origin: Where the figure comes from.
        environment: Hardware and settings of the measurement.
        date: Date of the measurement in ISO format, or `undated`.
        uncertainty: Half-width of the 95 % interval in the same unit; None if unknown.
        protocol: The protocol that was followed; None if none was stated.
        components: How the energy of each component was obtained; None if not stated.
        g_per_kwh: Carbon intensity of the grid; None if not stated.
        place: Where that grid is.
        pue: PUE of the data centre; None if not stated.
        embodied_g_per_h: Embodied emissions per hour of use; None without them.
        energy_wh: Wh of IT energy per unit, before PUE; None if unknown.
        energy_uncertainty_wh: Half-width of its 95 % interval; None if unknown.
    """

    model: str
    value: float | None
    unit: str
    category: str | None
    phase: str | None
    boundary: str
    origin: str
    environment: str
    date: str
    uncertainty: float | None = None
    protocol: str | None = None
    components: tuple[ComponentBasis, ...] | None = None
    g_per_kwh: float | None = None
    place: str | None = None
    pue: float | None = None
    embodied_g_per_h: float | None = None
    energy_wh: float | None = None
    energy_uncertainty_wh: float | None = None

    def __post_init__(self) -> None:
        Figure(self.value, self.uncertainty)

    @property
    def figure(self) -> Figure:
        """The figure that a scale rates."""
        return Figure(self.value, self.uncertainty)

    @property
    def by_energy(self) -> Peer:
        """This model by its energy alone, which depends on neither grid, PUE nor embodied."""
        if self.unit.startswith(_ENERGY):
            return self
        return replace(
            self,
            value=self.energy_wh,
            uncertainty=self.energy_uncertainty_wh,
            unit=_ENERGY + self.unit.removeprefix(_GRAMS),
            boundary=self.boundary.removesuffix(WITH_EMBODIED),
            g_per_kwh=None,
            place=None,
            pue=None,
            embodied_g_per_h=None,
        )


def mismatch(model: Peer, peer: Peer) -> str | None:
    """Why two scores may not be compared; None if they may.

    Estimates must assume the same watts: a test tells scores apart by noise alone, and the bias of
    an estimate cancels out only if both have the same one.
    """
    for name in ("category", "unit", "phase", "boundary", "protocol"):
        theirs, ours = getattr(peer, name), getattr(model, name)
        if theirs != ours:
            return f"{name} is {theirs or 'not stated'}, here {ours or 'not stated'}"
    if peer.components == model.components:
        return None
    if peer.components is None or model.components is None:
        who = "the peer" if peer.components is None else "this score"
        return f"{who} does not state how each component was measured: collect it again"
    theirs, ours = (
        {each.component: each for each in who} for who in (peer.components, model.components)
    )
    for name in sorted(theirs.keys() | ours.keys()):
        if name not in theirs or name not in ours or not theirs[name].is_like(ours[name]):
            return f"{name} is {theirs.get(name, 'absent')}, here {ours.get(name, 'absent')}"
    return None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Which peers a model is rated among.

    Attributes:
        peers: One entry for each other model, the newest.
        refused: How many entries may not be compared, by the reason.
        older: How many entries were left out because a newer one of their model counts.
    """

    peers: tuple[Peer, ...]
    refused: Counter[str]
    older: int


def compare(model: Peer, peers: Iterable[Peer]) -> Comparison:
    """Choose the peers of a model: comparable entries, each other model once.

    Args:
        model: The model to rate.
        peers: Candidates of any kind; may include the model itself.
    """
    comparable: list[Peer] = []
    refused: Counter[str] = Counter()
    for peer in peers:
        if _name(peer.model) == _name(model.model):
            continue
        if (why := mismatch(model, peer)) is None:
            comparable.append(peer)
        else:
            refused["another category" if peer.category != model.category else why] += 1
    latest = {_name(peer.model): peer for peer in sorted(comparable, key=_age)}
    return Comparison(tuple(latest.values()), refused, len(comparable) - len(latest))


def rate(model: Peer, peers: Iterable[Peer], scale: Scale) -> Rating:
    """Rate a model among the peers that may be compared with it.

    What differs is refused (category, unit, phase, boundary, protocol, how components were
    measured) or named in a note (hardware, grid, PUE, embodied emissions, old dates). Entries with
    the model's own name are ignored, and those of another model count once.

    Args:
        model: The model to rate.
        peers: Candidates of any kind; may include the model itself.
        scale: The scale to rate on.
    """
    return rate_among(model, compare(model, peers), scale)


def rate_among(
    model: Peer, compared: Comparison, scale: Scale, refused: Sequence[str] = ()
) -> Rating:
    """Rate a model among the peers that :func:`compare` chose.

    Args:
        model: The model to rate.
        compared: Its peers.
        scale: The scale to rate on.
        refused: Why it must not have a letter, whatever its peers are.
    """
    for name in ("category", "phase"):
        if not getattr(model, name):
            return Rating(None, scale.name, 0, f"no {name} is stated, so it has no peers")
    peers = compared.peers
    if refused:
        n = 1 + sum(peer.value is not None for peer in peers)
        rating = Rating(None, scale.name, n, "; ".join(refused))
    else:
        rating = scale.rate(model.figure, [peer.figure for peer in peers], model.unit)
    return replace(
        rating,
        notes=(*rating.notes, *_differences(model, peers), *_left_out(compared)),
        peers=", ".join(sorted({peer.origin for peer in peers})) or None,
        date=_date_range([model, *peers]),
    )


def _name(model: str) -> str:
    """A model's name without what does not distinguish models."""
    return " ".join(model.split()).casefold()


def _age(peer: Peer) -> tuple[bool, Date]:
    """The order of a model's entries: without a figure, undated, then from the oldest."""
    days = days_of(peer.date)
    return peer.value is not None, Date.min if days is None else days[0]


def newest(peers: Iterable[Peer]) -> tuple[Peer, ...]:
    """The latest entry of each model, so that several reports of one model count once.

    Entries that are not comparable with each other are kept apart.
    """
    latest: dict[tuple[object, ...], Peer] = {}
    for peer in sorted(peers, key=_age):
        kind = (peer.category, peer.unit, peer.phase, peer.boundary, peer.protocol)
        latest[_name(peer.model), kind, peer.components] = peer
    return tuple(latest.values())


def _differences(model: Peer, peers: Sequence[Peer]) -> Iterator[str]:
    """Yield what differs from the peers, and may explain a letter."""
    others = sorted({peer.environment for peer in peers} - {model.environment})
    if others:
        yield f"measured in different environments: {model.environment}; {'; '.join(others)}"
    for what, ours, theirs in (
        ("grids", _grid(model), map(_grid, peers)),
        ("PUE", _stated(model.pue), (_stated(peer.pue) for peer in peers)),
        ("embodied emissions", _rate(model), map(_rate, peers)),
    ):
        named: dict[str, list[str]] = defaultdict(list)
        for peer, stated in zip(peers, theirs, strict=True):
            if stated != ours:
                named[stated].append(peer.model)
        if named:
            listed = "; ".join(f"{stated}: {_names(models)}" for stated, models in named.items())
            yield f"different {what}: {ours} here; {listed}"
    if stale := [
        f"{peer.model} ({peer.date})" for peer in peers if is_stale(peer.date, model.date)
    ]:
        yield f"measured more than {STALE_YEARS} years earlier: {_names(stale)}"
    if undated := [peer.model for peer in peers if days_of(peer.date) is None]:
        yield f"undated: {_names(undated)}"


def _grid(peer: Peer) -> str:
    place = f" ({peer.place})" if peer.place else ""
    return "not stated" if peer.g_per_kwh is None else f"{peer.g_per_kwh:g} g per kWh{place}"


def _stated(value: float | None) -> str:
    return "not stated" if value is None else f"{value:g}"


def _rate(peer: Peer) -> str:
    value = peer.embodied_g_per_h
    return "not stated" if value is None else f"{value:.3g} g per hour"


def _names(models: Sequence[str]) -> str:
    more = len(models) - _MOST_NAMES
    return ", ".join(models[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _left_out(compared: Comparison) -> Iterator[str]:
    if compared.older:
        yield f"each model counts once, its newest entry: {compared.older} left out"
    for why, count in compared.refused.items():
        yield f"not comparable, left out: {count} ({why})"


def _date_range(peers: Iterable[Peer]) -> str:
    dates = {peer.date: days for peer in peers if (days := days_of(peer.date)) is not None}
    if not dates:
        return UNDATED
    first, last = min(dates, key=lambda text: dates[text]), max(dates, key=lambda text: dates[text])
    return first if first == last else f"{first} to {last}"
