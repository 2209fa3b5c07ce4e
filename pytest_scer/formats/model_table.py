"""The table of models: comparable models together, with each rating and its basis."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from pytest_scer.core import units
from pytest_scer.formats.layout import columns, with_names, wrapped
from pytest_scer.report.ratings import RatedScore

_OPTIONAL: Final = ("per kWh", "units")
"""Columns that are dropped on a narrow terminal, in this order: others imply them."""
_LEFT: Final = ("score", "rating")
_LARGE: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))


def lines(rated: Iterable[RatedScore], width: int) -> Iterator[str]:
    """Yield a table for each category, phase, functional unit and boundary, after a blank line."""
    groups: dict[tuple[str, ...], list[RatedScore]] = defaultdict(list)
    for row in rated:
        score = row.score
        if score.score is not None:
            key = (score.category or "", score.phase or "", str(score.unit), score.boundary)
            groups[key].append(row)
    for (category, phase, unit, boundary), rows in groups.items():
        names = filter(None, (category or "no category", phase, f"per {unit}"))
        yield ""
        yield f"models of {', '.join(names)} ({boundary})"
        yield from _table(rows, width)
        for remark in _remarks(rows):
            yield from wrapped(f"  {remark}", width)


def _table(rows: Sequence[RatedScore], width: int) -> list[str]:
    cells = {
        "score": [row.stated for row in rows],
        "±": [_share(row.score.uncertainty_g, row) for row in rows],
        "energy": [
            units.quantity(row.score.energy_per_unit_j, "J", digits=row.digits) for row in rows
        ],
        "per kWh": [_large(_rounded(row.score.units_per_kwh, row.digits)) for row in rows],
        "units": [_large(row.score.score.units if row.score.score else None) for row in rows],
        "runs": [str(row.score.runs) for row in rows],
        "rating": [row.rating.letter or "unrated" for row in rows],
    }
    for optional in _OPTIONAL:
        if len(columns(cells, _LEFT)[0]) + 3 > width:
            del cells[optional]
    return list(with_names([row.score.model for row in rows], columns(cells, _LEFT), width))


def _share(uncertainty_g: float | None, row: RatedScore) -> str:
    """Return the uncertainty as a share of the score."""
    stated = row.score.score
    if uncertainty_g is None or stated is None or stated.value_g == 0:
        return "-"
    percent = 100 * uncertainty_g / stated.value_g
    return "<0.1%" if percent < 0.1 else f"{percent:.2g}%" if percent < 100 else f"{percent:.0f}%"


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else float(units.significant(value, digits))


def _large(value: float | None) -> str:
    """Format a count in few characters, as in ``169 M``."""
    if value is None:
        return "-"
    for size, prefix in _LARGE:
        if value >= 10 * size:
            return (
                f"{value / size:.3g} {prefix}"
                if value < 1e3 * size
                else f"{value / size:.0f} {prefix}"
            )
    return f"{value:.6g}"


def _remarks(rows: Sequence[RatedScore]) -> Iterator[str]:
    """Yield the basis of the ratings and the caveats of the scores, once if all rows share them."""
    remarks: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        for text in filter(None, (basis(row), *row.rating.notes, "; ".join(row.caveats))):
            remarks[text].append(row.score.model)
    for text, models in remarks.items():
        yield text if len(models) == len(rows) else f"{', '.join(models)}: {text}"


def basis(row: RatedScore) -> str:
    """Describe a rating: scale, number of peers, their origin and date, or why there is none."""
    rating = row.rating
    grade = "rating" if rating.letter else f"unrated: {rating.reason}"
    peers = rating.peers and f"peers: {rating.peers}"
    facts = (rating.scale, f"N={rating.n}", peers, rating.date if rating.n > 1 else None)
    return f"{grade} ({', '.join(filter(None, facts))})"
