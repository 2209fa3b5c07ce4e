"""CodeCarbon's network requests: live grid intensity, and the location of this machine."""

from __future__ import annotations

from pytest_scer.meters.codecarbon.package import quiet


def live_g_per_kwh(
    country: str, latitude: float | None, longitude: float | None, token: str
) -> float:
    """Ask Electricity Maps for the current carbon intensity of a grid.

    Args:
        country: ISO 3166-1 alpha-3 code, used if the position is None.
        latitude: Latitude of the place in degrees, or None.
        longitude: Longitude of the place in degrees, or None.
        token: The user's token for Electricity Maps.

    Returns:
        Grams of CO2e per kWh, as received; the caller has to validate it.

    Raises:
        Exception: The service did not respond, or refused; CodeCarbon passes on the exceptions of
            its HTTP client.
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
    """The URL of the location service that CodeCarbon uses."""
    with quiet():
        from codecarbon.input import DataSource

        return str(DataSource().geo_js_url)


def cloud_region() -> str | None:
    """``provider/region`` from the cloud's metadata service; None outside a cloud."""
    with quiet():
        from codecarbon.external.geography import CloudMetadata

        found = CloudMetadata.from_utils()
    return f"{found.provider}/{found.region}" if found.provider and found.region else None
