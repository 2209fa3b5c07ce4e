"""What the costs of variants prove: cheapest, dominated, knee."""

from __future__ import annotations

import math

import pytest

from pytest_scer.report.comparisons import COMPARE, SWEEP, ComparisonEntry, Setting, VariantEntry
from pytest_scer.report.comparisons_json import dump_comparison

LUCK = 0.03


def variant(
    name: str, joules: float, quality: float | None = None, **settings: Setting
) -> VariantEntry:
    return VariantEntry(name, [joules] * 5, quality=quality, settings=settings)


def sweep(
    *costs: float, xs: tuple[Setting, ...] = (1, 2, 4, 8), luck: float = 0.0
) -> ComparisonEntry:
    points = [variant(f"x={x}", cost, x=x) for x, cost in zip(xs, costs, strict=False)]
    return ComparisonEntry(SWEEP, points, luck=luck)


def knee(entry: ComparisonEntry) -> str | None:
    return None if entry.knee is None else entry.knee.name


def dominated(entry: ComparisonEntry) -> dict[str, str]:
    by = {each.name: entry.dominated_by(each) for each in entry.variants}
    return {name: other.name for name, other in by.items() if other is not None}


def test_a_variant_is_dominated_by_one_as_good_that_costs_clearly_less() -> None:
    variants = [variant("a", 10, 0.9), variant("b", 8, 0.9), variant("c", 5, 0.8)]
    assert dominated(ComparisonEntry(COMPARE, variants, luck=LUCK)) == {"a": "b"}


def test_domination_is_by_the_cost_per_unit() -> None:
    short, long = variant("short", 10, 0.9), variant("long", 15, 0.9)
    short.units, long.units = {"token": 10}, {"token": 30}
    assert dominated(ComparisonEntry(COMPARE, [short, long], "token")) == {"short": "long"}
    assert dominated(ComparisonEntry(COMPARE, [short, long])) == {"long": "short"}


def test_the_steps_of_the_meter_are_in_the_interval() -> None:
    one, other = variant("a", 10), variant("b", 20)
    one.steps_j, other.steps_j = 3.0, 8.0  # 30 % and 40 % of a run
    found = ComparisonEntry(COMPARE, [one, other]).ratio(one, other)
    assert (found.low, found.high) == pytest.approx((0.5 / 1.5, 0.5 * 1.5))


def test_noise_alone_dominates_nothing() -> None:
    variants = [variant("a", 10, 0.9), variant("b", 9.9, 0.95)]
    assert dominated(ComparisonEntry(COMPARE, variants, luck=LUCK)) == {}
    assert dominated(ComparisonEntry(COMPARE, variants)) == {"a": "b"}


def test_equal_cost_and_better_quality_dominates_on_an_exact_meter() -> None:
    variants = [variant("a", 10, 0.9), variant("b", 10, 0.95), variant("c", 10, 0.95)]
    assert dominated(ComparisonEntry(COMPARE, variants)) == {"a": "b"}


def test_for_a_loss_less_is_better() -> None:
    variants = [variant("a", 10, 2.0), variant("b", 8, 2.0), variant("c", 5, 3.0)]
    entry = ComparisonEntry(COMPARE, variants, lower_is_better=True)
    assert dominated(entry) == {"a": "b"}


def test_without_quality_nothing_is_dominated() -> None:
    assert dominated(ComparisonEntry(COMPARE, [variant("a", 10), variant("b", 1, 0.5)])) == {}


def test_costs_per_unit_and_their_ratio() -> None:
    short, long = variant("short", 10), variant("long", 15)
    short.units, long.units = {"token": 10}, {"token": 30}
    entry = ComparisonEntry(COMPARE, [short, long], "token")
    assert (short.cost_j("token"), long.cost_j("token")) == (1.0, 0.5)
    assert entry.cheapest is long
    assert entry.ratio(long, short).value == pytest.approx(1.5)
    assert entry.ratio(long, short, "token").value == pytest.approx(0.5)
    assert math.isnan(entry.ratio(long, short, "image").value)


def test_what_is_as_cheap_as_the_cheapest_within_the_noise() -> None:
    entry = ComparisonEntry(COMPARE, [variant("a", 10), variant("b", 9.9), variant("c", 20)],
                            luck=LUCK)  # fmt: skip
    assert [entry.as_cheap(each) for each in entry.variants] == [True, False, False]


def test_without_a_figure_there_is_no_cheapest() -> None:
    entry = ComparisonEntry(COMPARE, [VariantEntry("a", [None]), VariantEntry("b", [None])])
    assert entry.cheapest is None
    assert entry.to_cheapest(entry.variants[0]) is None


def test_the_knee_is_on_the_way_to_the_cheapest_point() -> None:
    assert knee(sweep(10, 4, 3.8, 3.6)) == "x=2"
    assert knee(sweep(10, 4, 3.6, 9)) == "x=2"  # beyond the cheapest it costs more again
    assert knee(sweep(3.6, 10, 3.8, 4, xs=(8, 1, 4, 2))) == "x=2"  # in any order


@pytest.mark.parametrize(
    "entry",
    [
        sweep(3, 4, 5, 6),  # more never pays
        sweep(10, 9.9, 9.8, 9.7, luck=LUCK),  # nothing is clearly saved
        sweep(10, 4),  # a line has no knee
        sweep(10, 4, 3, xs=("float32", "bfloat16", "int8")),
        sweep(10, 4, 3, xs=(True, False, True)),
        sweep(10, 4, 3, xs=(False, 2, 4)),
        sweep(10, 4, 3, xs=(1, 1.0, 2)),
        sweep(5, 5, 5, 5),  # flat
        ComparisonEntry(COMPARE, [variant("a", 10), variant("b", 4), variant("c", 3)]),
        ComparisonEntry(SWEEP, [variant("a", n, x=n, y=n) for n in (3, 2, 1)]),
    ],
)
def test_sweeps_without_a_knee(entry: ComparisonEntry) -> None:
    assert knee(entry) is None


def test_a_file_may_hold_anything() -> None:
    """Figures that a damaged report may have break nothing: they are no figures."""
    odd = [
        VariantEntry("a", [1e60, 0.0], 1e60, {"token": 1e-300}, 1.0, {"x": 1.0}),
        VariantEntry("a", [1e-60], 0.0, {"token": 1e300}, 1.0, {}),
        VariantEntry("b", [None, 1.0, 2.0], 0.0, {}, None, {"x": 1.0, "y": 2.0}),
    ]
    entry = ComparisonEntry(SWEEP, odd, "token", luck=1e60)
    assert [each.cost_j("token") for each in odd] == [None] * 3
    assert entry.cheapest is None
    assert entry.knee is None
    of_a_run = ComparisonEntry(SWEEP, odd, luck=1e60)
    assert of_a_run.cheapest is odd[1]
    assert dump_comparison(of_a_run)["variants"][0]["to_cheapest"]["high"] is None
