"""What is compared, by what the meters are."""

from __future__ import annotations

import pytest

from pytest_scer.ab.loop import compared, cost_j, is_modelled
from pytest_scer.core.measurement import Measurement
from pytest_scer.meters.base import ABSENT, MeterInfo, Provenance

MEASURED = MeterInfo("RAPL", Provenance.MEASURED)
MODELLED = MeterInfo("CPU time", Provenance.MODELLED)
CONSTANT = MeterInfo("20 W", Provenance.CONSTANT)


@pytest.mark.parametrize(
    ("cpu", "gpu", "ram", "names", "modelled"),
    [
        (MEASURED, ABSENT, CONSTANT, ("cpu",), False),
        (MODELLED, MEASURED, CONSTANT, ("cpu", "gpu"), True),
        (ABSENT, ABSENT, CONSTANT, ("ram",), True),
        (MEASURED, ABSENT, MEASURED, ("cpu", "ram"), False),
    ],
)
def test_a_constant_draw_counts_only_alone(
    cpu: MeterInfo, gpu: MeterInfo, ram: MeterInfo, names: tuple[str, ...], modelled: bool
) -> None:
    infos = {"cpu": cpu, "gpu": gpu, "ram": ram}
    assert compared(infos) == names
    assert is_modelled(infos, names) is modelled


def test_the_cost_is_that_of_what_is_compared() -> None:
    measured = Measurement(1.0, 1.0, 2.0, None, 20.0, None)
    assert cost_j(measured, ("cpu",)) == 2.0
    assert cost_j(measured, ("cpu", "gpu", "ram")) == 22.0
