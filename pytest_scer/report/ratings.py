"""Ratings: the scores of a report, each with its letter and its caveats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pytest_scer.core import COMPONENTS
from pytest_scer.meters.accuracy import is_known_about, plausible_j
from pytest_scer.meters.base import Provenance
from pytest_scer.report.documents import MOST_BYTES_BY_HAND, BadFile, read_text
from pytest_scer.report.claims import missing
from pytest_scer.report.model import Report, TestEntry
from pytest_scer.report.scores import model_scores
from pytest_scer.scoring.claims import Gap, claim
from pytest_scer.scoring.peers import Peer, mismatch, newest, parse_peers, rate
from pytest_scer.scoring.rating import Rating, Scale
from pytest_scer.scoring.scales import named_scale, parse_scale
from pytest_scer.scoring.scer import ScerScale
from pytest_scer.scoring.scores import ModelScore

THIS_SESSION = "this session"
UNDATED = "undated"


@dataclass(frozen=True, slots=True)
class RatedScore:
    """A rated score: a row of the table of models.

    Attributes:
        score: What the model emits per functional unit.
        rating: Its letter, or why it has none.
        caveats: What a reader must know before relying on the score; shown wherever the score is.
        hardware: The machines it was measured on.
        date: The day it was measured.
        digits: The significant digits that its figures deserve in text.
        plausible_j: Between which joules the true energy behind it lies, given how accurate the
            meters are; None if nothing is known.
        missing: What it lacks to be called an SCI score.
        candidate: The score in the form in which it was compared.
        among: The peers that it was to be compared with.
    """

    score: ModelScore
    rating: Rating
    caveats: tuple[str, ...]
    hardware: tuple[str, ...]
    date: str
    digits: int
    plausible_j: tuple[float, float] | None
    missing: tuple[Gap, ...]
    candidate: Peer
    among: tuple[Peer, ...]

    @property
    def claim(self) -> str:
        """What the score may be called: ``SCI 1.1``, or ``draft, incomplete: ...``."""
        return claim(self.missing)

    @property
    def title(self) -> str:
        """Model, category and phase; together with the unit they identify the row."""
        names = (self.score.model, self.score.category, self.score.phase)
        return ", ".join(filter(None, names))

    @property
    def basis(self) -> str:
        """Scale, number of peers, their origin and date; or why there is no rating."""
        rating = self.rating
        grade = "rating" if rating.letter else f"unrated: {rating.reason}"
        peers = rating.peers and f"peers: {rating.peers}"
        facts = (rating.scale, f"N={rating.n}", peers, rating.date if rating.n > 1 else None)
        return f"{grade} ({', '.join(filter(None, facts))})"

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


def rate_scores(
    report: Report, peers: Sequence[Peer] | None, scale: Scale
) -> tuple[RatedScore, ...]:
    """Rate the scores of a report on a scale among peers, or among each other if None."""
    among = session_peers(report, THIS_SESSION) if peers is None else peers
    rated = []
    for score in model_scores(report):
        candidate = _comparable_form(report, score, among)
        # A peer that does not match is worth a note only if the user chose the peers.
        own = [peer for peer in among if peers is not None or mismatch(candidate, peer) is None]
        rated.append(
            RatedScore(
                score=score,
                rating=rate(candidate, own, scale),
                caveats=_caveats(report, score),
                hardware=hardware(report, score.hosts),
                date=candidate.date,
                digits=report.digits,
                plausible_j=plausible_j(score.components_j, report.meters),
                missing=missing(report, score),
                candidate=candidate,
                among=tuple(own),
            )
        )
    return tuple(rated)


def session_peers(report: Report, origin: str) -> tuple[Peer, ...]:
    """Return the models of a report as a peer set; a peer needs a category and a phase."""
    return tuple(
        score.peer(origin=origin, **_provenance(report, score))
        for score in model_scores(report)
        if score.score is not None and score.category and score.phase
    )


def read_peers(path: Path, *, category: str | None = None, date: str | None = None) -> list[Peer]:
    """Read a peers file.

    Args:
        path: JSON from ``pytest-scer rate --collect``, or a CSV file of AI Energy Score.
        category: Task of a CSV file; by default the file's name, as in ``text-generation.csv``.
        date: Date of a CSV file, which does not contain one.

    Raises:
        ValueError: The file cannot be read or is not a peer set; the message names it.
    """
    try:
        peers = parse_peers(
            read_text(path, MOST_BYTES_BY_HAND),
            category=category or path.stem.replace("_", "-"),
            origin=f"AI Energy Score ({path.name})",
            date=date or UNDATED,
        )
    except BadFile:
        raise
    except ValueError as error:
        raise BadFile(f"{path}: {error}") from None
    return list(newest(peers))


def read_scale(name_or_path: str) -> Scale:
    """Return the scale of this name, or read it from this file.

    Raises:
        ValueError: There is no such scale, or the file is not valid; the message names it.
    """
    if (scale := named_scale(name_or_path)) is not None:
        return scale
    try:
        text = read_text(Path(name_or_path), MOST_BYTES_BY_HAND)
    except BadFile as error:
        raise BadFile(f"{error}; expected `scer`, `stars` or a file of cut-offs") from None
    try:
        return parse_scale(text)
    except ValueError as error:
        raise BadFile(f"{name_or_path}: {error}") from None


def hardware(report: Report, hosts: Iterable[str]) -> tuple[str, ...]:
    """Describe the machines of these hosts, without duplicates."""
    described = {
        host["label"]: host["environment"] for host in report.session.hosts if "environment" in host
    }
    environments = [described[label] for label in hosts if label in described]
    return tuple(dict.fromkeys(map(_machine, environments or [asdict(report.environment)])))


def _machine(environment: Mapping[str, Any]) -> str:
    gpus = [str(gpu["name"]) for gpu in environment["gpus"]]
    cpu = environment["cpu_model"] or "unknown CPU"
    threads = f"{cpu}, {environment['logical_cores']} threads"
    return ", ".join([threads, *gpus, f"{environment['ram_gb']:g} GB RAM"])


def _provenance(report: Report, score: ModelScore) -> dict[str, str]:
    """Return environment and date of a score for its peer; the grid is part of it, for grams."""
    grid = report.carbon_intensity
    machines = " + ".join(hardware(report, score.hosts))
    return {
        "environment": f"{machines}, {grid.g_per_kwh:g} gCO2e per kWh, PUE {report.pue:g}",
        "date": report.session.started_at[:10],
    }


def _comparable_form(report: Report, score: ModelScore, peers: Iterable[Peer]) -> Peer:
    """Return the score in grams, or in Wh if its category has peers in Wh but none in grams."""
    about = {"origin": THIS_SESSION, **_provenance(report, score)}
    grams, energy = score.peer(**about), score.energy_peer(**about)
    units = {peer.unit for peer in peers if peer.category == score.category}
    return energy if energy.unit in units and grams.unit not in units else grams


def not_measured(report: Report) -> list[str]:
    """Return the caveats that name the components that are estimated or simulated."""
    provenance = {name: report.meters[name].provenance for name in COMPONENTS}
    estimated = [
        f"{name} ({each.value})"
        for name, each in provenance.items()
        if each in (Provenance.MODELLED, Provenance.CONSTANT)
    ]
    simulated = [name for name, each in provenance.items() if each is Provenance.SIMULATED]
    return [
        f"{what}, not measured: {', '.join(components)}"
        for what, components in (("estimated", estimated), ("simulated", simulated))
        if components
    ]


def _caveats(report: Report, score: ModelScore) -> tuple[str, ...]:
    caveats = []
    if score.score is not None and score.score.caveat:
        caveats.append(score.score.caveat)
    caveats += not_measured(report)
    gpu = report.meters["gpu"]
    if gpu.provenance is Provenance.ABSENT and (report.environment.gpus or is_known_about(gpu)):
        caveats.append("the machine's GPU was not measured")
    if left_out := score.unmeasured + sum(_is_unmeasured(test, score) for test in report.tests):
        caveats.append(f"unmeasured and left out: {left_out} tests or sections of this model")
    machines = hardware(report, score.hosts)
    if len(machines) > 1:
        caveats.append(f"mixed hardware: {'; '.join(machines)}")
    return tuple(caveats)


def _is_unmeasured(test: TestEntry, score: ModelScore) -> bool:
    return bool(
        test.unmeasured
        and test.outcome != "skipped"
        and (test.model, test.category) == (score.model, score.category)
        and test.phase in (None, score.phase)
    )
