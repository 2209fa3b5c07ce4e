"""Units of axes, and components in words."""

from __future__ import annotations

import math

import pytest
import reported_suite

from pytest_scer.charts.quantities import Unit, component_labels, percent, power_domain, present


def test_an_axis_has_the_unit_of_its_largest_figure() -> None:
    assert Unit.of([0.002, None, math.nan, 0.5], "J") == Unit("mJ", 1e-3)
    assert Unit.of([], "J") == Unit("J", 1.0)
    assert Unit.of([4e6], "J").symbol == "kWh"


def test_components_that_are_there_say_what_they_are() -> None:
    report = reported_suite.suite()
    assert present(report) == ["cpu", "ram"]
    assert component_labels(report) == {
        "cpu": "CPU (modelled)",
        "gpu": "GPU",
        "ram": "memory (constant)",
    }


@pytest.mark.parametrize(
    ("share", "text"), [(None, "-"), (0.001, "<1%"), (0.0, "0%"), (0.5, "50%")]
)
def test_percent(share: float | None, text: str) -> None:
    assert percent(share) == text


def test_noise_of_power_does_not_fill_the_scale() -> None:
    assert power_domain([9.9, 10.0, None]) == [6.0, 10.0]
    assert power_domain([1.0, 10.0]) == [1.0, 10.0]
    assert power_domain([]) == [0.6, 1.0]
