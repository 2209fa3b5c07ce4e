"""The names of tests, without the path that all of them share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile

from pytest_scer.report.model import TestEntry

_STEP = re.compile(r".*?(?:/|::)", re.DOTALL)


def _place(nodeid: str) -> str:
    """A node ID without what its parameters hold."""
    return nodeid.partition("[")[0]


def _steps(place: str) -> list[str]:
    """The folders, file and classes in front of a test's name."""
    return _STEP.findall(place)


def parts_of(nodeid: str) -> tuple[list[str], str, str]:
    """Split a node ID into folders, file and classes; the test's name; and its parameters.

    The parts together are the node ID; the parameters have their brackets.
    """
    place = _place(nodeid)
    above = _steps(place)
    return above, place[sum(map(len, above)) :], nodeid[len(place) :]


class Names:
    """Short names of the tests of a report."""

    def __init__(self, nodeids: Iterable[str], *, whole: bool = False) -> None:
        """Find out what they share.

        Args:
            nodeids: All of them.
            whole: Whether names stay as they are.
        """
        # What the first and the last in alphabetical order share, those between share, too.
        places = [] if whole else [_place(nodeid) for nodeid in nodeids]
        first, last = _steps(min(places, default="")), _steps(max(places, default=""))
        same = takewhile(lambda steps: steps[0] == steps[1], zip(first, last, strict=False))
        self.shared = "".join(step for step, _ in same)
        """What all of them begin with."""

    def short(self, nodeid: str) -> str:
        """The name of a test without what all share."""
        return nodeid.removeprefix(self.shared)

    def attempt(self, test: TestEntry) -> str:
        """The name of one attempt of a test."""
        return self.short(test.nodeid) + (f" #{test.attempt}" if test.attempt > 1 else "")

    def some(self, nodeids: Sequence[str], most: int = 2) -> str:
        """Several names, or the first ones and how many there are more."""
        named = ", ".join(self.short(nodeid) for nodeid in nodeids[:most])
        rest = len(nodeids) - most
        return f"{named} and {rest} more" if rest > 0 else named
