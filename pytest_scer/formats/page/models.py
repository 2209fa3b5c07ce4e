"""The models of a report: letters, scores and intervals; training and inference apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pytest_scer.charts import pareto
from pytest_scer.charts.chart import Chart
from pytest_scer.charts.models import charts as charts_of_models
from pytest_scer.core import units
from pytest_scer.formats.page.figures import Figure, quantity
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.model import Report
from pytest_scer.report.phases import PhaseCost, phase_costs
from pytest_scer.report.quality import qualities
from pytest_scer.report.ratings import RatedScore, grams, grouped, rated_scores
from pytest_scer.scoring.functional_unit import FunctionalUnit, readable_unit

OPEN: Final = 3
"""How many groups are open even if each of them has one model, which is not rated."""


@dataclass(frozen=True)
class Row:
    """A model in one category, phase and functional unit."""

    model: str
    letter: str | None
    energy_letter: str | None
    score: Figure
    around: str
    energy: Figure
    runs: int
    quality: Mapping[str, Figure]


@dataclass(frozen=True)
class Group:
    """The models that are comparable with each other; ``picture`` is the name of their chart."""

    title: str
    boundary: str
    rows: Sequence[Row]
    picture: str

    @property
    def has_quality(self) -> bool:
        """Whether a test of one of them stated a metric."""
        return any(row.quality for row in self.rows)

    @property
    def is_compared(self) -> bool:
        """Whether it has a rating, or several models."""
        return len(self.rows) > 1 or any(row.letter for row in self.rows)


@dataclass(frozen=True)
class Models:
    """What a page shows of models.

    Attributes:
        groups: The models, those that are comparable together; rated ones first, single ones last.
        remarks: What holds for their scores, once each.
        charts: A picture for each group of several models, and of each metric of quality.
        qualities: The names of the latter.
    """

    groups: Sequence[Group]
    remarks: Sequence[str]
    charts: Mapping[str, Chart]
    qualities: Sequence[str]

    @property
    def opened(self) -> Sequence[Group]:
        """The groups that are shown at once."""
        return self.groups[: self._opened]

    @property
    def folded(self) -> Sequence[Group]:
        """The others: single models without a rating."""
        return self.groups[self._opened :]

    @property
    def _opened(self) -> int:
        return max(OPEN, sum(group.is_compared for group in self.groups))


def models(report: Report) -> Models:
    """Return the models of a report."""
    rated = rated_scores(report)
    groups = grouped(rated)
    charts = {
        f"models-{number}": chart
        for number, (rows, chart) in enumerate(zip(groups, charts_of_models(report), strict=True))
        if len(rows) > 1
    }
    quality = {f"quality-{number}": chart for number, chart in enumerate(pareto.charts(report))}
    return Models(
        [_group(rows, number, report) for number, rows in enumerate(groups)],
        _remarks([row for rows in groups for row in rows]),
        charts | quality,
        [*quality],
    )


def _group(rows: Sequence[RatedScore], number: int, report: Report) -> Group:
    score = rows[0].score
    unit = readable_unit([grams(row) for row in rows], score.unit)
    about = (score.category or "no category", score.phase, f"per {unit.readable}", score.protocol)
    shown = [_row(each, unit, report) for each in rows]
    return Group(", ".join(filter(None, about)), score.boundary, shown, f"models-{number}")


def _row(row: RatedScore, unit: FunctionalUnit, report: Report) -> Row:
    score = row.score
    stated = score.score.per(unit).stated(row.digits) if score.score else "-"
    around = score.uncertainty_g
    per_unit = units.quantity(score.energy_per_unit_j, "J", digits=row.digits)
    quality = qualities(report, score.model, score.category)
    return Row(
        score.model,
        row.rating.letter,
        row.energy_rating.letter,
        Figure(stated, grams(row)),
        "" if around is None or not grams(row) else f"±{around / grams(row):.0%}",
        Figure(f"{per_unit} per {score.unit.name}", score.energy_per_unit_j),
        score.runs,
        {metric: Figure(f"{figure:.4g}", figure) for metric, figure in quality.items()},
    )


def _remarks(rows: Sequence[RatedScore]) -> list[str]:
    """Each basis, claim, note and caveat once, with the models it holds for unless it is all."""
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
