"""What the scores of a report lack to be called SCI scores."""

from __future__ import annotations

from pytest_scer.core.intensity import CarbonIntensity
from pytest_scer.core.units import counted
from pytest_scer.meters.accuracy import is_known_about
from pytest_scer.meters.base import Provenance
from pytest_scer.report.caveats import Evidence
from pytest_scer.report.model import Report
from pytest_scer.scoring.claims import Basis, Gap, gaps
from pytest_scer.scoring.scores import ModelScore


def missing(report: Report, score: ModelScore, evidence: Evidence) -> tuple[Gap, ...]:
    """What a score of a report lacks; nothing if it may be called an SCI score.

    Args:
        report: The report.
        score: The score.
        evidence: What its caveats follow from.
    """
    return gaps(
        basis(
            report.carbon_intensity,
            year=grid_year(report.carbon_intensity, report.session.started_at),
            pue_source=report.pue_source,
            embodied_g=None if score.score is None else score.score.embodied_g,
            embodied_source=report.embodied_source,
            evidence=evidence,
        )
    )


def basis(
    grid: CarbonIntensity,
    *,
    year: int | None,
    pue_source: str | None,
    embodied_g: float | None,
    embodied_source: str | None,
    evidence: Evidence,
) -> Basis:
    """What a score is based on.

    Args:
        grid: The carbon intensity.
        year: Its year.
        pue_source: Where the PUE comes from.
        embodied_g: M in grams.
        embodied_source: Where the figures of M come from.
        evidence: What the caveats of the score follow from.
    """
    meters = evidence.meters
    provenance = {name: info.provenance for name, info in meters.items()}
    absent = [
        name
        for name, info in meters.items()
        if info.provenance is Provenance.ABSENT and is_known_about(info)
    ]
    if evidence.gpu_not_measured and "gpu" not in absent:
        absent.append("gpu")
    if evidence.missing:
        absent.append(counted(evidence.missing, "test"))
    return Basis(
        place=grid.place,
        approach=grid.approach,
        grid_source=grid.stated_source,
        grid_year=year,
        pue_source=pue_source,
        embodied_g=embodied_g,
        embodied_source=embodied_source,
        simulated=tuple(n for n, each in provenance.items() if each is Provenance.SIMULATED),
        not_measured=tuple(absent),
        implausible=tuple(evidence.implausible),
    )


def grid_year(grid: CarbonIntensity, started_at: str) -> int | None:
    """The year of a carbon intensity; a live one is of the year of the session.

    Args:
        grid: The carbon intensity.
        started_at: When the session started, in ISO format.
    """
    return int(started_at[:4]) if grid.year is None and grid.is_live else grid.year
