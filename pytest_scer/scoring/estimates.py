"""Estimates as other tools make them, and what-if calculations on measured energy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.scoring.sci import HOURS_PER_YEAR, JOULES_PER_KWH, operational_g
from pytest_scer.sources import equivalents
from pytest_scer.sources import estimators as sources
from pytest_scer.sources.grids import WORLD

DAYS_PER_YEAR = 365
GRAMS_PER_TONNE = 1e6

TREE_MONTH_G = sources.TREE_YEAR.value / 12
"""CO2 that a mature tree absorbs in a month, as assumed by Green Algorithms."""


@dataclass(frozen=True, slots=True)
class GreenAlgorithmsEstimate:
    """A Green Algorithms estimate: energy in kWh after PUE, and grams of CO2e."""

    energy_kwh: float
    co2e_g: float

    @property
    def tree_months(self) -> float:
        """Months that a mature tree needs to absorb it."""
        return self.co2e_g / TREE_MONTH_G

    @property
    def car_km(self) -> float:
        """Kilometres in an average European car."""
        return self.co2e_g / equivalents.CAR_KM.value


def green_algorithms(
    hours: float,
    *,
    cores: int = 0,
    w_per_core: float = sources.GREEN_ALGORITHMS_CORE.value,
    cpu_usage: float = 1.0,
    gpus: int = 0,
    w_per_gpu: float = sources.GREEN_ALGORITHMS_GPU.value,
    gpu_usage: float = 1.0,
    memory_gb: float = 0.0,
    pue: float = sources.GREEN_ALGORITHMS_PUE.value,
    g_per_kwh: float = WORLD.value,
    runs: int = 1,
) -> GreenAlgorithmsEstimate:
    """Estimate like Green Algorithms 3 (Lannelongue, Grealey, Inouye, Advanced Science, 2021).

    `kWh = h * (cores * W * usage + GPUs * W * usage + GB * W) * PUE / 1000`, times the runs. The
    defaults are the tool's, for any core, any GPU, an unknown PUE and the world.

    Args:
        hours: Duration of one run in hours.
        cores: Number of CPU cores.
        w_per_core: TDP per core in watts.
        cpu_usage: Load of the cores, 0 to 1.
        gpus: Number of GPUs.
        w_per_gpu: TDP per GPU in watts.
        gpu_usage: Load of the GPUs, 0 to 1.
        memory_gb: Memory available to the run in GB, used or not.
        pue: PUE of the data centre; 1 for a personal computer.
        g_per_kwh: Carbon intensity of the grid.
        runs: Number of runs.
    """
    power_w = (
        cores * w_per_core * cpu_usage
        + gpus * w_per_gpu * gpu_usage
        + memory_gb * sources.GREEN_ALGORITHMS_MEMORY.value
    )
    energy_kwh = hours * power_w * pue / 1000 * runs
    return GreenAlgorithmsEstimate(energy_kwh, energy_kwh * g_per_kwh)


@dataclass(frozen=True, slots=True)
class MlCo2Estimate:
    """An ML CO2 Impact estimate, with each figure rounded to two decimals as on its web page."""

    energy_kwh: float
    kg_per_kwh: float
    co2e_kg: float
    offset_kg: float

    @property
    def car_km(self) -> float:
        """Kilometres in an average US car."""
        return self.co2e_kg * 1000 / sources.ML_CO2_CAR_KM.value

    @property
    def coal_kg(self) -> float:
        """Kilograms of coal burned."""
        return self.co2e_kg * 1000 / sources.ML_CO2_COAL.value

    @property
    def seedlings(self) -> float:
        """Tree seedlings that absorb it in ten years."""
        return self.co2e_kg * 1000 / sources.ML_CO2_SEEDLING.value


def ml_co2_impact(
    gpu_w: float, hours: float, g_per_kwh: float, offset_percent: float = 0.0
) -> MlCo2Estimate:
    """Estimate like the ML CO2 Impact calculator (Lacoste and others, 2019), GPU only.

    `kWh = r2(W * h / 1000)`, `kg = r2(kWh * r2(g_per_kWh / 1000))`: the calculator rounds to two
    decimals at each step, so small jobs become 0. Use this figure only for comparison.

    Args:
        gpu_w: TDP of the GPU in watts.
        hours: Hours of use.
        g_per_kwh: Carbon intensity of the grid.
        offset_percent: Share that the provider offsets, in percent.
    """
    energy_kwh = _to_fixed_2(gpu_w * hours / 1000)
    kg_per_kwh = _to_fixed_2(g_per_kwh / 1000)
    co2e_kg = _to_fixed_2(energy_kwh * kg_per_kwh)
    return MlCo2Estimate(
        energy_kwh, kg_per_kwh, co2e_kg, _to_fixed_2(co2e_kg * offset_percent / 100)
    )


def _to_fixed_2(value: float) -> float:
    # JavaScript's toFixed(2) rounds exact halves up; Python's round() rounds them to even.
    return float(Decimal(value).quantize(Decimal("0.01"), ROUND_HALF_UP))


def carbontracker_epoch_kwh(devices_w: Sequence[Sequence[float]], epoch_s: float) -> float:
    """Energy of an epoch as calculated by carbontracker 2 (Anthony and others, 2020), with its PUE.

    Args:
        devices_w: The power samples of each device, in watts.
        epoch_s: Duration of the epoch in seconds.
    """
    power_w = math.fsum(math.fsum(samples) / len(samples) for samples in devices_w)
    return power_w * epoch_s / JOULES_PER_KWH * sources.CARBONTRACKER_PUE.value


def carbontracker_prediction_kwh(epochs_kwh: Sequence[float], total_epochs: int) -> float:
    """Energy of a training as predicted by carbontracker: epochs times the mean measured epoch."""
    return total_epochs * math.fsum(epochs_kwh) / len(epochs_kwh)


def carbontracker_car_km(co2e_g: float) -> float:
    """Kilometres in a car, as carbontracker states them."""
    return co2e_g / sources.CARBONTRACKER_CAR_KM.value


def embodied_per_hour_g(total_g: float, life_years: float, utilisation: float) -> float:
    """Embodied grams per hour of use, spread over the hours that a device is in use, as for BLOOM.

    Luccioni, Viguier, Ligozat, "Estimating the carbon footprint of BLOOM", JMLR 24 (2023): a server
    2,500 kg, a GPU 150 kg, six years at 85 %.

    Args:
        total_g: Grams from making the device.
        life_years: Lifetime in years of 365 days.
        utilisation: Share of the lifetime in use, above 0 and at most 1.
    """
    return total_g / (life_years * HOURS_PER_YEAR * utilisation)


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """Emissions of a model over its life, in grams, divided as in the table of the BLOOM paper.

    Attributes:
        training_g: Emissions from the dynamic power of the training.
        idle_g: Emissions from the idle power of the machines during the training.
        embodied_g: Emissions from making the machines, shared by time.
        serving_g_per_day: Emissions of the deployed model per day.
    """

    training_g: float | None
    idle_g: float | None
    embodied_g: float | None
    serving_g_per_day: float | None

    @property
    def total_g(self) -> float | None:
        """Sum of training, idle and embodied emissions; None if one of them is unknown."""
        parts = [self.training_g, self.idle_g, self.embodied_g]
        known = [part for part in parts if part is not None]
        return math.fsum(known) if len(known) == len(parts) else None

    @property
    def serving_days(self) -> float | None:
        """Days of serving that emit as much as `total_g`; None if unknown."""
        if self.total_g is None or not self.serving_g_per_day:
            return None
        return self.total_g / self.serving_g_per_day


@dataclass(frozen=True, slots=True)
class Site:
    """A place where the same work could run.

    Attributes:
        name: Country or cloud region.
        g_per_kwh: Carbon intensity of its grid.
        pue: PUE of its data centre.
        basis: What the intensity is: the year of an average, `live` or `given`.
        source: Where the intensity comes from; empty if the user gave it.
    """

    name: str
    g_per_kwh: float
    pue: float = 1.0
    basis: str = ""
    source: str = ""

    def co2e_g(self, energy_j: float) -> float:
        """Operational grams of CO2e for `energy_j` joules of IT energy at this site."""
        return operational_g(energy_j, self.g_per_kwh, self.pue)


def what_if(energy_j: float, sites: Sequence[Site]) -> tuple[tuple[Site, float], ...]:
    """Grams of CO2e for the same energy at each site, lowest first."""
    return tuple(sorted(((s, s.co2e_g(energy_j)) for s in sites), key=lambda pair: pair[1]))


def cost_parity(training_j: float, inference_j: float) -> float:
    """Number of inferences that use as much energy as the training.

    Luccioni, Jernite, Strubell, "Power Hungry Processing", FAccT 2024, table 5, where it is the
    energy of training plus fine-tuning divided by the energy of one inference.

    Raises:
        ValueError: The energy of an inference is not above 0.
    """
    if not inference_j > 0:
        raise ValueError(f"the energy of an inference must be above 0 J, not {inference_j}")
    return training_j / inference_j


def yearly(per_unit: float, units_per_day: float) -> float:
    """The yearly total of a figure per unit (joules, grams, litres), for 365 days."""
    return per_unit * units_per_day * DAYS_PER_YEAR


def offset_cost(co2e_g: float, price_per_tonne: float) -> float:
    """Price of offsetting, in the currency of the price per tonne.

    Not part of a score: SCI (ISO/IEC 21031:2024) does not count offsets.
    """
    return co2e_g / GRAMS_PER_TONNE * price_per_tonne


def site_water_l(energy_j: float, wue_l_per_kwh: float) -> float:
    """Litres evaporated on site: WUE times IT energy, without PUE.

    WUE is litres per kWh of IT energy (The Green Grid, white paper 35, 2011).
    """
    return energy_j / JOULES_PER_KWH * wue_l_per_kwh


def generation_water_l(energy_j: float, l_per_kwh: float, pue: float = 1.0) -> float:
    """Litres evaporated in generating the electricity that the data centre uses.

    Args:
        energy_j: IT energy in joules.
        l_per_kwh: Water intensity of the electricity. It varies tenfold between power plants, so
            there is no default.
        pue: PUE of the data centre.
    """
    return energy_j / JOULES_PER_KWH * pue * l_per_kwh
