"""Power of components that no counter measures, and the steps of those that one does."""

from __future__ import annotations

from typing import Final

from pytest_scer.sources.entry import Constant, Source, Table

THREAD: Final = Constant(
    name="CPU time, chip unknown: power of a hardware thread",
    unit="W",
    source=Source(
        "CodeCarbon 3.3.2", "codecarbon/core/cpu.py: DEFAULT_POWER_PER_CORE", 2026, "2026-11-27"
    ),
    caveat="a tool's default without a source; real threads draw a third to three times as much",
    value=4.0,
)
MODULE: Final = Constant(
    name="memory: power of a module",
    unit="W",
    source=Source(
        "CodeCarbon 3.3.2", "codecarbon/external/ram.py: RAM_SLOT_POWER_X86", 2026, "2026-11-27"
    ),
    caveat="a tool's default without a source; the number of modules is guessed from the size, "
    "modules after the fourth count less, and ARM machines have 1.5 W each",
    value=5.0,
)
CHIPS_TDP: Final = Table(
    name="TDP of chips",
    unit="W",
    source=Source(
        "CodeCarbon 3.3.2, from Intel ARK and AMD's specifications",
        "codecarbon/data/hardware/cpu_power.csv",
        2026,
        "2026-11-27",
    ),
    caveat="a design limit for cooling, not a measured power; single rows were not checked",
    rows="chips",
)
CHIPS_THREADS: Final = Table(
    name="hardware threads of chips",
    unit="threads",
    source=Source(
        "Intel ARK, AMD's specifications; for chips made for one cloud, its instance documentation",
        "pytest_scer/meters/chips.py",
        2026,
        None,
    ),
    caveat="of AMD chips with the number of cores in their name: two threads for each core",
    rows="chips",
)
RAPL_LIMIT: Final = Constant(
    name="RAPL: limit of a domain that states none",
    unit="W",
    source=Source(
        "AMD EPYC 9965, Intel Xeon 6980P: TDP of 500 W", "the makers' product pages", 2025, None
    ),
    caveat="twice the largest TDP; only tells a broken counter from a busy chip",
    value=1000.0,
)
RAPL_TICK: Final = Constant(
    name="RAPL: step of the counter",
    unit="s",
    source=Source("Intel SDM vol. 3B", "section 16.10.3", 2025, None),
    caveat="about a millisecond; it varies from step to step",
    value=1e-3,
)
GPU_TICK: Final = Constant(
    name="NVML: step of the energy counter",
    unit="s",
    source=Source("no published figure was found", "pytest_scer/meters/devices.py", 2026, None),
    caveat="20 to 100 ms, depending on the board; used until the board's own step is known",
    value=0.1,
)
CPU_TICK: Final = Constant(
    name="CPU time of the machine: step",
    unit="s",
    source=Source("Linux man-pages, proc_stat(5)", "USER_HZ", 2025, None),
    caveat="100 per second on all usual kernels",
    value=1e-2,
)
