"""Convert comparisons of variants to JSON and back, with what is calculated from them."""

from __future__ import annotations

import math
from typing import Any

from pytest_scer.core.ratios import RatioEstimate
from pytest_scer.report.comparisons import COMPARE, ComparisonEntry, VariantEntry

Json = dict[str, Any]


def dump_comparison(entry: ComparisonEntry) -> Json:
    """Convert a comparison to an entry of ``comparisons``."""
    cheapest, knee = entry.cheapest, entry.knee
    return {
        "kind": entry.kind,
        "unit": entry.unit,
        "lower_is_better": entry.lower_is_better,
        "luck": float(entry.luck),
        "variants": [_dump_variant(variant, entry) for variant in entry.variants],
        "ratios": [
            {"over": over.name, "under": under.name, **_dump_ratio(entry.ratio(over, under))}
            for index, over in enumerate(entry.variants)
            for under in entry.variants[:index]
            if entry.kind == COMPARE
        ],
        "cheapest": None if cheapest is None else cheapest.name,
        "knee": None if knee is None else knee.name,
    }


def _dump_variant(variant: VariantEntry, entry: ComparisonEntry) -> Json:
    dominating = entry.dominated_by(variant)
    to_cheapest = entry.to_cheapest(variant)
    return {
        "name": variant.name,
        "settings": dict(variant.settings),
        "energy_j": [_figure(joules) for joules in variant.energy_j],
        "steps_j": float(variant.steps_j),
        "units": dict(variant.units),
        "quality": variant.quality,
        "cost_j": _figure(variant.cost_j(entry.unit)),
        "to_cheapest": None if to_cheapest is None else _dump_ratio(to_cheapest),
        "dominated_by": None if dominating is None else dominating.name,
    }


def _dump_ratio(found: RatioEstimate) -> Json:
    return {
        "value": _figure(found.value),
        "low": _figure(found.low),
        "high": _figure(found.high),
        "pairs": found.pairs,
    }


def _figure(value: float | None) -> float | None:
    """A figure as JSON has it: null instead of NaN and infinity, and plain floats."""
    return float(value) if value is not None and math.isfinite(value) else None


def load_comparison(data: Json) -> ComparisonEntry:
    """Read an entry of ``comparisons``; what is calculated is calculated again."""
    return ComparisonEntry(
        kind=data["kind"],
        variants=[
            VariantEntry(
                name=each["name"],
                energy_j=each["energy_j"],
                steps_j=each["steps_j"],
                units=each["units"],
                quality=each["quality"],
                settings=each["settings"],
            )
            for each in data["variants"]
        ],
        unit=data["unit"],
        lower_is_better=data["lower_is_better"],
        luck=data["luck"],
    )
