"""Which new tests may be old ones under another name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from typing import Final

ALIKE: Final = 0.6
"""How much of two names must be equal (the ratio of ``difflib``, whose default this is)."""
CANDIDATES: Final = 5
"""A new name is compared with this number of old ones: those that share the rarest words."""
_WORD: Final = re.compile(r"[A-Za-z]+|\d+")


def renamed(gone: Iterable[str], new: Iterable[str]) -> dict[str, str]:
    """Guess which new tests are old ones: same name in another file, or like one in their file.

    The time grows with the number of tests, not with its square: shared words select a few
    candidates, and only these are compared letter by letter.

    Args:
        gone: The node IDs that no longer exist.
        new: The node IDs that did not exist before.

    Returns:
        The old node ID of each new one that has one.
    """
    left = _Names(sorted(gone))
    pairs: dict[str, str] = {}
    for nodeid in sorted(new):
        old = left.moved(nodeid) or left.alike(nodeid)
        if old is not None:
            pairs[nodeid] = old
            left.remove(old)
    return pairs


class _Names:
    """Old node IDs not matched to a new one, by name and by word."""

    def __init__(self, nodeids: Iterable[str]) -> None:
        self._left = dict.fromkeys(nodeids)
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._by_word: dict[tuple[str, str], list[str]] = defaultdict(list)
        for nodeid in self._left:
            file, _, name = nodeid.partition("::")
            self._by_name[name].append(nodeid)
            for word in _words(name):
                self._by_word[file, word].append(nodeid)

    def remove(self, nodeid: str) -> None:
        del self._left[nodeid]

    def moved(self, nodeid: str) -> str | None:
        """The old node ID with the same name, which must be in another file."""
        return self._first_left(self._by_name.get(nodeid.partition("::")[2], []))

    def alike(self, nodeid: str) -> str | None:
        """The old node ID in the same file with the most similar name, if any is similar."""
        name = _bare(nodeid)
        ratios = {each: _ratio(name, _bare(each)) for each in self._candidates(nodeid)}
        best = max(ratios, key=lambda each: ratios[each], default=None)
        return best if best is not None and ratios[best] >= ALIKE else None

    def _candidates(self, nodeid: str) -> Iterator[str]:
        """A few old names in the same file that share words with this one, the rarest first."""
        file, _, name = nodeid.partition("::")
        lists = (self._by_word.get((file, word), []) for word in _words(name))
        seen: set[str] = set()
        for nodeids in sorted(lists, key=len):
            candidate = self._first_left(nodeids)
            for each in (candidate, *nodeids[:CANDIDATES]):
                if each is not None and each in self._left and each not in seen:
                    seen.add(each)
                    yield each
                    if len(seen) == CANDIDATES:
                        return

    def _first_left(self, nodeids: list[str]) -> str | None:
        """The first of these that is left; those before it are dropped for good."""
        while nodeids and nodeids[0] not in self._left:
            nodeids.pop(0)
        return nodeids[0] if nodeids else None


def _bare(nodeid: str) -> str:
    """The name of a test without what all names have in common."""
    return nodeid.partition("::")[2].removeprefix("test_")


def _words(name: str) -> set[str]:
    return set(_WORD.findall(name.lower())) - {"test"}


def _ratio(mine: str, theirs: str) -> float:
    return SequenceMatcher(None, mine, theirs, autojunk=False).ratio()
