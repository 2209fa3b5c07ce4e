"""CodeCarbon's tables of grids and chips, read without pandas, and most without CodeCarbon."""

from __future__ import annotations

import json
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any


class Tables:
    """CodeCarbon's tables, read without pandas, which would add 0.3 s to every session.

    Replaces ``codecarbon.input.DataSource``, which loads all of its tables at once. Each file is
    read when it is first needed, from where the package is: to import CodeCarbon takes longer.
    """

    @cached_property
    def _source(self) -> Any:
        from codecarbon.input import DataSource

        return DataSource()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    @cached_property
    def directory(self) -> Path:
        """Where the tables are."""
        spec = find_spec("codecarbon")
        assert spec is not None  # it is a dependency
        assert spec.submodule_search_locations
        return Path(spec.submodule_search_locations[0], "data")

    def _json(self, path: str) -> Any:
        return json.loads((self.directory / path).read_text(encoding="utf-8"))

    def get_global_energy_mix_data(self) -> Any:
        """The energy mix of each country."""
        return self._energy_mix

    @cached_property
    def _energy_mix(self) -> Any:
        return self._json("private_infra/global_energy_mix.json")

    @cached_property
    def per_source(self) -> Any:
        """Carbon intensities of energy sources, and the world average."""
        return self._json("private_infra/carbon_intensity_per_source.json")

    @cached_property
    def nordic(self) -> Any:
        """The Nordic bidding zones."""
        return self._json("private_infra/nordic_emissions.json")

    def get_nordic_country_energy_mix_data(self) -> Any:
        """The Nordic bidding zones."""
        return self.nordic

    @cached_property
    def china(self) -> Any:
        """The provinces of China."""
        return self._json("private_infra/2023/china_provincial_emissions.json")

    def get_china_provincial_emissions_data(self) -> Any:
        """The provinces of China."""
        return self.china

    @cached_property
    def clouds(self) -> dict[tuple[str, str], dict[str, str]]:
        """The cloud regions, by provider and name."""
        import csv

        path = self.directory / "cloud/impact.csv"
        with path.open(encoding="utf-8-sig", newline="") as table:
            return {(row["provider"], row["region"]): row for row in csv.DictReader(table)}

    @cached_property
    def chips_tdp(self) -> dict[str, str]:
        """The TDP of each chip in watts, by name."""
        import csv

        path = self.directory / "hardware/cpu_power.csv"
        with path.open(encoding="utf-8-sig", newline="") as table:
            rows = csv.reader(table)
            header = next(rows)
            name, tdp = header.index("Name"), header.index("TDP")
            return {row[name]: row[tdp] for row in rows if row}

    def regions(self, country: str) -> dict[str, int | None]:
        """The regions of a country: the name to look each up with, and the year of its figure."""
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
