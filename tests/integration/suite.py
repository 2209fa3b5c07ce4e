"""Inner suites with a simulated meter and clock, so that figures are exact."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

# pytester unloads the modules that an in-process session imported; some of these cannot be imported
# twice.
from pytest_scer.core.intensity import Place
from pytest_scer.formats import emissions_csv  # noqa: F401
from pytest_scer.formats.terminal import session  # noqa: F401
from pytest_scer.meters.codecarbon.configuration import configuration
from pytest_scer.meters.codecarbon.grids import carbon_intensity
from pytest_scer.report import to_json  # noqa: F401

import_module("pandas")
configuration()
carbon_intensity(Place(country="FRA"))

Json = dict[str, Any]

SIMULATION = """
from pytest_scer.testing import SIMULATED_INTENSITY, SimulatedMeter

class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s

clock = Clock()
meter = SimulatedMeter({"cpu": 0.0, "ram": 0.0}, clock=clock)
spend = meter.spend

def wait(seconds):
    clock.now_s += seconds
"""

CONFTEST = """
import simulation

def pytest_scer_meter():
    return simulation.meter
"""

MODELLED = """
from dataclasses import replace

from pytest_scer.meters.base import Provenance

class Modelled(simulation.SimulatedMeter):
    "Says that its figures are a model of CPU time: they follow the speed of the machine."

    @property
    def infos(self):
        return {
            name: replace(info, provenance=Provenance.MODELLED)
            if info.provenance is Provenance.SIMULATED
            else info
            for name, info in super().infos.items()
        }

simulation.meter.__class__ = Modelled
"""

GRID = """
def pytest_scer_carbon_intensity():
    return simulation.SIMULATED_INTENSITY
"""

HEADER = """
import pytest
from simulation import meter, spend, wait
"""


@dataclass
class Ran:
    """An inner session that has ended."""

    result: pytest.RunResult
    path: Path

    @property
    def exit_status(self) -> int:
        return int(self.result.ret)

    @property
    def text(self) -> str:
        """Its output on stdout and stderr."""
        return f"{self.result.stdout}\n{self.result.stderr}"

    @property
    def scer(self) -> list[str]:
        """The lines of the SCER report in the terminal."""
        lines = self.result.outlines
        start = next(i for i, line in enumerate(lines) if "= SCER report =" in line)
        rest = lines[start + 1 :]
        return rest[: next(i for i, line in enumerate(rest) if line.startswith("=" * 5))]

    @cached_property
    def json(self) -> Json:
        """Its JSON report."""
        report: Json = json.loads(self.path.read_text(encoding="utf-8"))
        return report

    def test(self, name: str, attempt: int = 1) -> Json:
        """The entry of the test with that name."""
        (row,) = (
            test
            for test in self.json["tests"]
            if test["nodeid"].endswith(f"::{name}") and test["attempt"] == attempt
        )
        return dict(row)

    def joules(self, name: str) -> float | None:
        """The total energy that the budgets of a test read."""
        measurement = self.test(name)["measurement"]
        return None if measurement is None else measurement["energy_j"]["total"]

    def verdicts(self, name: str) -> list[str]:
        """The verdicts on the budgets of a test."""
        return [budget["verdict"] for budget in self.test(name)["budgets"]]

    def passed(self, **outcomes: int) -> None:
        """Check the outcomes, like `pytest.RunResult.assert_outcomes`."""
        self.result.assert_outcomes(**outcomes)


class Suite:
    """A suite whose tests state what they use: ``spend(cpu=5)`` is 5 J, which is 0.5 mgCO2e."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.path = pytester.path
        pytester.makepyfile(simulation=SIMULATION)
        self.conftest()

    def conftest(self, more: str = "", *, grid: bool = True) -> None:
        """Write the conftest, with additional code or without the simulated grid."""
        self._pytester.makeconftest(CONFTEST + (GRID if grid else "") + textwrap.dedent(more))

    def ini(self, text: str) -> None:
        """Write the configuration."""
        self._pytester.makeini("[pytest]\n" + textwrap.dedent(text))

    def write(self, source: str, name: str = "test_it") -> None:
        """Write a test module."""
        self._pytester.makepyfile(**{name: HEADER + textwrap.dedent(source)})

    def module(self, name: str, source: str) -> None:
        """Write a module that tests import."""
        self._pytester.makepyfile(**{name: source})

    def run(self, *args: str) -> Ran:
        """Run it with these options, in this process."""
        return self._run(self._pytester.runpytest_inprocess, args)

    def run_apart(self, *args: str) -> Ran:
        """Run it in a separate process."""
        return self._run(self._pytester.runpytest_subprocess, args)

    def measure(self, source: str, *args: str) -> Ran:
        """Write a module and run it with a JSON report."""
        self.write(source)
        return self.run("--scer-output=report.json", *args)

    def _run(self, runner: Callable[..., pytest.RunResult], args: tuple[str, ...]) -> Ran:
        return Ran(runner(*args), self.path / "report.json")
