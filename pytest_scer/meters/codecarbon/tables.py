"""CodeCarbon's tables of grids and chips, read without pandas."""

from __future__ import annotations

import csv
import json
from functools import cached_property
from pathlib import Path
from typing import Any


class Tables:
    """CodeCarbon's tables, read without pandas, which would add 0.3 s to every session.

    Replaces ``codecarbon.input.DataSource``, which loads all of its tables at once.
    """

    def __init__(self) -> None:
        from codecarbon.input import DataSource

        self._source = DataSource()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def _json(self, path: str) -> Any:
        return json.loads(Path(self._source.get_ressource_path("codecarbon", path)).read_text())

    def get_global_energy_mix_data(self) -> Any:
        """The energy mix of each country."""
        return self._energy_mix

    @cached_property
    def _energy_mix(self) -> Any:
        return self._json("data/private_infra/global_energy_mix.json")

    @cached_property
    def per_source(self) -> Any:
        """Carbon intensities of energy sources, and the world average."""
        return self._json("data/private_infra/carbon_intensity_per_source.json")

    @cached_property
    def nordic(self) -> Any:
        """The Nordic bidding zones."""
        return self._json("data/private_infra/nordic_emissions.json")

    def get_nordic_country_energy_mix_data(self) -> Any:
        """The Nordic bidding zones."""
        return self.nordic

    @cached_property
    def china(self) -> Any:
        """The provinces of China."""
        return self._json("data/private_infra/2023/china_provincial_emissions.json")

    def get_china_provincial_emissions_data(self) -> Any:
        """The provinces of China."""
        return self.china

    @cached_property
    def clouds(self) -> dict[tuple[str, str], dict[str, str]]:
        """The cloud regions, by provider and name."""
        with open(self._source.cloud_emissions_path, encoding="utf-8-sig", newline="") as table:
            return {(row["provider"], row["region"]): row for row in csv.DictReader(table)}

    @cached_property
    def chips_tdp(self) -> dict[str, str]:
        """The TDP of each chip in watts, by name."""
        with open(self._source.cpu_power_path, encoding="utf-8-sig", newline="") as table:
            return {row["Name"]: row["TDP"] for row in csv.DictReader(table)}

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
