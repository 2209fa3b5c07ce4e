"""The energy of a test on its result line, with ``-v``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

from pytest_scer.core import units
from pytest_scer.meters.accuracy import digits
from pytest_scer.meters.base import MeterInfo
from pytest_scer.recording.testrun import TestRun

ENERGY: Final = "scer_energy"
"""The attribute of the report of a test's call that holds its energy in words. It is text, so it
reaches the process that prints, wherever the test ran."""


def is_verbose(config: pytest.Config) -> bool:
    """Whether pytest prints a line for each test."""
    return config.get_verbosity(pytest.Config.VERBOSITY_TEST_CASES) > 0


def attach(report: pytest.TestReport, test: TestRun, infos: Mapping[str, MeterInfo]) -> None:
    """Attach what the budgets of a test read to the report of its call, for its result line.

    Args:
        report: The report.
        test: What was measured of it.
        infos: How each component is metered.
    """
    measured = test.measurement()
    if test.unmeasured is None and measured is not None and measured.complete:
        text = units.quantity(measured.total_j, "J", digits=digits(infos))
        setattr(report, ENERGY, text)
