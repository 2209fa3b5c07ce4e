"""How accurate each way of obtaining a figure is, as far as anyone has compared it with a meter.

Every interval is of ``(reported - true) / true``. *True* is what a wattmeter on that component
would show. Accuracy differs from uncertainty, which is what a repeat on the same machine would
show: uncertainty decides verdicts, accuracy is disclosed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from pytest_scer.meters.base import Accuracy, MeterInfo, Provenance
from pytest_scer.sources import accuracy as sources
from pytest_scer.sources.entry import Interval

COMPARED: Final = "compared"
"""The interval was computed from a comparison with a meter, or with RAPL counters."""
JUDGEMENT: Final = "judgement"
"""No comparison covers this case; the interval is the authors' judgement of what was published."""


def _sourced(known: Interval) -> Accuracy:
    return Accuracy(known.low, known.high, known.evidence, known.stated)


RAPL_INTEL: Final = _sourced(sources.RAPL_INTEL)
RAPL_AMD: Final = _sourced(sources.RAPL_AMD)
GPU_COUNTER: Final = _sourced(sources.GPU_COUNTER)
GPU_COUNTER_PARTLY_SAMPLED: Final = _sourced(sources.GPU_COUNTER_PARTLY_SAMPLED)
GPU_POWER_LONG: Final = _sourced(sources.GPU_POWER_LONG)
GPU_POWER_SHORT: Final = _sourced(sources.GPU_POWER_SHORT)
GPU_UNREADABLE: Final = _sourced(sources.GPU_UNREADABLE)
TDP_KNOWN: Final = _sourced(sources.TDP_KNOWN)
CHIP_UNKNOWN: Final = _sourced(sources.CHIP_UNKNOWN)
RAM_CONSTANT: Final = _sourced(sources.RAM_CONSTANT)
SCOPE: Final = _sourced(sources.SCOPE)
"""The sum of all components against the plug. It is about what is left out (power supply, disks,
fans, board), not about the components, so it is stated apart and part of no interval."""
YEARLY_GRID: Final = _sourced(sources.YEARLY_GRID)
"""Emissions by the yearly average of a grid against hourly accounting."""

POWER_SAMPLES: Final = "power samples"
"""The source of the figures of GPUs whose power is sampled and integrated."""
STEADY_S: Final = sources.STEADY.value
"""From this length on, integrated power is of a steady load."""
SHORTEST_S: Final = sources.SHORTEST.value
"""Below this length, the integrated power of a GPU has no bound: boards report averages."""

# A800 and H800, H200, H20 and GH200 are sold with the chips of A100 and H100.
_PARTLY_SAMPLED: Final = re.compile(r"\b(?:A100|A800|G?H(?:100|200|20|800))(?!\d)", re.IGNORECASE)
# AMD's library names some boards by their number, or not at all.
_OF_AMD: Final = re.compile(r"\b(?:AMD|Radeon|Instinct|Unknown GPU|0x)", re.IGNORECASE)


def of_rapl(cpu_model: str) -> Accuracy:
    """The accuracy of a chip's RAPL counters, by its maker; the widest if that is not known.

    Args:
        cpu_model: The brand string of the chip.
    """
    return RAPL_INTEL if "intel" in cpu_model.lower() else RAPL_AMD


def of_cpu_time(*, tdp_known: bool) -> Accuracy:
    """The accuracy of CPU time multiplied by the power of a hardware thread.

    Args:
        tdp_known: Whether that power comes from the chip's TDP, or from the user.
            ``force_cpu_power`` states the power of the machine at full load, so it replaces
            the TDP in the same linear model, whose error it shares at partial load.
    """
    return TDP_KNOWN if tdp_known else CHIP_UNKNOWN


def of_gpu_counters(models: Iterable[str]) -> Accuracy | None:
    """The accuracy of the GPUs' energy counters; None for makers without any published figure.

    Args:
        models: The names of the GPUs.
    """
    names = list(models)
    if any(map(_OF_AMD.search, names)):
        return None
    partly = any(map(_PARTLY_SAMPLED.search, names))
    return GPU_COUNTER_PARTLY_SAMPLED if partly else GPU_COUNTER


def of_gpu_power(models: Iterable[str], duration_s: float) -> Accuracy | None:
    """The accuracy of integrated GPU power; None if nothing bounds it.

    Args:
        models: The names of the GPUs.
        duration_s: How long the power was integrated, in seconds.
    """
    names = list(models)
    if duration_s < SHORTEST_S or any(map(_OF_AMD.search, names)):
        return None
    is_short = duration_s < STEADY_S or any(map(_PARTLY_SAMPLED.search, names))
    return GPU_POWER_SHORT if is_short else GPU_POWER_LONG


def at_the_end(infos: Mapping[str, MeterInfo], duration_s: float) -> dict[str, MeterInfo]:
    """The meters of a session with the accuracies that depend on how long it took.

    Args:
        infos: The meter's description of its components.
        duration_s: The length of the session in seconds.
    """
    return {
        name: replace(info, accuracy=of_gpu_power((model for _, model in info.devices), duration_s))
        if info.source == POWER_SAMPLES and info.provenance is Provenance.MEASURED
        else info
        for name, info in infos.items()
    }


def is_known_about(info: MeterInfo) -> bool:
    """Whether a component counts where hosts are added up: it is metered, or cannot be read."""
    return info.provenance is not Provenance.ABSENT or info.accuracy is not None


def widest(accuracies: Iterable[Accuracy | None]) -> Accuracy | None:
    """The interval that holds those of several hosts; None if that of one is unknown.

    Args:
        accuracies: That of the component on each host where it counts.
    """
    known = list(dict.fromkeys(accuracies))
    of_all = [each for each in known if each is not None]
    if len(of_all) < len(known) or not of_all:
        return None
    return Accuracy(
        min(each.low for each in of_all),
        max(each.high for each in of_all),
        JUDGEMENT if any(each.evidence == JUDGEMENT for each in of_all) else COMPARED,
        " | ".join(dict.fromkeys(each.source for each in of_all)),
    )


def plausible_j(
    joules: Mapping[str, float | None], infos: Mapping[str, MeterInfo]
) -> tuple[float, float] | None:
    """Between which joules the true sum of some components lies.

    Their intervals add up linearly: the errors may point in one direction, and nothing is known of
    their correlation.

    Args:
        joules: What was reported of each component; None if nothing was.
        infos: How each component is metered.

    Returns:
        The lowest and the highest sum; None if there is none, or if a component has no bound, such
        as a GPU that cannot be read.
    """
    if any(info.accuracy is not None and not info.accuracy.is_bounded for info in infos.values()):
        return None
    known = {name: value for name, value in joules.items() if value is not None}
    ranges = [
        accuracy.true_range(value)
        for name, value in known.items()
        if (accuracy := infos[name].accuracy) is not None
    ]
    bounded = [each for each in ranges if each is not None]
    if not known or len(bounded) < len(known):
        return None
    return math.fsum(low for low, _ in bounded), math.fsum(high for _, high in bounded)


def digits(infos: Mapping[str, MeterInfo]) -> int:
    """The significant digits of figures in text: two if a part of them is estimated, else three.

    Args:
        infos: How each component is metered.
    """
    estimated = (Provenance.MODELLED, Provenance.CONSTANT)
    return 2 if any(info.provenance in estimated for info in infos.values()) else 3
