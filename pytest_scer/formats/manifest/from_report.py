"""The facts of a score, collected from a report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pytest_scer import __version__
from pytest_scer.formats.manifest.facts import Facts
from pytest_scer.report.model import Report
from pytest_scer.report.ratings import RatedScore
from pytest_scer.report.scores import runs_energy_j
from pytest_scer.scoring.scer import ScerScale
from pytest_scer.scoring.sci import JOULES_PER_KWH


def facts_of(
    report: Report,
    row: RatedScore,
    *,
    report_sha256: str | None = None,
    afterwards: Mapping[str, str] | None = None,
) -> Facts:
    """Collect the facts of one score of a report.

    Args:
        report: The report.
        row: The score; it has a figure.
        report_sha256: The SHA-256 of the report's file.
        afterwards: What was stated after the session, already part of ``report``.
    """
    score, stated, session = row.score, row.score.score, report.session
    assert stated is not None
    runs_j = runs_energy_j(report, score)
    around_j = score.uncertainty_j
    return Facts(
        model=score.model,
        category=score.category,
        phase=score.phase,
        unit=stated.unit,
        units=float(stated.units),
        runs=score.runs,
        runs_kwh=None if runs_j is None else runs_j / JOULES_PER_KWH,
        tests=score.sources,
        hardware=row.hardware,
        components_kwh={
            name: float(joules) / JOULES_PER_KWH for name, joules in score.components_j.items()
        },
        uncertainty_kwh=None if around_j is None else float(around_j) / JOULES_PER_KWH,
        measured_s=score.duration_s,
        meters={name: replace(info, devices=()) for name, info in report.meters.items()},
        codecarbon=report.environment.versions.get("codecarbon", ""),
        grid=report.carbon_intensity,
        pue=report.pue,
        pue_source=report.pue_source,
        embodied=report.embodied,
        embodied_source=report.embodied_source,
        gpu_not_measured=row.evidence.gpu_not_measured,
        unmeasured=score.unmeasured,
        left_out=row.left_out,
        protocol=row.protocol,
        scale=report.scale or ScerScale(),
        candidate=row.contest.candidate,
        peers=row.contest.relevant,
        peers_chosen=row.contest.chosen,
        session=session.id,
        started_at=session.started_at,
        session_s=session.duration_s,
        commit=session.commit,
        generator=f"pytest-scer {__version__}",
        report_sha256=report_sha256,
        afterwards=dict(afterwards or {}),
    )
