"""Build a comparison from what a test asks for, run it, and note it for the report."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any, Final, NamedTuple, TypeVar

from pytest_scer.core import LARGEST_FIGURE
from pytest_scer.core import units as functional
from pytest_scer.core.text import printable
from pytest_scer.recording.comparison import Comparison, Sweep, name_of, setting_of
from pytest_scer.recording.interleaving import Rounds, Variant, naming, take_turns
from pytest_scer.recording.repeated import RepeatedCall
from pytest_scer.recording.runner import Runner
from pytest_scer.report.comparisons import (
    COMPARE,
    SWEEP,
    ComparisonEntry,
    Setting,
    VariantEntry,
)

T = TypeVar("T")

UnitsOf = Mapping[str, float] | Callable[[Any], Mapping[str, float]]
"""The units of one run: the same for all, or counted from what a run returned."""
QualityOf = Mapping[str, float | None] | Callable[[Any], float | None]
"""How good each variant is: by name, or calculated from what its last run returned; None: unknown.
"""

BATCH: Final = "batch"
ITEM: Final = "item"
"""What a sweep over ``batch`` counts if the test counts nothing: that many of these in a run."""
GENERATED: Final = "token"
"""The unit of a sweep whose runs counted several: ``carbon.generate`` counts generated tokens."""
_UNITS: Final = "functional units, as in {'tokens': 64}"


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
        if not isinstance(variants, Mapping):
            raise TypeError(
                f"carbon.compare() takes functions by name, as in {{'fp32': f, 'int8': g}}, "
                f"not a {type(variants).__name__}"
            )
        if len(variants) < 2:
            raise ValueError(f"carbon.compare() needs at least two variants, not {len(variants)}")
        count = self._counting(units)
        quality_of = _qualities(quality, variants)
        runs = [
            Variant(name_of(name), partial(_callable(fn), *inputs), RepeatedCall(), count)
            for name, fn in variants.items()
        ]
        measured = self._measure(runs, repeats)
        for name, variant, run in zip(variants, measured, runs, strict=True):
            variant.quality = quality_of(name, run.result)
        unit = None if per is None else _unit(per, measured)
        entry = self._noted(ComparisonEntry(COMPARE, measured, unit, lower_is_better), runs)
        results = {name: run.result for name, run in zip(variants, runs, strict=True)}
        return Comparison(results, entry, self.runner.test.session.fail_on)

    def sweep(
        self,
        fn: Callable[..., Any],
        values: Mapping[str, Iterable[Any]],
        *,
        prepare: Callable[..., Any] | None,
        units: UnitsOf | None,
        quality: Callable[[Any], float | None] | None,
        lower_is_better: bool,
        per: str | None,
        repeats: int | None,
    ) -> Sweep:
        """Run a function at each point; see :meth:`pytest_scer.carbon.Carbon.sweep`."""
        _callable(fn)
        count = self._counting(units)
        quality_of = _qualities(None if quality is None else _callable(quality), {})
        grid = [_values(name, each) for name, each in values.items()]
        points = [dict(zip(values, point, strict=True)) for point in itertools.product(*grid)]
        if len(points) < 2:
            raise ValueError(
                "carbon.sweep() needs the values of a parameter, at least two points in all, "
                f"as in batch=[1, 2, 4]: got {len(points)}"
            )
        names = [_name_of(point) for point in points]
        _require_unique(names)
        given = [{name: each.given for name, each in point.items()} for point in points]
        runs = [
            Variant(name, _at(name, fn, prepare, point), RepeatedCall(), count)
            for name, point in zip(names, given, strict=True)
        ]
        measured = self._measure(runs, repeats)
        for variant, run, point in zip(measured, runs, points, strict=True):
            variant.settings = {printable(name): each.setting for name, each in point.items()}
            variant.quality = quality_of(run.name, run.result)
        _count_batches(measured)
        entry = ComparisonEntry(SWEEP, measured, _unit(per, measured), lower_is_better)
        results = [each.result for each in runs]
        return Sweep.of(self._noted(entry, runs), given, results, self.runner.test.session.fail_on)

    def _measure(self, runs: Sequence[Variant], repeats: int | None) -> list[VariantEntry]:
        """Run the variants in turn, and return their figures."""
        _require_unique([variant.name for variant in runs])
        rounds = Rounds.of(self.runner.plan, repeats)
        progress = self.runner.test.session.progress
        try:
            take_turns(runs, rounds, self.runner.take_turn, progress)
        finally:
            progress.clear()
            for variant in runs:
                self.runner.keep_model_calls(variant.runs)
        for variant in runs:
            self.runner.add_call(variant.runs)
        return [_entry(variant) for variant in runs]

    def _counting(self, units: UnitsOf | None) -> Callable[[Any], None]:
        """What counts the units of a run, from what it returned."""
        if units is None:
            return lambda _: None
        if isinstance(units, Mapping):
            return lambda _: self.count(**units)
        if not callable(units):
            raise TypeError(f"units={units!r}: expected {_UNITS}, or a function that returns them")

        def count(result: Any) -> None:
            counted = units(result)
            if not isinstance(counted, Mapping):
                raise TypeError(f"units: the function returned {counted!r}; expected {_UNITS}")
            self.count(**counted)

        return count

    def _noted(self, entry: ComparisonEntry, runs: Sequence[Variant]) -> ComparisonEntry:
        entry.luck = max(self.runner.test.session.luck_of(each.runs.measurement) for each in runs)
        noted = self.runner.test.comparisons
        if self.runner.is_repeating:  # in carbon(fn), the last run's is kept
            noted[:] = [each for each in noted if each.names != entry.names]
        noted.append(entry)
        return entry


class _Value(NamedTuple):
    """A value of a parameter, as given and as the report has it."""

    given: Any
    setting: Setting


def _values(name: str, given: Iterable[Any]) -> list[_Value]:
    """The values of a parameter."""
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise TypeError(f"{name}={given!r}: expected the values of a parameter, as in [1, 2, 4]")
    return [_Value(value, setting_of(value, number)) for number, value in enumerate(given, 1)]


def _name_of(point: Mapping[str, _Value]) -> str:
    return ", ".join(f"{printable(name)}={value.setting}" for name, value in point.items())


def _require_unique(names: Sequence[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{', '.join(map(repr, twice))} is there more than once")


def _callable(fn: Callable[..., T]) -> Callable[..., T]:
    if not callable(fn):
        raise TypeError(f"{fn!r}: expected a function")
    if inspect.iscoroutinefunction(fn):
        raise TypeError(f"{fn!r} is a coroutine function: it would not be awaited")
    return fn


def _at(
    name: str, fn: Callable[..., Any], prepare: Callable[..., Any] | None, point: Mapping[str, Any]
) -> Callable[[], Any]:
    """One run at a point."""
    if prepare is None:
        return partial(fn, **point)
    with naming(name):
        return partial(fn, _callable(prepare)(**point))


def _entry(variant: Variant) -> VariantEntry:
    """The figures of a variant's runs."""
    measured = [run.measurement for run in variant.runs.runs]
    return VariantEntry(
        variant.name,
        [each.total_j if each.complete else None for each in measured],
        median(each.within_session_j or 0.0 for each in measured),
        variant.runs.units,
    )


def _qualities(
    quality: QualityOf | None, variants: Mapping[str, object]
) -> Callable[[str, Any], float | None]:
    """What returns the quality of a variant, from its name and what its last run returned."""
    if quality is None:
        return lambda _name, _result: None
    if isinstance(quality, Mapping):
        if missing := [name for name in variants if name not in quality]:
            raise ValueError(f"quality: no value for {', '.join(map(repr, missing))}")
        return lambda name, _result: _finite(name, quality[name])
    if not callable(quality):
        raise TypeError(f"quality={quality!r}: expected a number for each variant, or a function")
    return lambda name, result: _finite(name, quality(result))


def _finite(name: str, value: Any) -> float | None:
    """A quality as a plain float; None, NaN and numbers that no report holds are unknown."""
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, RuntimeError):  # the last one of a tensor of many numbers
        kind = type(value).__name__
        raise TypeError(f"quality of {name!r}: expected a number, not a {kind}") from None
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

    A variant that counted none of it has no cost.

    Raises:
        ValueError: They counted several units, or not the one asked for.
    """
    by_variant = [[unit for unit, count in each.units.items() if count > 0] for each in variants]
    counted = list(dict.fromkeys(itertools.chain.from_iterable(by_variant)))
    if per is not None:
        unit = functional.singular(per)
        if unit not in counted:
            name = functional.plural(unit)
            raise ValueError(f"per={per!r}: no run called carbon.count({name}=...)")
        return unit
    common = [unit for unit in counted if all(unit in own for own in by_variant)] or counted
    if len(common) < 2:
        return common[0] if common else None
    if GENERATED in common:
        return GENERATED
    raise ValueError(f"several units were counted: choose one, as in per={common[0]!r}")
