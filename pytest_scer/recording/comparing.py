"""Build a comparison from what a test asks for, run it, and note it for the report."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any, Final

from pytest_scer.core import LARGEST_FIGURE
from pytest_scer.core import units as functional
from pytest_scer.core.sections import Runs
from pytest_scer.core.text import printable
from pytest_scer.recording.comparison import Comparison, Sweep, setting_of
from pytest_scer.recording.interleaving import Rounds, Variant, take_turns
from pytest_scer.recording.runner import Runner
from pytest_scer.report.comparisons import (
    COMPARE,
    SWEEP,
    ComparisonEntry,
    VariantEntry,
)

UnitsOf = Mapping[str, float] | Callable[[Any], Mapping[str, float]]
"""The units of one run: the same for all, or counted from what a run returned."""
QualityOf = Mapping[str, float] | Callable[[Any], float]
"""How good each variant is: by name, or calculated from what its last run returned."""

BATCH: Final = "batch"
ITEM: Final = "item"
"""What a sweep over ``batch`` counts if the test counts nothing: that many of these in a run."""
GENERATED: Final = "token"
"""The unit of a sweep whose runs counted several: ``carbon.generate`` counts generated tokens."""


@dataclass(frozen=True)
class Bench:
    """What a comparison is measured with.

    Attributes:
        runner: Runs the variants.
        count: Counts functional units of a run.
    """

    runner: Runner
    count: Callable[..., None]

    def compare(
        self,
        variants: Mapping[str, Callable[..., Any]],
        inputs: Sequence[Any],
        *,
        units: UnitsOf | None,
        quality: QualityOf | None,
        lower_is_better: bool,
        per: str | None,
        repeats: int | None,
    ) -> Comparison:
        """Run variants in turn; see :meth:`pytest_scer.carbon.Carbon.compare`."""
        if len(variants) < 2:
            raise ValueError(f"carbon.compare() needs at least two variants, not {len(variants)}")
        runs = [
            Variant(printable(str(name)), partial(_callable(fn), *inputs), Runs())
            for name, fn in variants.items()
        ]
        if isinstance(quality, Mapping) and (missing := set(variants) - set(quality)):
            raise ValueError(f"quality: no value for {', '.join(sorted(map(repr, missing)))}")
        measured = self._measure(runs, units, repeats)
        if isinstance(quality, Mapping):
            qualities = [_finite(quality[name]) for name in variants]
        else:
            qualities = [_quality(quality, each.result) for each in runs]
        for variant, value in zip(measured, qualities, strict=True):
            variant.quality = value
        unit = None if per is None else _unit(per, measured)
        entry = self._noted(ComparisonEntry(COMPARE, measured, unit, lower_is_better), runs)
        results = {each.name: each.result for each in runs}
        return Comparison(results, entry, self.runner.test.session.fail_on)

    def sweep(
        self,
        fn: Callable[..., Any],
        values: Mapping[str, Iterable[Any]],
        *,
        prepare: Callable[..., Any] | None,
        units: UnitsOf | None,
        quality: Callable[[Any], float] | None,
        lower_is_better: bool,
        per: str | None,
        repeats: int | None,
    ) -> Sweep:
        """Run a function at each point; see :meth:`pytest_scer.carbon.Carbon.sweep`."""
        _callable(fn)
        grid = {name: list(each) for name, each in values.items()}
        points = [
            dict(zip(grid, point, strict=True)) for point in itertools.product(*grid.values())
        ]
        if len(points) < 2:
            raise ValueError(
                "carbon.sweep() needs the values of a parameter, at least two points in all, "
                f"as in batch=[1, 2, 4]: got {len(points)}"
            )
        runs = [Variant(_name_of(point), _at(fn, prepare, point), Runs()) for point in points]
        measured = self._measure(runs, units, repeats)
        for variant, run, point in zip(measured, runs, points, strict=True):
            variant.settings = {
                printable(name): setting_of(value, printable) for name, value in point.items()
            }
            variant.quality = _quality(quality, run.result)
        _count_batches(measured)
        entry = ComparisonEntry(SWEEP, measured, _unit(per, measured), lower_is_better)
        results = [each.result for each in runs]
        return Sweep.of(self._noted(entry, runs), points, results, self.runner.test.session.fail_on)

    def _measure(
        self, runs: Sequence[Variant], units: UnitsOf | None, repeats: int | None
    ) -> list[VariantEntry]:
        """Run the variants in turn, and return their figures."""
        names = [variant.name for variant in runs]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{', '.join(map(repr, twice))} is there more than once")
        rounds = Rounds.of(self.runner.plan, repeats)
        if units is not None:
            for variant in runs:
                variant.fn = partial(self._counted, variant.fn, units)
        progress = self.runner.test.session.progress
        try:
            take_turns(runs, rounds, self.runner.take_turn, progress)
        finally:
            progress.clear()
        for variant in runs:
            self.runner.add_call(variant.runs)
        return [_entry(variant) for variant in runs]

    def _counted(self, fn: Callable[[], Any], units: UnitsOf) -> Any:
        result = fn()
        self.count(**(units if isinstance(units, Mapping) else units(result)))
        return result

    def _noted(self, entry: ComparisonEntry, runs: Sequence[Variant]) -> ComparisonEntry:
        entry.luck = max(self.runner.test.session.luck_of(each.runs.measurement) for each in runs)
        noted = self.runner.test.comparisons
        if self.runner.is_repeating:  # in carbon(fn), the last run's is kept
            noted[:] = [each for each in noted if each.names != entry.names]
        noted.append(entry)
        return entry


def _callable(fn: Callable[..., Any]) -> Callable[..., Any]:
    if not callable(fn):
        raise TypeError(f"{fn!r}: expected a function that runs the work once")
    if inspect.iscoroutinefunction(fn):
        raise TypeError(f"{fn!r} is a coroutine function: compare functions that run the work")
    return fn


def _at(
    fn: Callable[..., Any], prepare: Callable[..., Any] | None, point: Mapping[str, Any]
) -> Callable[[], Any]:
    """One run at a point."""
    return partial(fn, **point) if prepare is None else partial(fn, prepare(**point))


def _name_of(point: Mapping[str, Any]) -> str:
    return ", ".join(f"{printable(name)}={printable(str(value))}" for name, value in point.items())


def _entry(variant: Variant) -> VariantEntry:
    """The figures of a variant's runs."""
    measured = [run.measurement for run in variant.runs.runs]
    return VariantEntry(
        variant.name,
        [each.total_j if each.complete else None for each in measured],
        median(each.within_session_j or 0.0 for each in measured),
        variant.runs.units,
    )


def _quality(quality: Callable[[Any], float] | None, result: object) -> float | None:
    return None if quality is None else _finite(quality(result))


def _finite(value: float) -> float | None:
    """A quality as a plain float; NaN and numbers that no report holds are unknown."""
    number = float(value)
    return number if abs(number) <= LARGEST_FIGURE else None


def _count_batches(variants: Sequence[VariantEntry]) -> None:
    """Count the items of a sweep over ``batch``, if the test counted nothing.

    Otherwise a batch of one would always be the cheapest.
    """
    if any(variant.units for variant in variants):
        return
    for variant in variants:
        batch = variant.settings.get(BATCH)
        if isinstance(batch, (int, float)) and batch > 0:
            variant.units[ITEM] = float(batch)


def _unit(per: str | None, variants: Sequence[VariantEntry]) -> str | None:
    """The unit that costs are divided by: the one asked for, else what the runs counted.

    Raises:
        ValueError: They counted several units, or not the one asked for.
    """
    common = [
        unit
        for unit in variants[0].units
        if all(variant.units.get(unit, 0.0) > 0 for variant in variants)
    ]
    unit = None if per is None else functional.singular(per)
    if unit is not None and unit not in common:
        name = functional.plural(unit)
        raise ValueError(f"per={per!r}: not every run called carbon.count({name}=...)")
    if unit is not None or len(common) < 2:
        return unit or (common[0] if common else None)
    if GENERATED in common:
        return GENERATED
    raise ValueError(f"several units were counted: choose one, as in per={common[0]!r}")
