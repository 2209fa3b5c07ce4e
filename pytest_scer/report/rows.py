"""Take a large report apart: its tests one by one, and the rest.

A report of 100,000 tests has 180 MB. Parsed as a whole, its JSON would take several times that in
memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_TESTS: Final = re.compile(rb'"tests"\s*:\s*\[\s*(\{\s*"[^"\\]*"\s*:)')
"""The list of tests up to the first key of its first test."""
_TOKEN: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)|[{}\[\]]', re.DOTALL)
"""A string, or a bracket outside of one."""
_SPACE: Final = b" \t\r\n"
_COMMA: Final = ord(",")


class Irregular(Exception):
    """The tests cannot be told apart without parsing the whole report."""


class Rows:
    """The tests of a report in JSON, as text.

    Programs write all tests in one way: each begins with the same key. This beginning is searched
    for rather than every bracket counted, which takes a tenth of the time. It cannot be part of a
    string, where quotes are escaped. A text that is not a report of this kind is found out when its
    parts are parsed; then it has to be parsed as a whole.
    """

    def __init__(self, data: bytes) -> None:
        """Find the tests.

        Args:
            data: The report.

        Raises:
            Irregular: There is no list of tests, or it is empty.
        """
        found = _TESTS.search(data)
        if found is None:
            raise Irregular
        self._data = data
        self._opening = found[1]
        self._first = found.start(1)
        last = data.rfind(self._opening)
        self._end = self._end_of(last)

    def _end_of(self, start: int) -> int:
        """Where the value that begins there ends."""
        depth = 0
        for token in _TOKEN.finditer(self._data, start):
            if token[0] in b"{[":
                depth += 1
            elif token[0] in b"}]":
                depth -= 1
                if depth == 0:
                    return token.end()
        raise Irregular

    @property
    def rest(self) -> bytes:
        """The report without its tests."""
        return self._data[: self._first] + self._data[self._end :]

    def __iter__(self) -> Iterator[bytes]:
        """Yield the tests.

        Raises:
            Irregular: There is something other than a comma between two of them.
        """
        start = self._first
        while (following := self._data.find(self._opening, start + 1)) >= 0:
            end = following - 1
            while self._data[end] in _SPACE:
                end -= 1
            if self._data[end] != _COMMA:
                raise Irregular
            yield self._data[start:end]
            start = following
        yield self._data[start : self._end]
