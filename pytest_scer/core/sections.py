"""Sections of a test: what they cost, how often they ran, and the units they produced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_scer.core import units
from pytest_scer.core.measurement import Measurement, median_run
from pytest_scer.core.statistics import Figure, figure_of_runs


class Units:
    """Counts of functional units, kept in the singular."""

    __slots__ = ("counts",)

    def __init__(self) -> None:
        """Nothing is counted yet."""
        self.counts: dict[str, float] = {}

    def add(self, counts: Mapping[str, float]) -> None:
        """Count so many more of each unit."""
        for unit, count in counts.items():
            name = units.singular(unit)
            self.counts[name] = self.counts.get(name, 0) + count


@dataclass(slots=True)
class Run:
    """One run of a section or of ``carbon(fn)``."""

    measurement: Measurement
    units: dict[str, float]


def energy_figure(measured: Measurement) -> Figure | None:
    """Joules with the meter's uncertainty; None where there is no figure."""
    return Figure(measured.total_j or 0.0, measured.uncertainty_j) if measured.complete else None


def _middle(runs: list[Run]) -> list[Run]:
    ranked = sorted(runs, key=lambda run: run.measurement.total_j or 0.0)
    return [ranked[(len(runs) - 1) // 2], ranked[len(runs) // 2]]


@dataclass(slots=True)
class Runs:
    """Runs of the same work: a section by its name, or the calls of ``carbon(fn)``.

    Attributes:
        name: The section's name; empty for ``carbon(fn)``.
        parent: The section around it.
        phase: ``training``, ``inference``, or None.
        runs: Each run, in order.
        figure: What a plan of repeats says of the median, in joules; None where there was none.
    """

    name: str = ""
    parent: str | None = None
    phase: str | None = None
    runs: list[Run] = field(default_factory=list)
    figure: Figure | None = None

    @property
    def measurement(self) -> Measurement:
        """The only run; of several the median one, with all of them beside it.

        Where one run of several has no figure, the others still have; where none has, the last
        one stands for all.
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
        """The units of the median run; of an even number of runs, the mean of the middle two."""
        measured = [run for run in self.runs if run.measurement.complete] or self.runs
        low, high = _middle(measured)
        names = low.units | high.units
        return {name: (low.units.get(name, 0) + high.units.get(name, 0)) / 2 for name in names}
