"""Devices with an energy counter, as :class:`pytest_scer.meters.counters.Device`."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from pytest_scer.core.text import printable
from pytest_scer.meters.base import LostJoules, MeterFault
from pytest_scer.meters.forking import lock_free_in_children
from pytest_scer.sources import power
from pytest_scer.system import OpenFile, System

RAPL_TICK_S: Final = power.RAPL_TICK.value
"""RAPL counters advance about every millisecond (Intel SDM vol. 3B, section 16.10.3)."""
RAPL_LIMIT_W: Final = power.RAPL_LIMIT.value
"""Assumed limit of a domain that states none, as with AMD's driver; the largest packages of 2025
have a TDP of 500 W (AMD EPYC 9965, Intel Xeon 6980P)."""
GPU_TICK_S: Final = power.GPU_TICK.value
"""NVML's energy counter advances every 20 to 100 ms, depending on the board. This value applies
until the tick is learned, and to GPUs that only report power, which boards average over as long."""
SAMPLE_EVERY_S: Final = 0.02
"""How often the power of a GPU without an energy counter is sampled.

That takes 0.8 % of a processor (``benchmarks/overhead``). But if the power changes every 10 to
300 ms, the truth lies within what is stated for 99.8 % of tests of 0.5 to 2 s, and for 96 % of
those of 2 to 6 s; with a sample every 50 ms that is 90 and 61 % (simulated)."""


class RaplDomain:
    """One powercap domain of Intel RAPL, or of AMD's driver behind the same interface.

    Its file is kept open: reading then takes a fifth of the time, and keeps working if permissions
    change during the session.
    """

    resolution_s = RAPL_TICK_S
    steps = True

    def __init__(self, name: str, energy_file: str, limit_w: float | None) -> None:
        """Open the counter.

        Args:
            name: The domain's name in messages.
            energy_file: Path of its ``energy_uj``.
            limit_w: Its power limit in watts; None if it states none.

        Raises:
            OSError: The counter cannot be opened.
        """
        self.name = name
        self.limit_w = limit_w or RAPL_LIMIT_W
        self._energy_file = energy_file
        self._file = self._opened()
        range_file = Path(energy_file).with_name("max_energy_range_uj")
        try:
            self.wraps_at_j: float | None = int(range_file.read_text()) * 1e-6
        except (OSError, ValueError):
            self.wraps_at_j = None

    def _opened(self) -> OpenFile:
        return OpenFile(System.open(self._energy_file, os.O_RDONLY))

    def read_j(self) -> float:
        """The count in joules."""
        try:
            if self._file.is_open():
                return int(System.pread(self._file.descriptor, 64, 0)) * 1e-6
        except (OSError, ValueError):
            pass
        return self._reopened_j()

    def _reopened_j(self) -> float:
        """Open the file again and read the count in joules.

        A reloaded driver replaces the file, and a test may have closed the descriptor.
        """
        self._file.close()
        try:
            self._file = self._opened()
            content = System.pread(self._file.descriptor, 64, 0)
        except OSError as error:
            raise MeterFault(f"{self.name}: {error}") from None
        try:
            return int(content) * 1e-6
        except ValueError:
            text = content.decode(errors="replace").strip()
            raise MeterFault(f"{self.name}: the counter reads {text!r}") from None

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def rapl_limit_w(energy_file: str) -> float | None:
    """The highest power limit of a powercap domain, in watts; None if it states none."""
    limits = []
    for file in Path(energy_file).parent.glob("constraint_*_power_limit_uw"):
        try:
            limits.append(int(file.read_text()) * 1e-6)
        except (OSError, ValueError):
            continue
    return max(limits, default=None) or None


class GpuCounter:
    """The energy counter of one GPU."""

    wraps_at_j = None
    resolution_s = GPU_TICK_S
    steps = True

    def __init__(
        self, name: str, read_mj: Callable[[], float | None], limit_w: float | None
    ) -> None:
        """Store how to read the counter.

        Args:
            name: The GPU's name in messages.
            read_mj: Returns the count in millijoules; returns None or raises if it cannot be read.
            limit_w: Its enforced power limit in watts.
        """
        self.name = name
        self.limit_w = limit_w
        self._read_mj = read_mj

    def read_j(self) -> float:
        """The count in joules."""
        try:
            count_mj = self._read_mj()
        except Exception as error:  # every vendor's library has its own exceptions
            raise MeterFault(printable(f"{self.name}: {error}")) from None
        if count_mj is None:
            raise MeterFault(f"{self.name}: the energy counter could not be read")
        return count_mj * 1e-3


class GpuPower:
    """A GPU that only reports its power, which is integrated over time to a count."""

    wraps_at_j = None
    resolution_s = GPU_TICK_S
    steps = False

    def __init__(self, name: str, read_w: Callable[[], float], limit_w: float | None) -> None:
        """Take the first sample.

        Args:
            name: The GPU's name in messages.
            read_w: Returns the power in watts; raises if it cannot be read.
            limit_w: Its enforced power limit in watts.
        """
        self.name = name
        self.limit_w = limit_w
        self._read_w = read_w
        self._count_j = 0.0
        self._fault: str | None = None
        self._lock = lock_free_in_children()
        self._at_s, self._power_w = System.perf_counter(), self._sample_w()

    def _sample_w(self) -> float | None:
        try:
            return float(self._read_w())
        except Exception as error:  # every vendor's library has its own exceptions
            self._fault = printable(f"{self.name}: {error}")
            return None

    def sample(self) -> None:
        """Take a sample, between two readings of the count."""
        with self._lock:
            self._add()

    def _add(self) -> None:
        """Add the energy since the last sample, by the trapezoidal rule."""
        power_w, now_s = self._sample_w(), System.perf_counter()
        if power_w is not None and self._power_w is not None:
            self._count_j += 0.5 * (power_w + self._power_w) * (now_s - self._at_s)
        self._at_s, self._power_w = now_s, power_w

    def read_j(self) -> float:
        """The count in joules."""
        with self._lock:
            self._add()
            if self._fault is None:
                return self._count_j
            fault = self._fault
            if self._power_w is None:
                raise MeterFault(fault)
            self._fault = None
            raise LostJoules(fault)


class PowerSampler:
    """A thread that samples the power of all GPUs without an energy counter.

    It is one thread, which sleeps in a system call: waking up costs 25 to 40 us of CPU time, and
    twice as much with an ``Event`` that could interrupt it (measured on a virtual machine).
    """

    def __init__(self, gpus: Sequence[GpuPower]) -> None:
        """Start the thread.

        Args:
            gpus: The GPUs.
        """
        self._gpus = gpus
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="pytest-scer GPU power", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._closed:
            System.sleep(SAMPLE_EVERY_S)
            for gpu in self._gpus:
                gpu.sample()

    def close(self) -> None:
        """Stop the thread."""
        self._closed = True
        self._thread.join()
