"""Live grid intensity, if the user asks for it: one look-up through CodeCarbon per session.

CodeCarbon's own tracker falls back to another country if a look-up is slow. Here the result is
either the requested figure, an error, or a fallback to the known place, with a warning.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

from pytest_scer.core.intensity import HIGHEST_G_PER_KWH, LIVE, CarbonIntensity, Place
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.codecarbon import live
from pytest_scer.meters.codecarbon.grids import carbon_intensity
from pytest_scer.meters.codecarbon.package import NAME

TIMEOUT_S: Final = 5.0


class LookupFailed(ValueError):
    """A response is missing, late or implausible, and no place is known to fall back to."""


@dataclass(frozen=True)
class Location:
    """The location of this machine, as far as the grid look-up needs it.

    Attributes:
        place: Country or cloud region.
        latitude: Latitude of the machine; used for the look-up and never stored.
        longitude: Longitude of the machine; used for the look-up and never stored.
        source: Where the location comes from.
    """

    place: Place
    latitude: float | None = None
    longitude: float | None = None
    source: str = "configured"


@dataclass(frozen=True)
class Answer:
    """The result of a look-up.

    Attributes:
        intensity: The live intensity, or the one from a table as a fallback.
        warnings: What failed, and what is used instead.
    """

    intensity: CarbonIntensity
    warnings: tuple[str, ...] = ()


def look_up(place: Place | None, token: str | None) -> Answer:
    """Look up the live carbon intensity of a place, and first the location if none is configured.

    Args:
        place: The configured place; None if there is none.
        token: Token for Electricity Maps from CodeCarbon's configuration; None if there is none.

    Raises:
        LookupFailed: The location of this machine could not be determined.
        ValueError: The configured place is unknown.
    """
    location = locate() if place is None else Location(place)
    table = carbon_intensity(location.place)
    asked_at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    table = replace(table, source=f"{table.source}; location: {location.source}, {asked_at}")
    if location.place.cloud is not None:
        return _fallback(table, "live grid data is not looked up for cloud regions")
    if not token:
        return _fallback(table, "CodeCarbon's configuration has no electricitymaps_api_token")
    try:
        g_per_kwh = _plausible(
            live.live_g_per_kwh(
                location.place.country or "", location.latitude, location.longitude, token
            )
        )
    except Exception as error:
        why = str(error).replace(token, "<token>")
        return _fallback(table, f"Electricity Maps failed ({type(error).__name__}: {why})")
    return Answer(
        CarbonIntensity(
            g_per_kwh,
            _country_location(location.place),
            f"Electricity Maps, through {NAME}, asked at {asked_at}; location: {location.source}",
            f"{LIVE} average",
            datetime.now(timezone.utc).year,
        )
    )


def _country_location(place: Place) -> str:
    """The name of the country, because Electricity Maps is not asked for a region of it."""
    return carbon_intensity(replace(place, region=None)).location


def _fallback(table: CarbonIntensity, problem: str) -> Answer:
    """The yearly figure instead of a live one, with a warning."""
    warning = f"--scer-online: {problem}; using the yearly figure for {table.location} instead"
    return Answer(table, (warning,))


def _plausible(g_per_kwh: object) -> float:
    if isinstance(g_per_kwh, bool) or not isinstance(g_per_kwh, int | float):
        raise LookupFailed(f"{g_per_kwh!r} is not a carbon intensity")
    if not (math.isfinite(g_per_kwh) and 0 <= g_per_kwh <= HIGHEST_G_PER_KWH):
        raise LookupFailed(f"{g_per_kwh:g} g per kWh is not plausible")
    return float(g_per_kwh)


def locate() -> Location:
    """Ask the cloud's metadata service, then the location service that CodeCarbon uses.

    Raises:
        LookupFailed: Neither service returns a location.
    """
    cloud = live.cloud_region()
    if cloud is not None:
        return Location(Place(cloud=cloud, source="cloud metadata"), source="cloud metadata")
    return _locate_by_ip(lambda url: urlopen(url, timeout=TIMEOUT_S).read())  # noqa: S310


def _locate_by_ip(fetch: Callable[[str], bytes]) -> Location:
    url = live.location_url()
    try:
        answer = json.loads(fetch(url))
        country = answer["country_code3"]
        latitude, longitude = float(answer["latitude"]), float(answer["longitude"])
        if not (isinstance(country, str) and len(country) == 3 and country.isalpha()):
            raise ValueError(f"{country!r} is not a country code")
        if not (abs(latitude) <= 90 and abs(longitude) <= 180):
            raise ValueError("latitude or longitude is out of range")
    except (OSError, URLError, ValueError, KeyError, TypeError) as error:
        raise LookupFailed(
            f"--scer-online: {url} returned no location ({type(error).__name__}: {error}); "
            "set --scer-country"
        ) from None
    place = Place(country=country.upper(), source=url)
    return Location(place, latitude, longitude, url)
