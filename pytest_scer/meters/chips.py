"""The number of hardware threads of a processor, which CodeCarbon's TDP table does not contain.

A virtual machine sees the chip's name but only a few of its threads. The power of a hardware
thread is the chip's TDP divided by all threads of the chip, so the chip's own number is needed.
"""

from __future__ import annotations

import re
from typing import Final

DEFAULT_POWER: Final = "CodeCarbon's default of"
"""How the origin of the power of a hardware thread begins if nothing is known about the chip."""

# Threads per chip: Intel ARK (ark.intel.com) and AMD's processor specifications, read in 2026; for
# parts made for one cloud (7B12, 7R13, 7R32, 7571, 8259CL, 8272CL, 8275CL, 8370C, 8375C, E5-26x6,
# E5-2673) the instance documentation of Google Cloud, AWS and Azure.
_THREADS: Final = {
    "EPYC 7571": 64,
    "EPYC 7B12": 128,
    "EPYC 7B13": 128,
    "EPYC 7R13": 96,
    "EPYC 7R32": 96,
    "Platinum 8124M": 36,
    "Platinum 8160": 48,
    "Platinum 8168": 48,
    "Platinum 8171M": 52,
    "Platinum 8175M": 48,
    "Platinum 8176": 56,
    "Platinum 8259CL": 48,
    "Platinum 8272CL": 52,
    "Platinum 8275CL": 48,
    "Platinum 8280": 56,
    "Platinum 8360Y": 72,
    "Platinum 8370C": 64,
    "Platinum 8375C": 64,
    "Platinum 8380": 80,
    "Platinum 8480": 112,
    "Gold 6148": 40,
    "Gold 6230": 40,
    "Gold 6248": 40,
    "Gold 6330": 56,
    "Gold 6338": 64,
    "Silver 4114": 20,
    "Silver 4210": 20,
    "Silver 4214": 24,
    "Silver 4314": 32,
    "E5-2666 v3": 20,
    "E5-2673 v3": 24,
    "E5-2673 v4": 40,
    "E5-2676 v3": 24,
    "E5-2680 v4": 28,
    "E5-2686 v4": 36,
    "E5-2690 v3": 24,
    "E5-2690 v4": 28,
}
_AMD_CORES: Final = re.compile(r"AMD (?:EPYC|Ryzen).* (\d+)-Core")


def threads_of(model: str) -> int | None:
    """Hardware threads of a chip, by its brand string.

    AMD's brand string contains the number of cores; Zen server and desktop cores have two threads.

    Args:
        model: The brand string, such as ``AMD EPYC 7763 64-Core Processor``.

    Returns:
        The number of threads, or None if the chip is unknown.
    """
    cores = _AMD_CORES.search(model)
    if cores is not None:
        return 2 * int(cores[1])
    for name, threads in _THREADS.items():
        if re.search(rf"\b{re.escape(name)}(?![0-9A-Za-z])", model):
            return threads
    return None
