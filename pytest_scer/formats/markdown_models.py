"""The models of a report as a Markdown table: each score with its rating and what limits it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from pytest_scer.core import units
from pytest_scer.formats import markdown
from pytest_scer.report.model import Report
from pytest_scer.report.ratings import RatedScore, rated_scores

MOST_MODELS: Final = 20
"""How many models are listed; the others are counted."""
_MOST_REMARKS: Final = 10


def models(report: Report) -> Iterator[str]:
    """Yield the table of models, and below it the basis of the ratings and their caveats."""
    rows = [row for row in rated_scores(report) if row.score.score is not None]
    rows.sort(key=lambda row: (row.rating.letter is None, row.score.score.value_g))  # type: ignore[union-attr]
    yield from markdown.table(
        ["model", "task", "score:", "rating", "by energy:", "rating by energy"],
        [_cells(row) for row in rows[:MOST_MODELS]],
    )
    if (more := len(rows) - MOST_MODELS) > 0:
        yield ""
        yield f"and {more} more {'model' if more == 1 else 'models'}"
    if remarks := [*_remarks(rows)]:
        yield ""
        yield from (f"* {markdown.text(text)}" for text in remarks[:_MOST_REMARKS])


def _cells(row: RatedScore) -> tuple[str, ...]:
    score = row.score
    task = ", ".join(filter(None, (score.category, score.phase, score.protocol)))
    per_unit = units.quantity(score.energy_per_unit_j, "J", digits=row.digits)
    return (
        markdown.code(score.model),
        markdown.text(task or "no category"),
        markdown.text(row.stated),
        f"**{markdown.text(row.rating.letter)}**" if row.rating.letter else "unrated",
        markdown.text(f"{per_unit} per {score.unit.name}"),
        markdown.text(row.energy_rating.letter or "unrated"),
    )


def _remarks(rows: Sequence[RatedScore]) -> Iterator[str]:
    """Yield each basis, note and caveat once, with the models it holds for unless it is all."""
    remarks: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        for text in dict.fromkeys((row.basis, *row.rating.notes, *row.caveats)):
            remarks[text].append(row.score.model)
    for text, named in remarks.items():
        yield text if len(named) == len(rows) else f"{', '.join(dict.fromkeys(named))}: {text}"
