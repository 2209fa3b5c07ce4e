"""The table of models: comparable models together, with each rating and its basis."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from pytest_scer.core import units
from pytest_scer.core.units import counted
from pytest_scer.formats.terminal.blocks import Items
from pytest_scer.formats.terminal.characters import display_width, padded
from pytest_scer.formats.terminal.screen import Line, Screen
from pytest_scer.formats.terminal.table import INDENT, Column, with_names
from pytest_scer.report.caveats import LEFT_OUT
from pytest_scer.report.ratings import RatedScore, grams, grouped
from pytest_scer.scoring.functional_unit import FunctionalUnit, readable_unit
from pytest_scer.scoring.sci import OPERATIONAL_ONLY

_LARGE: Final = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_RATING: Final = "rating"
_BY_ENERGY: Final = "by energy"
_MOST_REMARKS: Final = 6
"""Lines of remarks below a table that is not shown whole: whose rating it is or why there
is none, what it leaves out, and its claim."""


def block(
    rated: Iterable[RatedScore],
    screen: Screen,
    *,
    said: Collection[str] = (),
    whole: bool = False,
) -> Items:
    """Lay out a table for each category, phase, functional unit, boundary and protocol.

    Args:
        rated: The rated scores.
        screen: Where they are printed.
        said: Caveats that are stated elsewhere.
        whole: Whether names and caveats are not shortened.
    """
    groups = grouped(rated)
    items = [item for rows in groups for item in _group(rows, screen, whole)]
    everyone = [row for rows in groups for row in rows]
    remarks = [
        line
        for text in _remarks(everyone, said, whole=whole)
        for line in screen.wrap(f"  {text}", most=None if whole else 2)
    ]

    def more(shown: int) -> Line:
        return Line(screen.cut(f"  {counted(len(items) - shown, 'more model')}, see -v"))

    return Items([], items, more, remarks if whole else remarks[:_MOST_REMARKS])


def _group(rows: Sequence[RatedScore], screen: Screen, whole: bool) -> Iterator[list[Line]]:
    """Yield the lines of each model of a group; the first has the table's header above it."""
    score = rows[0].score
    unit = readable_unit([grams(row) for row in rows], score.unit)
    names = (score.category or "no category", score.phase, f"per {unit.readable}", score.protocol)
    about = ", ".join(filter(None, names))
    title = Line(screen.cut(f"models of {about} ({score.boundary})"), "title")
    header, *table = _table(rows, unit, screen, whole)
    above = [title, *map(Line, header)]
    for lines in table:
        yield [*above, *map(Line, lines)]
        above = []


def _stated(row: RatedScore, unit: FunctionalUnit) -> str:
    return row.score.score.per(unit).stated(row.digits) if row.score.score else ""


def _table(
    rows: Sequence[RatedScore], unit: FunctionalUnit, screen: Screen, whole: bool
) -> list[list[str]]:
    columns = [(_RATING, [row.rating.letter or "unrated" for row in rows])]
    if not all(map(_is_same_by_energy, rows)):
        columns.append((_BY_ENERGY, [row.energy_rating.letter or "-" for row in rows]))
    names = [row.score.model for row in rows]
    title = "model"
    for header, letters in reversed(columns):
        width = max(map(display_width, (header, *letters)))
        names = [
            padded(letter, width) + INDENT + name
            for letter, name in zip(letters, names, strict=True)
        ]
        title = padded(header, width) + INDENT + title
    energies = [units.quantity(row.score.energy_per_unit_j, "J", digits=row.digits) for row in rows]
    per_kwh = [_large(_rounded(row.score.units_per_kwh, row.digits)) for row in rows]
    figures = [
        Column("score", [_stated(row, unit) for row in rows], left=True),
        Column("", [_share(row.score.uncertainty_g, row) for row in rows], left=True, rank=1),
        Column("energy", energies, rank=2),
        Column("runs", [str(row.score.runs) for row in rows], rank=3),
        Column("units", [_large(_units(row)) for row in rows], rank=4),
        Column("per kWh", per_kwh, rank=5),
    ]
    return with_names(INDENT + title, names, figures, screen, whole=whole)


def _is_same_by_energy(row: RatedScore) -> bool:
    return row.rating.letter == row.energy_rating.letter


def _units(row: RatedScore) -> float | None:
    return row.score.score.units if row.score.score else None


def _share(uncertainty_g: float | None, row: RatedScore) -> str:
    """The uncertainty as a share of the score."""
    stated = row.score.score
    if uncertainty_g is None or stated is None or stated.value_g == 0:
        return ""
    percent = 100 * uncertainty_g / stated.value_g
    return (
        "±<0.1%" if percent < 0.1 else f"±{percent:.2g}%" if percent < 100 else f"±{percent:.0f}%"
    )


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


def _remarks(rows: Sequence[RatedScore], said: Collection[str], *, whole: bool) -> Iterator[str]:
    """Yield the basis of the ratings and the caveats of the scores, once if all rows share them."""
    remarks: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        for text in dict.fromkeys((row.basis, row.claim, *row.rating.notes, *row.caveats)):
            if text not in said:
                remarks[text].append(row.score.model)
    bases, claims = ({getattr(row, name) for row in rows} for name in ("basis", "claim"))
    why_unrated = {note for row in rows if not row.rating.letter for note in row.rating.notes}

    def weight(text: str) -> int:
        kinds = (
            text in bases,
            text in why_unrated,
            text.startswith(LEFT_OUT),
            text == OPERATIONAL_ONLY,
            text in claims,
        )
        return kinds.index(True) if any(kinds) else len(kinds)

    for text, models in sorted(remarks.items(), key=lambda remark: weight(remark[0])):
        shared = len(models) == len(rows)
        yield text if shared else f"{', '.join(dict.fromkeys(models))}: {text}"
    if whole:
        yield from _of_energy(rows)
        yield from dict.fromkeys(text for row in rows for text in _left_out(row))


def _of_energy(rows: Sequence[RatedScore]) -> Iterator[str]:
    """Yield what the ratings by energy alone add."""
    rated = [row for row in rows if row.rating.letter and row.energy_rating.letter]
    if rated and all(map(_is_same_by_energy, rated)):
        yield "by energy alone, without grid and embodied emissions: the same letters"


def _left_out(row: RatedScore) -> Iterator[str]:
    for each in row.left_out:
        used = units.quantity(each.energy_j, "J", digits=row.digits)
        yield f"left out of {row.score.model}: {each.nodeid}: {each.reason}, {used}"
