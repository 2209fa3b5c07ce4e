"""A pytest plugin: joules from a simulated counter, 25 W for the time that a test first took.

From run to run they spread like a counter within one machine, 0.3 %, and they grow by what is
planted (see ``benchmarks/suites/planting.py``). ``SIMULATED_TIMES`` names the file that stores how
long each test took.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from planting import PLANTED

from pytest_scer.testing import pytest_scer_meter

SPREAD = 0.003
WATTS = 25.0
FILE = Path(os.environ["SIMULATED_TIMES"])
TIMES: dict[str, float] = json.loads(FILE.read_text()) if FILE.exists() else {}


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run the test and spend its joules."""
    began_s = time.perf_counter()
    result = yield
    seconds = TIMES.setdefault(pyfuncitem.nodeid, time.perf_counter() - began_s)
    growth = 1 + PLANTED.get(pyfuncitem.nodeid.rpartition("::")[2], 0.0)
    meter = pytest_scer_meter(pyfuncitem.config)
    meter.spend(cpu=WATTS * seconds * growth * random.gauss(1, SPREAD))
    return result


def pytest_unconfigure() -> None:
    """Save the times for later sessions."""
    FILE.write_text(json.dumps(TIMES))
