"""The noise between sessions, by how figures are obtained."""

from __future__ import annotations

import pytest

from pytest_scer.core.scatter import COUNTED, CPU_TIME, EXACT, WALL_TIME, Scatter
from pytest_scer.meters.base import ABSENT, MeterInfo, Provenance
from pytest_scer.meters.noise import noise_of


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
