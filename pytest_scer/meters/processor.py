"""Facts about the processor and the memory, from Linux's ``/proc`` where there is one."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

CPUINFO: Final = Path("/proc/cpuinfo")
MEMINFO: Final = Path("/proc/meminfo")


def model_name() -> str:
    """The brand string of the CPU; empty if unknown."""
    return _first(CPUINFO, "model name")


def is_virtual(cpuinfo: Path = CPUINFO) -> bool:
    """Whether this is a virtual machine, according to the processor's flags."""
    return "hypervisor" in _first(cpuinfo, "flags").split()


def memory_bytes(meminfo: Path = MEMINFO) -> int:
    """The size of the memory."""
    kib = _first(meminfo, "MemTotal").split(" ")[0]
    if kib.isdecimal():
        return int(kib) * 1024
    import psutil

    return int(psutil.virtual_memory().total)


def logical_cpus() -> int:
    """The number of hardware threads that are online."""
    if hasattr(os, "sysconf"):
        count = os.sysconf("SC_NPROCESSORS_ONLN")
        if count > 0:
            return count
    import psutil

    return psutil.cpu_count() or 1


def _first(path: Path, key: str) -> str:
    """The first value of a key; empty if there is none.

    The file is read only so far: that of a large machine has thousands of lines.
    """
    with suppress(OSError), path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            name, _, value = line.partition(":")
            if name.strip() == key:
                return value.strip()
    return ""


def sockets() -> int:
    """The number of processor sockets; 1 if unknown."""
    ids = {line for line in read_text(CPUINFO).splitlines() if "physical id" in line}
    return max(len(ids), 1)


def read_text(path: Path) -> str:
    """The content of a small system file, stripped; empty if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
