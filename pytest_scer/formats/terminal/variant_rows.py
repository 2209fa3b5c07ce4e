"""Compared variants and sweeps in words, for every form of the report."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pytest_scer.core import units
from pytest_scer.core.ratios import RatioEstimate
from pytest_scer.core.units import counted
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.report.attempts import last_attempts
from pytest_scer.report.comparisons import SWEEP, ComparisonEntry, VariantEntry
from pytest_scer.report.model import Report, TestEntry


@dataclass(frozen=True)
class Row:
    """A variant in words.

    Attributes:
        name: Its name.
        energy: What a run used.
        per_unit: What a functional unit used; empty if the comparison has none.
        relative: Its cost over that of the cheapest, as in ``1.31x (1.22 to 1.42)``.
        share: Its cost over that of the most expensive, for a bar; 0 if unknown.
        quality: How good it is; empty if not given.
        remark: What stands out: that it is the cheapest, the knee, or dominated.
        by: What dominates it, as in ``by int8``; empty if nothing does.
    """

    name: str
    energy: str
    per_unit: str
    relative: str
    share: float
    quality: str
    remark: str
    by: str


def compared(report: Report) -> Iterator[tuple[TestEntry, ComparisonEntry]]:
    """Yield the comparisons of each test's last attempt."""
    for test in last_attempts(report.tests):
        for entry in test.comparisons:
            yield test, entry


def title(name: str, entry: ComparisonEntry) -> str:
    """What was compared, as in ``test_int8: 2 variants in 33 rounds, lower quality is better``.

    Of a sweep, whose points stand in their order, it names the cheapest one.

    Args:
        name: The name of the test.
        entry: The comparison.
    """
    what = counted(len(entry.variants), "variant")
    if entry.kind == SWEEP:
        what = f"{counted(len(entry.variants), 'point')} over {', '.join(entry.parameters)}"
    has_quality = any(each.quality is not None for each in entry.variants)
    lower = ", lower quality is better" if has_quality and entry.lower_is_better else ""
    best = ""
    if entry.kind == SWEEP and entry.cheapest is not None:
        best = f", cheapest at {entry.cheapest.name}"
    return f"{name}: {what} in {counted(entry.rounds, 'round')}{best}{lower}"


def rows(entry: ComparisonEntry, digits: int = 3) -> list[Row]:
    """The variants of a comparison, the cheapest first; the points of a sweep in their order.

    Args:
        entry: The comparison.
        digits: How many digits the figures deserve.
    """
    costs = {id(each): each.cost_j(entry.unit) for each in entry.variants}
    largest = max((cost for cost in costs.values() if cost is not None), default=0.0)
    ranked = list(entry.variants)
    if entry.kind != SWEEP:
        ranked.sort(key=lambda each: _or_infinite(costs[id(each)]))
    energies = units.in_one_unit([each.median_j for each in ranked], "J", digits=digits)
    per_unit = [
        units.quantity(costs[id(each)], "J", digits=digits) if entry.unit else "" for each in ranked
    ]
    return [
        Row(
            each.name,
            energy,
            one,
            _relative(entry.to_cheapest(each)),
            (costs[id(each)] or 0.0) / largest if largest > 0 else 0.0,
            "" if each.quality is None else f"{each.quality:.4g}",
            "; ".join(_remarks(each, entry)),
            "" if (by := entry.dominated_by(each)) is None else f"by {by.name}",
        )
        for each, energy, one in zip(ranked, energies, per_unit, strict=True)
    ]


def per(entry: ComparisonEntry) -> str:
    """The header of the costs per unit, as in ``per token``; empty without a unit."""
    return units.per(entry.unit).strip()


def _or_infinite(value: float | None) -> float:
    return math.inf if value is None else value


def _relative(found: RatioEstimate | None) -> str:
    if found is None or math.isnan(found.value):
        return "-"
    if found.pairs == 0:  # the cheapest itself
        return "1x"
    if math.isinf(found.high):
        return f"{found.value:.2f}x"
    return f"{found.value:.2f}x ({found.low:.2f} to {found.high:.2f})"


def _remarks(variant: VariantEntry, entry: ComparisonEntry) -> Iterator[str]:
    if variant is entry.cheapest:
        yield "cheapest"
    elif entry.as_cheap(variant):
        yield "not clearly more"
    if variant is entry.knee:
        yield "knee"
    if entry.dominated_by(variant) is not None:
        yield "dominated"
