"""What known calculators make of a measured run, from what its report says of machine and time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from pytest_scer.core import COMPONENTS
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.units import JOULES_PER_KWH
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.base import Provenance
from pytest_scer.report.build import stages
from pytest_scer.report.model import Report
from pytest_scer.scoring import estimates
from pytest_scer.sources import estimators as sources

EPOCH: Final = "epoch"
"""The section whose runs carbontracker's prediction takes for epochs."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a user of these calculators enters, and a report does not say.

    Attributes:
        core_w: TDP of a CPU core in watts.
        gpu_w: TDP of a GPU in watts.
        epochs: How many epochs carbontracker predicts; None for what was measured.
    """

    core_w: float = sources.GREEN_ALGORITHMS_CORE.value
    gpu_w: float = sources.GREEN_ALGORITHMS_GPU.value
    epochs: int | None = None


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a calculator says, next to what was measured.

    Attributes:
        calculator: Its name.
        energy_kwh: Its energy; None if it has no figure for such a run.
        co2e_g: Its grams of CO2e.
        measured_j: Measured joules of the components that it counts, after PUE; None if one of
            them has no figure.
        components: These components.
        basis: What it was given, or why it has no figure.
    """

    calculator: str
    energy_kwh: float | None
    co2e_g: float | None
    measured_j: float | None
    components: tuple[str, ...]
    basis: str

    @property
    def over_measured(self) -> float | None:
        """Its energy over the measured one; None if one of them is unknown or 0."""
        if not self.energy_kwh or not self.measured_j:
            return None
        return self.energy_kwh * JOULES_PER_KWH / self.measured_j


def estimate(report: Report, given: Assumptions) -> Iterator[Estimate]:
    """Yield what Green Algorithms, ML CO2 Impact and carbontracker say of the session.

    All use the session's time and the report's carbon intensity.

    Args:
        report: The report of one host.
        given: What the report does not say.

    Raises:
        ValueError: The report is merged from several hosts, or its session took no time.
    """
    if len(report.session.hosts) > 1:
        raise ValueError(
            f"the report is merged from {len(report.session.hosts)} hosts: estimate the report of "
            "each"
        )
    if not report.session.duration_s > 0:
        raise ValueError("the session took no time")
    yield _green_algorithms(report, given)
    yield _ml_co2_impact(report, given)
    yield _carbontracker(report, given)


def cpu_usage(report: Report) -> float | None:
    """The share of the machine's CPU time that tests and fixtures used; None if unknown."""
    parts = [*stages(report.tests), *(each.measurement for each in report.fixtures)]
    used_s = math.fsum(each.cpu_time_s for each in parts)
    if math.isnan(used_s):
        return None
    available_s = report.session.duration_s * max(report.environment.logical_cores, 1)
    return min(used_s / available_s, 1.0)


def _green_algorithms(report: Report, given: Assumptions) -> Estimate:
    machine, usage = report.environment, cpu_usage(report)
    load = (
        "full load, as not all CPU time is known"
        if usage is None
        else f"{usage:.0%} used by the tests"
    )
    gpus = len(machine.gpus)
    is_known = report.pue_source is not None or report.pue != 1
    pue = report.pue if is_known else sources.GREEN_ALGORITHMS_PUE.value
    found = estimates.green_algorithms(
        report.session.duration_s / 3600,
        cores=machine.logical_cores,
        w_per_core=given.core_w,
        cpu_usage=1.0 if usage is None else usage,
        gpus=gpus,
        w_per_gpu=given.gpu_w,
        memory_gb=machine.ram_gb,
        pue=pue,
        g_per_kwh=report.carbon_intensity.g_per_kwh,
    )
    basis = [f"{machine.logical_cores} cores x {given.core_w:g} W, {load}"]
    if gpus:
        basis.append(f"{gpus} GPU x {given.gpu_w:g} W, full load")
    basis.append(f"{machine.ram_gb:.3g} GB x {sources.GREEN_ALGORITHMS_MEMORY.value:g} W")
    basis.append(f"PUE {pue:g}" + ("" if is_known else " (its default)"))
    components = ("cpu", "gpu", "ram")
    return Estimate(
        "Green Algorithms 3",
        found.energy_kwh,
        found.co2e_g,
        _measured_j(report, components),
        components,
        ", ".join(basis),
    )


def _ml_co2_impact(report: Report, given: Assumptions) -> Estimate:
    name, gpus = "ML CO2 Impact", len(report.environment.gpus)
    if not gpus:
        why = "counts GPUs only, and this run had none"
        return Estimate(name, None, None, None, ("gpu",), why)
    found = estimates.ml_co2_impact(
        gpus * given.gpu_w,
        report.session.duration_s / 3600,
        report.carbon_intensity.g_per_kwh,
    )
    basis = f"{gpus} GPU x {given.gpu_w:g} W, rounded to 0.01 kWh and 0.01 kg at each step"
    return Estimate(
        name,
        found.energy_kwh,
        found.co2e_kg * 1000,
        _measured_j(report, ("gpu",)),
        ("gpu",),
        basis,
    )


def _carbontracker(report: Report, given: Assumptions) -> Estimate:
    name, components = "carbontracker 2", ("cpu", "gpu")
    epochs = [each for each in _epochs(report) if _power_w(each) is not None]
    measured_j = _measured_j(report, components)
    what = f"{len(epochs)} measured epochs"
    if not epochs:
        whole = _whole(report)
        epochs, what = ([whole] if _power_w(whole) is not None else []), "the session as one epoch"
    if not epochs:
        return Estimate(name, None, None, measured_j, components, "the power is unknown")
    epochs_kwh = [
        estimates.carbontracker_epoch_kwh([[_power_w(each) or 0.0]], each.duration_s)
        for each in epochs
    ]
    total = given.epochs or len(epochs)
    energy_kwh = estimates.carbontracker_prediction_kwh(epochs_kwh, total)
    epochs_j = math.fsum((each.cpu_j or 0.0) + (each.gpu_j or 0.0) for each in epochs)
    predicted = "" if total == len(epochs) else f", predicted for {total}"
    return Estimate(
        name,
        energy_kwh,
        energy_kwh * report.carbon_intensity.g_per_kwh,
        epochs_j / len(epochs) * total * report.pue,
        components,
        f"the report's power, PUE {sources.CARBONTRACKER_PUE.value:g}: {what}{predicted}",
    )


def _epochs(report: Report) -> Iterator[Measurement]:
    """Yield the runs of the sections called ``epoch``."""
    for test in report.tests:
        for section in test.sections:
            if section.name == EPOCH:
                yield from section.measurement.runs or (section.measurement,)


def _power_w(measured: Measurement) -> float | None:
    """Mean power of CPU and GPUs in watts; None if unknown."""
    known = [joules for joules in (measured.cpu_j, measured.gpu_j) if joules is not None]
    if not known or any(map(math.isnan, known)) or not measured.duration_s > 0:
        return None
    return math.fsum(known) / measured.duration_s


def _whole(report: Report) -> Measurement:
    cpu_j, gpu_j, ram_j = (_total_j(report, name) for name in COMPONENTS)
    return Measurement(report.session.duration_s, math.nan, cpu_j, gpu_j, ram_j, None)


def _measured_j(report: Report, components: tuple[str, ...]) -> float | None:
    """Measured joules of components after PUE; None if one that the session has is missing."""
    totals_j = (_total_j(report, name) for name in components)
    known_j = [joules for joules in totals_j if joules is not None]
    whole_j = math.fsum(known_j) * report.pue
    return None if not known_j or math.isnan(whole_j) else whole_j


def _total_j(report: Report, component: str) -> float | None:
    """Joules of a component in the session; None if it has none, NaN if its meter failed."""
    if report.meters[component].provenance is Provenance.ABSENT:
        return None
    joules: float | None = getattr(report.totals, f"{component}_j")
    return math.nan if joules is None else joules
