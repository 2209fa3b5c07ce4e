"""Which tests to run again, and how often, in the time that is left."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable
from typing import Final, NamedTuple

from pytest_scer.ab.verdicts import FEWEST_ROUNDS

ROUNDS: Final = 6
"""The number of rounds to aim at. Fewer than four have no meaningful scatter; beyond six, the
start-up of more processes costs more than the gain of another degree of freedom."""
MOST_ROUNDS: Final = 24
"""Number of rounds after which a comparison ends undecided."""
MOST_PAIRS: Final = 32
"""Pairs of a test in one round: with pairs that spread 17 % and processes that spread 3 %, more
would only measure the luck of this one process better (0.17 ** 2 / 0.03 ** 2 = 32)."""


class Suspect(NamedTuple):
    """An undecided test.

    Attributes:
        nodeid: Its node ID.
        worth: The chance that it is a regression, as far as is known.
        precision: 1 over the variance of its growth so far.
        luck: Variance of a round that no number of pairs reduces.
        pair: Variance of a pair.
        pair_s: Seconds that a pair takes.
        most: Maximum number of pairs.
    """

    nodeid: str
    worth: float
    precision: float
    luck: float
    pair: float
    pair_s: float
    most: int = MOST_PAIRS

    def error_after(self, pairs: int) -> float:
        """Standard error after a round with this number of further pairs."""
        more = 1 / (self.luck + self.pair / pairs) if pairs else 0.0
        return 1 / math.sqrt(self.precision + more)

    def gain(self, pairs: int) -> float:
        """What one pair more than these is worth, per second that it takes."""
        less = self.error_after(pairs) - self.error_after(pairs + 1)
        return self.worth * less / max(self.pair_s, 1e-6)


def allocate(suspects: Iterable[Suspect], budget_s: float) -> dict[str, int]:
    """Spend a round's time where it best reduces the doubt about likely regressions.

    The next pair always goes to the test whose standard error it reduces most per second,
    times the chance that the test is a regression.

    Args:
        suspects: The undecided tests.
        budget_s: Seconds to spend. The first pair is given even if it takes longer.

    Returns:
        How many pairs to run of each test; tests that get none are left out.
    """
    known = {each.nodeid: each for each in suspects}
    pairs: dict[str, int] = {}
    queue = [(-each.gain(0), each.nodeid) for each in known.values()]
    heapq.heapify(queue)
    left_s = budget_s
    while queue:
        _, nodeid = heapq.heappop(queue)
        suspect = known[nodeid]
        if pairs and suspect.pair_s > left_s:
            continue
        pairs[nodeid] = pairs.get(nodeid, 0) + 1
        left_s -= suspect.pair_s
        if pairs[nodeid] < suspect.most:
            heapq.heappush(queue, (-suspect.gain(pairs[nodeid]), nodeid))
    return pairs


def budget_of_round(done: int, left_s: float, start_s: float) -> float:
    """Seconds to spend on pairs in the next round.

    Args:
        done: Number of rounds so far.
        left_s: Seconds until the comparison must end.
        start_s: Seconds to start the processes of a round.
    """
    wanted = max(ROUNDS - done, 1)
    # No more than half of the time goes into starting processes, unless too few rounds would be
    # left for any verdict.
    start_s = max(start_s, 1e-6)
    possible = max(int(left_s / (2 * start_s)), min(FEWEST_ROUNDS - done, int(left_s / start_s)), 1)
    return left_s / min(wanted, possible) - start_s
