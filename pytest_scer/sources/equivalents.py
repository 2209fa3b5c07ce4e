"""Emissions of everyday activities. Sources differ: each equivalent names its own, with the year.

Figures with a weak or missing source (a web search, an hour of television, a tree seedling) are not
used.
"""

from __future__ import annotations

from typing import Final

from pytest_scer.sources.entry import Constant, Source

_READ: Final = "2026-11-27"
_EPA: Final = "US EPA, Greenhouse Gas Equivalencies"
_EPA_PAGE: Final = (
    "https://www.epa.gov/energy/greenhouse-gas-equivalencies-calculator-calculations-and-references"
)

SMARTPHONE: Final = Constant(
    name="smartphone charges",
    unit="g",
    source=Source(_EPA, _EPA_PAGE, 2026, _READ, "public projects that quote the page of 2026"),
    caveat="the edition of August 2026 was not read itself, and uses the US grid of 2022 "
    "(eGRID2022); an earlier one had 8.22 g",
    value=12.4,
)
STREAMING: Final = Constant(
    name="hours of streamed video",
    unit="g",
    source=Source(
        "Carbon Brief",
        "https://www.carbonbrief.org/factcheck-what-is-the-carbon-footprint-of-streaming-video-on-netflix",
        2020,
        _READ,
        "Green Algorithms 3, data/latest/referenceValues.csv",
    ),
    caveat="Carbon Trust (2021) has 55 g for Europe; the article itself was not read",
    value=36.0,
)
CAR_KM: Final = Constant(
    name="km in an average European car",
    unit="g",
    source=Source(
        "Green Algorithms 3, from UK conversion factors",
        "https://github.com/GreenAlgorithms/green-algorithms-tool/blob/main/data/latest/"
        "referenceValues.csv: passengerCar_EU_perkm",
        2019,
        _READ,
    ),
    caveat="the tool cites the UK factors of 2019 and a paper (sciencedirect.com, pii "
    "S1352231018307295) together; neither was read, so how 175 g follows is not checked",
    value=175.0,
)
CAR_MILE: Final = Constant(
    name="miles in an average US car",
    unit="g",
    source=Source(_EPA, _EPA_PAGE, 2026, _READ, "public projects that quote the page of 2026"),
    caveat="4.29 t a year over 10,917 miles; the edition of August 2026 was not read itself; an "
    "earlier one had 403 g",
    value=393.0,
)
