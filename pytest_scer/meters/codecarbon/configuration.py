"""CodeCarbon's own configuration: its files and environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pytest_scer.core.intensity import Place
from pytest_scer.meters.codecarbon.package import quiet


@dataclass(frozen=True)
class Configuration:
    """CodeCarbon's own configuration, from its files and its environment variables.

    Attributes:
        values: The value of every key that is set, as text.
        sources: The file or environment variable that set each key.
    """

    values: Mapping[str, str]
    sources: Mapping[str, str]

    def number(self, key: str) -> float | None:
        """The value of a key as a number; None if it is not set.

        Raises:
            ValueError: The value is not a number; the message names its source.
        """
        text = self.values.get(key)
        if text is None:
            return None
        try:
            return float(text)
        except ValueError:
            raise ValueError(f"{self.sources[key]}: {key} = {text!r} is not a number") from None

    def place(self) -> Place | None:
        """Where the electricity comes from; None if it is not configured."""
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
