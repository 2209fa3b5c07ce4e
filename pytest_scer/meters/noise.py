"""How much figures differ between sessions, by how they are obtained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pytest_scer.core.scatter import COUNTED, CPU_TIME, EXACT, WALL_TIME, Scatter
from pytest_scer.core.uncertainty import Noise
from pytest_scer.meters.base import MeterInfo, Provenance

_SCATTER: Final[Mapping[Provenance, Scatter]] = {
    Provenance.MEASURED: COUNTED,
    Provenance.MODELLED: CPU_TIME,
    Provenance.CONSTANT: WALL_TIME,
    Provenance.SIMULATED: EXACT,
    Provenance.ABSENT: EXACT,
}


def noise_of(infos: Mapping[str, MeterInfo]) -> Noise:
    """The noise between sessions, as long as no history shows it.

    Args:
        infos: How each component is metered.
    """
    cpu, gpu, ram = (_SCATTER[infos[name].provenance] for name in ("cpu", "gpu", "ram"))
    source = "noise between sessions" if max(cpu, gpu, ram).single else ""
    return Noise(cpu, gpu, ram, source)
