"""Sections of a test: their energy, how often they ran, and the functional units they produced.

Each section has a phase, and so has the work around it. Whatever encloses a section of another
phase holds that section's energy, but did not use it: :class:`Inside` keeps both apart.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_scer.core import units
from pytest_scer.core.measurement import Measurement, median_run, rest, scaled
from pytest_scer.core.statistics import Figure, figure_of_runs
from pytest_scer.core.text import printable


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
            self.counts[name] = _finite(self.counts.get(name, 0) + count)


def checked_counts(counts: Mapping[str, float]) -> dict[str, float]:
    """The counts that a test passes, by printable names.

    Raises:
        ValueError: A count is negative or not finite.
    """
    for unit, count in counts.items():
        if not (math.isfinite(count) and count >= 0):
            raise ValueError(f"{unit}={count!r}: expected a finite number, not negative")
    return {printable(unit): float(count) for unit, count in counts.items()}


def _finite(count: float) -> float:
    """JSON has no infinity; a count of this size is out of range anyway."""
    return min(count, sys.float_info.max)


@dataclass(frozen=True, slots=True)
class Use:
    """What the runs of a section used and produced, without what other phases used in them."""

    measurement: Measurement
    units: Mapping[str, float]

    def __add__(self, other: Use) -> Use:
        """Add the use of further runs."""
        names = [*self.units, *(name for name in other.units if name not in self.units)]
        counts = {
            name: _finite(self.units.get(name, 0.0) + other.units.get(name, 0.0)) for name in names
        }
        return Use(self.measurement + other.measurement, counts)

    def times(self, factor: float) -> Use:
        """A share of it, or a multiple."""
        counts = {name: _finite(count * factor) for name, count in self.units.items()}
        return Use(scaled(self.measurement, factor), counts)


@dataclass(slots=True)
class Inside:
    """What the sections in a piece of work used.

    Attributes:
        phases: The energy of each phase in its sections; they do not overlap.
        sections: What each section used, by its name; nested sections overlap.
    """

    phases: dict[str | None, Measurement] = field(default_factory=dict)
    sections: dict[str, Use] = field(default_factory=dict)

    def add(self, other: Inside, factor: float = 1.0) -> None:
        """Add what the sections of a part of the work used, or a share of it."""
        for phase, energy in other.phases.items():
            part = energy if factor == 1 else scaled(energy, factor)
            self.phases[phase] = self.phases[phase] + part if phase in self.phases else part
        for name, used in other.sections.items():
            use = used if factor == 1 else used.times(factor)
            self.sections[name] = self.sections[name] + use if name in self.sections else use

    def own(self, measured: Measurement, phase: str | None) -> Measurement:
        """The part of the work that its own phase used.

        Args:
            measured: The work.
            phase: Its phase.
        """
        for other, part in self.phases.items():
            if other != phase:
                measured = rest(measured, part)
        return measured

    def others(self, phase: str | None) -> dict[str, Measurement]:
        """The energy of the phases other than that of the work."""
        return {
            other: part
            for other, part in self.phases.items()
            if other is not None and other != phase
        }


class Scope:
    """An open section, a run of ``carbon(fn)``, or a stage of the test.

    Attributes:
        name: The section's name; None for a run or a stage.
        phase: ``training``, ``inference``, or None.
        units: What was counted in it.
        inside: What the sections used that ended in it.
        holds_calls: Whether it holds all runs of a ``carbon(fn)``, warm-up included. Such a section
            is no part of the test's measurement, which is the median run.
    """

    __slots__ = ("holds_calls", "inside", "name", "phase", "units")

    def __init__(self, name: str | None, phase: str | None) -> None:
        """Nothing is counted, and no section was opened in it yet."""
        self.name = name
        self.phase = phase
        self.units = Units()
        self.inside = Inside()
        self.holds_calls = False

    def add(self, section: Scope, measured: Measurement, *, again: bool = False) -> None:
        """Add what a section that ended in it used.

        Args:
            section: The section.
            measured: Its measurement.
            again: Whether a section of the same name is still open around it, which holds its
                energy already.
        """
        own = section.inside.own(measured, section.phase)
        used = Inside({section.phase: own})
        for phase, part in section.inside.phases.items():
            if phase != section.phase:
                used.phases[phase] = part
        used.sections.update(section.inside.sections)
        if section.name is not None and not again:
            used.sections[section.name] = Use(own, section.units.counts)
        self.inside.add(used)


@dataclass(slots=True)
class Run:
    """One run of a section or of ``carbon(fn)``."""

    measurement: Measurement
    units: dict[str, float]
    inside: Inside = field(default_factory=Inside)


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
        peak_memory: The most bytes in use at once in any of them, by device; None if unknown.
    """

    name: str = ""
    parent: str | None = None
    phase: str | None = None
    runs: list[Run] = field(default_factory=list)
    figure: Figure | None = None
    peak_memory: dict[str, int] | None = None

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

    @property
    def inside(self) -> Inside:
        """What the sections in the median run used; see :attr:`units`."""
        measured = [run for run in self.runs if run.measurement.complete] or self.runs
        both = Inside()
        for run in _middle(measured):
            both.add(run.inside, 0.5)
        return both
