"""Power of a hardware thread and of the memory, from CodeCarbon's tables and models.

CodeCarbon is asked once per boot (:mod:`pytest_scer.meters.machine_cache`): to import it and to
look for the chip in its table takes longer than all the rest of the start of a session.
"""

from __future__ import annotations

import os
import platform
from typing import Any, NamedTuple

from pytest_scer.core import LARGEST
from pytest_scer.meters.chips import DEFAULT_POWER, threads_of
from pytest_scer.meters.codecarbon.configuration import Configuration, shown
from pytest_scer.meters.codecarbon.package import cpu_model, versions
from pytest_scer.meters.codecarbon.tables import Tables
from pytest_scer.meters.machine_cache import remembered
from pytest_scer.meters.processor import is_virtual, logical_cpus, memory_bytes, sockets


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
    logical = logical_cpus()
    forced_w = conf.number("force_cpu_power")
    if forced_w:
        source = shown(conf.sources["force_cpu_power"])
        detail = f"{source}: {forced_w:g} W over {logical} threads"
        return ThreadPower(forced_w / logical, detail, is_known=True)
    model, virtual = cpu_model(), is_virtual()
    asked = {**versions(), "model": model, "is_virtual": virtual, "logical": logical}
    return ThreadPower(
        *remembered(
            "thread", asked, lambda: _thread_of(model, logical, is_vm=virtual), _is_thread_power
        )
    )


def _thread_of(model: str, logical: int, *, is_vm: bool) -> ThreadPower:
    """Watts of one hardware thread of a chip, from CodeCarbon's table."""
    from codecarbon.core.cpu import DEFAULT_POWER_PER_CORE, TDP

    tdps = Tables().chips_tdp
    name = TDP._get_matching_cpu(TDP.__new__(TDP), model, {"Name": list(tdps)}) if model else None
    threads = threads_of(model) or (None if is_vm else logical // sockets())
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
    forced_w = conf.number("force_ram_power")
    if forced_w is not None:
        return forced_w, shown(conf.sources["force_ram_power"])
    # In a job of Slurm, CodeCarbon asks Slurm for the memory of that job.
    slurm = {key: value for key, value in os.environ.items() if key.startswith("SLURM_JOB")}
    asked = {**versions(), "machine": platform.machine(), "bytes": memory_bytes(), **slurm}
    watts, detail = remembered("memory", asked, _ram, _is_ram_power)
    return watts, detail


def _ram() -> tuple[float, str]:
    """Watts of this machine's memory, from CodeCarbon's model."""
    from codecarbon.external.ram import RAM

    ram = RAM(tracking_mode="machine", force_ram_power=None)
    detail = f"CodeCarbon's model for {ram.machine_memory_GB:.3g} GB"
    return float(ram.total_power().W), detail


def _is_thread_power(answer: Any) -> bool:
    """Whether what was remembered is the power of a thread."""
    match answer:
        case [watts, str(), bool()]:
            return _is_power(watts)
    return False


def _is_ram_power(answer: Any) -> bool:
    """Whether what was remembered is the power of a memory."""
    match answer:
        case [watts, str()]:
            return _is_power(watts)
    return False


def _is_power(watts: Any) -> bool:
    return isinstance(watts, float) and 0 < watts < LARGEST
