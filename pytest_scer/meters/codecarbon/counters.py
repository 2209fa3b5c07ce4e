"""The energy counters that CodeCarbon finds: RAPL domains and GPUs."""

from __future__ import annotations

import ctypes
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from pytest_scer.meters.codecarbon.configuration import Configuration
from pytest_scer.meters.devices import GpuCounter, GpuPower, RaplDomain, rapl_limit_w
from pytest_scer.meters.diagnosis import unreadable_packages
from pytest_scer.meters.processor import read_text
from pytest_scer.system import ON_LINUX

ZONES: Final = ("/sys/class/powercap", "/sys/devices/virtual/powercap")
"""Where CodeCarbon looks for RAPL counters; if both are empty or missing, it need not be asked."""
_NO_GPU: Final = ("", "-1", "NoDevFiles")
"""Selections that hide every GPU, as CUDA and container runtimes write them."""


def rapl_domains(conf: Configuration) -> list[RaplDomain]:
    """The RAPL domains that CodeCarbon would meter: packages, without mirrored counters.

    Empty if a package cannot be read: CodeCarbon would continue with the others, or with the cores
    of this one, and report a part of the CPU as the whole.
    """
    if not (ON_LINUX and any(map(_names_in, ZONES))):
        return []
    from codecarbon.core import cpu

    if not cpu.is_rapl_available() or unreadable_packages():
        return []
    flags = {
        key: conf.values.get(key, "").lower() == "true"
        for key in ("rapl_include_dram", "rapl_prefer_psys")
    }
    rapl = cpu.IntelRAPL(**flags)
    rapl.start()
    mirrored = rapl._mirrored_candidates
    domains = []
    for file in rapl._rapl_files:
        if file.path in mirrored:
            continue
        name = read_text(Path(file.path).with_name("name")) or file.name
        domains.append(RaplDomain(name, file.path, rapl_limit_w(file.path)))
    return domains


def _names_in(directory: str) -> list[str]:
    """What is in a directory; nothing if it cannot be read."""
    try:
        return os.listdir(directory)
    except OSError:
        return []


def _has_gpu_library() -> bool:
    """Whether there may be a library through which CodeCarbon could read a GPU.

    If there is none, which takes no time to find out, CodeCarbon need not be imported.
    """
    if not ON_LINUX or "pynvml" in sys.modules or find_spec("amdsmi") is not None:
        return True
    try:
        ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return False
    return True


def _visible(conf: Configuration) -> str | None:
    """The GPUs that the user selected; None if all."""
    return conf.values.get("gpu_ids", os.environ.get("CUDA_VISIBLE_DEVICES"))


def hides_gpus(conf: Configuration) -> bool:
    """Whether the user hides all GPUs from this process."""
    return _visible(conf) in _NO_GPU


def gpus(conf: Configuration) -> list[tuple[int, str, GpuCounter | GpuPower]]:
    """Index, model and counter of each GPU that this process may use and CodeCarbon can read."""
    if hides_gpus(conf) or not _has_gpu_library():
        return []
    from codecarbon.core.gpu import is_gpu_details_available

    if not is_gpu_details_available():
        return []
    wanted = _visible(conf)
    from codecarbon.external.hardware import GPU

    selection = GPU(gpu_ids=None if wanted is None else wanted.split(","))
    indices = set(selection._get_gpu_ids())
    found: list[tuple[int, str, GpuCounter | GpuPower]] = []
    for device in selection.devices.devices:
        if device.gpu_index not in indices:
            continue
        name = f"GPU {device.gpu_index} ({device._gpu_name})"
        limit_w = device._power_limit
        gpu: GpuCounter | GpuPower
        if device._get_total_energy_consumption() is not None:
            gpu = GpuCounter(name, device._get_total_energy_consumption, limit_w)
        else:
            gpu = GpuPower(name, device._get_power_usage, limit_w)
        found.append((device.gpu_index, str(device._gpu_name), gpu))
    return found
