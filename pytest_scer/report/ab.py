"""The result of ``pytest-scer ab`` for two commits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pytest_scer.lazy_dataclass import dataclass

VERDICTS: Final = ("regression", "inconclusive", "improved", "ok")
"""The verdicts of a test, the ones to read first in front."""


@dataclass(frozen=True)
class AbTest:
    """A test that both sides have.

    Attributes:
        verdict: One of :data:`VERDICTS`.
        base_j: Median joules on BASE.
        head_j: Median joules on HEAD.
        change: Growth as a share of BASE, from the pairs: 0.2 is 20 %.
        low: Lower end of its interval, at the confidence level of the verdict.
        high: Upper end.
        detectable: The smallest growth that would have been found in 9 of 10 such comparisons.
        floor_j: A growth of fewer joules is no regression.
        rounds: Number of pairs of processes that ran it.
        pairs: Number of pairs of runs.
        notes: What else the reader should know.
        ratios: Joules on HEAD over joules on BASE for each pair, by round.
    """

    verdict: str
    base_j: float
    head_j: float
    change: float
    low: float
    high: float
    detectable: float
    floor_j: float
    rounds: int
    pairs: int
    notes: tuple[str, ...] = ()
    ratios: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class AbReport:
    """Two commits compared.

    Attributes:
        base: Description of BASE.
        head: Description of HEAD.
        threshold: The allowed growth, as the user wrote it.
        threshold_share: Its share: 0.1 is 10 %.
        compared: The compared components, with their sources.
        g_per_j: Grams of CO2e per joule.
        tests: The compared tests.
        not_compared: Why each other test was not compared, by node ID.
        noise_floor: How far runs of BASE are from each other, as standard deviations of logarithms:
            next to each other, and from round to round; None if nothing was repeated.
        detectable: The smallest growth of the middle test that would have been found in 9 of 10
            such comparisons; None if no test is large enough for one above its floor.
        rounds: Number of rounds.
        elapsed_s: Seconds that the sides ran.
        most_s: Seconds that they were allowed; None if the first round did not end.
        interrupted: Whether the user interrupted it.
        warnings: What the reader must know.
        fail_on: The verdicts that fail the run.
    """

    base: str
    head: str
    threshold: str
    threshold_share: float
    compared: tuple[str, ...]
    g_per_j: float
    tests: Mapping[str, AbTest]
    not_compared: Mapping[str, str]
    noise_floor: tuple[float, float] | None
    detectable: float | None
    rounds: int
    elapsed_s: float
    most_s: float | None
    interrupted: bool = False
    warnings: tuple[str, ...] = ()
    fail_on: frozenset[str] = frozenset({"regression"})

    def count(self, verdict: str) -> int:
        """How many tests have this verdict."""
        return sum(test.verdict == verdict for test in self.tests.values())

    @property
    def failed(self) -> bool:
        """Whether any test's verdict fails the run."""
        return any(test.verdict in self.fail_on for test in self.tests.values())
