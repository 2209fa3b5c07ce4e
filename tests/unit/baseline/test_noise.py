from __future__ import annotations

import math
import random
from statistics import fmean, median, variance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.baseline.noise import (
    CALM,
    LEAST_WEIGHT,
    NOISY,
    UNLIKE,
    Runs,
    Sample,
    Variance,
    farthest_square,
    levelled,
    sum_of,
    weight_beside,
    weighted_median,
)

SIMULATED = 20_000
"""So many draws for each figure that is compared with a simulated one; the seed is fixed."""


def runs(*values: float) -> Runs:
    return Runs(values, [1.0] * len(values))


class TestWeight:
    def test_a_run_beside_a_calm_reference_counts_in_full(self) -> None:
        assert weight_beside(0.0) == 1

    def test_a_run_beside_a_restless_one_counts_less(self) -> None:
        assert weight_beside(CALM) == 0.5

    def test_but_never_nothing(self) -> None:
        assert weight_beside(5.0) == LEAST_WEIGHT


class TestMiddle:
    def test_it_is_the_hodges_lehmann_estimator(self) -> None:
        assert runs(1).middle == 1
        assert runs(1, 2).middle == 1.5
        assert runs(1, 2, 100).middle == 2  # of three, the median
        assert runs(1, 2, 3, 100).middle == 2.75  # pairs: 1 1.5 2 2 2.5 3 50.5 51 51.5 100

    def test_runs_that_count_more_draw_it_towards_them(self) -> None:
        assert Runs([1, 2], [1, 0.25]).middle == 1
        assert Runs([1, 2, 3], [0.25, 0.25, 1]).middle == 3

    def test_one_wild_run_of_five_hardly_moves_it(self) -> None:
        assert runs(1.0, 1.1, 1.2, 1.3, 50).middle == pytest.approx(1.2, abs=0.1)

    @given(st.lists(st.floats(-10, 10), min_size=1, max_size=9))
    def test_of_equal_weights_the_median_is_the_median(self, values: list[float]) -> None:
        assert weighted_median((value, 0.3) for value in values) == pytest.approx(median(values))

    @given(
        st.lists(st.tuples(st.floats(-10, 10), st.floats(0.25, 1)), min_size=1, max_size=9),
        st.floats(-5, 5),
    )
    def test_it_follows_a_shift_and_lies_among_the_runs(
        self, weighted: list[tuple[float, float]], shift: float
    ) -> None:
        values, weights = zip(*weighted, strict=True)
        middle = Runs(values, weights).middle
        assert min(values) <= middle <= max(values)
        moved = Runs([value + shift for value in values], weights).middle
        assert moved == pytest.approx(middle + shift, abs=1e-6)


class TestVariance:
    @pytest.mark.parametrize("count", [2, 3, 4, 5, 10, 21])
    def test_that_of_normal_noise_is_found(self, count: int) -> None:
        random_ = random.Random(count)
        found = fmean(
            runs(*(random_.gauss(0, 2) for _ in range(count))).variance.value
            for _ in range(SIMULATED // count)
        )
        assert found == pytest.approx(4, rel=0.06)

    def test_that_of_calm_runs_is_found_among_restless_ones(self) -> None:
        random_ = random.Random(1)
        weights = [1, 1, 0.5, 0.25, 1, 0.5, 1, 0.25]
        found = fmean(
            Runs([random_.gauss(0, 2 / math.sqrt(w)) for w in weights], weights).variance.value
            for _ in range(SIMULATED // 8)
        )
        assert found == pytest.approx(4, rel=0.06)

    def test_one_wild_run_of_five_is_left_out(self) -> None:
        calm, wild = runs(1.0, 1.1, 1.2, 1.3), runs(1.0, 1.1, 1.2, 1.3, 50)
        assert wild.variance.value < 5 * calm.variance.value
        assert variance(wild.values) > 10_000 * calm.variance.value

    def test_the_farthest_of_some_squares(self) -> None:
        assert farthest_square(1) == pytest.approx(1, rel=1e-4)
        assert farthest_square(2) == pytest.approx(1 + 2 / math.pi, rel=1e-4)  # E max = 1 + E|d|/2
        random_ = random.Random(3)
        drawn = fmean(max(random_.gauss(0, 1) ** 2 for _ in range(10)) for _ in range(SIMULATED))
        assert farthest_square(10) == pytest.approx(drawn, rel=0.02)

    @pytest.mark.parametrize("count", [1, 2, 3, 5, 20])
    def test_that_of_the_middle(self, count: int) -> None:
        random_ = random.Random(count)
        middles = [
            runs(*(random_.gauss(0, 2) for _ in range(count))).middle
            for _ in range(SIMULATED // count)
        ]
        told = runs(*[0.0] * count).of_middle(Variance(4.0, 7))
        assert told.value == pytest.approx(variance(middles), rel=0.08)
        assert told.degrees == 7

    def test_what_is_known_in_general_outweighs_few_runs(self) -> None:
        general = Variance(1.0, 8)
        assert runs(5.0).variance_given(general) == general
        told = runs(0.0, 2.0).variance_given(general)  # of its own: 2, one degree of freedom
        assert told.value == pytest.approx((8 * 1 + 1 * 2) / 9)
        assert told.degrees == 9

    def test_a_noisy_test_speaks_for_itself(self) -> None:
        values = [-3.0, -2.0, -1.0, 1.0, 2.0, 3.0]
        own = runs(*values).variance
        by_chance, clearly = Variance(own.value / 2, 8), Variance(own.value / 20, 8)
        assert own.over(by_chance) < NOISY < own.over(clearly)
        assert runs(*values).variance_given(by_chance) == by_chance.pooled_with(own)
        assert runs(*values).variance_given(clearly) == own

    def test_by_chance_few_are_noisy(self) -> None:
        """As many as :data:`NOISY` says, if the general variance is as uncertain as it says."""
        random_ = random.Random(5)
        noisy = 0
        for _ in range(SIMULATED // 5):
            general = fmean(random_.gauss(0, 1) ** 2 for _ in range(10))
            own = runs(*(random_.gauss(0, 1) for _ in range(5))).variance
            noisy += own.over(Variance(general, 10)) > NOISY
        assert noisy / (SIMULATED // 5) == pytest.approx(0.01, abs=0.005)

    def test_independent_parts_add_up(self) -> None:
        assert sum_of([Variance(1.0, 5), Variance(1.0, 5)]) == (2, 10)
        assert sum_of([Variance(1.0, 5), Variance(0.0, 99)]) == (1, 5)
        assert Variance(1.0, 5).and_known(0.5) == (1.5, 5)


class TestLevelled:
    """Sides whose reference costs this much; the test costs 5 J times its power of 1 + slope."""

    MOMENTS = (
        [1.0, 1.2, 0.9, 1.4, 1.1],
        [1.5, 1.3, 1.6, 1.2, 1.4, 1.1, 1.5],
    )

    def sides(self, slope: float, growth: float = 1.0) -> list[list[Sample]]:
        return [
            [Sample(5 * factor * each ** (1 + slope), each) for each in moments]
            for factor, moments in zip((1.0, growth), self.MOMENTS, strict=True)
        ]

    @pytest.mark.parametrize("slope", [-0.2, 0.0, 0.2])
    def test_what_follows_the_reference_is_taken_out(self, slope: float) -> None:
        found = levelled(self.sides(slope, growth=1.4), calm=4e-4)
        assert found.slope == pytest.approx(slope, rel=0.1)
        old, new = found.sides
        assert new.middle - old.middle == pytest.approx(math.log(1.4), abs=0.01)
        plain = [Runs.of(side, normalised=True) for side in self.sides(slope, growth=1.4)]
        assert old.variance.value <= plain[0].variance.value

    def test_a_growth_between_the_sides_is_no_slope(self) -> None:
        assert levelled(self.sides(0.0, growth=2.0), calm=1e-4).slope == pytest.approx(0)

    def test_one_run_a_side_tells_of_none(self) -> None:
        sides = [[Sample(5.0, 1.0)], [Sample(9.0, 1.5)]]
        found = levelled(sides, calm=0.01)
        assert (found.slope, found.spent) == (0, 0)
        assert math.sqrt(found.slope_variance) == pytest.approx(UNLIKE)

    def test_the_noisier_runs_are_the_less_they_tell(self) -> None:
        quiet, loud = (levelled(self.sides(0.2), calm) for calm in (1e-4, 1e-1))
        assert 0 < loud.slope < quiet.slope < 0.2
        assert loud.spent < quiet.spent < 1
        assert loud.slope_variance > quiet.slope_variance

    def test_a_wild_run_draws_no_more_than_its_share(self) -> None:
        calm = 0.05**2
        sides = self.sides(0.0)
        sides[0][3] = Sample(500.0, 1.4)
        dragged = levelled(sides, calm).slope
        sides[0][3] = Sample(50_000.0, 1.4)
        assert levelled(sides, calm).slope == pytest.approx(dragged, abs=0.01)
        assert dragged < UNLIKE

    @given(st.floats(0.1, 10))
    def test_the_unit_of_the_reference_does_not_matter(self, factor: float) -> None:
        scaled = [
            [Sample(each.cost_j, (each.reference_j or 0) * factor) for each in side]
            for side in self.sides(0.1, growth=1.3)
        ]
        growths = [
            found.sides[1].middle - found.sides[0].middle
            for found in (levelled(self.sides(0.1, growth=1.3), 0.01), levelled(scaled, 0.01))
        ]
        assert growths[0] == pytest.approx(growths[1], abs=1e-9)
