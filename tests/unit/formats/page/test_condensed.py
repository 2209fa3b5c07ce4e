"""The JSON inside a page: what is left out follows from the rest."""

from __future__ import annotations

import json

import reports

from pytest_scer.core.measurement import Measurement
from pytest_scer.formats.page.condensed import condensed


def test_leaves_out_what_follows() -> None:
    made = reports.report(reports.entry("m", reports.measured(4000.0)))
    test = json.loads(condensed(made))["tests"][0]
    assert test["measurement"] == "call"
    call = test["stages"]["call"]
    assert call["energy_j"] == {"cpu": 3000.0, "gpu": None, "ram": 1000.0}
    assert not {"co2e_g", "power_w"} & call.keys()
    whole = reports.as_json(made)["tests"][0]["stages"]["call"]
    assert call.items() <= {**whole, "energy_j": call["energy_j"]}.items()


def test_keeps_missing_figures() -> None:
    unknown = Measurement(1.0, 1.0, float("nan"), None, 2.0, None)
    made = reports.report(reports.entry("m", unknown))
    call = json.loads(condensed(made))["tests"][0]["stages"]["call"]
    assert call["energy_j"] == {"cpu": None, "gpu": None, "ram": 2.0, "total": None}
    assert call["co2e_g"] is None
    assert call["power_w"] is None


def test_keeps_what_does_not_follow() -> None:
    no_time = Measurement(0.0, 0.0, 1.0, None, 2.0, None)
    median = Measurement(2.0, 2.0, 3.0, None, 4.0, None, runs=(no_time,), run_count=2)
    made = reports.report(
        reports.entry("m", no_time, stages={"setup": None, "call": median, "teardown": None})
    )
    test = json.loads(condensed(made))["tests"][0]
    assert test["measurement"]["power_w"] is None
