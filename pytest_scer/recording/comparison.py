"""What ``carbon.compare`` and ``carbon.sweep`` return, for the assertions of a test."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from numbers import Integral, Real
from typing import Any, Final

from pytest_scer.core import LARGEST_FIGURE, units
from pytest_scer.core.ratios import UNKNOWN_RATIO, RatioEstimate
from pytest_scer.core.scatter import FEWEST_RUNS_WITH_SPREAD
from pytest_scer.core.text import printable
from pytest_scer.errors import CarbonBudgetWarning, CarbonInconclusive
from pytest_scer.recording.doubts import surely
from pytest_scer.report.comparisons import ComparisonEntry, Setting, VariantEntry

_OF_THE_ASSERTION: Final = 5
"""The frame that compares a ratio, as seen from where the warning is issued."""
_LONGEST_SETTING: Final = 60


class Ratio:
    """The energy of one variant over that of another, with the 95 % interval of a repeat.

    ``ratio < 0.9`` is False if ``low`` is at or over 0.9, and True if ``high`` is under it. In
    between, noise decides nothing: it is True with a warning, or fails the test if
    ``--scer-fail-on`` names ``inconclusive``. ``<=``, ``>``, ``>=``, ``==`` and ``!=`` work alike:
    ``ratio == 1`` is False where the whole interval is on one side of 1. A ratio without a figure
    is treated as ``unmeasured`` in the same way.

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

    __hash__ = None  # type: ignore[assignment]  # as it equals numbers of another hash

    def __float__(self) -> float:
        return self.value

    def __bool__(self) -> bool:
        raise TypeError(f"{self!r} is neither true nor false: compare it, as in `ratio < 0.9`")

    def __repr__(self) -> str:
        if math.isnan(self.value):
            return f"<{self._what}: no figure>"
        around = f"{self.low:.3g} to {self.high:.3g}" if self.high < math.inf else "no interval"
        return f"<{self._what}: {self.value:.3g} ({around}, {self.pairs} pairs)>"

    def __lt__(self, other: float) -> bool:
        return self._is("<", other, lambda x: self.high < x, lambda x: self.low >= x)

    def __le__(self, other: float) -> bool:
        return self._is("<=", other, lambda x: self.high <= x, lambda x: self.low > x)

    def __gt__(self, other: float) -> bool:
        return self._is(">", other, lambda x: self.low > x, lambda x: self.high <= x)

    def __ge__(self, other: float) -> bool:
        return self._is(">=", other, lambda x: self.low >= x, lambda x: self.high < x)

    def __eq__(self, other: object) -> bool:
        return self._is("==", other, self._is_exactly, self._excludes)

    def __ne__(self, other: object) -> bool:
        return self._is("!=", other, self._excludes, self._is_exactly)

    def _is_exactly(self, limit: float) -> bool:
        return self.low == limit == self.high

    def _excludes(self, limit: float) -> bool:
        return self.high < limit or limit < self.low

    def _is(
        self,
        relation: str,
        other: object,
        holds: Callable[[float], bool],
        fails: Callable[[float], bool],
    ) -> bool:
        """Whether a relation holds in the whole interval; a doubt if it holds in a part of it."""
        if (limit := _number(other)) is None:
            return NotImplemented  # type: ignore[no-any-return]
        asked = f"{self!r} {relation} {limit:g}"
        if math.isnan(self.value) or math.isnan(limit):
            self._doubt("unmeasured", f"Not checked: {asked}: a figure is missing")
        elif not holds(limit) and not fails(limit):
            why = "noise may explain it"
            if self.pairs < FEWEST_RUNS_WITH_SPREAD:
                why = f"at least {FEWEST_RUNS_WITH_SPREAD} rounds are needed (repeats, max_time)"
            elif self.high == math.inf:
                why = "a run used no energy that the meter can see"
            self._doubt("inconclusive", f"Inconclusive: {asked}: {why}")
        return not fails(limit)

    def _doubt(self, verdict: str, text: str) -> None:
        if verdict in self._fail_on:
            raise CarbonInconclusive(text)
        surely(partial(warnings.warn, CarbonBudgetWarning(text), stacklevel=_OF_THE_ASSERTION))


@dataclass(frozen=True, repr=False)
class Comparison:
    """Variants that ran in turn.

    Attributes:
        results: What the last run of each variant returned, by its name as given.
    """

    results: Mapping[str, Any]
    _entry: ComparisonEntry
    _fail_on: frozenset[str]

    def __getitem__(self, names: tuple[str, str]) -> Ratio:
        """The energy of the first variant over that of the second.

        Raises:
            KeyError: A variant of that name does not exist.
            TypeError: These are not two names.
        """
        if not (isinstance(names, tuple) and len(names) == 2):
            raise TypeError(f"[{names!r}]: expected two variants, as in compared['int8', 'fp32']")
        return self.ratio(*names)

    def __repr__(self) -> str:
        return f"<comparison of {', '.join(map(repr, self._entry.names))}>"

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
    def cheapest(self) -> str | None:
        """The variant of the lowest cost; None if none has a figure.

        Noise may make it another one among those whose ratio to it is not clearly over 1.
        """
        cheapest = self._entry.cheapest
        return None if cheapest is None else cheapest.name

    @property
    def pareto(self) -> list[str]:
        """The variants that no other one dominates, by quality and cost."""
        return [variant.name for variant in self._entry.pareto]

    def _variant(self, name: str) -> VariantEntry:
        for variant in self._entry.variants:
            if variant.name == name_of(name):
                return variant
        known = ", ".join(map(repr, self._entry.names))
        raise KeyError(f"{name!r}: the variants are {known}")


@dataclass(frozen=True)
class Point:
    """A point of a sweep.

    Attributes:
        name: Its name, as in ``batch=4``.
        settings: The values of the parameters, as given.
        cost: Joules of its median run, or per functional unit; NaN without a figure.
        ratio: Its cost over that of the cheapest point.
        quality: How good what its last run returned is; None if unknown.
        result: What its last run returned.
    """

    name: str
    settings: Mapping[str, Any]
    cost: float
    ratio: Ratio
    quality: float | None
    result: Any = field(repr=False)

    def __getitem__(self, parameter: str) -> Any:
        """The value of a parameter."""
        return self.settings[parameter]


@dataclass(frozen=True, repr=False)
class Sweep:
    """The curve of a cost over the values of one or more parameters.

    Attributes:
        points: The points, in the order of the values.
        unit: The functional unit that costs are divided by; None for the energy of a run.
    """

    points: Sequence[Point]
    unit: str | None
    _entry: ComparisonEntry

    def __repr__(self) -> str:
        return f"<sweep: {'; '.join(point.name for point in self.points)}>"

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

    @property
    def pareto(self) -> list[Point]:
        """The points of known quality that no other one dominates, by quality and cost."""
        names = {variant.name for variant in self._entry.pareto}
        return [point for point in self.points if point.name in names]

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
            found = entry.to_cheapest(variant) or UNKNOWN_RATIO
            ratio = Ratio(f"{variant.name} / cheapest", found, fail_on)
            cost = math.nan if cost_j is None else cost_j
            points.append(Point(variant.name, values, cost, ratio, variant.quality, result))
        return cls(points, entry.unit, entry)


def _number(value: object) -> float | None:
    """A number of any kind, also one of NumPy; None for anything else."""
    return float(value) if isinstance(value, Real) else None


def name_of(variant: object) -> str:
    """The name of a variant in the report, which is text, whatever the test calls it."""
    return printable(str(variant))


def setting_of(value: object, number: int) -> Setting:
    """A parameter's value as a report stores it: numbers as they are, everything else as text.

    Objects without a short text, such as models, are called by their type and number: the text of
    many has an address, which is another one in each session.

    Args:
        value: The value.
        number: Which of the parameter's values it is, from 1.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Real):
        plain = int(value) if isinstance(value, Integral) else float(value)
        if abs(plain) <= LARGEST_FIGURE:
            return plain
    text = str(getattr(value, "__name__", value))
    if text == "<lambda>" or " at 0x" in text or "\n" in text or len(text) > _LONGEST_SETTING:
        text = f"{type(value).__name__} {number}"
    return printable(text)
