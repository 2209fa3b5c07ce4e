"""Blocks of a report, each of which can say less where there is no room for all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from itertools import chain
from typing import Final, Protocol

from pytest_scer.formats.terminal.screen import Line
from pytest_scer.lazy_dataclass import dataclass

MOST: Final = 45
"""The lines of a report that is not printed whole."""


class Block(Protocol):
    """A part of a report below one title."""

    @property
    def size(self) -> int:
        """How many lines all of it takes; 0 if there is nothing to say."""

    @property
    def least(self) -> int:
        """How many lines it takes at least."""

    def lines(self, most: int) -> list[Line]:
        """At most this number of lines, if that is not less than the least."""


@dataclass
class Items:
    """A block of items that are shown whole or not at all.

    Attributes:
        head: Lines in front of the items.
        items: The lines of each item, the most important first.
        more: Says in a line what the items are that were left out, given how many are shown.
        tail: Lines behind the items.
        left_out: How many further items there are, more than anyone reads.
    """

    head: Sequence[Line]
    items: Sequence[Sequence[Line]]
    more: Callable[[int], Line]
    tail: Sequence[Line] = field(default_factory=tuple)
    left_out: int = 0

    @property
    def size(self) -> int:
        """How many lines all of it takes."""
        if not self.items and not self.tail:
            return 0
        return len(self.head) + sum(map(len, self.items)) + len(self.tail) + self.left_out

    @property
    def least(self) -> int:
        """How many lines the first item alone takes, with what stands around it."""
        return len(self.lines(0))

    def lines(self, most: int) -> list[Line]:
        """The first items that fit, at least one."""
        if self.size <= most:
            return [*self.head, *chain.from_iterable(self.items), *self.tail]
        room = most - len(self.head) - len(self.tail) - 1
        shown = 0
        for item in self.items:
            room -= len(item)
            if room < 0 and shown:
                break
            shown += 1
        is_all = shown == len(self.items) and not self.left_out
        rest = [] if is_all else [self.more(shown)]
        return [*self.head, *chain.from_iterable(self.items[:shown]), *rest, *self.tail]


def share_out(wanted: Sequence[int], weights: Sequence[float], room: int) -> list[int]:
    """Divide lines among blocks: small ones get what they want, the others parts by weight.

    Args:
        wanted: How many lines each block takes in full.
        weights: How much each matters.
        room: How many lines there are.
    """
    parts = [0] * len(wanted)
    left, weight = max(room, 0), sum(weights)
    for index in sorted(range(len(wanted)), key=lambda each: wanted[each] / weights[each]):
        parts[index] = min(wanted[index], int(left * weights[index] / weight))
        left, weight = left - parts[index], weight - weights[index]
    return parts


def joined(blocks: Sequence[tuple[Block, float]], room: int) -> Iterator[Line]:
    """Yield blocks in this number of lines, each after a blank line.

    Args:
        blocks: Each with its weight. Where even the least of all does not fit, those of the lowest
            weight are left out.
        room: The number of lines.
    """
    shown = [(block, weight) for block, weight in blocks if block.size]
    dropped = 0
    while len(shown) > 1 and sum(block.least + 1 for block, _ in shown) > room - 2 * (dropped > 0):
        shown.remove(min(shown, key=lambda each: each[1]))
        dropped += 1
    least = [block.least for block, _ in shown]
    parts = share_out(
        [block.size - fewest for (block, _), fewest in zip(shown, least, strict=True)],
        [weight for _, weight in shown],
        room - sum(least) - len(shown) - 2 * (dropped > 0),
    )
    for (block, _), fewest, more in zip(shown, least, parts, strict=True):
        yield Line("")
        yield from block.lines(fewest + more)
    if dropped:
        yield Line("")
        yield Line("more tables: see -v")
