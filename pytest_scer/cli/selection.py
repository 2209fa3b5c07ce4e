"""Options that choose among the scores of a report."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pytest_scer.report.ratings import RatedScore

_KEYS: Final = ("model", "category", "phase", "unit", "protocol")


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Add ``--model``, ``--category``, ``--phase``, ``--unit`` and ``--protocol``."""
    parser.add_argument("--model", help="only this model")
    parser.add_argument("--category", help="only this category")
    parser.add_argument("--phase", choices=("training", "inference"), help="only this phase")
    parser.add_argument("--unit", help="only this functional unit, in the singular, as in token")
    parser.add_argument("--protocol", metavar="NAME", help="only scores by this protocol")


def selected(rows: Iterable[RatedScore], arguments: argparse.Namespace) -> list[RatedScore]:
    """Return the scores that the user chose.

    Raises:
        ValueError: No score matches; the message lists those of the report.
    """
    scored = [row for row in rows if row.score.score is not None]
    chosen = [row for row in scored if _matches(row, arguments)]
    if not chosen:
        known = "; ".join(f"{row.title}, per {row.score.unit.name}" for row in scored)
        raise ValueError(
            f"no score matches; the report has: {known}"
            if scored
            else "the report has no score: count what a test produces with carbon.count()"
        )
    return chosen


def _matches(row: RatedScore, arguments: argparse.Namespace) -> bool:
    score = row.score
    has = {
        "model": score.model,
        "category": score.category,
        "phase": score.phase,
        "unit": score.unit.name,
        "protocol": None if score.protocol is None else score.protocol.partition(" ")[0],
    }
    return all(getattr(arguments, key) in (None, has[key]) for key in _KEYS)


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file atomically.

    Raises:
        ValueError: The file cannot be written.
    """
    from pytest_scer.report.files import write_bytes

    data = content.encode() if isinstance(content, str) else content
    try:
        write_bytes(path, [data])
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None


def text_of_option(option: str, text: str) -> str:
    """Check that a text that is shown to others claims no review.

    Raises:
        ValueError: It does; the message names the option.
    """
    from pytest_scer.core.claims import without_claims

    try:
        return without_claims(text)
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from None
