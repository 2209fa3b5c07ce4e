"""Ratings: the scores of a report, each with its letter and its caveats."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pytest_scer.core.model_calls import PROMPT_TOKEN, REQUEST
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.accuracy import is_known_about, plausible_j
from pytest_scer.meters.base import Provenance
from pytest_scer.report.caveats import Evidence, implausible_embodied
from pytest_scer.report.claims import missing
from pytest_scer.report.left_out import LeftOut, LeftOuts
from pytest_scer.report.model import Report
from pytest_scer.report.protocols import protocols_of
from pytest_scer.report.scores import model_scores
from pytest_scer.report.setting import hardware, setting_of
from pytest_scer.scoring.claims import Gap, claim
from pytest_scer.scoring.contest import Contest
from pytest_scer.scoring.peers import (
    Peer,
    Setting,
)
from pytest_scer.scoring.protocols import Protocol
from pytest_scer.scoring.rating import Rating, Scale
from pytest_scer.scoring.scer import ScerScale
from pytest_scer.scoring.scores import ModelScore

THIS_SESSION = "this session"


@dataclass(frozen=True, slots=True)
class RatedScore:
    """A rated score: a row of the table of models.

    Attributes:
        score: What the model emits per functional unit.
        rating: Its letter, or why it has none.
        energy_rating: The same for its energy alone, which neither the grid nor embodied emissions
            change.
        peers: The peers that it was rated among, with their figures.
        left_out: The work of the model that the score leaves out.
        caveats: What a reader must know before relying on the score; shown wherever the score is.
        hardware: The machines it was measured on.
        date: The day it was measured.
        digits: The significant digits that its figures deserve in text.
        plausible_j: Between which joules the true energy behind it lies, given how accurate the
            meters are; None if nothing is known.
        setting: How and where it was measured.
        protocol: The protocol that it follows; None if none was stated.
        missing: What it lacks to be called an SCI score.
        evidence: What its caveats follow from.
        contest: What its rating follows from.
    """

    score: ModelScore
    rating: Rating
    energy_rating: Rating
    peers: tuple[Peer, ...]
    left_out: tuple[LeftOut, ...]
    caveats: tuple[str, ...]
    hardware: tuple[str, ...]
    date: str
    digits: int
    plausible_j: tuple[float, float] | None
    setting: Setting
    protocol: Protocol | None
    missing: tuple[Gap, ...]
    evidence: Evidence
    contest: Contest

    @property
    def claim(self) -> str:
        """What the score may be called: ``SCI 1.1``, or ``draft, incomplete: ...``."""
        return claim(self.missing)

    @property
    def title(self) -> str:
        """Model, category, phase and protocol; together with the unit they identify the row."""
        score = self.score
        names = (score.model, score.category, score.phase, score.protocol)
        return ", ".join(filter(None, names))

    @property
    def basis(self) -> str:
        """Scale, number of models, their origin and date; or why there is no rating."""
        return self.rating.basis

    @property
    def stated(self) -> str:
        """The score with the digits that it deserves, as in ``12 gCO2eq per 1000 tokens``.

        It is stated for a number of units that makes it readable.
        """
        score = self.score.score
        return "" if score is None else score.readable.stated(self.digits)


def rated_scores(report: Report) -> tuple[RatedScore, ...]:
    """Rate the scores of a report on its own scale and among its own peers.

    The peers are those of ``--scer-peers``, or otherwise the models of the session.
    """
    return rate_scores(report, report.peers, report.scale or ScerScale())


def grouped(rated: Iterable[RatedScore]) -> list[list[RatedScore]]:
    """Put scores together that share category, phase, unit, boundary and protocol; lowest first.

    Rated groups come first, single models last. SCER for LLM scores generated tokens, so what is
    counted next to them comes behind them.
    """
    groups: dict[tuple[str | None, ...], list[RatedScore]] = defaultdict(list)
    for row in rated:
        score = row.score
        if score.score is not None:
            key = (score.category, score.phase, str(score.unit), score.boundary, score.protocol)
            groups[key].append(row)
    return sorted((sorted(rows, key=grams) for rows in groups.values()), key=_rank)


def _rank(rows: Sequence[RatedScore]) -> tuple[bool, bool, bool, int]:
    is_rated = any(row.rating.letter for row in rows)
    is_beside = rows[0].score.unit.name in (PROMPT_TOKEN, REQUEST)
    return not is_rated, len(rows) == 1, is_beside, -len(rows)


def grams(row: RatedScore) -> float:
    """Grams of CO2e per unit of a score."""
    assert row.score.score is not None
    return row.score.score.value_g


def rate_scores(
    report: Report, peers: Sequence[Peer] | None, scale: Scale
) -> tuple[RatedScore, ...]:
    """Rate the scores of a report on a scale among peers, or among each other if None."""
    among = session_peers(report, THIS_SESSION) if peers is None else peers
    rating = _Rating(tuple(among), scale, peers is not None, _protocols(report), LeftOuts(report))
    return tuple(_rated(report, score, rating) for score in model_scores(report))


@dataclass(frozen=True, slots=True)
class _Rating:
    """What all scores of a report are rated with.

    Attributes:
        among: Their peers.
        scale: Their scale.
        chosen: Whether the user chose the peers.
        protocols: The protocols of the report, by their identity.
        left_outs: What they leave out.
    """

    among: tuple[Peer, ...]
    scale: Scale
    chosen: bool
    protocols: Mapping[str | None, Protocol]
    left_outs: LeftOuts


def _protocols(report: Report) -> dict[str | None, Protocol]:
    return {each.identity: each for each in protocols_of(report)}


def _rated(report: Report, score: ModelScore, rating: _Rating) -> RatedScore:
    setting = setting_of(report, score, THIS_SESSION)
    protocol = rating.protocols.get(score.protocol)
    evidence = _evidence(report, score, rating.left_outs)
    contest = Contest(
        candidate=_comparable_form(score.peer(setting), rating.among),
        among=rating.among,
        chosen=rating.chosen,
        departures=_departures(score, protocol),
        implausible=tuple(evidence.implausible),
    )
    outcome = contest.outcome(rating.scale)
    return RatedScore(
        score=score,
        rating=outcome.rating,
        energy_rating=outcome.energy_rating,
        peers=outcome.peers,
        left_out=tuple(evidence.left_out),
        caveats=evidence.caveats,
        hardware=tuple(evidence.machines),
        date=contest.candidate.date,
        digits=report.digits,
        plausible_j=plausible_j(score.components_j, report.meters),
        setting=setting,
        protocol=protocol,
        missing=missing(report, score, evidence),
        evidence=evidence,
        contest=contest,
    )


def _evidence(report: Report, score: ModelScore, left_outs: LeftOuts) -> Evidence:
    """Return what the caveats of a score follow from."""
    gpu = report.meters["gpu"]
    is_fitted = bool(report.environment.gpus) or is_known_about(gpu)
    return Evidence(
        meters=report.meters,
        lacks_embodied=score.score is not None and score.score.embodied_g is None,
        implausible=implausible_embodied(report),
        gpu_not_measured=gpu.provenance is Provenance.ABSENT and is_fitted,
        unmeasured=score.unmeasured,
        left_out=left_outs.of(score),
        machines=hardware(report, score.hosts),
    )


def _departures(score: ModelScore, protocol: Protocol | None) -> tuple[str, ...]:
    return departures(
        protocol,
        score.protocol,
        unit=score.unit.name,
        units=score.score.units if score.score is not None else 0.0,
        runs=score.runs,
        boundary=score.boundary,
    )


def departures(
    protocol: Protocol | None,
    identity: str | None,
    *,
    unit: str,
    units: float,
    runs: int,
    boundary: str,
) -> tuple[str, ...]:
    """Return where a score departs from the protocol that it claims to follow.

    Args:
        protocol: The protocol; None if the report does not describe it.
        identity: Its identity; None if the score claims to follow none.
        unit: The functional unit.
        units: How many of them were counted.
        runs: The number of runs.
        boundary: What the score includes.
    """
    if protocol is None:
        missing = f"the report does not describe its protocol {identity}"
        return () if identity is None else (missing,)
    queries = units if unit == "query" else None
    found = protocol.departures(boundary=boundary, runs=runs, queries=queries)
    return tuple(f"not by protocol {protocol.name}: {each}" for each in found)


def session_peers(report: Report, origin: str) -> tuple[Peer, ...]:
    """Return the models of a report as a peer set; a peer needs a category and a phase.

    A model that did not follow its protocol is nobody's peer. If embodied emissions are
    implausible, peers have no figure in grams.
    """
    protocols = _protocols(report)
    peers = (
        score.peer(setting_of(report, score, origin))
        for score in model_scores(report)
        if score.score is not None
        and score.category
        and score.phase
        and not any(_departures(score, protocols.get(score.protocol)))
    )
    if implausible_embodied(report):
        return tuple(replace(peer, value=None, uncertainty=None) for peer in peers)
    return tuple(peers)


def _comparable_form(score: Peer, peers: Iterable[Peer]) -> Peer:
    """Return the score in grams, or in Wh if its category has peers in Wh but none in grams."""
    units = {peer.unit for peer in peers if peer.category == score.category}
    energy = score.by_energy
    return energy if energy.unit in units and score.unit not in units else score
