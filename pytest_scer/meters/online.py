"""The live grid, where the user asks for it: a look-up through CodeCarbon, once a session.

CodeCarbon's own tracker falls back to another country when a look-up is slow; here every answer is
either what was asked for, or an error, or a fallback to the place that is known, which is stated.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

from pytest_scer.core.intensity import LIVE, CarbonIntensity, Place
from pytest_scer.meters.codecarbon import live
from pytest_scer.meters.codecarbon.grids import carbon_intensity
from pytest_scer.meters.codecarbon.package import NAME

TIMEOUT_S: Final = 5.0
HIGHEST_G_PER_KWH: Final = 2000.0
"""No grid is dirtier: burning lignite alone comes to about 1,100 g per kWh (IPCC AR5 WG3, annex
III); the checks of the Impact Manifest Protocol 1.0 take 2,000 as the limit."""


class LookupFailed(ValueError):
    """An answer is missing, late or absurd, and no place is known to fall back to."""


@dataclass(frozen=True)
class Located:
    """Where this machine is, as far as a grid needs it.

    Attributes:
        place: Country or cloud region.
        latitude: Of the machine; used for the look-up and kept nowhere.
        longitude: The same.
        source: Who said so.
    """

    place: Place
    latitude: float | None = None
    longitude: float | None = None
    source: str = "configured"


@dataclass(frozen=True)
class Answer:
    """What a look-up came to.

    Attributes:
        intensity: Live, or that of a table.
        warnings: What did not work, and what stands in for it.
    """

    intensity: CarbonIntensity
    warnings: tuple[str, ...] = ()


def look_up(place: Place | None, token: str | None) -> Answer:
    """Ask for the location, if nobody gave one, and for its live carbon intensity.

    Args:
        place: The configured place; None where there is none.
        token: For Electricity Maps, from CodeCarbon's configuration; None where there is none.

    Raises:
        LookupFailed: Nobody knows where this machine is.
        ValueError: The configured place is unknown.
    """
    located = locate() if place is None else Located(place)
    table = carbon_intensity(located.place)
    asked_at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    table = replace(table, source=f"{table.source}; location: {located.source}, {asked_at}")
    if located.place.cloud is not None:
        return Answer(table, _stated("Electricity Maps is not asked for a cloud's region", table))
    if not token:
        return Answer(
            table,
            _stated("CodeCarbon's configuration has no electricitymaps_api_token", table),
        )
    try:
        g_per_kwh = _plausible(
            live.live_g_per_kwh(
                located.place.country or "", located.latitude, located.longitude, token
            )
        )
    except Exception as error:
        why = str(error).replace(token, "<token>")
        return Answer(
            table,
            _stated(f"Electricity Maps did not answer ({type(error).__name__}: {why})", table),
        )
    return Answer(
        CarbonIntensity(
            g_per_kwh,
            _asked_for(located.place),
            f"Electricity Maps, through {NAME}, asked at {asked_at}; location: {located.source}",
            f"{LIVE} average",
            datetime.now(timezone.utc).year,
        )
    )


def _asked_for(place: Place) -> str:
    """The country: Electricity Maps is not asked for a region of it."""
    return carbon_intensity(replace(place, region=None)).location


def _stated(problem: str, table: CarbonIntensity) -> tuple[str, ...]:
    """The warning that says what stands in for a live figure."""
    return (f"--scer-online: {problem}; the yearly figure of {table.location} stands in",)


def _plausible(g_per_kwh: object) -> float:
    if isinstance(g_per_kwh, bool) or not isinstance(g_per_kwh, int | float):
        raise LookupFailed(f"{g_per_kwh!r} is no carbon intensity")
    if not (math.isfinite(g_per_kwh) and 0 <= g_per_kwh <= HIGHEST_G_PER_KWH):
        raise LookupFailed(f"{g_per_kwh:g} g per kWh cannot be")
    return float(g_per_kwh)


def locate() -> Located:
    """Ask the cloud's metadata service, then the location service that CodeCarbon uses.

    Raises:
        LookupFailed: Neither knows.
    """
    cloud = live.cloud_region()
    if cloud is not None:
        return Located(Place(cloud=cloud, source="cloud metadata"), source="cloud metadata")
    return _by_address(lambda url: urlopen(url, timeout=TIMEOUT_S).read())  # noqa: S310


def _by_address(fetch: Callable[[str], bytes]) -> Located:
    url = live.location_url()
    try:
        answer = json.loads(fetch(url))
        country = answer["country_code3"]
        latitude, longitude = float(answer["latitude"]), float(answer["longitude"])
        if not (isinstance(country, str) and len(country) == 3 and country.isalpha()):
            raise ValueError(f"{country!r} is no country")
        if not (abs(latitude) <= 90 and abs(longitude) <= 180):
            raise ValueError("that is no place on earth")
    except (OSError, URLError, ValueError, KeyError, TypeError) as error:
        raise LookupFailed(
            f"--scer-online: {url} did not tell the location ({type(error).__name__}: {error}); "
            "give --scer-country"
        ) from None
    place = Place(country=country.upper(), source=url)
    return Located(place, latitude, longitude, url)
