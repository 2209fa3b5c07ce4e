"""Patterns with ``*`` and ``?``, matched without going back over the text."""

from __future__ import annotations

import re


class Glob:
    """A pattern in which ``*`` stands for any text and ``?`` for one character.

    A regular expression would try all ways to share a text out among several stars, which takes
    hours for a node ID of a few thousand characters. Where stars are the only repetition, the first
    way is enough: the parts between them are found one after another, each as early as possible.
    If a later place matched, so does the earliest one, because it leaves more text for the rest.
    """

    def __init__(self, pattern: str) -> None:
        """Take a pattern apart.

        Args:
            pattern: The pattern; all other characters, brackets too, stand for themselves.
        """
        self._parts = [_Part(part) for part in pattern.split("*")]

    def matches(self, text: str) -> bool:
        """Whether the whole text matches."""
        if len(self._parts) == 1:
            (only,) = self._parts
            return len(text) == only.length and only.is_at(text, 0)
        first, *middle, last = self._parts
        position, end = first.length, len(text) - last.length
        if position > end or not (first.is_at(text, 0) and last.is_at(text, end)):
            return False
        for part in middle:
            position = part.end_of_next(text, position, end)
            if position < 0:
                return False
        return True


class _Part:
    """What stands between two stars: characters, each of which may be ``?``."""

    def __init__(self, text: str) -> None:
        self.length = len(text)
        self._text = text
        # Without a repetition, so that a search tries each place once.
        self._expression = (
            re.compile(re.escape(text).replace(r"\?", "."), re.DOTALL) if "?" in text else None
        )

    def is_at(self, text: str, position: int) -> bool:
        """Whether it stands at this position."""
        if self._expression is None:
            return text.startswith(self._text, position)
        return self._expression.match(text, position) is not None

    def end_of_next(self, text: str, start: int, end: int) -> int:
        """Where its first occurrence within a range ends; -1 if there is none."""
        if self._expression is None:
            found = text.find(self._text, start, end)
            return found if found < 0 else found + self.length
        match = self._expression.search(text, start, end)
        return -1 if match is None else match.end()
