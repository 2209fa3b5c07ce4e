"""A score is an SCI score only if nothing is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pytest_scer.scoring.claims import Basis, claim, gaps

COMPLETE = Basis(
    place="France",
    approach="location-based",
    grid_source="RTE",
    grid_year=2024,
    pue_source="operator",
    embodied_g=1.0,
    embodied_source="vendor",
)


def test_with_everything_it_is_one() -> None:
    assert gaps(COMPLETE) == ()
    assert claim(()) == "SCI 1.1"


@pytest.mark.parametrize(
    ("change", "what", "option"),
    [
        ({"place": None}, "place", "--country"),
        ({"approach": None}, "approach", "--approach"),
        (
            {"approach": "market-based"},
            "location-based intensity (it is market-based)",
            "--country",
        ),
        ({"grid_source": None}, "grid source", "--grid-source"),
        ({"grid_year": None}, "grid year", "--grid-year"),
        ({"pue_source": None}, "PUE and source", "--pue-source"),
        ({"embodied_g": None}, "M", "--embodied"),
        ({"embodied_source": None}, "source of M", "--embodied-source"),
        ({"simulated": ("cpu",)}, "simulated cpu", "real machine"),
        ({"not_measured": ("gpu",)}, "not measured: gpu", "doctor"),
        ({"implausible": ("TE is too small",)}, "plausible M", "--embodied"),
    ],
)
def test_whatever_is_missing_makes_it_a_draft(
    change: dict[str, Any], what: str, option: str
) -> None:
    (gap,) = gaps(replace(COMPLETE, **change))
    assert gap.what == what
    assert option in gap.remedy
    assert claim((gap,)) == f"draft, incomplete: {what}"


def test_all_gaps_are_named_at_once() -> None:
    found = gaps(Basis(None, None, None, None, None, None, None))
    assert claim(found) == (
        "draft, incomplete: place, approach, grid source, grid year, PUE and source, M"
    )
