"""The predicted total of work that consists of similar pieces, such as the epochs of a training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import stdev
from typing import Final

from pytest_scer.core import units
from pytest_scer.core.scatter import FEWEST_RUNS_WITH_SPREAD, Scatter
from pytest_scer.core.statistics import CONFIDENCE, student_t
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.sources import noise

FIRST_EPOCH: Final = noise.FIRST_EPOCH.value
LATER_EPOCH: Final = noise.LATER_EPOCH.value
"""What later epochs may differ by from the first, as factors: it includes warm-up, and alone it
shows no spread."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval.

    Attributes:
        value: The expected figure.
        low: The lower end.
        high: The upper end.
    """

    value: float
    low: float
    high: float

    def times(self, factor: float) -> Interval:
        """The interval in another unit."""
        return Interval(self.value * factor, self.low * factor, self.high * factor)

    def show(self, si_unit: str, *, suffix: str = "", digits: int = 3) -> str:
        """The interval in one unit, as in ``41.0 J (35.2 to 47.1)``.

        Args:
            si_unit: Its unit, as in :func:`pytest_scer.core.units.quantity`.
            suffix: Appended to the unit, such as ``CO2e``.
            digits: Significant digits.
        """
        symbol, size = units.scale_of(self.value, si_unit)
        value, low, high = (
            units.significant(each / size, digits) for each in (self.value, self.low, self.high)
        )
        return f"{value} {symbol}{suffix} ({low} to {high})"


@dataclass(frozen=True, slots=True)
class Piece:
    """A finished piece of the work.

    Attributes:
        cost: What it cost, in any unit.
        work: How much work it was, in epochs or steps.
        warm: Whether the piece before it ran in the same process.
    """

    cost: float
    work: float
    warm: bool = True


def forecast(
    pieces: Sequence[Piece], spent: float, left: float, scatter: Scatter, avoidable: float = 0.0
) -> Interval | None:
    """Predict the total cost of the work.

    What is left costs its amount of work times the mean cost per work of the finished pieces. The
    interval has two independent parts, whose squares add up:

    * The prediction interval for the mean of m further pieces after n with standard deviation s,
      ``t * s * sqrt(1/n + 1/m)`` with Student's t for n - 1 degrees of freedom (Hahn and Meeker
      1991, Statistical Intervals). It assumes independent pieces.
    * What the pieces cannot show, because they ran next to each other: the machine may be faster or
      slower later. As much of the noise between sessions is left as after that many repeats (see
      :meth:`pytest_scer.core.scatter.Scatter.after`).

    Pieces that start cold include warm-up. They are left out as soon as there are three others.
    After a single piece the rest is taken to cost a third to twice of what it shows (judgement).

    Args:
        pieces: The finished pieces.
        spent: What has been spent so far, in the unit of their cost.
        left: The work that is left, in the unit of their work.
        scatter: How much the same work differs between sessions.
        avoidable: The share of the pieces' cost that busy neighbours may have added.

    Returns:
        The total with its interval; the lower end is at least what is spent. None without a figure.
    """
    known = [piece for piece in pieces if math.isfinite(piece.cost) and piece.work > 0]
    if not math.isfinite(spent):
        return None
    if left <= 0:
        return Interval(spent, spent, spent)
    warm = [piece for piece in known if piece.warm]
    known = warm if len(warm) >= FEWEST_RUNS_WITH_SPREAD else known
    if not known:
        return None
    work = math.fsum(piece.work for piece in known)
    rest = left * math.fsum(piece.cost for piece in known) / work
    if len(known) == 1:
        return Interval(spent + rest, spent + rest / FIRST_EPOCH, spent + rest * LATER_EPOCH)
    rates = [piece.cost / piece.work for piece in known]
    number = len(rates)
    shown = stdev(rates) * left * math.sqrt(1 / number + work / number / left)
    half = math.hypot(_quantile(number - 1) * shown, scatter.after(rates) * rest)
    low = max(rest * (1 - avoidable) - half, 0.0)
    return Interval(spent + rest, spent + low, spent + rest + half)


def _quantile(df: int) -> float:
    """The two-sided 95 % quantile of Student's t; with one degree of freedom it is Cauchy's."""
    return math.tan(CONFIDENCE * math.pi / 2) if df == 1 else student_t(CONFIDENCE, df)
