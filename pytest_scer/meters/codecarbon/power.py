"""Power of a hardware thread and of the memory, from CodeCarbon's tables and models."""

from __future__ import annotations

from typing import NamedTuple

import psutil

from pytest_scer.meters.chips import DEFAULT_POWER, threads_of
from pytest_scer.meters.codecarbon.configuration import Configuration, shown
from pytest_scer.meters.codecarbon.package import cpu_model
from pytest_scer.meters.codecarbon.tables import Tables
from pytest_scer.meters.processor import is_virtual, sockets


class ThreadPower(NamedTuple):
    """Watts of one hardware thread at full load.

    Attributes:
        watts: The power.
        detail: Where the value comes from.
        is_known: Whether it is of this machine, not a default for chips that are not known.
    """

    watts: float
    detail: str
    is_known: bool


def thread_w(conf: Configuration) -> ThreadPower:
    """Watts of one hardware thread at full load, and where the value comes from.

    The chip's TDP (CodeCarbon's table) divided by the chip's threads, never by the threads of a
    virtual machine; CodeCarbon's default per thread if the chip is unknown.
    """
    from codecarbon.core.cpu import DEFAULT_POWER_PER_CORE, TDP

    logical = psutil.cpu_count() or 1
    forced_w = conf.number("force_cpu_power")
    if forced_w:
        source = shown(conf.sources["force_cpu_power"])
        detail = f"{source}: {forced_w:g} W over {logical} threads"
        return ThreadPower(forced_w / logical, detail, is_known=True)
    model = cpu_model()
    tdps = Tables().chips_tdp
    name = TDP._get_matching_cpu(TDP.__new__(TDP), model, {"Name": list(tdps)}) if model else None
    threads = threads_of(model) or (None if is_virtual() else logical // sockets())
    if name is None or threads is None:
        why = (
            f"{model or 'this CPU'} is not in its table"
            if name is None
            else f"the number of threads of {name} is unknown in this VM"
        )
        detail = f"{DEFAULT_POWER} {DEFAULT_POWER_PER_CORE} W per thread: {why}"
        return ThreadPower(float(DEFAULT_POWER_PER_CORE), detail, is_known=False)
    tdp_w = float(tdps[name])
    detail = f"TDP of {name}: {tdp_w:g} W over {threads} threads"
    return ThreadPower(tdp_w / threads, detail, is_known=True)


def ram_w(conf: Configuration) -> tuple[float, str]:
    """Watts of the memory, constant, and where the value comes from.

    CodeCarbon's model for the machine's memory size, or the user's ``force_ram_power``.
    """
    from codecarbon.external.ram import RAM

    forced_w = conf.number("force_ram_power")
    ram = RAM(tracking_mode="machine", force_ram_power=forced_w)
    detail = (
        shown(conf.sources["force_ram_power"])
        if forced_w is not None
        else f"CodeCarbon's model for {ram.machine_memory_GB:.3g} GB"
    )
    return float(ram.total_power().W), detail
