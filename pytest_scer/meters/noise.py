"""How much figures differ between sessions, by how they are obtained."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from pytest_scer.core import COMPONENTS
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.scatter import COUNTED, CPU_TIME, EXACT, WALL_TIME, Scatter
from pytest_scer.core.uncertainty import Noise
from pytest_scer.meters.base import MeterInfo, Provenance
from pytest_scer.sources import noise

_SCATTER: Final[Mapping[Provenance, Scatter]] = {
    Provenance.MEASURED: COUNTED,
    Provenance.MODELLED: CPU_TIME,
    Provenance.CONSTANT: WALL_TIME,
    Provenance.SIMULATED: EXACT,
    Provenance.ABSENT: EXACT,
}
_LUCK: Final[Mapping[Provenance, float]] = {
    Provenance.MEASURED: noise.COUNTED_LEAST.value,
    Provenance.MODELLED: noise.PROCESS.value,
    Provenance.CONSTANT: noise.PROCESS.value,
    Provenance.SIMULATED: 0.0,
    Provenance.ABSENT: 0.0,
}
"""Standard deviations of what lasts as long as a process, such as its layout in memory."""


def noise_of(infos: Mapping[str, MeterInfo]) -> Noise:
    """The noise between sessions, as long as no history shows it.

    Args:
        infos: How each component is metered.
    """
    cpu, gpu, ram = (_SCATTER[infos[name].provenance] for name in ("cpu", "gpu", "ram"))
    source = "noise between sessions" if max(cpu, gpu, ram).single else ""
    return Noise(cpu, gpu, ram, source)


def luck_of(infos: Mapping[str, MeterInfo], measured: Measurement) -> float:
    """How much the ratio of two costs of one process differs from that of another process.

    Args:
        infos: How each component is metered.
        measured: Work of the kind that is compared.

    Returns:
        The standard deviation of the logarithm; both costs have a luck of their own.
    """
    if not measured.complete or measured.known_j <= 0:
        return 0.0
    parts = ((name, getattr(measured, f"{name}_j") or 0.0) for name in COMPONENTS)
    of_one = math.fsum(_LUCK[infos[name].provenance] * joules for name, joules in parts)
    return math.sqrt(2) * of_one / measured.known_j
