"""The constants of other calculators, which ``pytest-scer estimate`` reproduces."""

from __future__ import annotations

from typing import Final

from pytest_scer.sources.entry import Constant, Source

_READ: Final = "2026-11-27"
_GREEN_ALGORITHMS: Final = "Green Algorithms 3, Lannelongue et al., Advanced Science, 2021"
_DATA: Final = "https://github.com/GreenAlgorithms/green-algorithms-tool/blob/main/data"

GREEN_ALGORITHMS_CORE: Final = Constant(
    name="Green Algorithms: power of any core",
    unit="W",
    source=Source(_GREEN_ALGORITHMS, f"{_DATA}/latest/TDP_cpu.csv: Any", 2025, _READ),
    caveat="the tool states no source for it",
    value=12.0,
)
GREEN_ALGORITHMS_GPU: Final = Constant(
    name="Green Algorithms: power of any GPU",
    unit="W",
    source=Source(_GREEN_ALGORITHMS, f"{_DATA}/latest/TDP_gpu.csv: Any", 2025, _READ),
    caveat="the tool states no source for it; its own table has 30 to 300 W",
    value=200.0,
)
GREEN_ALGORITHMS_MEMORY: Final = Constant(
    name="Green Algorithms: power of memory",
    unit="W/GB",
    source=Source(_GREEN_ALGORITHMS, f"{_DATA}/v2.0/referenceValues.csv: memoryPower", 2017, _READ),
    caveat="cites doi:10.1145/3076113.3076117 and a review of 2014, which were not read; memory "
    "counts whether it is used or not",
    value=0.3725,
)
GREEN_ALGORITHMS_PUE: Final = Constant(
    name="Green Algorithms: PUE if unknown",
    unit="1",
    source=Source(
        "Uptime Institute, Global Data Center Survey 2024",
        "https://datacenter.uptimeinstitute.com/rs/711-RIA-145/images/"
        "2024.GlobalDataCenterSurvey.Report.pdf",
        2024,
        _READ,
        "Green Algorithms 3, data/latest/defaults_PUE.csv",
    ),
    caveat="what operators say of their largest data centre; a mean over survey answers",
    value=1.56,
)
TREE_YEAR: Final = Constant(
    name="Green Algorithms: CO2 that a mature tree takes up",
    unit="g/year",
    source=Source(
        "Green Algorithms 3, from Akbari",
        f"{_DATA}/latest/referenceValues.csv: treeYear",
        2002,
        _READ,
    ),
    caveat="the tool says 11 kg of CO2; the paper that it cites (Akbari, Environmental Pollution "
    "116, 2002, sciencedirect.com, pii S0269749101002640) says 4.5 to 11 kg of carbon in its "
    "abstract, which are 16 to 40 kg of CO2: the figure may be too low by up to 3.7 times",
    value=11_000.0,
)
CARBONTRACKER_PUE: Final = Constant(
    name="carbontracker: PUE",
    unit="1",
    source=Source(
        "Uptime Institute, Global PUEs: are they going anywhere?",
        "https://journal.uptimeinstitute.com/global-pues-are-they-going-anywhere/",
        2023,
        _READ,
        "carbontracker 2, carbontracker/constants.py: PUE_2023",
    ),
    caveat="what operators say of their data centres; a mean over survey answers",
    value=1.58,
)
CARBONTRACKER_WORLD: Final = Constant(
    name="carbontracker: world average",
    unit="g/kWh",
    source=Source(
        "IEA, Electricity 2025",
        "https://www.iea.org/reports/electricity-2025/emissions",
        2024,
        _READ,
        "carbontracker 2, carbontracker/constants.py: WORLD_AVG_CARBON_INTENSITY",
    ),
    caveat="the IEA's page was not read",
    value=445.0,
)
CARBONTRACKER_CAR_KM: Final = Constant(
    name="carbontracker: km in a new European car",
    unit="g",
    source=Source(
        "carbontracker 2, carbontracker/constants.py", "PyPI, carbontracker 2.4.7", 2026, None
    ),
    caveat="as in the wheel; where the tool has it from was not read",
    value=106.8,
)
_ML_CO2: Final = Source(
    "ML CO2 Impact, from the US EPA's equivalencies",
    "https://github.com/mlco2/impact: js/grayscale.js",
    2019,
    None,
)
ML_CO2_CAR_KM: Final = Constant(
    name="ML CO2 Impact: km in an average US car",
    unit="g",
    source=_ML_CO2,
    caveat="398 g a mile; an earlier edition of the EPA's figures",
    value=398 / 1.609344,
)
ML_CO2_COAL: Final = Constant(
    name="ML CO2 Impact: a kg of coal burned",
    unit="g",
    source=_ML_CO2,
    caveat="0.905 kg a pound; an earlier edition of the EPA's figures",
    value=0.905 * 2204.623,
)
ML_CO2_SEEDLING: Final = Constant(
    name="ML CO2 Impact: a tree seedling grown for ten years",
    unit="g",
    source=_ML_CO2,
    caveat="urban trees in the USA; an earlier edition of the EPA's figures",
    value=60_000.0,
)
