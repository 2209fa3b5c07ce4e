"""Sections of a test: their energy, how often they ran, and the functional units they produced."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_scer.core import units
from pytest_scer.core.measurement import Measurement, median_run
from pytest_scer.core.statistics import Figure, figure_of_runs


class Units:
    """Counts of functional units, stored by their singular name."""

    __slots__ = ("counts",)

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self.counts: dict[str, float] = {}

    def add(self, counts: Mapping[str, float]) -> None:
        """Add to the count of each unit."""
        for unit, count in counts.items():
            name = units.singular(unit)
            # JSON has no infinity; a count of this size is out of range anyway.
            self.counts[name] = min(self.counts.get(name, 0) + count, sys.float_info.max)


@dataclass(slots=True)
class Run:
    """One run of a section or of ``carbon(fn)``."""

    measurement: Measurement
    units: dict[str, float]


def energy_figure(measured: Measurement) -> Figure | None:
    """Joules with what the session shows of their uncertainty; None without a figure."""
    if not measured.complete:
        return None
    return Figure(measured.total_j or 0.0, measured.within_session_j)


def _mean(one: float, other: float) -> float:
    return one + (other - one) / 2  # their sum could overflow


def _middle(runs: list[Run]) -> list[Run]:
    ranked = sorted(runs, key=lambda run: run.measurement.total_j or 0.0)
    return [ranked[(len(runs) - 1) // 2], ranked[len(runs) // 2]]


@dataclass(slots=True)
class Runs:
    """All runs of a named section, or all calls of ``carbon(fn)``.

    Attributes:
        name: The section's name; empty for ``carbon(fn)``.
        parent: The enclosing section; None at the top level.
        phase: ``training``, ``inference``, or None.
        runs: The runs, in order.
        figure: The median in joules from the repeat plan, with the uncertainty that the runs show;
            None without one.
    """

    name: str = ""
    parent: str | None = None
    phase: str | None = None
    runs: list[Run] = field(default_factory=list)
    figure: Figure | None = None

    @property
    def measurement(self) -> Measurement:
        """The only run, or the median of several, which keeps them in ``runs``.

        Runs without a figure are left out of the median. If no run has a figure, this is the last
        run.
        """
        measurements = [run.measurement for run in self.runs]
        if len(measurements) == 1 and self.figure is None:
            return measurements[0]
        measured = [each for each in measurements if each.complete]
        if not measured:
            return measurements[-1]
        figure = self.figure or figure_of_runs([energy_figure(each) for each in measured])
        return median_run(measured, figure.uncertainty if figure else None)

    @property
    def units(self) -> dict[str, float]:
        """The units of the median run; for an even number of runs, the mean of the middle two."""
        measured = [run for run in self.runs if run.measurement.complete] or self.runs
        low, high = _middle(measured)
        names = low.units | high.units
        return {name: _mean(low.units.get(name, 0), high.units.get(name, 0)) for name in names}
