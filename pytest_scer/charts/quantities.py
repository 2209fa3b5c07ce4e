"""Axes and labels in the unit that suits their largest figure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from pytest_scer.core import COMPONENTS, units
from pytest_scer.core.measurement import Measurement
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.base import MeterInfo, Provenance
from pytest_scer.report.caveats import ESTIMATED
from pytest_scer.report.model import Report

CALLED = {"cpu": "CPU", "gpu": "GPU", "ram": "memory"}
NOT_SPLIT = "not split by component"
"""What joules are called whose components are unknown."""


@dataclass(frozen=True, slots=True)
class Unit:
    """The unit of an axis.

    Attributes:
        symbol: Its symbol.
        size: Its size in SI units.
    """

    symbol: str
    size: float

    @classmethod
    def of(cls, values: Iterable[float | None], si_unit: str) -> Unit:
        """The unit that suits the largest of these quantities."""
        known = [abs(value) for value in values if value is not None and math.isfinite(value)]
        return cls(*units.scale_of(max(known, default=0.0), si_unit))

    def scaled(self, *fields: str) -> list[dict[str, Any]]:
        """Transforms that add ``x_FIELD``, in this unit, for each field in SI units."""
        return [
            {
                "calculate": f"isValid(datum.{name}) ? datum.{name} / {self.size!r} : null",
                "as": f"x_{name}",
            }
            for name in fields
        ]


def component_labels(report: Report) -> dict[str, str]:
    """The name of each component, with how it is estimated where it is not measured."""
    return {name: _label(name, report.meters[name]) for name in COMPONENTS}


def _label(name: str, meter: MeterInfo) -> str:
    estimated = meter.provenance in ESTIMATED or meter.provenance is Provenance.SIMULATED
    return f"{CALLED[name]} ({meter.provenance.value})" if estimated else CALLED[name]


def present(report: Report) -> list[str]:
    """The components that the session has."""
    return [each for each in COMPONENTS if report.meters[each].provenance is not Provenance.ABSENT]


def by_component(measured: Measurement) -> dict[str, float]:
    """The known joules of each component; they sum to ``known_j``."""
    values = {name: getattr(measured, f"{name}_j") for name in COMPONENTS}
    return {
        name: value for name, value in values.items() if value is not None and math.isfinite(value)
    }


def known_joules(parts: Iterable[Measurement]) -> dict[str, float]:
    """The known joules of each component of several pieces of work."""
    sums: dict[str, list[float]] = defaultdict(list)
    for part in parts:
        for name, joules in by_component(part).items():
            sums[name].append(joules)
    return {name: math.fsum(each) for name, each in sums.items()}


def percent(share: float | None) -> str:
    """A share in words: ``14%``, ``<1%``, or ``-`` if unknown."""
    if share is None or not math.isfinite(share):
        return "-"
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"


def power_domain(watts: Iterable[float | None]) -> list[float]:
    """The ends of a colour scale of power.

    It does not start at zero: a constant would take most of it. But it is wide enough that noise
    does not look like a difference.
    """
    known = [each for each in watts if each is not None and math.isfinite(each)]
    high = max(known, default=1.0)
    return [min([*known, 0.6 * high]), high]
