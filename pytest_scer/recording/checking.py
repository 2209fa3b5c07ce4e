"""What is known about tests before the first one runs: their markers and budgets, validated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pytest

from pytest_scer.config.marker import Marker, Marks, read_marker, with_configured_budgets
from pytest_scer.config.settings import Settings
from pytest_scer.nodeids import plain


@dataclass(slots=True)
class Checked:
    """A test that will be measured.

    Attributes:
        nodeid: Its node ID.
        marker: Its merged marker.
        marks: The names of its marks.
        attempts: How often it has been started.
    """

    nodeid: str
    marker: Marker
    marks: tuple[str, ...]
    attempts: int = 0


# The type stands in the annotation only: `StashKey[Checked]` at run time would put the class into a
# cache of typing. A class of this package leads to pytest's whole session, which would then live
# through one more garbage collection at Python's end.
_CHECKED: Final[pytest.StashKey[Checked]] = pytest.StashKey()


def check(items: list[pytest.Item], settings: Settings) -> bool:
    """Read and validate the markers of all tests.

    Args:
        items: The tests.
        settings: The settings of the session.

    Returns:
        Whether any test should be measured.

    Raises:
        pytest.UsageError: A marker is invalid.
    """
    wanted = False
    marks = Marks()
    for item in items:
        marker = read_marker(item, marks, settings.protocols)
        asked = marker is not None or "carbon" in getattr(item, "fixturenames", ())
        if asked or settings.measures_every_test:
            marker = with_configured_budgets(marker, item, marks, settings)
            item.stash[_CHECKED] = Checked(
                plain(item.nodeid, item.config), marker, marks.names(item)
            )
            wanted = True
    return wanted


def checked_of(item: pytest.Item) -> Checked | None:
    """What is known about a test; None if it is not measured."""
    return item.stash.get(_CHECKED, None)
