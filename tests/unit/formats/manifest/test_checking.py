"""Checks of manifests whose keys hold something odd."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import reports

from pytest_scer.formats.manifest import manifest
from pytest_scer.formats.manifest_check import check
from pytest_scer.report.ratings import rated_scores
from pytest_scer.scoring.sci import parse_embodied


def _manifest() -> dict[str, Any]:
    made = reports.report(
        reports.entry("m", reports.measured(100.0), units={"token": 10}),
        embodied=parse_embodied("TE=1200 kg, EL=4 y; 3"),
    )
    (row,) = rated_scores(made)
    assert row.score.score is not None
    return manifest(made, row, row.score.score)


def test_ours_is_right() -> None:
    assert check(_manifest()).errors == ()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (path, value)
        for path in (
            "calculation.score.value",
            "calculation.energy.value",
            "calculation.energy.pue",
            "calculation.carbon_intensity.value",
            "calculation.embodied_emissions.value",
            "functional_unit.total_units",
            "calculation.energy.components",
            "calculation.embodied_emissions",
            "calculation.embodied_emissions.hardware_components",
            "boundary.excluded",
            "rating",
        )
        for value in (float("nan"), float("inf"), 10**400, -1, True, "text", [1], {"a": [1]})
    ],
)
def test_an_odd_value_is_an_error_and_never_right(path: str, value: Any) -> None:
    document = copy.deepcopy(_manifest())
    *above, key = path.split(".")
    node = document
    for each in above:
        node = node[each]
    node[key] = value
    if path == "rating" and value == {"a": [1]}:
        assert check(document).errors == ()  # an unknown key
        return
    errors = check(document).errors
    assert errors, "it passed"
    assert all("\n" not in error and len(error) <= 200 for error in errors)


def test_infinite_energy_equals_no_other_infinity() -> None:
    document = _manifest()
    document["calculation"]["energy"]["value"] = float("inf")
    document["calculation"]["energy"]["components"][0]["energy_kwh"] = float("inf")
    assert any("energy.value" in error for error in check(document).errors)
