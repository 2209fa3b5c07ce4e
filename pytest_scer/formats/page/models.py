"""The models of a report: letters, scores and intervals; training and inference apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pytest_scer.charts import models
from pytest_scer.charts.chart import Chart
from pytest_scer.charts.models import grouped
from pytest_scer.core import units
from pytest_scer.formats.page.figures import Figure, quantity
from pytest_scer.report.model import Report
from pytest_scer.report.phases import PhaseCost, phase_costs
from pytest_scer.report.ratings import RatedScore, rated_scores


@dataclass(frozen=True)
class Row:
    """A model in one category, phase and functional unit."""

    model: str
    letter: str
    energy_letter: str
    score: Figure
    around: str
    energy: Figure
    runs: int
    claim: str


@dataclass(frozen=True)
class Group:
    """The models that are comparable with each other."""

    title: str
    boundary: str
    rows: Sequence[Row]
    remarks: Sequence[str]


def groups(report: Report) -> list[Group]:
    """Return the models, those that are comparable together, the best first."""
    return [_group(rows) for rows in grouped(rated_scores(report))]


def _group(rows: Sequence[RatedScore]) -> Group:
    score = rows[0].score
    about = (score.category or "no category", score.phase, f"per {score.unit}", score.protocol)
    return Group(
        ", ".join(filter(None, about)),
        score.boundary,
        [_row(each) for each in rows],
        _remarks(rows),
    )


def charts(report: Report) -> dict[str, Chart]:
    """Return a picture for each group of several models, by name: ``models-1`` is the first's."""
    several = [len(group) > 1 for group in grouped(rated_scores(report))]
    drawn = zip(several, models.charts(report), strict=True)
    return {
        f"models-{number}": chart for number, (has_some, chart) in enumerate(drawn, 1) if has_some
    }


def _row(row: RatedScore) -> Row:
    score = row.score
    grams = score.score.value_g if score.score else None
    around = score.uncertainty_g
    return Row(
        score.model,
        row.rating.letter or "unrated",
        row.energy_rating.letter or "unrated",
        Figure(row.stated, grams),
        "" if around is None or not grams else f"±{around / grams:.0%}",
        Figure(
            f"{units.quantity(score.energy_per_unit_j, 'J', digits=row.digits)} "
            f"per {score.unit.name}",
            score.energy_per_unit_j,
        ),
        score.runs,
        row.claim,
    )


def _remarks(rows: Sequence[RatedScore]) -> list[str]:
    """The basis, notes and caveats once each, with the models they hold for unless it is all."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        for text in dict.fromkeys((row.basis, row.claim, *row.rating.notes, *row.caveats)):
            found[text].append(row.score.model)
    return [
        text if len(named) == len(rows) else f"{', '.join(dict.fromkeys(named))}: {text}"
        for text, named in found.items()
    ]


def phases(report: Report) -> list[dict[str, Any]]:
    """Return what training and inference used, as scores count it."""
    return [_phase(name, cost, report) for name, cost in phase_costs(report).items()]


def _phase(name: str, cost: PhaseCost, report: Report) -> dict[str, Any]:
    grams = report.conversion.grams(cost.energy_j)
    return {
        "name": name,
        "energy": quantity(cost.energy_j, "J", digits=report.digits),
        "co2e": quantity(grams, "g", digits=report.digits),
        "duration": quantity(cost.duration_s, "s"),
        "tests": len(cost.sources),
        "left_out": len(cost.unmeasured),
    }
