"""Scores of models, calculated from the tests that measured them."""

from dataclasses import replace

import pytest

from pytest_scer.scoring.peers import Setting
from pytest_scer.scoring.sci import OPERATIONAL_ONLY, parse_embodied
from pytest_scer.scoring.scores import Accounting, Sample, score_models

KWH = 3.6e6
GRID = Accounting(g_per_kwh=400.0, pue=1.5, boundary="cpu+ram", run_s=100.0)
SAMPLE = Sample(
    model="gpt2",
    category="text-generation",
    phase="inference",
    unit="token",
    units=500.0,
    energy_j=0.5 * KWH,
    duration_s=10.0,
    uncertainty_j=0.03 * KWH,
    runs=5,
)


def test_a_model_is_the_sum_of_its_tests() -> None:
    other = replace(SAMPLE, units=1500.0, energy_j=1.5 * KWH, uncertainty_j=0.04 * KWH, runs=2)
    (row,) = score_models([SAMPLE, other], GRID)
    assert row.score is not None
    # 2 kWh * 1.5 * 400 g over 2 thousand tokens
    assert row.score.value_g == pytest.approx(600.0)
    assert str(row.score) == "600 gCO2eq per 1000 tokens"
    assert row.score.caveat == OPERATIONAL_ONLY
    assert row.energy_per_unit_j == pytest.approx(KWH / 1000)
    assert row.units_per_kwh == pytest.approx(1000.0)
    assert (row.score.units, row.runs, row.unmeasured) == (2000.0, 7, 0)
    # The errors of one session have one sign: they add up.
    assert row.uncertainty_j == pytest.approx(0.07 * KWH)
    assert row.uncertainty_g == pytest.approx(600.0 * 0.07 / 2)


def test_training_and_inference_units_and_categories_stay_apart() -> None:
    samples = [
        SAMPLE,
        replace(SAMPLE, phase="training"),
        replace(SAMPLE, unit="image"),
        replace(SAMPLE, category="chat"),
        replace(SAMPLE, model="distilgpt2"),
    ]
    rows = score_models(samples, GRID)
    assert len(rows) == 5
    assert [row.score.role for row in rows if row.score][:2] == ["consumer", "provider"]
    assert [str(row.unit) for row in rows][:3] == ["1000 tokens", "1000 tokens", "image"]


@pytest.mark.parametrize("lack", ["energy_j", "units"])
def test_what_is_missing_is_counted_and_never_zero(lack: str) -> None:
    missing = replace(SAMPLE, **{lack: None})  # type: ignore[arg-type]
    (row,) = score_models([SAMPLE, missing], GRID)
    assert row.score is not None
    assert (row.score.units, row.energy_j, row.unmeasured, row.runs) == (500.0, 0.5 * KWH, 1, 5)
    (empty,) = score_models([missing], GRID)
    assert (empty.score, empty.energy_per_unit_j, empty.units_per_kwh) == (None, None, None)
    assert (empty.uncertainty_j, empty.uncertainty_g, empty.unmeasured) == (None, None, 1)
    assert empty.peer(Setting("here", "h0", "2026")).value is None


def test_an_unknown_uncertainty_leaves_the_sum_unknown() -> None:
    (row,) = score_models([SAMPLE, replace(SAMPLE, uncertainty_j=None)], GRID)
    assert (row.uncertainty_j, row.uncertainty_g) == (None, None)


def test_energy_below_resolution_has_no_units_per_kwh() -> None:
    (row,) = score_models([replace(SAMPLE, energy_j=0.0)], GRID)
    assert row.units_per_kwh is None
    assert row.energy_per_unit_j == 0.0


def test_embodied_emissions_are_shared_by_time() -> None:
    grid = replace(GRID, embodied=parse_embodied("TE=876 kg, EL=100 y, TiR=10 h"))
    (row,) = score_models([SAMPLE], grid)
    assert row.score is not None
    # 10 h at 1 g per hour, a tenth of the run; 300 g operational; for half a thousand tokens
    assert row.score.embodied_g == pytest.approx(1.0)
    assert row.score.value_g == pytest.approx(602.0)
    assert row.score.caveat is None


def test_the_noise_of_a_score_covers_its_embodied_emissions() -> None:
    """They are shared by time, which spreads as the energy does."""
    grid = replace(GRID, embodied=parse_embodied("1000"))
    (row,) = score_models([SAMPLE], grid)
    assert row.score is not None
    assert row.uncertainty_g is not None
    assert row.uncertainty_g / row.score.value_g == pytest.approx(0.03 / 0.5)
    (nothing,) = score_models([replace(SAMPLE, energy_j=0.0)], GRID)
    # 0.03 kWh * 1.5 * 400 g for half a thousand tokens
    assert nothing.uncertainty_g == pytest.approx(36.0)


def test_a_row_becomes_a_peer() -> None:
    (row,) = score_models([SAMPLE], GRID)
    peer = row.peer(Setting("this session", "h0", "2026-03-01"))
    assert peer.value == pytest.approx(600.0)
    assert peer.unit == "gCO2eq per 1000 tokens"
    assert (peer.category, peer.phase, peer.boundary) == (
        "text-generation",
        "inference",
        "cpu+ram",
    )
    assert peer.uncertainty == row.uncertainty_g
    (with_hardware,) = score_models([SAMPLE], replace(GRID, embodied=parse_embodied("120")))
    boundary = with_hardware.peer(Setting("", "", "")).boundary
    assert boundary == "cpu+ram, with embodied"
