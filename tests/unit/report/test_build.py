"""What the whole of a session is known to differ by in another one."""

from __future__ import annotations

from dataclasses import replace

import pytest
import reports

from pytest_scer.core.scatter import COUNTED, CPU_TIME
from pytest_scer.meters.base import ABSENT
from pytest_scer.report.build import relative_of_session


def test_the_noise_of_a_session_is_that_of_its_meters() -> None:
    assert relative_of_session(reports.report()) == pytest.approx(COUNTED.single)
    modelled = {"cpu": reports.MODELLED, "gpu": ABSENT, "ram": reports.MEASURED}
    # three quarters of the joules are modelled
    expected = 0.75 * CPU_TIME.single + 0.25 * COUNTED.single
    assert relative_of_session(reports.report(meters=modelled)) == pytest.approx(expected)


def test_without_energy_there_is_none() -> None:
    made = reports.report()
    made.totals = replace(made.totals, cpu_j=None, ram_j=None)
    assert relative_of_session(made) is None
