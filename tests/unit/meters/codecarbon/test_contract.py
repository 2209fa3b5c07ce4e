"""The private parts of CodeCarbon that ``meters/codecarbon`` uses; fails if a release changes them.

In addition, ``tests/hardware`` reads counters of simulated devices through the same objects.
"""

from __future__ import annotations

import csv
import inspect
from dataclasses import fields
from pathlib import Path

import pytest
from codecarbon.core import config, cpu, gpu
from codecarbon.core.emissions import Emissions
from codecarbon.core.gpu_device import GPUDevice
from codecarbon.core.gpu_nvidia import NvidiaGPUDevice
from codecarbon.core.units import Energy, Power
from codecarbon.core.util import detect_cpu_model
from codecarbon.external.geography import GeoMetadata
from codecarbon.external.hardware import GPU
from codecarbon.external.ram import RAM
from codecarbon.input import DataSource
from codecarbon.output_methods.emissions_data import EmissionsData

from pytest_scer.formats.emissions_csv import COLUMNS
from pytest_scer.meters.codecarbon.tables import Tables


def test_the_csv_columns_are_codecarbons() -> None:
    assert tuple(field.name for field in fields(EmissionsData)) == COLUMNS


def test_the_configuration_comes_as_texts_with_their_sources(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CODECARBON_TRACKING_MODE", "process")
    values, sources = config.get_hierarchical_config_with_sources()
    assert values["tracking_mode"] == "process"
    assert sources["tracking_mode"] == "CODECARBON_TRACKING_MODE"


# Tables


def test_the_emissions_code_asks_the_tables_for_nothing_else() -> None:
    class Strict(Tables):
        """Refuses access to CodeCarbon's own tables, which load pandas."""

        def __getattr__(self, name: str) -> object:
            if name in ("get_country_emissions_data", "get_country_energy_mix_data"):
                return super().__getattr__(name)
            raise AssertionError(f"Emissions asks for {name}")

    tables = Strict()
    tables._json = Tables()._json  # type: ignore[method-assign]
    for country, region in [
        ("FRA", None),
        ("USA", "california"),
        ("CAN", "quebec"),
        ("CHN", "yunnan"),
        ("SWE", "SE1"),
    ]:
        geo = GeoMetadata(country_iso_code=country, country_name="", region=region)
        assert Emissions(tables).get_private_infra_emissions(Energy(1.0), geo) > 0


def test_energy_counts_in_kilowatt_hours() -> None:
    assert Energy(1.0).kWh == 1.0
    assert Energy.from_millijoules(3.6e9).kWh == pytest.approx(1.0)
    assert pytest.approx(20) == Power.from_watts(20).W


def test_the_files_of_the_tables_have_the_fields_that_are_read() -> None:
    tables = Tables()
    france = tables.get_global_energy_mix_data()["FRA"]
    assert france["country_name"] == "France"
    assert isinstance(france["year"], int)
    assert isinstance(tables.per_source["world_average"], int | float)
    assert "world_average_source" in tables.per_source
    assert isinstance(tables.nordic["data"]["SE1"]["year"], int)
    assert isinstance(tables.china["metadata"]["year"], int)
    assert all("names" in province for province in tables.china["data"].values())
    assert isinstance(tables.get_country_emissions_data("usa")["_source"]["year"], int)
    assert "quebec" in tables.get_country_energy_mix_data("can")
    row = tables.clouds["gcp", "europe-north1"]
    assert {"impact", "city", "state", "country_name", "source"} <= row.keys()
    assert float(tables.chips_tdp["AMD EPYC 7763"]) == 280


def test_the_table_of_chips_is_the_one_that_codecarbon_reads() -> None:
    table = DataSource().get_cpu_power_data()
    ours = Tables().chips_tdp
    assert ours.keys() == set(table["Name"])
    directory = Tables().directory
    assert DataSource().cpu_power_path == directory / "hardware/cpu_power.csv"
    assert DataSource().cloud_emissions_path == directory / "cloud/impact.csv"
    with open(DataSource().cpu_power_path, encoding="utf-8-sig", newline="") as file:
        assert {"Name", "TDP"} <= set(next(csv.reader(file)))


@pytest.mark.parametrize(
    ("brand", "name"),
    [
        ("AMD EPYC 7763 64-Core Processor", "AMD EPYC 7763"),
        ("Intel(R) Core(TM) i7-8700K CPU @ 3.70GHz", "Intel Core i7-8700K"),
        ("Intel(R) Xeon(R) Processor", None),
    ],
)
def test_a_chip_is_found_by_name_in_a_plain_mapping(brand: str, name: str | None) -> None:
    names = {"Name": list(Tables().chips_tdp)}
    matcher = cpu.TDP.__new__(cpu.TDP)
    assert cpu.TDP._get_matching_cpu(matcher, brand, names) == name


def test_the_default_power_of_a_thread_is_a_number_of_watts() -> None:
    assert cpu.DEFAULT_POWER_PER_CORE == 4


def test_the_cpu_model_can_be_asked_for() -> None:
    assert not inspect.signature(detect_cpu_model).parameters


# Memory, RAPL and GPUs


def test_memory_is_a_constant_of_its_size_or_the_users() -> None:
    ram = RAM(tracking_mode="machine", force_ram_power=None)
    assert ram.machine_memory_GB > 0
    assert ram.total_power().W > 0
    forced = RAM(tracking_mode="machine", force_ram_power=50)
    assert pytest.approx(50) == forced.total_power().W


def domain(directory: Path, name: str, count_uj: int) -> None:
    directory.mkdir()
    for file, text in (
        ("name", name),
        ("energy_uj", str(count_uj)),
        ("max_energy_range_uj", "262143328850"),
    ):
        (directory / file).write_text(f"{text}\n")


def test_rapl_lists_the_files_of_its_domains(tmp_path: Path) -> None:
    assert isinstance(cpu.is_rapl_available(), bool)
    domain(tmp_path / "intel-rapl:0", "package-0", 10**6)
    domain(tmp_path / "intel-rapl:1", "package-1", 2 * 10**6)
    rapl = cpu.IntelRAPL(str(tmp_path), rapl_include_dram=False, rapl_prefer_psys=False)
    rapl.start()
    files = {Path(file.path): file.name for file in rapl._rapl_files}
    assert {path.parent.name for path in files} == {"intel-rapl:0", "intel-rapl:1"}
    assert {path.name for path in files} == {"energy_uj"}
    assert set(rapl._mirrored_candidates) <= {str(path) for path in files}


class Board(NvidiaGPUDevice):  # type: ignore[misc]
    """A GPU without a driver."""

    def _init_static_details(self) -> None:
        self._gpu_name = "a board"
        self._power_limit = 300

    def _get_total_energy_consumption(self) -> int:
        return 5000


def test_a_gpu_has_name_limit_and_counter() -> None:
    assert isinstance(gpu.is_gpu_details_available(), bool)
    source = inspect.getsource(GPUDevice._init_static_details)
    assert "self._gpu_name" in source
    assert "self._power_limit" in source
    assert callable(NvidiaGPUDevice._get_power_usage)
    board = Board(handle=None, gpu_index=1)
    assert board.gpu_index == 1
    assert board._get_energy_kwh().kWh == pytest.approx(5 / 3.6e6)  # its count is in mJ


def test_gpus_are_selected_by_index() -> None:
    selection = GPU(gpu_ids=None)
    assert list(selection._get_gpu_ids()) == [
        device.gpu_index for device in selection.devices.devices
    ]
