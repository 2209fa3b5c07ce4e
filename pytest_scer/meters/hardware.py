"""The meter of a real machine: one source per component, all read at the same instant."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import psutil

from pytest_scer.core.measurement import Reading
from pytest_scer.meters.base import HostTotals, MeterInfo
from pytest_scer.meters.cputime import ProcessTime
from pytest_scer.meters.stepped import SteppedComponent


def machine_cpu_time_s() -> float:
    """CPU seconds that all processes of the machine used since it was started.

    As ``proc_stat(5)`` tells them, in ticks of 10 ms; guest time is part of user time there.
    """
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    guest = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return float(sum(times) - idle - guest)


@dataclass(frozen=True)
class Sources:
    """What to read for each component; None where the component is absent.

    Attributes:
        infos: How the figures come about, for the report.
        cpu_w_per_cpu_s: Joules per CPU second of a modelled CPU.
        cpu_machine_wide: Whether a modelled CPU is charged the CPU seconds of the whole machine.
        cpu_counter: The CPU's counters.
        gpu_counter: The GPUs' counters.
        ram_w: Watts of the memory, a constant.
        concurrent: How many processes share the host's constant power, evenly unless told
            otherwise.
        closers: What to call at the end.
    """

    infos: Mapping[str, MeterInfo]
    cpu_w_per_cpu_s: float | None = None
    cpu_machine_wide: bool = False
    cpu_counter: SteppedComponent | None = None
    gpu_counter: SteppedComponent | None = None
    ram_w: float | None = None
    concurrent: int = 1
    closers: tuple[Callable[[], None], ...] = ()


class HardwareMeter:
    """Readings from clocks, counters and constants."""

    def __init__(self, sources: Sources, process_time: ProcessTime) -> None:
        """Start at the present count of everything.

        Args:
            sources: What to read.
            process_time: The clock of this process and its children.
        """
        self._sources = sources
        self._process_time = process_time
        self._constant_s: Callable[[float], float] = lambda time_s: time_s / sources.concurrent
        self._stepped = [c for c in (sources.cpu_counter, sources.gpu_counter) if c is not None]
        self._clock_noise_j = 2e-6 * (sources.cpu_w_per_cpu_s or 0.0)  # CPU clocks step in us
        if sources.cpu_machine_wide:
            self._clock_noise_j = 2e-2 * (sources.cpu_w_per_cpu_s or 0.0)  # and /proc/stat in 10 ms
        self._lock = threading.Lock()
        for stepped in self._stepped:
            stepped.warm_up(process_time.read_s)
        self._machine_origin_s = machine_cpu_time_s() if sources.cpu_machine_wide else 0.0
        self._origin = self.read()
        for stepped in self._stepped:
            stepped.begin_total()
        self._closed = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="pytest-scer", daemon=True)
        if self._stepped:
            self._watcher.start()

    def _watch(self) -> None:
        """Look at the counters while a long test takes no reading.

        Between its first and its last reading one may stand still, be absurd, or wrap twice.
        """
        period_s = min(stepped.window_s for stepped in self._stepped)
        while not self._closed.wait(period_s):
            self.read()

    @property
    def infos(self) -> Mapping[str, MeterInfo]:
        """How the figures of each component come about."""
        return self._sources.infos

    @property
    def process_time(self) -> ProcessTime:
        """The clock of this process and its children."""
        return self._process_time

    def read(self, *, force: bool = False) -> Reading:
        """Take a reading; see :class:`pytest_scer.meters.base.Meter`."""
        sources = self._sources
        with self._lock:
            time_s = time.perf_counter()
            # Right behind it: a clock in common may be changed by another process at any moment.
            ram_j = None if sources.ram_w is None else sources.ram_w * self._constant_s(time_s)
            cpu_time_s = self._process_time.read_s()
            reading = Reading(time_s, cpu_time_s, None, None, ram_j, self._clock_noise_j)
            if sources.cpu_w_per_cpu_s is not None:
                busy_s = cpu_time_s
                if sources.cpu_machine_wide:
                    busy_s = machine_cpu_time_s() - self._machine_origin_s
                reading.cpu_j = sources.cpu_w_per_cpu_s * busy_s
            cpu, gpu = sources.cpu_counter, sources.gpu_counter
            if cpu is not None:
                reading.cpu_j = cpu.tell(time_s, cpu_time_s, force=force)
                reading.noise_j += cpu.noise_j
                reading.cpu_epoch, reading.cpu_fault = cpu.epoch, cpu.cause
            if gpu is not None:
                reading.gpu_j = gpu.tell(time_s, cpu_time_s, force=force)
                reading.noise_j += gpu.noise_j
                reading.gpu_epoch, reading.gpu_fault = gpu.epoch, gpu.cause
            return reading

    @property
    def shares_gpus(self) -> bool:
        """Whether this process is charged a part of its GPUs only."""
        counter = self._sources.gpu_counter
        return counter is not None and counter.sharers > 1

    def share_gpus(self, sharers: int) -> None:
        """Divide the energy of the GPUs by so many processes.

        Only between two measurements: a reading from before does not fit one from after.
        """
        assert self._sources.gpu_counter is not None
        with self._lock:
            self._sources.gpu_counter.sharers = sharers

    def share_constant(self, seconds: Callable[[float], float]) -> None:
        """Charge constant power by another clock than an even part of the time.

        Only between two measurements: a reading from before does not fit one from after.

        Args:
            seconds: What that clock shows at a time, in seconds.
        """
        with self._lock:
            self._constant_s = seconds

    def host_totals(self) -> HostTotals:
        """What the host used since the meter was opened."""
        sources, now, origin = self._sources, self.read(), self._origin
        if sources.cpu_counter is not None:
            cpu_j = sources.cpu_counter.total_j
        else:
            cpu_j = None if now.cpu_j is None else now.cpu_j - (origin.cpu_j or 0.0)
        return HostTotals(
            duration_s=now.time_s - origin.time_s,
            cpu_j=cpu_j,
            gpu_j=None if sources.gpu_counter is None else sources.gpu_counter.total_j,
            ram_j=None if sources.ram_w is None else sources.ram_w * (now.time_s - origin.time_s),
            noise_j=now.noise_j,
        )

    def faults(self) -> list[str]:
        """What went wrong since this was last asked."""
        with self._lock:
            found = [fault for stepped in self._stepped for fault in stepped.faults]
            for stepped in self._stepped:
                stepped.faults.clear()
        return found

    def live_children(self) -> list[int]:
        """The pids of this process's children that live now, if its last reading met any."""
        clock = self._process_time
        return clock.live_children() if clock.met_children else []

    def close(self) -> None:
        """Give back files and threads."""
        self._closed.set()
        if self._watcher.is_alive():
            self._watcher.join()  # a look at a descriptor that is closed may meet another's file
        for closer in self._sources.closers:
            closer()
        self._process_time.close()
