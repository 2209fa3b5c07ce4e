"""What ``carbon.compare`` and ``carbon.sweep`` return, for the assertions of a test."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from numbers import Real
from typing import Any, Final

from pytest_scer.core import LARGEST_FIGURE, units
from pytest_scer.core.ratios import RatioEstimate
from pytest_scer.core.scatter import FEWEST_RUNS_WITH_SPREAD
from pytest_scer.errors import CarbonBudgetWarning, CarbonInconclusive
from pytest_scer.recording.doubts import surely
from pytest_scer.report.comparisons import ComparisonEntry, Setting, VariantEntry

_OF_THE_ASSERTION: Final = 5
"""The frame that compares a ratio, as seen from where the warning is issued."""


class Ratio:
    """The energy of one variant over that of another, with the 95 % interval of a repeat.

    ``ratio < 0.9`` is False if ``low`` is at or over 0.9, and True if ``high`` is under it. In
    between, noise decides nothing: it is True with a warning, or fails the test if
    ``--scer-fail-on`` names ``inconclusive``. ``<=``, ``>`` and ``>=`` work alike. A ratio without
    a figure is treated as ``unmeasured`` in the same way.

    Attributes:
        value: The ratio; NaN without a figure.
        low: Lower end of the interval; 0 if it is unknown.
        high: Upper end of the interval; infinite if it is unknown.
        pairs: How many pairs of runs it rests on.
    """

    def __init__(self, what: str, found: RatioEstimate, fail_on: frozenset[str]) -> None:
        """Wrap an estimate.

        Args:
            what: What is divided by what, as in ``int8 / fp32``.
            found: The estimate.
            fail_on: Which verdicts fail a test.
        """
        self.value, self.low, self.high, self.pairs = found
        self._what = what
        self._fail_on = fail_on

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        if math.isnan(self.value):
            return f"<{self._what}: no figure>"
        around = f"{self.low:.3g} to {self.high:.3g}" if self.high < math.inf else "no interval"
        return f"<{self._what}: {self.value:.3g} ({around}, {self.pairs} pairs)>"

    def __lt__(self, other: float) -> bool:
        if (limit := _number(other)) is None:
            return NotImplemented
        return self._decide(self.high < limit, self.low >= limit, f"< {limit:g}")

    def __le__(self, other: float) -> bool:
        if (limit := _number(other)) is None:
            return NotImplemented
        return self._decide(self.high <= limit, self.low > limit, f"<= {limit:g}")

    def __gt__(self, other: float) -> bool:
        if (limit := _number(other)) is None:
            return NotImplemented
        return self._decide(self.low > limit, self.high <= limit, f"> {limit:g}")

    def __ge__(self, other: float) -> bool:
        if (limit := _number(other)) is None:
            return NotImplemented
        return self._decide(self.low >= limit, self.high < limit, f">= {limit:g}")

    def _decide(self, yes: bool, no: bool, limit: str) -> bool:
        """Whether the whole interval is on one side of a limit; a doubt if it is on both."""
        if math.isnan(self.value):
            self._doubt("unmeasured", f"Not checked: {self!r} {limit}: the energy has no figure")
        elif not yes and not no:
            why = "noise may explain it"
            if self.pairs < FEWEST_RUNS_WITH_SPREAD:
                why = f"at least {FEWEST_RUNS_WITH_SPREAD} rounds are needed (repeats=...)"
            elif self.high == math.inf:
                why = "a run used no energy that the meter can see"
            self._doubt("inconclusive", f"Inconclusive: {self!r} {limit}: {why}")
        return not no

    def _doubt(self, verdict: str, text: str) -> None:
        if verdict in self._fail_on:
            raise CarbonInconclusive(text)
        surely(partial(warnings.warn, CarbonBudgetWarning(text), stacklevel=_OF_THE_ASSERTION))


@dataclass(frozen=True)
class Comparison:
    """Variants that ran in turn.

    Attributes:
        results: What the last run of each variant returned, by its name.
    """

    results: Mapping[str, Any]
    _entry: ComparisonEntry
    _fail_on: frozenset[str]

    def __getitem__(self, names: tuple[str, str]) -> Ratio:
        """The energy of the first variant over that of the second.

        Raises:
            KeyError: A variant of that name does not exist.
        """
        return self.ratio(*names)

    def ratio(self, over: str, under: str, *, per: str | None = None) -> Ratio:
        """The energy of one variant over that of another.

        Args:
            over: The variant above the line.
            under: The variant below it.
            per: A functional unit that both counted, as in ``token``: the ratio is then that of
                their joules per token.

        Raises:
            KeyError: A variant of that name does not exist.
        """
        unit = None if per is None else units.singular(per)
        found = self._entry.ratio(self._variant(over), self._variant(under), unit)
        return Ratio(f"{over} / {under}{units.per(unit)}", found, self._fail_on)

    def energy(self, name: str, *, per: str | None = None) -> float:
        """Joules of a variant's median run, or per functional unit; NaN without a figure."""
        unit = None if per is None else units.singular(per)
        cost_j = self._variant(name).cost_j(unit)
        return math.nan if cost_j is None else cost_j

    @property
    def pareto(self) -> list[str]:
        """The variants that no other one dominates, by quality and cost."""
        return [
            variant.name
            for variant in self._entry.variants
            if variant.quality is not None and self._entry.dominated_by(variant) is None
        ]

    def _variant(self, name: str) -> VariantEntry:
        for variant in self._entry.variants:
            if variant.name == name:
                return variant
        known = ", ".join(repr(variant.name) for variant in self._entry.variants)
        raise KeyError(f"{name!r}: the variants are {known}")


@dataclass(frozen=True)
class Point:
    """A point of a sweep.

    Attributes:
        name: Its name, as in ``batch=4``.
        settings: The values of the parameters, as given.
        cost: Joules of its median run, or per functional unit; NaN without a figure.
        ratio: Its cost over that of the cheapest point.
        result: What its last run returned.
    """

    name: str
    settings: Mapping[str, Any]
    cost: float
    ratio: Ratio
    result: Any

    def __getitem__(self, parameter: str) -> Any:
        """The value of a parameter."""
        return self.settings[parameter]


@dataclass(frozen=True)
class Sweep:
    """The curve of a cost over the values of one or more parameters.

    Attributes:
        points: The points, in the order of the values.
        unit: The functional unit that costs are divided by; None for the energy of a run.
    """

    points: Sequence[Point]
    unit: str | None
    _entry: ComparisonEntry

    @property
    def cheapest(self) -> Point | None:
        """The point of the lowest cost; None if no point has a figure.

        Noise may make it another one among points whose ``ratio`` is not clearly over 1.
        """
        return self._point(self._entry.cheapest)

    @property
    def knee(self) -> Point | None:
        """Where the curve stops falling much; None where it has no knee.

        That is so for several parameters, for values that are not numbers, and if the cheapest
        point is the first or does not cost clearly less than it.
        """
        return self._point(self._entry.knee)

    def _point(self, variant: VariantEntry | None) -> Point | None:
        if variant is None:
            return None
        return self.points[self._entry.variants.index(variant)]

    @classmethod
    def of(
        cls,
        entry: ComparisonEntry,
        settings: Sequence[Mapping[str, Any]],
        results: Sequence[Any],
        fail_on: frozenset[str],
    ) -> Sweep:
        """The points of an entry.

        Args:
            entry: What was measured.
            settings: The values of each point, as the user gave them.
            results: What each point returned.
            fail_on: Which verdicts fail a test.
        """
        points = []
        for variant, values, result in zip(entry.variants, settings, results, strict=True):
            cost_j = variant.cost_j(entry.unit)
            found = entry.to_cheapest(variant) or UNKNOWN
            ratio = Ratio(f"{variant.name} / cheapest", found, fail_on)
            cost = math.nan if cost_j is None else cost_j
            points.append(Point(variant.name, values, cost, ratio, result))
        return cls(points, entry.unit, entry)


UNKNOWN: Final = RatioEstimate(math.nan, 0.0, math.inf, 0)
"""A ratio without a figure."""


def _number(value: object) -> float | None:
    """A number of any kind, also one of NumPy; None for anything else."""
    return float(value) if isinstance(value, Real) else None


def setting_of(value: object, shown: Callable[[str], str]) -> Setting:
    """A parameter's value as a report stores it: numbers as they are, everything else as text.

    Args:
        value: The value.
        shown: Makes text printable.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and abs(value) <= LARGEST_FIGURE:
        return value
    return shown(str(value))
