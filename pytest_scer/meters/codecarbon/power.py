"""Watts of a hardware thread and of the memory, from CodeCarbon's tables and models."""

from __future__ import annotations

import psutil

from pytest_scer.meters.chips import threads_of
from pytest_scer.meters.codecarbon.configuration import Configuration
from pytest_scer.meters.codecarbon.package import cpu_model
from pytest_scer.meters.codecarbon.tables import Tables
from pytest_scer.meters.processor import is_virtual, sockets


def thread_w(conf: Configuration) -> tuple[float, str]:
    """Watts of one hardware thread at full load, and how they were found.

    The chip's TDP (CodeCarbon's table) over the chip's threads, never over the threads that a
    virtual machine was given; CodeCarbon's 4 W per thread where the chip is not known.
    """
    from codecarbon.core.cpu import DEFAULT_POWER_PER_CORE, TDP

    logical = psutil.cpu_count() or 1
    forced_w = conf.number("force_cpu_power")
    if forced_w:
        source = conf.sources["force_cpu_power"]
        return forced_w / logical, f"{source}: {forced_w:g} W over {logical} threads"
    model = cpu_model()
    tdps = Tables().chips_tdp
    name = TDP._get_matching_cpu(TDP.__new__(TDP), model, {"Name": list(tdps)}) if model else None
    threads = threads_of(model) or (None if is_virtual() else logical // sockets())
    default = f"CodeCarbon's default of {DEFAULT_POWER_PER_CORE} W per thread"
    if name is None:
        return float(DEFAULT_POWER_PER_CORE), f"{default}: it does not know {model or 'this CPU'}"
    if threads is None:
        return float(DEFAULT_POWER_PER_CORE), f"{default}: threads of {name} unknown in this VM"
    tdp_w = float(tdps[name])
    return tdp_w / threads, f"TDP of {name}: {tdp_w:g} W over {threads} threads"


def ram_w(conf: Configuration) -> tuple[float, str]:
    """Watts of the memory: a constant of the machine's size, or the user's."""
    from codecarbon.external.ram import RAM

    forced_w = conf.number("force_ram_power")
    ram = RAM(tracking_mode="machine", force_ram_power=forced_w)
    detail = (
        conf.sources["force_ram_power"]
        if forced_w is not None
        else f"CodeCarbon's model for {ram.machine_memory_GB:.3g} GB"
    )
    return float(ram.total_power().W), detail
