"""How far figures may be off, by what they are obtained from."""

from __future__ import annotations

from typing import Final

from pytest_scer.sources import power
from pytest_scer.sources.entry import Constant, Interval, Source

_READ: Final = "2026-11-27"
_UNIT: Final = "relative error"

_NVML: Final = Source(
    "NVIDIA, NVML API: nvmlDeviceGetPowerUsage",
    "https://docs.nvidia.com/deploy/nvml-api",
    2026,
    _READ,
    "wrappers of the library that quote it",
)
_SAMPLING: Final = Source(
    "Yang, Adamek, Armour, SC'24",
    "arXiv:2312.02741",
    2024,
    _READ,
)
_PROFILES: Final = Source(
    "CodeCarbon",
    "https://github.com/mlco2/codecarbon, data/hardware/cpu_load_profiling",
    2025,
    None,
)
_PROFILED: Final = (
    "linear model against RAPL, 4 machines, stress-ng at loads of 5% and more, 5th to 95th "
    "percentile"
)
_NO_COMPARISON: Final = (
    "no comparison with a meter was found; the vendor states 5% for Fermi and Kepler"
)

RAPL_INTEL: Final = Interval(
    name="RAPL, Intel package",
    unit=_UNIT,
    source=Source(
        "Khan et al., Comput. Sci. R&D 31(4), 2016", "doi:10.1007/s00450-016-0325-4", 2016, _READ
    ),
    caveat="judged; the 5.6% are of a model of the power at the wall, fitted to RAPL; only the "
    "paper's abstract was read; counters of other generations were not compared",
    low=-0.10,
    high=0.10,
    evidence="judgement",
    basis="calibrated to the wall, the worst error was 5.6%",
)
RAPL_AMD: Final = Interval(
    name="RAPL, AMD package or an unknown maker",
    unit=_UNIT,
    source=Source("Schoene et al., CLUSTER 2021", "arXiv:2108.00808", 2021, None),
    caveat="judged from one machine, and from a paper that was not read",
    low=-0.25,
    high=0.10,
    evidence="judgement",
    basis="24% too low from idle to full load on a 1950X at the plug, by CodeCarbon's "
    "cpu_load_profiling of 2025; modelled by the chip, without DRAM",
)
GPU_COUNTER: Final = Interval(
    name="GPU, energy counter",
    unit=_UNIT,
    source=_NVML,
    caveat="what the vendor states is about sampled power, and two old generations of boards",
    low=-0.10,
    high=0.10,
    evidence="judgement",
    basis=_NO_COMPARISON,
)
GPU_COUNTER_PARTLY_SAMPLED: Final = Interval(
    name="GPU, energy counter, A100 and H100",
    unit=_UNIT,
    source=_SAMPLING,
    caveat="the paper is about sampled power; that the counter integrates the same samples is "
    "an assumption; only its abstract was read",
    low=-0.30,
    high=0.30,
    evidence="judgement",
    basis="no comparison with a meter was found; A100 and H100 sample their power 25% of the time",
)
GPU_POWER_LONG: Final = Interval(
    name="GPU, sampled power, sessions of 10 s or more",
    unit=_UNIT,
    source=_SAMPLING,
    caveat="judged; only the paper's abstract was read; holds for a steady load",
    low=-0.15,
    high=0.15,
    evidence="judgement",
    basis="steady load for 10 s or more; a test shorter than 1 s has no bound",
)
GPU_POWER_SHORT: Final = Interval(
    name="GPU, sampled power, 1 to 10 s; A100 and H100",
    unit=_UNIT,
    source=_SAMPLING,
    caveat="judged; only the paper's abstract was read",
    low=-0.40,
    high=0.40,
    evidence="judgement",
    basis="1 to 10 s, or A100 and H100, which sample 25% of the time; a test shorter than 1 s has "
    "no bound",
)
GPU_UNREADABLE: Final = Interval(
    name="GPU that cannot be read",
    unit=_UNIT,
    source=Source("by definition", "pytest-scer", 2026, _READ, is_own=True),
    caveat="reported as missing, never as 0 J",
    low=-1.0,
    high=0.0,
    evidence="judgement",
    basis="there is a GPU, but its energy cannot be read",
)
TDP_KNOWN: Final = Interval(
    name="CPU time x share of the TDP, or of force_cpu_power",
    unit=_UNIT,
    source=_PROFILES,
    caveat="4 machines, one load generator; RAPL itself may be off; computed from the files once, "
    "and not again",
    low=-0.60,
    high=0.90,
    evidence="compared",
    basis=_PROFILED,
)
CHIP_UNKNOWN: Final = Interval(
    name=f"CPU time x {power.THREAD.value:g} W, chip unknown",
    unit=_UNIT,
    source=_PROFILES,
    caveat=f"the same 4 machines with {power.THREAD.value:g} W for each of their threads",
    low=-0.65,
    high=1.90,
    evidence="compared",
    basis=f"{_PROFILED}; an order of magnitude",
)
RAM_CONSTANT: Final = Interval(
    name="RAM, constant",
    unit=_UNIT,
    source=Source(
        "Desrochers, Paradis, Weaver, MEMSYS 2016", "doi:10.1145/2989081.2989088", 2016, None
    ),
    caveat="DDR3 and DDR4 of 4 to 16 GB; larger modules are unknown; only the paper's abstract was "
    "read",
    low=0.0,
    high=23.0,
    evidence="compared",
    basis="modules of 4 to 16 GB, DDR3 and DDR4, drew 0.2 to 4.7 W against "
    f"{power.MODULE.value:g} W; larger modules are unknown",
)
SCOPE: Final = Interval(
    name="sum of all components against the plug",
    unit=_UNIT,
    source=Source("Fischer, 2025", "arXiv:2509.22092", 2025, None),
    caveat="318 runs on the author's machines; the abstract was read (errors of up to 40%), the "
    "runs were not; part of no interval of a component",
    low=-0.56,
    high=-0.19,
    evidence="compared",
    basis="CodeCarbon against a plug meter, 318 runs, always below, median -28%",
)
YEARLY_GRID: Final = Interval(
    name="emissions by a yearly average against hourly accounting",
    unit=_UNIT,
    source=Source(
        "Miller, Novan, Jenn, Environ. Res. Lett. 17, 2022",
        "doi:10.1088/1748-9326/ac6147",
        2022,
        _READ,
        "the authors' repository, grgmiller/hourly_average_efs",
    ),
    caveat="of inventories of facilities in the USA, in certain settings; none in others; a single "
    "hour may differ more",
    low=-0.30,
    high=0.30,
    evidence="compared",
    basis="",
)
ACTIVE: Final = Constant(
    name="active energy: mean error of sensors on the chip, at worst",
    unit=_UNIT,
    source=Source(
        "Fahad et al., Energies 12(11):2204, 2019",
        "https://www.mdpi.com/1996-1073/12/11/2204",
        2019,
        _READ,
        "public bibliographies that quote the abstract",
    ),
    caveat="for dynamic energy, on the authors' servers; individual errors were larger",
    value=0.73,
)
STEADY: Final = Constant(
    name="GPU, sampled power: shortest steady load",
    unit="s",
    source=_SAMPLING,
    caveat="judged; only the paper's abstract was read",
    value=10.0,
)
SHORTEST: Final = Constant(
    name="GPU, sampled power: below this length nothing bounds it",
    unit="s",
    source=_SAMPLING,
    caveat="judged; only the paper's abstract was read",
    value=1.0,
)

BASES: Final = (
    RAPL_INTEL,
    RAPL_AMD,
    GPU_COUNTER,
    GPU_COUNTER_PARTLY_SAMPLED,
    GPU_POWER_LONG,
    GPU_POWER_SHORT,
    GPU_UNREADABLE,
    TDP_KNOWN,
    CHIP_UNKNOWN,
    RAM_CONSTANT,
)
"""Everything that a figure of a component can be based on."""
