"""CodeCarbon's view of this machine and of the world's grids: the one module that imports it.

CodeCarbon finds the power counters, knows the chips, the memory and the carbon intensities, and
reads its own configuration. What is not taken from it, because it is measured to be wrong or slow
there (see ``docs/explanation/what-is-measured.md``): the sampled CPU figures and the task API.

Its inner objects are used where the public interface cannot serve; a contract test says which, and
fails when a release changes them.
"""

from __future__ import annotations

import csv
import json
import logging
import os
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import psutil

from pytest_scer.core.intensity import CarbonIntensity, Place
from pytest_scer.meters.base import ABSENT, MeterInfo, Provenance, TrackingMode
from pytest_scer.meters.chips import threads_of
from pytest_scer.meters.counters import Counter, learn_ticks
from pytest_scer.meters.cputime import ProcessTime
from pytest_scer.meters.devices import (
    RAPL_TICK_S,
    GpuCounter,
    GpuPower,
    RaplDomain,
    rapl_limit_w,
)
from pytest_scer.meters.diagnosis import unreadable_packages
from pytest_scer.meters.hardware import HardwareMeter, Sources, machine_cpu_time_s
from pytest_scer.meters.stepped import MACHINE_CPU_TICK_S, SteppedComponent


class UnknownPlace(ValueError):
    """CodeCarbon's tables know no such country, region or cloud region."""


@contextmanager
def quiet() -> Iterator[None]:
    """Keep CodeCarbon's logger, which prints while it is imported and constructed, off the screen.

    It is as it was afterwards, for tests that use CodeCarbon themselves.
    """
    logger = logging.getLogger("codecarbon")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


@dataclass(frozen=True)
class Configuration:
    """CodeCarbon's own configuration, from its files and its environment variables.

    Attributes:
        values: Every key that is set, as text.
        sources: The file or environment variable that set it.
    """

    values: Mapping[str, str]
    sources: Mapping[str, str]

    def number(self, key: str) -> float | None:
        """A key as a number; None where it is not set.

        Raises:
            ValueError: The value is no number; the message names its source.
        """
        text = self.values.get(key)
        if text is None:
            return None
        try:
            return float(text)
        except ValueError:
            raise ValueError(f"{self.sources[key]}: {key} = {text!r} is not a number") from None

    def place(self) -> Place | None:
        """Where the electricity comes from; None where the configuration does not say."""
        keys = {
            "g_per_kwh": "force_carbon_intensity_g_co2e_kwh",
            "cloud": "cloud_provider",
            "country": "country_iso_code",
        }
        for key in keys.values():
            if key in self.values:
                break
        else:
            return None
        source = self.sources[key]
        if key == keys["g_per_kwh"]:
            return Place(g_per_kwh=self.number(key), source=source)
        if key == keys["cloud"]:
            region = self.values.get("cloud_region", "")
            return Place(cloud=f"{self.values[key]}/{region}", source=source)
        return Place(country=self.values[key], region=self.values.get("region"), source=source)


def configuration() -> Configuration:
    """Read CodeCarbon's configuration files and environment variables."""
    with quiet():
        from codecarbon.core.config import get_hierarchical_config_with_sources

        values, sources = get_hierarchical_config_with_sources()
    return Configuration(values, sources)


def versions() -> dict[str, str]:
    """The version of CodeCarbon that the figures rest on."""
    return {"codecarbon": version("codecarbon")}


# --- grids --------------------------------------------------------------------------------------


class _Tables:
    """CodeCarbon's tables, read without pandas, which would cost every session 0.3 s.

    Stands in for ``codecarbon.input.DataSource`` where that loads all of its tables at once.
    """

    def __init__(self) -> None:
        from codecarbon.input import DataSource

        self._source = DataSource()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def _json(self, path: str) -> Any:
        return json.loads(Path(self._source.get_ressource_path("codecarbon", path)).read_text())

    def get_global_energy_mix_data(self) -> Any:
        return self._energy_mix

    @cached_property
    def _energy_mix(self) -> Any:
        return self._json("data/private_infra/global_energy_mix.json")

    @cached_property
    def per_source(self) -> Any:
        return self._json("data/private_infra/carbon_intensity_per_source.json")

    @cached_property
    def nordic(self) -> Any:
        return self._json("data/private_infra/nordic_emissions.json")

    def get_nordic_country_energy_mix_data(self) -> Any:
        return self.nordic

    @cached_property
    def china(self) -> Any:
        return self._json("data/private_infra/2023/china_provincial_emissions.json")

    def get_china_provincial_emissions_data(self) -> Any:
        return self.china

    @cached_property
    def clouds(self) -> dict[tuple[str, str], dict[str, str]]:
        with open(self._source.cloud_emissions_path, encoding="utf-8-sig", newline="") as table:
            return {(row["provider"], row["region"]): row for row in csv.DictReader(table)}

    @cached_property
    def chips_tdp(self) -> dict[str, str]:
        with open(self._source.cpu_power_path, encoding="utf-8-sig", newline="") as table:
            return {row["Name"]: row["TDP"] for row in csv.DictReader(table)}

    def regions(self, country: str) -> dict[str, int | None]:
        """The regions of a country by the name to look them up with, and the year of the figure."""
        if country == "USA":
            states = self._source.get_country_emissions_data("usa")
            year = states["_source"]["year"]
            return {name: year for name in states if not name.startswith("_")}
        if country == "CAN":
            return dict.fromkeys(self._source.get_country_energy_mix_data("can"), 2023)
        if country == "CHN":
            year = self.china["metadata"]["year"]
            return {name: year for row in self.china["data"].values() for name in row["names"]}
        zones = {"SWE": "SE", "NOR": "NO", "FIN": "FI"}
        return {
            zone.lower(): row["year"]
            for zone, row in self.nordic["data"].items()
            if country in zones and zone.startswith(zones[country])
        }


def carbon_intensity(place: Place) -> CarbonIntensity:
    """Look up the carbon intensity of a place in CodeCarbon's tables, without any network.

    Raises:
        UnknownPlace: The tables do not know it; the message names what said so, and the remedy.
    """
    if place.g_per_kwh is not None:
        return CarbonIntensity(
            place.g_per_kwh, f"as given by {place.source}", place.source, "given by the user"
        )
    with quiet():
        tables = _Tables()
        if place.cloud is not None:
            return _of_cloud(place.cloud, place.source, tables)
        if place.country is None:
            world = tables.per_source
            return CarbonIntensity(
                float(world["world_average"]),
                "world average",
                f"CodeCarbon {version('codecarbon')}, from {world['world_average_source']}",
                "location-based yearly average",
                2019,
            )
        return _of_country(place, tables)


def _of_cloud(cloud: str, source: str, tables: _Tables) -> CarbonIntensity:
    provider, _, region = cloud.lower().partition("/")
    row = tables.clouds.get((provider, region))
    if row is None:
        known = sorted(region for known, region in tables.clouds if known == provider)
        providers = sorted({known for known, _ in tables.clouds})
        remedy = (
            f"known regions of {provider}: {', '.join(known)}"
            if known
            else f"CodeCarbon knows the regions of {', '.join(providers)} only: "
            "give the country or the intensity instead"
        )
        raise UnknownPlace(f"{source}: unknown cloud region {cloud!r}; {remedy}")
    where = row["city"] or row["state"] or row["country_name"]
    return CarbonIntensity(
        float(row["impact"]),
        f"{provider}/{region} ({where}, {row['country_name']})",
        f"CodeCarbon {version('codecarbon')}, from {row['source']}",
        "location-based yearly average",
    )


def _of_country(place: Place, tables: _Tables) -> CarbonIntensity:
    from codecarbon.core.emissions import Emissions
    from codecarbon.core.units import Energy
    from codecarbon.external.geography import GeoMetadata

    country = (place.country or "").upper()
    mixes = tables.get_global_energy_mix_data()
    if country not in mixes:
        raise UnknownPlace(
            f"{place.source}: unknown country {place.country!r}; "
            "give an ISO 3166-1 alpha-3 code, such as FRA, DEU or USA"
        )
    name, year = mixes[country]["country_name"], mixes[country]["year"]
    if place.region is not None:
        regions = tables.regions(country)
        if place.region.lower() not in regions:
            remedy = (
                f"known regions: {', '.join(sorted(regions))}"
                if regions
                else f"CodeCarbon knows no regions of {name}: leave it out"
            )
            raise UnknownPlace(
                f"{place.source}: unknown region {place.region!r} of {name}; {remedy}"
            )
        name, year = f"{place.region}, {name}", regions[place.region.lower()]
    geo = GeoMetadata(country_iso_code=country, country_name=name, region=place.region)
    kg_per_kwh = Emissions(tables).get_private_infra_emissions(Energy(1.0), geo)
    return CarbonIntensity(
        round(kg_per_kwh * 1e3, 6),
        name,
        f"CodeCarbon {version('codecarbon')}",
        "location-based yearly average",
        year,
    )


# --- the live grid ------------------------------------------------------------------------------

NAME: Final = f"CodeCarbon {version('codecarbon')}"


def live_g_per_kwh(
    country: str, latitude: float | None, longitude: float | None, token: str
) -> float:
    """Ask Electricity Maps for the carbon intensity of a grid now.

    Args:
        country: ISO 3166-1 alpha-3 code, for where no position is known.
        latitude: Of the place.
        longitude: Of the place.
        token: The user's.

    Raises:
        Exception: It did not answer, or refused; CodeCarbon lets through what its client raises.
            What it answers is not checked here.
    """
    with quiet():
        import pycountry
        from codecarbon.core import electricitymaps_api
        from codecarbon.external.geography import GeoMetadata

        found = pycountry.countries.get(alpha_3=country.upper())
        geo = GeoMetadata(
            country_iso_code=country,
            latitude=latitude,
            longitude=longitude,
            country_2letter_iso_code=None if found is None else found.alpha_2,
        )
        answer: float = electricitymaps_api.get_carbon_intensity(geo, token)
    return answer


def location_url() -> str:
    """The service that CodeCarbon asks where a machine is."""
    with quiet():
        from codecarbon.input import DataSource

        return str(DataSource().geo_js_url)


def cloud_region() -> str | None:
    """``provider/region`` as the cloud's metadata service tells it; None outside of a cloud."""
    with quiet():
        from codecarbon.external.geography import CloudMetadata

        found = CloudMetadata.from_utils()
    return f"{found.provider}/{found.region}" if found.provider and found.region else None


# --- hardware -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Request:
    """What is asked of the meter.

    Attributes:
        components: Which of ``cpu``, ``gpu``, ``ram`` count.
        tracking_mode: Whose energy to charge; None leaves it to the meters: the machine's where a
            counter measures it and nothing else runs beside the test, else the process's share.
        concurrent: How many test processes share this host.
    """

    components: frozenset[str]
    tracking_mode: TrackingMode | None = None
    concurrent: int = 1


def open_meter(request: Request, conf: Configuration) -> HardwareMeter:
    """Find the hardware and start to meter it.

    Args:
        request: What to meter.
        conf: CodeCarbon's configuration: ``force_cpu_power``, ``force_ram_power``, ``gpu_ids`` and
            the ``rapl_*`` keys are honoured.
    """
    with quiet():
        infos: dict[str, MeterInfo] = dict.fromkeys(("cpu", "gpu", "ram"), ABSENT)
        closers: list[Callable[[], None]] = []
        process_time = ProcessTime()
        cpu_counter = gpu_counter = cpu_w = ram_w = None
        machine_wide = False
        if "cpu" in request.components:
            domains = [] if conf.number("force_cpu_power") else _rapl_domains(conf)
            if domains:
                mode = request.tracking_mode or _unless_shared(request)
                by_share = mode is TrackingMode.PROCESS
                cpu_counter = SteppedComponent(
                    [Counter(domain) for domain in domains],
                    machine_cpu_time_s=machine_cpu_time_s if by_share else None,
                )
                closers += [domain.close for domain in domains]
                infos["cpu"] = MeterInfo(
                    "RAPL",
                    Provenance.MEASURED,
                    mode,
                    MACHINE_CPU_TICK_S if by_share else RAPL_TICK_S,
                    "counters "
                    + ", ".join(domain.name for domain in domains)
                    + (", by the share of the machine's CPU time" if by_share else ""),
                )
            else:
                mode = request.tracking_mode or TrackingMode.PROCESS
                machine_wide = mode is TrackingMode.MACHINE
                cpu_w, why = _thread_w(conf)
                infos["cpu"] = MeterInfo(
                    f"CPU time x {cpu_w:.3g} W per hardware thread",
                    Provenance.MODELLED,
                    mode,
                    1e-2 if machine_wide else 1e-6,
                    f"{why}; no power counter; {process_time.detail}",
                )
        if "gpu" in request.components and (found := _gpus(conf)):
            gpus = [gpu for *_, gpu in found]
            counters = [Counter(gpu) for gpu in gpus]
            learn_ticks([counter for counter in counters if counter.device.steps])
            sharers = 1 if request.tracking_mode is TrackingMode.MACHINE else request.concurrent
            gpu_counter = SteppedComponent(counters, sharers=sharers)
            closers += [gpu.close for gpu in gpus if isinstance(gpu, GpuPower)]
            by_power = any(isinstance(gpu, GpuPower) for gpu in gpus)
            infos["gpu"] = MeterInfo(
                "power samples" if by_power else "energy counter",
                Provenance.MEASURED,
                TrackingMode.MACHINE,
                round(max(counter.tick_s for counter in counters), 3),
                ", ".join(gpu.name for gpu in gpus)
                + (", shared evenly by the workers that see them" if sharers > 1 else ""),
                tuple((index, model) for index, model, _ in found),
            )
        if "ram" in request.components:
            ram_w, detail = _ram_w(conf)
            by_whom = "workers, evenly" if sys.platform == "win32" else "tests that run at a time"
            share = f", shared by the {by_whom}" if request.concurrent > 1 else ""
            infos["ram"] = MeterInfo(
                f"{ram_w:.3g} W constant",
                Provenance.CONSTANT,
                TrackingMode.MACHINE,
                1e-9,
                detail + share,
            )
    return HardwareMeter(
        Sources(
            infos=infos,
            cpu_w_per_cpu_s=cpu_w,
            cpu_machine_wide=machine_wide,
            cpu_counter=cpu_counter,
            gpu_counter=gpu_counter,
            ram_w=ram_w,
            concurrent=request.concurrent,
            closers=tuple(closers),
        ),
        process_time,
    )


def _unless_shared(request: Request) -> TrackingMode:
    return TrackingMode.MACHINE if request.concurrent == 1 else TrackingMode.PROCESS


def _rapl_domains(conf: Configuration) -> list[RaplDomain]:
    """The RAPL domains that CodeCarbon would meter: packages, no mirrored counters.

    None where a package cannot be read: CodeCarbon goes on with the others, or with the cores of
    this one, and a part of the CPU would pass for all of it.
    """
    from codecarbon.core import cpu

    if not (sys.platform == "linux" and cpu.is_rapl_available()) or unreadable_packages():
        return []
    flags = {
        key: conf.values.get(key, "").lower() == "true"
        for key in ("rapl_include_dram", "rapl_prefer_psys")
    }
    rapl = cpu.IntelRAPL(**flags)
    rapl.start()
    mirrored = rapl._mirrored_candidates
    domains = []
    for file in rapl._rapl_files:
        if file.path in mirrored:
            continue
        name = _read_text(Path(file.path).with_name("name")) or file.name
        domains.append(RaplDomain(name, file.path, rapl_limit_w(file.path)))
    return domains


def _gpus(conf: Configuration) -> list[tuple[int, str, GpuCounter | GpuPower]]:
    """The GPUs that this process may use and CodeCarbon can read: index, model, counter."""
    from codecarbon.core.gpu import is_gpu_details_available

    wanted = conf.values.get("gpu_ids", os.environ.get("CUDA_VISIBLE_DEVICES"))
    if not is_gpu_details_available() or wanted in ("", "-1", "NoDevFiles"):
        return []
    from codecarbon.external.hardware import GPU

    selection = GPU(gpu_ids=None if wanted is None else wanted.split(","))
    indices = set(selection._get_gpu_ids())
    gpus: list[tuple[int, str, GpuCounter | GpuPower]] = []
    for device in selection.devices.devices:
        if device.gpu_index not in indices:
            continue
        name = f"GPU {device.gpu_index} ({device._gpu_name})"
        limit_w = device._power_limit
        gpu: GpuCounter | GpuPower
        if device._get_total_energy_consumption() is not None:
            gpu = GpuCounter(name, device._get_total_energy_consumption, limit_w)
        else:
            gpu = GpuPower(name, device._get_power_usage, limit_w)
        gpus.append((device.gpu_index, str(device._gpu_name), gpu))
    return gpus


def _thread_w(conf: Configuration) -> tuple[float, str]:
    """Watts of one hardware thread at full load, and how they were found.

    The chip's TDP (CodeCarbon's table) over the chip's threads, never over the threads that a
    virtual machine was given; CodeCarbon's 4 W per thread where the chip is not known.
    """
    from codecarbon.core.cpu import DEFAULT_POWER_PER_CORE, TDP

    logical = psutil.cpu_count() or 1
    forced_w = conf.number("force_cpu_power")
    if forced_w:
        source = conf.sources["force_cpu_power"]
        return forced_w / logical, f"{source}: {forced_w:g} W over {logical} threads"
    model = cpu_model()
    tdps = _Tables().chips_tdp
    name = TDP._get_matching_cpu(TDP.__new__(TDP), model, {"Name": list(tdps)}) if model else None
    threads = threads_of(model) or (None if _is_virtual() else logical // _sockets())
    default = f"CodeCarbon's default of {DEFAULT_POWER_PER_CORE} W per thread"
    if name is None:
        return float(DEFAULT_POWER_PER_CORE), f"{default}: it does not know {model or 'this CPU'}"
    if threads is None:
        return float(DEFAULT_POWER_PER_CORE), f"{default}: threads of {name} unknown in this VM"
    tdp_w = float(tdps[name])
    return tdp_w / threads, f"TDP of {name}: {tdp_w:g} W over {threads} threads"


def _ram_w(conf: Configuration) -> tuple[float, str]:
    """Watts of the memory: a constant of the machine's size, or the user's."""
    from codecarbon.external.ram import RAM

    forced_w = conf.number("force_ram_power")
    ram = RAM(tracking_mode="machine", force_ram_power=forced_w)
    detail = (
        conf.sources["force_ram_power"]
        if forced_w is not None
        else f"CodeCarbon's model for {ram.machine_memory_GB:.3g} GB"
    )
    return float(ram.total_power().W), detail


def cpu_model() -> str:
    """The brand string of the CPU; empty where the system does not tell.

    On Linux from ``/proc/cpuinfo``, where CodeCarbon's library finds it too after a second of
    other work.
    """
    for line in _read_text(Path("/proc/cpuinfo")).splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    from codecarbon.core.util import detect_cpu_model

    return detect_cpu_model() or platform.processor()


def _is_virtual() -> bool:
    flags = next(
        (line for line in _read_text(Path("/proc/cpuinfo")).splitlines() if "flags" in line), ""
    )
    return "hypervisor" in flags.split()


def _sockets() -> int:
    ids = {line for line in _read_text(Path("/proc/cpuinfo")).splitlines() if "physical id" in line}
    return max(len(ids), 1)


def _read_text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
