"""Variants of the same work that one test compared, and what their costs prove.

Like the rest of the report, it stores measurements only; ratios, the cheapest variant, dominated
variants and the knee of a sweep are calculated from them.
"""

from __future__ import annotations

import math
from dataclasses import field
from statistics import median
from typing import Final

from pytest_scer.core.knee import knee
from pytest_scer.core.ratios import SAME, RatioEstimate, ratio_of_pairs
from pytest_scer.core.units import is_usable
from pytest_scer.lazy_dataclass import dataclass

COMPARE: Final = "compare"
SWEEP: Final = "sweep"
FEWEST_POINTS: Final = 3
"""A curve of two points has no knee."""

Setting = str | float | bool | None


@dataclass(slots=True)
class VariantEntry:
    """One variant, and its runs in the order of the rounds.

    Attributes:
        name: Its name, which is also that of its section.
        energy_j: Joules of each run; None for a run without a figure.
        steps_j: What the steps of the meter may add to a run: a half-width in joules.
        units: The functional units of its median run.
        quality: How good its result is; None if not given.
        settings: The values that a sweep ran it with, by parameter.
    """

    name: str
    energy_j: list[float | None]
    steps_j: float = 0.0
    units: dict[str, float] = field(default_factory=dict)
    quality: float | None = None
    settings: dict[str, Setting] = field(default_factory=dict)

    @property
    def median_j(self) -> float | None:
        """The median of its runs in joules; None if none has a figure."""
        known = [joules for joules in self.energy_j if joules is not None]
        return median(known) if known else None

    def cost_j(self, unit: str | None) -> float | None:
        """Joules of a run, or per functional unit; None if unknown.

        Args:
            unit: The functional unit, in the singular.
        """
        joules = self.median_j
        if joules is None or unit is None:
            return joules
        count = self.units.get(unit, 0.0)
        return joules / count if is_usable(count) else None


@dataclass(slots=True)
class ComparisonEntry:
    """A comparison of variants, whose runs took turns.

    Attributes:
        kind: ``compare``, or ``sweep`` over values of parameters.
        variants: The variants, in the user's order.
        unit: The functional unit that costs are divided by; None for the energy of a run.
        lower_is_better: Whether a lower quality is better, as for a loss.
        luck: Standard deviation of what is particular to a process, as a logarithm: it lies in
            every ratio, however many rounds there are.
    """

    kind: str
    variants: list[VariantEntry]
    unit: str | None = None
    lower_is_better: bool = False
    luck: float = 0.0

    @property
    def names(self) -> list[str]:
        """The names of its variants."""
        return [variant.name for variant in self.variants]

    @property
    def rounds(self) -> int:
        """How often each variant ran."""
        return max((len(variant.energy_j) for variant in self.variants), default=0)

    def ratio(
        self, over: VariantEntry, under: VariantEntry, unit: str | None = None
    ) -> RatioEstimate:
        """The energy of one variant over that of another, or that per functional unit.

        Args:
            over: The variant above the line.
            under: The variant below it.
            unit: The functional unit, in the singular; None for the energy of a run.
        """
        if over is under:
            return SAME
        steps = math.hypot(*(_share(each.steps_j, each.median_j) for each in (over, under)))
        found = ratio_of_pairs(over.energy_j, under.energy_j, steps=steps, luck=self.luck)
        if unit is None:
            return found
        counts = over.units.get(unit, 0.0), under.units.get(unit, 0.0)
        if not all(map(is_usable, counts)):
            return RatioEstimate(math.nan, 0.0, math.inf, found.pairs)
        return found.times(counts[1] / counts[0])

    @property
    def cheapest(self) -> VariantEntry | None:
        """The variant of the lowest cost; None if no cost is known."""
        known = [
            (cost_j, index)
            for index, variant in enumerate(self.variants)
            if (cost_j := variant.cost_j(self.unit)) is not None
        ]
        return self.variants[min(known)[1]] if known else None

    def to_cheapest(self, variant: VariantEntry) -> RatioEstimate | None:
        """The cost of a variant over that of the cheapest; None if there is none."""
        cheapest = self.cheapest
        if cheapest is None or variant.cost_j(self.unit) is None:
            return None
        return self.ratio(variant, cheapest, self.unit)

    def as_cheap(self, variant: VariantEntry) -> bool:
        """Whether noise may explain what a variant costs more than the cheapest."""
        found = self.to_cheapest(variant)
        return found is not None and variant is not self.cheapest and found.low <= 1

    def dominated_by(self, variant: VariantEntry) -> VariantEntry | None:
        """A variant that is at least as good and costs clearly less; None if there is none.

        One that is better and costs no more in the whole interval counts as well.
        """
        if variant.quality is None:
            return None
        for other in self.variants:
            if other is variant or other.quality is None:
                continue
            ahead = other.quality - variant.quality
            ahead = -ahead if self.lower_is_better else ahead
            high = self.ratio(other, variant, self.unit).high
            if (ahead >= 0 and high < 1) or (ahead > 0 and high <= 1):
                return other
        return None

    @property
    def pareto(self) -> list[VariantEntry]:
        """The variants of known quality that no other one dominates."""
        return [
            variant
            for variant in self.variants
            if variant.quality is not None and self.dominated_by(variant) is None
        ]

    @property
    def parameters(self) -> list[str]:
        """The parameters of a sweep."""
        return list(self.variants[0].settings) if self.variants else []

    @property
    def knee(self) -> VariantEntry | None:
        """Where a sweep over one number stops saving much, on the way to the cheapest point.

        None if the sweep is over several parameters or over names, if the cheapest point is the
        first, or if it does not cost clearly less than the first.
        """
        if self.kind != SWEEP or len(self.parameters) != 1:
            return None
        points = [(_number(each), each.cost_j(self.unit), each) for each in self.variants]
        known = sorted(
            ((x, cost_j, each) for x, cost_j, each in points if x is not None and cost_j),
            key=lambda point: point[0],
        )
        if len(known) < max(len(points), FEWEST_POINTS):
            return None
        best = min(range(len(known)), key=lambda index: known[index][1])
        first, cheapest = known[0][2], known[best][2]
        if self.ratio(cheapest, first, self.unit).high >= 1:  # also if they are the same
            return None
        way = known[: best + 1]
        if len({x for x, _, _ in way}) < len(way):
            return None
        return way[knee([x for x, _, _ in way], [cost_j for _, cost_j, _ in way])][2]


def _share(part: float, whole: float | None) -> float:
    return part / whole if whole else 0.0


def _number(variant: VariantEntry) -> float | None:
    """The only setting of a point, if it is a number."""
    values = list(variant.settings.values())
    value = values[0] if len(values) == 1 else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value)
