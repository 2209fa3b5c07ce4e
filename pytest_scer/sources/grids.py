"""Carbon intensities of electricity, and what is plausible for a grid and a data centre."""

from __future__ import annotations

from typing import Final

from pytest_scer.sources.entry import Constant, Source, Table

_CODECARBON: Final = "CodeCarbon 3.3.2"
_READ: Final = "2026-11-27"

WORLD: Final = Constant(
    name="world average",
    unit="g/kWh",
    source=Source(
        "IEA, Global Energy & CO2 Status Report 2019",
        "https://www.iea.org/reports/global-energy-co2-status-report-2019/emissions",
        2018,
        _READ,
        f"{_CODECARBON}, data/private_infra/carbon_intensity_per_source.json",
    ),
    caveat="data of 2018 in a report of 2019; CO2 of generation only, not CO2e; later editions are "
    "lower (IEA, Electricity 2025: 445 for 2024, as quoted in carbontracker)",
    value=475.0,
)
COUNTRIES: Final = Table(
    name="countries",
    unit="g/kWh",
    source=Source(
        "Our World in Data, Carbon intensity of electricity generation, from Ember and the Energy "
        "Institute",
        "https://ourworldindata.org/grapher/carbon-intensity-electricity",
        2023,
        _READ,
        f"{_CODECARBON}, data/private_infra/global_energy_mix.json and its documentation",
    ),
    caveat="each row has its own year, which the report states: most have 2022 or 2023, a few "
    "territories 2009 or 2021; generation, not consumption, so imports are left out; the Central "
    "African Republic has 0",
    rows="countries and territories",
)
US_STATES: Final = Table(
    name="states of the USA",
    unit="g/kWh",
    source=Source(
        "EPA eGRID2023, annual CO2 equivalent total output emission rate",
        "https://www.epa.gov/egrid/download-data",
        2023,
        _READ,
        f"{_CODECARBON}, data/private_infra/2023/usa_emissions.json",
    ),
    caveat="of generation in the state; imports are left out",
    rows="states",
)
CANADA: Final = Table(
    name="provinces of Canada",
    unit="g/kWh",
    source=Source(
        _CODECARBON,
        "codecarbon/data/private_infra/2023/canada_energy_mix.json",
        2023,
        _READ,
    ),
    caveat="where CodeCarbon has the mixes from is not stated; "
    "calculated from coal, oil and gas only: a province without any has 0 g/kWh",
    rows="provinces",
)
CHINA: Final = Table(
    name="provinces of China",
    unit="g/kWh",
    source=Source(
        "Ministry of Ecology and Environment of China, Announcement 2025 No. 47, table 3",
        "https://www.mee.gov.cn/xxgk2018/xxgk/xxgk01/202512/t20251231_1139517.html",
        2023,
        _READ,
        f"{_CODECARBON}, data/private_infra/2023/china_provincial_emissions.json",
    ),
    caveat="CO2 only, not CO2e, without life-cycle emissions; transfers between provinces count",
    rows="provinces",
)
NORDIC: Final = Table(
    name="bidding zones of Sweden, Norway and Finland",
    unit="g/kWh",
    source=Source(
        "ENTSO-E Transparency Platform, generation per production type, with CodeCarbon's factors",
        "https://doi.org/10.5281/zenodo.22285397",
        2025,
        _READ,
        f"{_CODECARBON}, data/private_infra/nordic_emissions.json",
    ),
    caveat="generation, not consumption; production types without a factor count as 0 g/kWh; "
    "Finland has an older value, whose source is not stated",
    rows="zones",
)
CLOUDS: Final = Table(
    name="cloud regions",
    unit="g/kWh",
    source=Source(
        "Google Cloud, Carbon data across regions",
        "https://cloud.google.com/sustainability/region-carbon",
        None,
        _READ,
        f"{_CODECARBON}, data/cloud/impact.csv",
    ),
    caveat="the table states no year, so reports have none",
    rows="regions of Google Cloud",
)
HIGHEST: Final = Constant(
    name="highest plausible intensity",
    unit="g/kWh",
    source=Source(
        "Green Software Foundation, Impact Manifest Protocol 1.0, Numeric Reasonableness",
        "IMP-Schema-Documentation.md",
        2026,
        _READ,
    ),
    caveat="a limit for typing errors; the protocol calls it typical, not possible",
    value=2000.0,
)
HIGHEST_PUE: Final = Constant(
    name="highest plausible PUE",
    unit="1",
    source=Source(
        "Green Software Foundation, Impact Manifest Protocol 1.0, Numeric Reasonableness",
        "IMP-Schema-Documentation.md",
        2026,
        _READ,
    ),
    caveat="a limit for typing errors; it calls 1.1 to 1.5 typical",
    value=3.0,
)
SIMULATED: Final = Constant(
    name="intensity of the simulated meter",
    unit="g/kWh",
    source=Source("chosen", "pytest_scer.testing", 2026, _READ, is_own=True),
    caveat="no grid: a joule is 0.1 mg, so that tests are easy to read",
    value=360.0,
)
