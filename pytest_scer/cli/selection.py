"""Choosing among the scores of a report, for the sub-commands that are about some of them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pytest_scer.report.ratings import RatedScore

_KEYS: Final = ("model", "category", "phase", "unit")


def add_selection(parser: argparse.ArgumentParser) -> None:
    """``--model``, ``--category``, ``--phase`` and ``--unit``."""
    parser.add_argument("--model", help="only this model")
    parser.add_argument("--category", help="only this category")
    parser.add_argument("--phase", choices=("training", "inference"), help="only this phase")
    parser.add_argument("--unit", help="only this functional unit, in the singular: token")


def selected(rows: Iterable[RatedScore], arguments: argparse.Namespace) -> list[RatedScore]:
    """The scores that the user chose.

    Raises:
        ValueError: There is none; the message lists what there is.
    """
    scored = [row for row in rows if row.score.score is not None]
    chosen = [row for row in scored if _fits(row, arguments)]
    if not chosen:
        known = "; ".join(f"{row.title}, per {row.score.unit.name}" for row in scored)
        raise ValueError(
            f"no score fits; the report has: {known}"
            if scored
            else "the report has no score: none of its tests counted what it made (carbon.count)"
        )
    return chosen


def _fits(row: RatedScore, arguments: argparse.Namespace) -> bool:
    score = row.score
    has = {
        "model": score.model,
        "category": score.category,
        "phase": score.phase,
        "unit": score.unit.name,
    }
    return all(getattr(arguments, key) in (None, has[key]) for key in _KEYS)


def write_text(path: Path, content: str | bytes) -> None:
    """Write a file.

    Raises:
        ValueError: It cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        path.write_bytes(data)
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
