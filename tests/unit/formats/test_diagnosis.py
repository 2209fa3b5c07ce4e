"""What the doctor says."""

from __future__ import annotations

import pytest
import reported_suite
import reports

from pytest_scer.formats import diagnosis
from pytest_scer.formats.terminal.screen import Screen
from pytest_scer.meters.base import ABSENT

METERS = {"cpu": reported_suite.CPU, "gpu": ABSENT, "ram": reports.MEASURED}


def text(width: int = 79, *, place_is_set: bool = False) -> list[str]:
    grid, screen = reported_suite.WORLD, Screen(width)
    lines = diagnosis.text("a machine", METERS, grid, screen, place_is_set=place_is_set)
    return [line.text for line in lines]


def test_each_component_has_its_block() -> None:
    first, cpu, gpu, ram, scope, grid, sources = "\n".join(text()).split("\n\n")
    assert first == "a machine"
    assert cpu.startswith("cpu: modelled\n  source: CPU time x 4 W per hardware thread, process\n")
    assert "\n  accuracy: -65% to +190% (compared: load profiles of four machines)\n" in cpu
    assert "\n  why: " in cpu
    assert gpu.startswith("gpu: absent\n  why: ")
    assert ram.startswith("ram: measured\n  source: RAPL, machine\n  resolution: 1.0 ms\n")
    assert scope.startswith(
        "the sum of all components is 19% to 56% below what a meter at the plug"
    )
    assert "\n  source: " in scope
    assert grid == (
        "grid: 475 gCO2e per kWh, world average (a table, data of 2019)\n"
        "  remedy: set --scer-country ISO3, --scer-cloud or --scer-intensity"
    )
    assert sources.endswith("pytest-scer sources")


def test_a_place_needs_no_remedy() -> None:
    assert "remedy" not in text(place_is_set=True)[-3]


@pytest.mark.parametrize("width", [39, 59, 119])
def test_it_fits(width: int) -> None:
    assert max(map(len, text(width))) <= width
