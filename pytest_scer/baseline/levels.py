"""Accepted levels: tests whose growth the user accepted.

They are stored in a file of the history, so you can review and revert them like code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from pytest_scer.baseline.past import Past
from pytest_scer.baseline.store import BadBaseline
from pytest_scer.report.documents import BadFile, read_json
from pytest_scer.report.files import write_whole

LEVELS_FILE: Final = "levels.json"
"""The file of a history that holds them."""
LEVELS_VERSION: Final = 1


class Level(NamedTuple):
    """The period in which a test cost what the user accepted.

    Attributes:
        since: Start of the first session at this level; UTC, ISO 8601.
        until: Start of the last session that the user saw.
    """

    since: str
    until: str


def read_levels(directory: Path) -> dict[str, Level]:
    """The accepted levels of a history, by node ID.

    Raises:
        BadBaseline: The file is damaged or has a newer version.
    """
    path = directory / LEVELS_FILE
    if not path.exists():
        return {}
    from pytest_scer.baseline.schema import LEVELS
    from pytest_scer.report.reading import checked

    try:
        data = checked(LEVELS, read_json(path, "accepted levels"))
    except ValueError as error:
        text = str(error) if isinstance(error, BadFile) else f"{path}: damaged ({error})"
        raise BadBaseline(
            f"{text}; restore it, or remove it and accept the levels again with "
            "`pytest-scer accept`"
        ) from None
    return {nodeid: Level(**level) for nodeid, level in data["tests"].items()}


def write_levels(directory: Path, levels: Mapping[str, Level]) -> Path:
    """Write the accepted levels of a history, sorted so that they diff well.

    Returns:
        The file.

    Raises:
        OSError: It could not be written.
    """
    path = directory / LEVELS_FILE
    tests = {nodeid: levels[nodeid]._asdict() for nodeid in sorted(levels)}
    text = json.dumps({"levels_version": LEVELS_VERSION, "tests": tests}, indent=2)
    write_whole(path, [text + "\n"])
    return path


def accepted(sessions: Sequence[Past], nodeids: Iterable[str]) -> dict[str, Level]:
    """The levels of tests as the newest session has them.

    A test's level begins with the first session of its latest unbroken run of regressions; if it
    is not a regression in the newest session, it begins there.

    Args:
        sessions: Those of the history, the newest last.
        nodeids: The tests.

    Raises:
        ValueError: The newest session does not have one of them.
    """
    newest = sessions[-1]
    levels = {}
    for nodeid in nodeids:
        if nodeid not in newest.tests:
            raise ValueError(f"{nodeid}: the newest session, {newest.name}, has no figure of it")
        since = newest.started_at
        for past in reversed(sessions):
            if nodeid in past.regressed:
                since = past.started_at
            elif nodeid in past.tests:
                break
        levels[nodeid] = Level(since, newest.started_at)
    return levels
