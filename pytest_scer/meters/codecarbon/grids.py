"""Carbon intensities of countries, regions and cloud regions, from CodeCarbon's tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pytest_scer.core.intensity import GIVEN, WORLD_AVERAGE, CarbonIntensity, Place
from pytest_scer.meters.codecarbon.configuration import shown
from pytest_scer.meters.codecarbon.package import NAME, quiet
from pytest_scer.meters.codecarbon.tables import Tables
from pytest_scer.sources import grids as sources
from pytest_scer.sources.entry import Table

YEARLY: Final = "location-based yearly average"
_REGIONS: Final[Mapping[str, Table]] = {
    "USA": sources.US_STATES,
    "CAN": sources.CANADA,
    "CHN": sources.CHINA,
}
"""The tables of regions, by country; all others are Nordic bidding zones."""


class UnknownPlace(ValueError):
    """The country, region or cloud region is not in CodeCarbon's tables."""


def carbon_intensity(place: Place) -> CarbonIntensity:
    """Look up the carbon intensity of a place in CodeCarbon's tables, without network requests.

    The figure names the source that CodeCarbon has it from, with the year of the data.

    Raises:
        UnknownPlace: The place is not in the tables; the message names its source and the remedy.
    """
    if place.g_per_kwh is not None:
        source = shown(place.source)
        return CarbonIntensity(place.g_per_kwh, f"as given by {source}", source, GIVEN)
    with quiet():
        tables = Tables()
        if place.cloud is not None:
            return _of_cloud(place.cloud, place.source, tables)
        if place.country is None:
            return _of_world(tables)
        return _of_country(place, tables)


def _yearly(g_per_kwh: float, location: str, source: str, year: int | None) -> CarbonIntensity:
    through = source if source.startswith("CodeCarbon") else f"{source}, through {NAME}"
    return CarbonIntensity(g_per_kwh, location, through, YEARLY, year)


def _of_world(tables: Tables) -> CarbonIntensity:
    world = tables.per_source
    g_per_kwh = float(world["world_average"])
    if g_per_kwh != sources.WORLD.value:  # of another release than the one whose source was read
        return _yearly(g_per_kwh, WORLD_AVERAGE, world["world_average_source"], None)
    known = sources.WORLD.source
    return _yearly(g_per_kwh, WORLD_AVERAGE, known.title, known.year)


def _of_cloud(cloud: str, source: str, tables: Tables) -> CarbonIntensity:
    provider, _, region = cloud.lower().partition("/")
    row = tables.clouds.get((provider, region))
    if row is None:
        known = sorted(region for known, region in tables.clouds if known == provider)
        providers = sorted({known for known, _ in tables.clouds})
        remedy = (
            f"known regions of {provider}: {', '.join(known)}"
            if known
            else f"CodeCarbon only knows the regions of {', '.join(providers)}; "
            "give the country or the intensity instead"
        )
        raise UnknownPlace(f"{source}: unknown cloud region {cloud!r}; {remedy}")
    where = row["city"] or row["state"] or row["country_name"]
    location = f"{provider}/{region} ({where}, {row['country_name']})"
    return _yearly(float(row["impact"]), location, row["source"], sources.CLOUDS.source.year)


def _of_country(place: Place, tables: Tables) -> CarbonIntensity:
    from codecarbon.core.emissions import Emissions
    from codecarbon.core.units import Energy
    from codecarbon.external.geography import GeoMetadata

    country = (place.country or "").upper()
    mixes = tables.get_global_energy_mix_data()
    if country not in mixes:
        raise UnknownPlace(
            f"{place.source}: unknown country {place.country!r}; "
            "use an ISO 3166-1 alpha-3 code, such as FRA, DEU or USA"
        )
    mix = mixes[country]
    name, year = mix["country_name"], mix["year"]
    is_calculated = mix.get("carbon_intensity") is None
    source = f"{NAME}, from the energy mix" if is_calculated else sources.COUNTRIES.source.title
    if place.region is not None:
        regions = tables.regions(country)
        if place.region.lower() not in regions:
            remedy = (
                f"known regions: {', '.join(sorted(regions))}"
                if regions
                else f"CodeCarbon has no regions of {name}, so leave it out"
            )
            raise UnknownPlace(
                f"{place.source}: unknown region {place.region!r} of {name}; {remedy}"
            )
        name, year = f"{place.region}, {name}", regions[place.region.lower()]
        source = _REGIONS.get(country, sources.NORDIC).source.title
    geo = GeoMetadata(country_iso_code=country, country_name=name, region=place.region)
    kg_per_kwh = Emissions(tables).get_private_infra_emissions(Energy(1.0), geo)
    return _yearly(round(kg_per_kwh * 1e3, 6), name, source, year)
