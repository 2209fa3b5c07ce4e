"""Estimates of hosted models: added up for a test, and in its budgets if it asks for that."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from pytest_scer.core.budget import Quantity
from pytest_scer.core.hosted import HostedUse, added_up, hosted_total
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.judgement import Judgement, Limit, Verdict, judge
from pytest_scer.core.measurement import Measurement
from pytest_scer.models.hosted import HostedRequest, estimated


def uses_of(requests: Iterable[HostedRequest]) -> list[HostedUse]:
    """What the requests used, added up for each model."""
    return added_up(estimated(request) for request in requests)


def judged_with_estimates(
    limit: Limit,
    measurement: Measurement,
    units: Mapping[str, float],
    conversion: Conversion,
    uses: Iterable[HostedUse],
) -> Judgement:
    """Judge a budget on what was measured here and what hosted models are estimated to have used.

    The middle of the estimate is added to the figure, and half of its range to the uncertainty.

    Args:
        limit: The budget.
        measurement: What was measured here.
        units: What the test counted.
        conversion: Converts joules to grams; EcoLogits' grams are taken as they are.
        uses: The estimates.
    """

    def without(reason: str) -> Judgement:
        return Judgement(limit, Verdict.UNMEASURED, None, None, 0, reason)

    uses = list(uses)
    total = hosted_total(uses)
    if total is None:
        return judge(limit, measurement, units, conversion)
    if total.missing:
        return without(next((use.reason for use in uses if use.reason), None) or "no estimate")
    if limit.budget.quantity is Quantity.POWER:
        return without("the power of a hosted model is not estimated")
    added = total.energy_j
    scale = 1.0
    if limit.budget.quantity is Quantity.CO2E:
        added, scale = total.co2e_g, conversion.grams(1.0)
        if not (math.isfinite(scale) and scale > 0):
            return without("grams of a hosted model cannot be added: the grid has no intensity")
    whole = replace(
        measurement,
        cpu_j=(measurement.cpu_j or 0.0) + added.middle / scale,
        uncertainty_j=None
        if measurement.uncertainty_j is None
        else measurement.uncertainty_j + added.half_width / scale,
    )
    judged = judge(limit, whole, units, conversion)
    sources = ", ".join(sorted({use.source for use in uses if use.source is not None}))
    return replace(judged, reason=judged.reason or f"with the estimates of {sources}")
