"""What a reader must know before relying on a score: shown wherever the score is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pytest_scer.core import COMPONENTS
from pytest_scer.meters.base import MeterInfo, Provenance
from pytest_scer.scoring.sci import OPERATIONAL_ONLY

ESTIMATED = (Provenance.MODELLED, Provenance.CONSTANT)
"""How a component is obtained whose figures are estimates."""


def caveats(
    *,
    lacks_embodied: bool,
    meters: Mapping[str, MeterInfo],
    gpu_not_measured: bool,
    unmeasured: int,
    machines: Sequence[str],
) -> tuple[str, ...]:
    """The caveats of a score, which follow from how it was obtained.

    Args:
        lacks_embodied: Whether it leaves out embodied emissions.
        meters: How each component is metered.
        gpu_not_measured: Whether the machine has a GPU that is in no figure.
        unmeasured: The number of the model's tests and sections that have no figure.
        machines: The machines that it was measured on.
    """
    return tuple(_caveats(lacks_embodied, meters, gpu_not_measured, unmeasured, machines))


def _caveats(
    lacks_embodied: bool,
    meters: Mapping[str, MeterInfo],
    gpu_not_measured: bool,
    unmeasured: int,
    machines: Sequence[str],
) -> Iterator[str]:
    if lacks_embodied:
        yield OPERATIONAL_ONLY
    yield from not_measured(meters)
    if gpu_not_measured:
        yield "the machine's GPU was not measured"
    if unmeasured:
        yield f"unmeasured and left out: {unmeasured} tests or sections of this model"
    if len(machines) > 1:
        yield f"mixed hardware: {'; '.join(machines)}"


def not_measured(meters: Mapping[str, MeterInfo]) -> list[str]:
    """Return the caveats that name the components that are estimated or simulated."""
    provenance = {name: meters[name].provenance for name in COMPONENTS}
    estimated = [f"{name} ({each.value})" for name, each in provenance.items() if each in ESTIMATED]
    simulated = [name for name, each in provenance.items() if each is Provenance.SIMULATED]
    return [
        f"{what}, not measured: {', '.join(components)}"
        for what, components in (("estimated", estimated), ("simulated", simulated))
        if components
    ]
