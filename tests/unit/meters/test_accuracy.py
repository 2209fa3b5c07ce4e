"""How far figures may be off, by what they are obtained from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.meters import accuracy
from pytest_scer.meters.base import ABSENT, Accuracy, MeterInfo, Provenance

SAMPLED = MeterInfo(
    accuracy.POWER_SAMPLES, Provenance.MEASURED, devices=((0, "NVIDIA GeForce RTX 3090"),)
)


def ends(known: Accuracy | None) -> tuple[float, float, str] | None:
    return None if known is None else (known.low, known.high, known.evidence)


@pytest.mark.parametrize(
    ("cpu", "expected"),
    [
        ("Intel(R) Xeon(R) Gold 6248 CPU @ 2.50GHz", (-0.1, 0.1, "judgement")),
        ("AMD EPYC 7763 64-Core Processor", (-0.25, 0.1, "judgement")),
        ("Hygon C86 7285", (-0.25, 0.1, "judgement")),
        ("", (-0.25, 0.1, "judgement")),
    ],
)
def test_rapl_by_the_maker_of_the_chip(cpu: str, expected: tuple[float, float, str]) -> None:
    assert ends(accuracy.of_rapl(cpu)) == expected


def test_cpu_time_by_what_is_known_of_the_chip() -> None:
    assert ends(accuracy.of_cpu_time(tdp_known=True)) == (-0.6, 0.9, "compared")
    assert ends(accuracy.of_cpu_time(tdp_known=False)) == (-0.65, 1.9, "compared")


@pytest.mark.parametrize(
    ("models", "bound"),
    [
        (["Tesla T4"], 0.1),
        (["NVIDIA RTX A1000"], 0.1),
        (["NVIDIA A100-SXM4-80GB"], 0.3),
        (["NVIDIA A100X"], 0.3),
        (["NVIDIA H100 80GB HBM3"], 0.3),
        (["NVIDIA GH200 480GB"], 0.3),
        (["NVIDIA H200"], 0.3),
        (["Tesla T4", "NVIDIA H100 PCIe"], 0.3),
    ],
)
def test_energy_counters_by_the_model_of_the_gpu(models: list[str], bound: float) -> None:
    assert ends(accuracy.of_gpu_counters(models)) == (-bound, bound, "judgement")


@pytest.mark.parametrize("model", ["AMD Instinct MI300X", "Radeon RX 7900", "0x740c"])
def test_nothing_is_known_of_gpus_of_amd(model: str) -> None:
    assert accuracy.of_gpu_counters(["Tesla T4", model]) is None
    assert accuracy.of_gpu_power([model], 60.0) is None


@pytest.mark.parametrize(
    ("seconds", "model", "bound"),
    [
        (0.99, "Tesla T4", None),
        (1.0, "Tesla T4", 0.4),
        (9.99, "Tesla T4", 0.4),
        (10.0, "Tesla T4", 0.15),
        (600.0, "NVIDIA A100-PCIE-40GB", 0.4),
        (0.5, "NVIDIA A100-PCIE-40GB", None),
    ],
)
def test_integrated_power_by_length_and_model(
    seconds: float, model: str, bound: float | None
) -> None:
    expected = None if bound is None else (-bound, bound, "judgement")
    assert ends(accuracy.of_gpu_power([model], seconds)) == expected


def test_at_the_end_only_power_samples_get_another_accuracy() -> None:
    counted = MeterInfo("RAPL", Provenance.MEASURED, accuracy=accuracy.RAPL_AMD)
    infos = {"cpu": counted, "gpu": SAMPLED, "ram": ABSENT}
    done = accuracy.at_the_end(infos, 20.0)
    assert done["gpu"].accuracy == accuracy.GPU_POWER_LONG
    assert (done["cpu"], done["ram"]) == (counted, ABSENT)
    assert accuracy.at_the_end(done, 0.2)["gpu"].accuracy is None


intervals = st.builds(
    Accuracy,
    st.floats(-1, 0),
    st.floats(0, 9),
    st.sampled_from(["compared", "judgement"]),
    st.text(),
)


@given(st.lists(intervals, min_size=1))
def test_the_widest_interval_holds_all(of_hosts: list[Accuracy]) -> None:
    widest = accuracy.widest(of_hosts)
    assert widest is not None
    assert all(widest.low <= each.low and each.high <= widest.high for each in of_hosts)
    assert (widest.evidence == "compared") == all(e.evidence == "compared" for e in of_hosts)


def test_the_interval_of_equal_hosts_is_theirs() -> None:
    assert accuracy.widest([accuracy.TDP_KNOWN, accuracy.TDP_KNOWN]) == accuracy.TDP_KNOWN


def test_with_an_unknown_host_nothing_is_known() -> None:
    assert accuracy.widest([accuracy.TDP_KNOWN, None]) is None
    assert accuracy.widest([]) is None


def test_the_true_value_lies_between_the_ends() -> None:
    """Reported 65 % too low or 190 % too high: 100 J are 286 J, or 34 J."""
    assert accuracy.CHIP_UNKNOWN.true_range(100.0) == pytest.approx((34.48, 285.7), rel=1e-3)
    assert accuracy.RAM_CONSTANT.true_range(24.0) == (1.0, 24.0)
    assert accuracy.GPU_UNREADABLE.true_range(0.0) is None


def test_every_source_is_named() -> None:
    table = [each for each in vars(accuracy).values() if isinstance(each, Accuracy)]
    assert len(table) > 10
    assert all(each.source and -1 <= each.low <= each.high for each in table)


MODELLED = MeterInfo("CPU time", Provenance.MODELLED, accuracy=accuracy.CHIP_UNKNOWN)
CONSTANT = MeterInfo("20 W", Provenance.CONSTANT, accuracy=accuracy.RAM_CONSTANT)


def test_intervals_of_components_add_up() -> None:
    """30 J of an unknown chip and 24 J of memory: 30/2.9 + 1 J to 30/0.35 + 24 J."""
    infos = {"cpu": MODELLED, "gpu": ABSENT, "ram": CONSTANT}
    joules = {"cpu": 30.0, "gpu": None, "ram": 24.0}
    assert accuracy.plausible_j(joules, infos) == pytest.approx((11.34, 109.7), abs=0.05)
    assert accuracy.plausible_j(dict.fromkeys(joules), infos) is None


def test_the_digits_that_figures_deserve() -> None:
    measured = MeterInfo("RAPL", Provenance.MEASURED)
    simulated = MeterInfo("simulated", Provenance.SIMULATED)
    assert accuracy.digits({"cpu": measured, "gpu": simulated, "ram": ABSENT}) == 3
    assert accuracy.digits({"cpu": measured, "gpu": ABSENT, "ram": CONSTANT}) == 2
    assert accuracy.digits({"cpu": MODELLED, "gpu": ABSENT, "ram": ABSENT}) == 2
