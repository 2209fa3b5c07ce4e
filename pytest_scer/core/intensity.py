"""Conversion from joules to grams: the grid's carbon intensity and the data centre's PUE."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from pytest_scer.core.measurement import co2e_g
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.sources import grids
from pytest_scer.system import System

HIGHEST_G_PER_KWH: Final = grids.HIGHEST.value
"""Highest plausible intensity: burning only lignite emits about 1,100 g per kWh (IPCC AR5 WG3,
annex III); the checks of the Impact Manifest Protocol 1.0 use 2,000 as the limit."""
HIGHEST_PUE: Final = grids.HIGHEST_PUE.value
"""Highest plausible power usage effectiveness; the limit of the same checks."""
LIVE: Final = "location-based, live"
"""Prefix of the ``method`` of a carbon intensity that was looked up live and changes hourly."""
WORLD_AVERAGE: Final = "world average"
"""The ``location`` of the carbon intensity that is used if no place was set."""
GIVEN: Final = "given by the user"
"""The ``method`` of a carbon intensity that the user gave, without an approach."""
_AS_GIVEN: Final = "as given by "
_SETTING: Final = re.compile(r"--|scer_|CODECARBON_|\S*\.codecarbon\.config")
FIRST_YEAR: Final = 1990
"""No table of carbon intensities begins earlier (Ember's and the IEA's do in 1990)."""
APPROACHES: Final = ("location-based", "market-based")


def parse_year(text: str) -> int:
    """Parse the year of a carbon intensity.

    Raises:
        ValueError: It is not a year, in the future, or before :data:`FIRST_YEAR`.
    """
    value = int(text) if len(text) == 4 and text.isascii() and text.isdecimal() else 0
    if not FIRST_YEAR <= value <= System.utc_now().year:
        raise ValueError(f"{text!r} is not the year of a carbon intensity, such as 2024")
    return value


@dataclass(frozen=True, slots=True)
class CarbonIntensity:
    """The carbon intensity of the electricity that the session used.

    Attributes:
        g_per_kwh: Grams of CO2e per kWh.
        location: Where the electricity comes from, for example ``France`` or ``world average``.
        source: Where the figure comes from.
        method: How the figure is defined, for example ``location-based yearly average``.
        year: The year of the figure; None if the source names none.
    """

    g_per_kwh: float
    location: str
    source: str
    method: str
    year: int | None = None

    @property
    def is_live(self) -> bool:
        """Whether the figure was looked up live and changes hourly."""
        return self.method.startswith(LIVE)

    @property
    def place(self) -> str | None:
        """Where the electricity comes from; None if that was not stated."""
        is_stated = self.location != WORLD_AVERAGE and not self.location.startswith(_AS_GIVEN)
        return self.location if is_stated and self.location.strip() else None

    @property
    def approach(self) -> str | None:
        """How electricity is attributed to a place or a contract; None if unknown."""
        return next((each for each in APPROACHES if self.method.startswith(each)), None)

    @property
    def stated_source(self) -> str | None:
        """Where the figure comes from; None if only the option that gave it is known."""
        return None if _SETTING.match(self.source) else self.source.strip() or None

    @property
    def is_given(self) -> bool:
        """Whether the user gave the figure."""
        return self.method.endswith(GIVEN)

    def described(self, stated: Mapping[str, str]) -> CarbonIntensity:
        """The same figure with what the user states about it.

        Place, approach and source of a table's figure are those of the table; only a year that
        the table lacks can be stated.

        Args:
            stated: Texts by ``place``, ``approach``, ``grid`` and ``year``.
        """
        year = int(stated["year"]) if "year" in stated else None
        if not self.is_given:
            return replace(self, year=year) if self.year is None else self
        approach = stated.get("approach")
        return replace(
            self,
            location=stated.get("place", self.location),
            source=stated.get("grid", self.source),
            method=f"{approach}, {GIVEN}" if approach else self.method,
            year=year or self.year,
        )


@dataclass(frozen=True, slots=True)
class Conversion:
    """Carbon intensity and power usage effectiveness of a session.

    Attributes:
        g_per_kwh: Grams of CO2e per kWh.
        pue: Energy of the data centre over its IT energy (ISO/IEC 30134-2), at least 1.
    """

    g_per_kwh: float
    pue: float = 1.0

    def grams(self, energy_j: float) -> float:
        """Operational emissions of ``energy_j`` joules of IT energy, in grams of CO2e."""
        return co2e_g(energy_j, self.g_per_kwh, self.pue)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the electricity comes from, as set by the user; without any value, the world average.

    Attributes:
        g_per_kwh: A carbon intensity that overrides every table.
        country: ISO 3166-1 alpha-3 code.
        region: State, province or bidding zone of the country.
        cloud: ``provider/region``.
        source: The option, key or file that set the place.
    """

    g_per_kwh: float | None = None
    country: str | None = None
    region: str | None = None
    cloud: str | None = None
    source: str = "default"


def implausible(
    g_per_kwh: float, g_source: str, pue: float | None, pue_source: str
) -> Iterator[str]:
    """Yield a warning for each factor that no grid or data centre has.

    Args:
        g_per_kwh: Carbon intensity in grams of CO2e per kWh.
        g_source: What set it.
        pue: Power usage effectiveness; None if it is not set.
        pue_source: What set it.
    """
    limits = "the checks of the Impact Manifest Protocol 1.0 accept at most"
    if g_per_kwh > HIGHEST_G_PER_KWH:
        yield (
            f"{g_source}: {g_per_kwh:g} g per kWh is not plausible: {limits} {HIGHEST_G_PER_KWH:g}"
        )
    if pue is not None and pue > HIGHEST_PUE:
        yield f"{pue_source}: a PUE of {pue:g} is not plausible: {limits} {HIGHEST_PUE:g}"
