"""The result of comparing a test with its baseline."""

from __future__ import annotations

from enum import Enum

from pytest_scer.lazy_dataclass import dataclass


class Change(str, Enum):
    """The verdict of a comparison."""

    OK = "ok"
    IMPROVED = "improved"
    REGRESSION = "regression"
    INCONCLUSIVE = "inconclusive"
    UNMEASURED = "unmeasured"


@dataclass(slots=True)
class Comparison:
    """A test compared with its baseline.

    Treat it as immutable; see :class:`pytest_scer.baseline.noise.Sample`.

    Attributes:
        verdict: The result.
        baseline_j: Joules of the baseline: the median of its runs.
        actual_j: Joules of this session: the first run, or its weighted mean with the median
            of its repeats.
        corrected_by: What ``actual_j`` is multiplied by to correct for the speed of the machine;
            None if costs are not corrected.
        change: Growth of the corrected cost: 0.4 is 40 %.
        noise: How much of ``change`` may be noise: it is a regression if ``change - noise`` is
            over the threshold.
        detectable: The smallest growth that is found in 9 of 10 cases, repeats included.
        runs: The number of judged runs.
        single_noise: How much a single run scatters between sessions: 0.07 is 7 %.
        source: Where that figure comes from.
        is_new_state: Whether the machine was faster or slower than in any session of the baseline.
    """

    verdict: Change
    baseline_j: float
    actual_j: float
    corrected_by: float | None
    change: float
    noise: float
    detectable: float | None
    runs: int
    single_noise: float
    source: str
    is_new_state: bool = False

    @property
    def corrected_j(self) -> float:
        """Joules of this session, at the machine speed of the baseline."""
        return self.actual_j * (self.corrected_by or 1.0)
