from __future__ import annotations

import json

import pytest

from pytest_scer.baseline.threshold import Threshold


@pytest.mark.parametrize(
    ("text", "share", "floor", "unit"),
    [("10%", 0.1, 0, "J"), ("25", 0.25, 0, "J"), ("5 % and 0.5 J", 0.05, 0.5, "J"),
     ("10% and 2 mg", 0.1, 0.002, "g"), ("0%", 0, 0, "J")],
)  # fmt: skip
def test_thresholds_are_read(text: str, share: float, floor: float, unit: str) -> None:
    read = Threshold.parse(text)
    assert (read.share, read.floor, read.floor_unit) == (share, floor, unit)


@pytest.mark.parametrize("text", ["", "ten", "-5%", "nan", "inf%", "10% and", "10% and 3 W",
                                  "10% and 1 J per token", "10% or 1 J"])  # fmt: skip
def test_what_is_no_threshold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|unknown"):
        Threshold.parse(text)


def test_a_floor_in_grams_is_turned_into_joules_at_the_given_intensity() -> None:
    assert Threshold.parse("10% and 2 mg").floor_j(1e-4) == pytest.approx(20)


def test_on_a_grid_without_carbon_no_growth_is_over_a_floor_in_grams() -> None:
    floor_j = Threshold.parse("10% and 2 mg").floor_j(0.0)
    assert floor_j > 1e300
    json.dumps(floor_j, allow_nan=False)
