"""The rows of notebooks have the figures of the JSON."""

from __future__ import annotations

import reported_suite
import reports

from pytest_scer.integrations import notebook_rows


def test_figures_are_those_of_the_json() -> None:
    report = reported_suite.suite()
    for row, test in zip(
        notebook_rows.of_tests(report), reports.as_json(report)["tests"], strict=True
    ):
        measured = test["measurement"]
        assert row["nodeid"] == test["nodeid"]
        assert row["unmeasured"] == test["unmeasured"]
        if measured is None:
            assert row["energy_j"] is row["co2e_g"] is row["runs"] is None
            continue
        assert row["energy_j"] == measured["energy_j"]["total"]
        assert row["ram_j"] == measured["energy_j"]["ram"]
        for name in ("duration_s", "cpu_time_s", "co2e_g", "power_w", "uncertainty_j"):
            assert row[name] == measured[name]


def test_units_and_qualities_have_columns() -> None:
    entry = reports.entry("m", reports.measured(1.0), units={"token": 5}, quality={"f1": 0.9})
    other = reports.entry(None, None, nodeid="b")
    first, second = notebook_rows.of_tests(reports.report(entry, other))
    assert (first["units.token"], first["quality.f1"]) == (5, 0.9)
    assert (second["units.token"], second["quality.f1"]) == (None, None)
    assert first.keys() == second.keys()
