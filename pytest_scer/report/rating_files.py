"""The files that ratings need: peer sets and scales."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Final

from pytest_scer.report.documents import MOST_BYTES_BY_HAND, BadFile, read_text
from pytest_scer.scoring.dates import UNDATED
from pytest_scer.scoring.peer_files import parse_peers
from pytest_scer.scoring.peers import Peer, newest
from pytest_scer.scoring.rating import Scale
from pytest_scer.scoring.scales import named_scale, parse_scale
from pytest_scer.system import System

_EASTERNMOST: Final = timedelta(hours=14)
"""Clocks are at most that far ahead of UTC."""


def latest_date() -> date:
    """The latest date that it is anywhere on Earth."""
    return (System.utc_now() + _EASTERNMOST).date()


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
            today=latest_date(),
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
