"""Estimates compared with the numbers of the original tools, and what-if calculations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.scoring.estimates import (
    LifeCycle,
    Site,
    carbontracker_epoch_kwh,
    carbontracker_prediction_kwh,
    cost_parity,
    embodied_per_hour_g,
    generation_water_l,
    green_algorithms,
    ml_co2_impact,
    offset_cost,
    site_water_l,
    what_if,
    yearly,
)

KWH = 3.6e6


# Green Algorithms 3 (green-algorithms-tool 30df2fe), three runs of the tool


@pytest.mark.parametrize(
    ("pue", "g_per_kwh", "energy_kwh", "grams", "tree_months"),
    [
        (1.56, 475.0, 2.1310847999999996, 1012.2652799999997, 1.1042893963636362),
        (1.67, 231.12, 2.2813536, 527.266444032, 0.5751997571258182),
    ],
)
def test_green_algorithms_on_a_server(
    pue: float, g_per_kwh: float, energy_kwh: float, grams: float, tree_months: float
) -> None:
    estimate = green_algorithms(
        12, cores=12, w_per_core=7.5, memory_gb=64, pue=pue, g_per_kwh=g_per_kwh
    )
    assert estimate.energy_kwh == pytest.approx(energy_kwh, rel=1e-12)
    assert estimate.co2e_g == pytest.approx(grams, rel=1e-12)
    assert estimate.tree_months == pytest.approx(tree_months, rel=1e-12)


def test_green_algorithms_on_a_gpu_three_times() -> None:
    estimate = green_algorithms(
        1,
        cores=4,
        cpu_usage=0.5,
        gpus=1,
        w_per_gpu=300.0,
        gpu_usage=0.8,
        memory_gb=16,
        pue=1.0,
        g_per_kwh=51.28,
        runs=3,
    )
    assert estimate.energy_kwh == pytest.approx(0.8098799999999999, rel=1e-12)
    assert estimate.co2e_g == pytest.approx(41.530646399999995, rel=1e-12)
    assert estimate.tree_months == pytest.approx(0.0453061597090909, rel=1e-12)


def test_green_algorithms_defaults() -> None:
    estimate = green_algorithms(1, cores=1, gpus=1)
    assert estimate.energy_kwh == pytest.approx(0.212 * 1.56)
    assert estimate.co2e_g == pytest.approx(0.212 * 1.56 * 475)


# ML CO2 Impact (mlco2/impact d0d3ee5, grayscale.js)


@pytest.mark.parametrize(
    ("watts", "hours", "g_per_kwh", "offset", "kwh", "kg_per_kwh", "kg", "offset_kg"),
    [
        (300, 100, 432, 0, 30.0, 0.43, 12.9, 0.0),
        (250, 12, 557, 100, 3.0, 0.56, 1.68, 1.68),
        (700, 0.01, 57, 0, 0.01, 0.06, 0.0, 0.0),
        (400, 100, 34.5, 100, 40.0, 0.03, 1.2, 1.2),
    ],
)
def test_ml_co2_impact_rounds_at_every_step(
    watts: float,
    hours: float,
    g_per_kwh: float,
    offset: float,
    kwh: float,
    kg_per_kwh: float,
    kg: float,
    offset_kg: float,
) -> None:
    estimate = ml_co2_impact(watts, hours, g_per_kwh, offset)
    assert (estimate.energy_kwh, estimate.kg_per_kwh) == (kwh, kg_per_kwh)
    assert (estimate.co2e_kg, estimate.offset_kg) == (kg, offset_kg)


def test_ml_co2_impact_rounds_halves_up_as_javascript_does() -> None:
    assert ml_co2_impact(125, 1, 1000).energy_kwh == 0.13  # Python's round gives 0.12


# carbontracker 2.4.7


def test_carbontracker() -> None:
    epochs = [
        carbontracker_epoch_kwh([[100, 120, 110]], 10),
        carbontracker_epoch_kwh([[130, 130]], 12),
    ]
    assert epochs == pytest.approx([0.0004827777777777778, 0.0006846666666666666])
    assert sum(epochs) == pytest.approx(0.0011674444444444445)
    predicted_kwh = carbontracker_prediction_kwh(epochs, 100)
    assert predicted_kwh == pytest.approx(0.05837222222222222)
    assert predicted_kwh * 445 == pytest.approx(25.975638888888888)


def test_carbontracker_adds_devices() -> None:
    both = carbontracker_epoch_kwh([[100.0, 200.0], [50.0]], 10)
    assert both == pytest.approx(carbontracker_epoch_kwh([[200.0]], 10))


# BLOOM (Luccioni, Viguier, Ligozat 2023)


def test_the_life_cycle_of_bloom() -> None:
    gpu_hours, g_per_kwh = 1_082_990, 57.0
    server_g_per_h = embodied_per_hour_g(2_500e3, 6, 0.85)
    gpu_g_per_h = embodied_per_hour_g(150e3, 6, 0.85)
    assert server_g_per_h == pytest.approx(55.958456441937504)
    assert gpu_g_per_h == pytest.approx(3.3575073865162505)
    assert gpu_hours / 8 * server_g_per_h == pytest.approx(7.575306092756738e6)
    assert gpu_hours * gpu_g_per_h == pytest.approx(3.636146924523234e6)
    bloom = LifeCycle(
        training_g=Site("Jean Zay", g_per_kwh).co2e_g(gpu_hours * 0.4 * KWH),
        idle_g=Site("Jean Zay", g_per_kwh).co2e_g(256_646 * KWH),
        embodied_g=gpu_hours / 8 * server_g_per_h + gpu_hours * gpu_g_per_h,
        serving_g_per_day=19e3,
    )
    assert bloom.training_g == pytest.approx(24.692172e6)
    assert bloom.idle_g == pytest.approx(14.628822e6)
    assert bloom.total_g == pytest.approx(50.53244701727997e6)
    assert bloom.serving_days == pytest.approx(50.53244701727997e6 / 19e3)


def test_a_life_cycle_with_a_gap_has_no_total() -> None:
    assert LifeCycle(1.0, 2.0, None, 3.0).total_g is None
    assert LifeCycle(1.0, 2.0, None, 3.0).serving_days is None
    assert LifeCycle(1.0, 2.0, 3.0, None).serving_days is None


# Cost parity of BLOOMz (Luccioni, Jernite, Strubell 2024)


@pytest.mark.parametrize(
    ("training_kwh", "tuning_kwh", "inference_kwh", "inferences"),
    [
        (51_686, 7_571, 1.0e-4, 592_570_000),
        (25_634, 3_242, 7.3e-5, 395_561_644),
        (17_052, 1_081, 6.2e-5, 292_467_741),
        (10_505, 543, 5.4e-5, 204_592_592),
    ],
)
def test_cost_parity_of_bloomz(
    training_kwh: float, tuning_kwh: float, inference_kwh: float, inferences: int
) -> None:
    parity = cost_parity((training_kwh + tuning_kwh) * KWH, inference_kwh * KWH)
    assert abs(parity - inferences) < 1
    assert abs(parity - 395_602_740) > 1000  # what the paper prints for 3B


@pytest.mark.parametrize("energy_j", [0.0, -1.0, float("nan")])
def test_cost_parity_needs_the_energy_of_an_inference(energy_j: float) -> None:
    with pytest.raises(ValueError, match="above 0 J"):
        cost_parity(1.0, energy_j)


# What if


def test_sites_side_by_side_least_first() -> None:
    coal, hydro = Site("coal", 800.0, 1.2), Site("hydro", 20.0, 1.5)
    sites, grams = zip(*what_if(KWH, [coal, hydro]), strict=True)
    assert sites == (hydro, coal)
    assert grams == pytest.approx((30.0, 960.0))


def test_a_site_is_checked() -> None:
    with pytest.raises(ValueError, match="PUE"):
        Site("x", 400.0, 0.5).co2e_g(1.0)


def test_a_year_of_requests() -> None:
    assert yearly(0.5, 1000) == 182_500


def test_offsets_of_neuclir() -> None:
    # Two weeks of a p4d.24xlarge: about 250 kg, about 4 USD at 16 USD per tonne.
    assert offset_cost(250e3, 16.0) == pytest.approx(4.0)


def test_site_water_does_not_grow_with_pue_and_generation_does() -> None:
    assert site_water_l(2 * KWH, 1.8) == pytest.approx(3.6)
    assert generation_water_l(2 * KWH, 7.6) == pytest.approx(15.2)
    assert generation_water_l(2 * KWH, 7.6, pue=1.5) == pytest.approx(22.8)


@given(st.floats(0, 1e12), st.floats(0, 1000), st.floats(1, 3))
def test_what_if_is_proportional_to_energy(energy_j: float, g_per_kwh: float, pue: float) -> None:
    site = Site("x", g_per_kwh, pue)
    assert site.co2e_g(3 * energy_j) == pytest.approx(3 * site.co2e_g(energy_j))
