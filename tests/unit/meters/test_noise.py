"""The noise between sessions, by how figures are obtained."""

from __future__ import annotations

import math

import pytest
from reports import CONSTANT, MEASURED

from pytest_scer.core.measurement import Measurement
from pytest_scer.core.scatter import COUNTED, CPU_TIME, EXACT, WALL_TIME, Scatter
from pytest_scer.meters.base import ABSENT, MeterInfo, Provenance
from pytest_scer.meters.noise import luck_of, noise_of
from pytest_scer.sources.noise import COUNTED_LEAST, PROCESS


@pytest.mark.parametrize(
    ("provenance", "scatter"),
    [
        (Provenance.MEASURED, COUNTED),
        (Provenance.MODELLED, CPU_TIME),
        (Provenance.CONSTANT, WALL_TIME),
        (Provenance.SIMULATED, EXACT),
    ],
)
def test_each_basis_has_its_own(provenance: Provenance, scatter: Scatter) -> None:
    info = MeterInfo("it", provenance)
    noise = noise_of({"cpu": info, "gpu": ABSENT, "ram": ABSENT})
    assert (noise.cpu, noise.gpu, noise.ram) == (scatter, EXACT, EXACT)
    assert bool(noise.source) is (scatter != EXACT)


def test_the_luck_of_a_process_follows_what_is_metered() -> None:
    def luck(cpu_j: float, ram_j: float) -> float:
        measured = Measurement(1.0, 1.0, cpu_j, None, ram_j, 0.0)
        return luck_of({"cpu": MEASURED, "gpu": ABSENT, "ram": CONSTANT}, measured)

    both = math.sqrt(2)
    assert luck(1.0, 0.0) == pytest.approx(both * COUNTED_LEAST.value)
    assert luck(0.0, 1.0) == pytest.approx(both * PROCESS.value)
    assert luck(1.0, 0.0) < luck(1.0, 1.0) < luck(0.0, 1.0)
    assert luck(math.nan, 1.0) == luck(0.0, 0.0) == 0.0
