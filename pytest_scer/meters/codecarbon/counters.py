"""The energy counters that CodeCarbon finds: RAPL domains and GPUs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from pytest_scer.meters.codecarbon.configuration import Configuration
from pytest_scer.meters.devices import GpuCounter, GpuPower, RaplDomain, rapl_limit_w
from pytest_scer.meters.diagnosis import unreadable_packages
from pytest_scer.meters.processor import read_text

_NO_GPU: Final = ("", "-1", "NoDevFiles")
"""Selections that hide every GPU, as CUDA and container runtimes write them."""


def rapl_domains(conf: Configuration) -> list[RaplDomain]:
    """The RAPL domains that CodeCarbon would meter: packages, without mirrored counters.

    Empty if a package cannot be read: CodeCarbon would continue with the others, or with the cores
    of this one, and report a part of the CPU as the whole.
    """
    from codecarbon.core import cpu

    if not (sys.platform == "linux" and cpu.is_rapl_available()) or unreadable_packages():
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


def _visible(conf: Configuration) -> str | None:
    """The GPUs that the user selected; None if all."""
    return conf.values.get("gpu_ids", os.environ.get("CUDA_VISIBLE_DEVICES"))


def hides_gpus(conf: Configuration) -> bool:
    """Whether the user hides all GPUs from this process."""
    return _visible(conf) in _NO_GPU


def gpus(conf: Configuration) -> list[tuple[int, str, GpuCounter | GpuPower]]:
    """Index, model and counter of each GPU that this process may use and CodeCarbon can read."""
    from codecarbon.core.gpu import is_gpu_details_available

    wanted = _visible(conf)
    if not is_gpu_details_available() or hides_gpus(conf):
        return []
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
