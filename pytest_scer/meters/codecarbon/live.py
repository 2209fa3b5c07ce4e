"""Where CodeCarbon asks the network: the live grid, and where this machine is."""

from __future__ import annotations

from pytest_scer.meters.codecarbon.package import quiet


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
