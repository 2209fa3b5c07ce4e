"""Estimators that users compare with, and what-if arithmetic on energy that was measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from pytest_scer.scoring.sci import HOURS_PER_YEAR, JOULES_PER_KWH, operational_g

DAYS_PER_YEAR = 365
GRAMS_PER_TONNE = 1e6

GREEN_ALGORITHMS_W_PER_CORE = 12.0
GREEN_ALGORITHMS_W_PER_GPU = 200.0
GREEN_ALGORITHMS_W_PER_GB = 0.3725
GREEN_ALGORITHMS_PUE = 1.56
GREEN_ALGORITHMS_G_PER_KWH = 475.0
TREE_MONTH_G = 11_000 / 12
"""What a mature tree takes up in a month: 11 kg CO2 a year, as Green Algorithms counts it."""

CARBONTRACKER_PUE = 1.58


@dataclass(frozen=True, slots=True)
class GreenAlgorithmsEstimate:
    """A Green Algorithms estimate: energy in kWh after PUE, and grams of CO2e."""

    energy_kwh: float
    co2e_g: float

    @property
    def tree_months(self) -> float:
        """Months that a mature tree needs to take it up."""
        return self.co2e_g / TREE_MONTH_G


def green_algorithms(
    hours: float,
    *,
    cores: int = 0,
    w_per_core: float = GREEN_ALGORITHMS_W_PER_CORE,
    cpu_usage: float = 1.0,
    gpus: int = 0,
    w_per_gpu: float = GREEN_ALGORITHMS_W_PER_GPU,
    gpu_usage: float = 1.0,
    memory_gb: float = 0.0,
    pue: float = GREEN_ALGORITHMS_PUE,
    g_per_kwh: float = GREEN_ALGORITHMS_G_PER_KWH,
    runs: int = 1,
) -> GreenAlgorithmsEstimate:
    """Estimate as Green Algorithms 3 does (Lannelongue, Grealey, Inouye, Advanced Science, 2021).

    `kWh = h * (cores * W * usage + GPUs * W * usage + GB * 0.3725 W) * PUE / 1000`, times the runs.
    The defaults are the tool's: any core 12 W, any GPU 200 W, unknown PUE 1.56, world 475 g/kWh.

    Args:
        hours: of one run.
        cores: CPU cores.
        w_per_core: their TDP, a core.
        cpu_usage: their load, 0 to 1.
        gpus: how many.
        w_per_gpu: their TDP, a GPU.
        gpu_usage: their load, 0 to 1.
        memory_gb: memory available to the run, used or not.
        pue: of the data centre; 1 for a computer of one's own.
        g_per_kwh: carbon intensity of the grid.
        runs: how often it ran.
    """
    power_w = (
        cores * w_per_core * cpu_usage
        + gpus * w_per_gpu * gpu_usage
        + memory_gb * GREEN_ALGORITHMS_W_PER_GB
    )
    energy_kwh = hours * power_w * pue / 1000 * runs
    return GreenAlgorithmsEstimate(energy_kwh, energy_kwh * g_per_kwh)


@dataclass(frozen=True, slots=True)
class MlCo2Estimate:
    """An ML CO2 Impact estimate, each figure rounded to two decimals as its page shows it."""

    energy_kwh: float
    kg_per_kwh: float
    co2e_kg: float
    offset_kg: float


def ml_co2_impact(
    gpu_w: float, hours: float, g_per_kwh: float, offset_percent: float = 0.0
) -> MlCo2Estimate:
    """Estimate as the ML CO2 Impact calculator does (Lacoste and others, 2019), GPU only.

    `kWh = r2(W * h / 1000)`, `kg = r2(kWh * r2(g_per_kWh / 1000))`: it rounds to two decimals at
    each step, so that small jobs come out as 0 there; this figure is for comparison only.

    Args:
        gpu_w: TDP of the GPU.
        hours: of use.
        g_per_kwh: carbon intensity of the grid.
        offset_percent: share that the provider offsets.
    """
    energy_kwh = _to_fixed_2(gpu_w * hours / 1000)
    kg_per_kwh = _to_fixed_2(g_per_kwh / 1000)
    co2e_kg = _to_fixed_2(energy_kwh * kg_per_kwh)
    return MlCo2Estimate(
        energy_kwh, kg_per_kwh, co2e_kg, _to_fixed_2(co2e_kg * offset_percent / 100)
    )


def _to_fixed_2(value: float) -> float:
    # JavaScript's toFixed(2): exact halves go up, where Python's round goes to even.
    return float(Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP))


def carbontracker_epoch_kwh(devices_w: Sequence[Sequence[float]], epoch_s: float) -> float:
    """Energy of an epoch as carbontracker 2 counts it (Anthony and others, 2020), PUE 1.58.

    Args:
        devices_w: the power samples of each device, in watts.
        epoch_s: seconds of the epoch.
    """
    power_w = math.fsum(math.fsum(samples) / len(samples) for samples in devices_w)
    return power_w * epoch_s / JOULES_PER_KWH * CARBONTRACKER_PUE


def carbontracker_prediction_kwh(epochs_kwh: Sequence[float], total_epochs: int) -> float:
    """Energy of a training as carbontracker predicts it: epochs times the mean measured epoch."""
    return total_epochs * math.fsum(epochs_kwh) / len(epochs_kwh)


def embodied_per_hour_g(total_g: float, life_years: float, utilisation: float) -> float:
    """Embodied grams per hour of use, as for BLOOM: spread over the hours that a device is in use.

    Luccioni, Viguier, Ligozat, "Estimating the carbon footprint of BLOOM", JMLR 24 (2023): a server
    2,500 kg, a GPU 150 kg, six years at 85 %.

    Args:
        total_g: grams from making the device.
        life_years: of 365 days.
        utilisation: share of its life in use, above 0 to 1.
    """
    return total_g / (life_years * HOURS_PER_YEAR * utilisation)


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """Emissions of a model over its life, in grams, as the table of the BLOOM paper divides them.

    Attributes:
        training_g: dynamic power of the training.
        idle_g: of the machines kept on for it.
        embodied_g: of making the machines, shared by time.
        serving_g_per_day: of the deployed model.
    """

    training_g: float | None
    idle_g: float | None
    embodied_g: float | None
    serving_g_per_day: float | None

    @property
    def total_g(self) -> float | None:
        """Training, idle and embodied together; None if one of them is not known."""
        parts = [self.training_g, self.idle_g, self.embodied_g]
        known = [part for part in parts if part is not None]
        return math.fsum(known) if len(known) == len(parts) else None

    @property
    def serving_days(self) -> float | None:
        """Days of serving that emit as much as all that came before."""
        if self.total_g is None or not self.serving_g_per_day:
            return None
        return self.total_g / self.serving_g_per_day


@dataclass(frozen=True, slots=True)
class Site:
    """A place where the same work could run.

    Attributes:
        name: country or cloud region.
        g_per_kwh: carbon intensity of its grid.
        pue: of its data centre.
    """

    name: str
    g_per_kwh: float
    pue: float = 1.0

    def co2e_g(self, energy_j: float) -> float:
        """Operational grams of so many joules of IT energy there."""
        return operational_g(energy_j, self.g_per_kwh, self.pue)


def what_if(energy_j: float, sites: Sequence[Site]) -> tuple[tuple[Site, float], ...]:
    """The grams of the same energy at each site, least first."""
    return tuple(sorted(((s, s.co2e_g(energy_j)) for s in sites), key=lambda pair: pair[1]))


def cost_parity(training_j: float, inference_j: float) -> float:
    """How many inferences use as much energy as the training did.

    Luccioni, Jernite, Strubell, "Power Hungry Processing", FAccT 2024, table 5; there training plus
    fine-tuning over the energy of one inference.

    Raises:
        ValueError: the energy of an inference is not above 0.
    """
    if not inference_j > 0:
        raise ValueError(f"the energy of an inference must be above 0 J, not {inference_j}")
    return training_j / inference_j


def yearly(per_request: float, requests_per_day: float) -> float:
    """A figure per request (joules, grams, litres) over a year of 365 days."""
    return per_request * requests_per_day * DAYS_PER_YEAR


def offset_cost(co2e_g: float, price_per_tonne: float) -> float:
    """Price of offsetting, in the currency of the price per tonne.

    It is no part of a score: SCI (ISO/IEC 21031:2024) counts no offsets.
    """
    return co2e_g / GRAMS_PER_TONNE * price_per_tonne


def site_water_l(energy_j: float, wue_l_per_kwh: float) -> float:
    """Litres evaporated on site: WUE times IT energy, without PUE.

    WUE is litres per kWh of IT energy (The Green Grid, white paper 35, 2011).
    """
    return energy_j / JOULES_PER_KWH * wue_l_per_kwh


def generation_water_l(energy_j: float, l_per_kwh: float, pue: float = 1.0) -> float:
    """Litres evaporated where the electricity is generated, for all that the data centre draws.

    Args:
        energy_j: IT energy in joules.
        l_per_kwh: water intensity of the electricity. It varies tenfold with the plants, so there
            is no default; the United States average is 7.6 (Shehabi and others, LBNL, 2016).
        pue: of the data centre.
    """
    return energy_j / JOULES_PER_KWH * pue * l_per_kwh
