"""Facts about the processor from Linux's ``/proc/cpuinfo``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

CPUINFO: Final = Path("/proc/cpuinfo")


def model_name() -> str:
    """The brand string of the CPU; empty if unknown."""
    for line in read_text(CPUINFO).splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return ""


def is_virtual(cpuinfo: Path = CPUINFO) -> bool:
    """Whether this is a virtual machine, according to the processor's flags."""
    lines = read_text(cpuinfo).splitlines()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return "hypervisor" in flags.split()


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
