"""Why a component is not measured on this machine, and how to fix it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.base import MeterInfo, Provenance
from pytest_scer.meters.processor import CPUINFO, is_virtual
from pytest_scer.sources.power import MODULE

POWERCAP: Final = Path("/sys/class/powercap")
DEVICES: Final = Path("/dev")
AMD_DRIVER: Final = DEVICES / "kfd"


@dataclass(frozen=True, slots=True)
class Advice:
    """Why a component is not measured.

    Attributes:
        reason: The cause.
        remedy: A command or a setting that fixes it; None if there is none.
    """

    reason: str
    remedy: str | None = None


def advise(infos: Mapping[str, MeterInfo]) -> dict[str, Advice]:
    """For each component that is not measured, the reason and the remedy.

    Args:
        infos: The meter's description of its components.
    """
    advice = {}
    if infos["cpu"].provenance in (Provenance.MODELLED, Provenance.ABSENT):
        advice["cpu"] = cpu_advice()
    if infos["gpu"].provenance is Provenance.ABSENT:
        advice["gpu"] = gpu_advice()
    if infos["ram"].provenance is Provenance.CONSTANT:
        advice["ram"] = Advice(
            "memory power is not measured; it is a constant that does not depend on the test",
            f"set force_ram_power in .codecarbon.config to {MODULE.value:g} W for each memory "
            "module; "
            "`sudo lshw -C memory -short` lists the modules",
        )
    return advice


def cpu_advice(powercap: Path = POWERCAP, cpuinfo: Path = CPUINFO) -> Advice:
    """Why the CPU's energy is modelled."""
    if sys.platform != "linux":
        return Advice(f"power counters are read on Linux only; this is {platform.system()}")
    counters = sorted(powercap.glob("**/intel-rapl*/energy_uj"))
    unreadable = [path for path in counters if not os.access(path, os.R_OK)]
    if unreadable:
        return Advice(
            f"{unreadable[0]} is not readable by this user",
            f"sudo chmod -R a+r {powercap}/*   (until the next boot)",
        )
    if counters:
        return Advice("RAPL counters exist, but CodeCarbon does not use them; see its log")
    if is_virtual(cpuinfo):
        return Advice(
            "this is a virtual machine, which cannot access the host's power counters",
            "measure on bare metal, or set force_cpu_power in .codecarbon.config to "
            "the power of this machine at full load, in watts",
        )
    if not powercap.exists():
        return Advice(
            f"{powercap} does not exist: no powercap driver is loaded",
            "sudo modprobe intel_rapl_msr   (also for AMD, since Linux 5.11)",
        )
    return Advice(f"{powercap} contains no RAPL counter", "sudo modprobe intel_rapl_msr")


def unreadable_packages(powercap: Path = POWERCAP) -> list[Path]:
    """The counters of whole packages that this user cannot read."""
    return [
        counter
        for counter in sorted(powercap.glob("intel-rapl:*/energy_uj"))
        if counter.parent.name.count(":") == 1 and not os.access(counter, os.R_OK)
    ]


def has_gpu(devices: Path = DEVICES) -> bool:
    """Whether a driver offers a GPU to this process, readable or not: its device files show it."""
    return any(devices.glob("nvidia[0-9]*")) or (devices / AMD_DRIVER.name).exists()


def gpu_advice() -> Advice:
    """Why no GPU is metered."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible in ("", "-1"):
        return Advice(
            f"CUDA_VISIBLE_DEVICES is {visible!r}: no GPU is visible to the tests",
            "unset CUDA_VISIBLE_DEVICES, or select a device, for example CUDA_VISIBLE_DEVICES=0",
        )
    if shutil.which("nvidia-smi") is None and not AMD_DRIVER.exists():
        return Advice(
            "no GPU driver is installed, or there is no GPU",
            "if there is a GPU, install its driver so that `nvidia-smi` (or `amd-smi`) lists it",
        )
    return Advice(
        "a GPU driver is installed, but its management library does not respond",
        "run `nvidia-smi` (or `amd-smi`) as this user and fix the error that it reports",
    )
