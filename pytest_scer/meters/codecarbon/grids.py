"""Carbon intensities of countries, regions and cloud regions, from CodeCarbon's tables."""

from __future__ import annotations

from importlib.metadata import version

from pytest_scer.core.intensity import GIVEN, WORLD_AVERAGE, CarbonIntensity, Place
from pytest_scer.meters.codecarbon.configuration import shown
from pytest_scer.meters.codecarbon.package import quiet
from pytest_scer.meters.codecarbon.tables import Tables


class UnknownPlace(ValueError):
    """The country, region or cloud region is not in CodeCarbon's tables."""


def carbon_intensity(place: Place) -> CarbonIntensity:
    """Look up the carbon intensity of a place in CodeCarbon's tables, without network requests.

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
            world = tables.per_source
            return CarbonIntensity(
                float(world["world_average"]),
                WORLD_AVERAGE,
                f"CodeCarbon {version('codecarbon')}, from {world['world_average_source']}",
                "location-based yearly average",
                2019,
            )
        return _of_country(place, tables)


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
    return CarbonIntensity(
        float(row["impact"]),
        f"{provider}/{region} ({where}, {row['country_name']})",
        f"CodeCarbon {version('codecarbon')}, from {row['source']}",
        "location-based yearly average",
    )


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
    name, year = mixes[country]["country_name"], mixes[country]["year"]
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
    geo = GeoMetadata(country_iso_code=country, country_name=name, region=place.region)
    kg_per_kwh = Emissions(tables).get_private_infra_emissions(Energy(1.0), geo)
    return CarbonIntensity(
        round(kg_per_kwh * 1e3, 6),
        name,
        f"CodeCarbon {version('codecarbon')}",
        "location-based yearly average",
        year,
    )
