"""The meter of a real machine: one source per component, all read at the same instant."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Mapping

from pytest_scer.core.contention import NONE, Contention
from pytest_scer.core.measurement import Reading, reading_of
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.base import HostTotals, MeterFault, MeterInfo
from pytest_scer.meters.cputime import ProcessTime, machine_cpu_time_s
from pytest_scer.meters.forking import lock_free_in_children
from pytest_scer.meters.neighbours import Neighbours, RunQueue
from pytest_scer.meters.served import NOTHING_SERVED, ServedMeter
from pytest_scer.meters.stepped import SteppedComponent
from pytest_scer.system import System


@dataclass(frozen=True)
class Sources:
    """What to read for each component; None if the component is absent.

    Attributes:
        infos: How the figures are obtained, for the report.
        cpu_w_per_cpu_s: Joules per CPU second of a modelled CPU.
        cpu_machine_wide: Whether a modelled CPU charges the CPU seconds of the whole machine.
        cpu_counter: The CPU's counters.
        gpu_counter: The GPUs' counters.
        ram_w: Watts of the memory, a constant.
        concurrent: How many processes share the host's constant power, evenly unless
            :meth:`HardwareMeter.share_constant` sets another clock.
        sessions: How many sessions share the energy that belongs to the host as a whole, so that
            their totals add up to it.
        wants_gpus: Whether GPUs are selected, also if none can be read.
        closers: Called when the meter is closed.
    """

    infos: Mapping[str, MeterInfo]
    cpu_w_per_cpu_s: float | None = None
    cpu_machine_wide: bool = False
    cpu_counter: SteppedComponent | None = None
    gpu_counter: SteppedComponent | None = None
    ram_w: float | None = None
    concurrent: int = 1
    sessions: int = 1
    wants_gpus: bool = False
    closers: tuple[Callable[[], None], ...] = ()


class HardwareMeter:
    """Readings from clocks, counters and constants."""

    def __init__(self, sources: Sources, process_time: ProcessTime) -> None:
        """Start at the current counts.

        Args:
            sources: What to read.
            process_time: The clock of this process and its children.
        """
        self._sources = sources
        self._process_time = process_time
        self._constant_s: Callable[[float], float] | None = None
        """The clock of constant power; None if that is an even share of the time."""
        self._stepped = [c for c in (sources.cpu_counter, sources.gpu_counter) if c is not None]
        self._faults: dict[str, bool] = {}
        """Faults other than those of counters, and whether they were reported."""
        self._clock_noise_j = 2e-6 * (sources.cpu_w_per_cpu_s or 0.0)  # CPU clocks tick in us
        if sources.cpu_machine_wide:
            self._clock_noise_j = 2e-2 * (sources.cpu_w_per_cpu_s or 0.0)  # /proc/stat, in 10 ms
        self._served: ServedMeter | None = None
        self._lock = lock_free_in_children()
        self._known_cpu_j: float | None = None
        """Joules of a modelled CPU at the last reading that has them; None before the first."""
        self._origin_cpu_j = 0.0
        by_time = (sources.cpu_w_per_cpu_s, sources.ram_w) != (None, None)
        self._neighbours = Neighbours(RunQueue()) if by_time else None
        for stepped in self._stepped:
            stepped.warm_up(lambda: self._read_time(process_time.read_s)[0])
        self._is_simple = False  # the first reading sets the origin
        self._origin = self.read()
        self._is_simple = self._has_only_cpu_time
        for stepped in self._stepped:
            stepped.begin_total()
        self._closed = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="pytest-scer", daemon=True)
        if self._stepped:
            self._watcher.start()

    def _watch(self) -> None:
        """Poll the counters during long tests, which take no reading themselves.

        Otherwise a counter could stand still, be implausible, or wrap twice between two readings.
        """
        period_s = min(stepped.window_s for stepped in self._stepped)
        while not self._closed.wait(period_s):
            self.read()

    @property
    def infos(self) -> Mapping[str, MeterInfo]:
        """How the figures of each component are obtained."""
        return self._sources.infos

    @property
    def process_time(self) -> ProcessTime:
        """The clock of this process and its children."""
        return self._process_time

    def read(self, *, force: bool = False) -> Reading:
        """Take a reading; see :class:`pytest_scer.meters.base.Meter`."""
        # As few calls as possible: this runs four to six times per test.
        sources = self._sources
        with self._lock:
            time_s = System.perf_counter()
            # Directly after the time: another process may change a shared clock at any moment.
            ram_j = None
            if sources.ram_w is not None:
                shared_s = self._constant_s
                ram_j = sources.ram_w * (
                    time_s / sources.concurrent if shared_s is None else shared_s(time_s)
                )
            try:
                tree_s, fault = self._process_time.read_s(), None
            except MeterFault as error:
                tree_s, fault = self._no_time(error)
            if not self._is_simple:
                return self._read_sources(time_s, tree_s, ram_j, fault, force=force)
            cpu_j = sources.cpu_w_per_cpu_s * tree_s  # type: ignore[operator]
            if fault is None:
                self._known_cpu_j = cpu_j
            noise_j, neighbours, contention = self._clock_noise_j, self._neighbours, NONE
            if neighbours is not None:
                if time_s < neighbours.calm_until_s and not force:
                    contention = neighbours.settled  # saves the call
                else:
                    contention = neighbours.contention(time_s, tree_s, force=force)
            return reading_of(
                (time_s, tree_s, cpu_j, None, ram_j, noise_j, 0, 0, fault, None, contention)
            )

    def _read_sources(
        self, time_s: float, tree_s: float, ram_j: float | None, fault: str | None, *, force: bool
    ) -> Reading:
        """Read the counters, the machine's CPU time, and what servers used.

        Args:
            time_s: The time, in seconds.
            tree_s: The CPU seconds of this process and its children; NaN if unknown.
            ram_j: Joules of the memory.
            fault: Why the CPU seconds are unknown.
            force: Whether to poll every counter.
        """
        sources, served = self._sources, NOTHING_SERVED
        cpu, gpu = sources.cpu_counter, sources.gpu_counter
        cpu_j = gpu_j = cpu_fault = gpu_fault = None
        cpu_epoch = gpu_epoch = 0
        noise_j = self._clock_noise_j
        charged_gpu_j = math.nan if gpu is None else gpu.read_j(time_s, tree_s, force=force)
        if self._served is not None:
            served = self._served.read(charged_gpu_j)
            if served.fault is not None:
                fault = fault or served.fault
                self._faults.setdefault(served.fault, False)
        own_s = tree_s - served.inside_s
        cpu_time_s = own_s + served.cpu_s
        if sources.cpu_w_per_cpu_s is not None:
            busy_s, everyone_s = own_s, tree_s
            if sources.cpu_machine_wide:
                busy_s, fault = self._read_time(machine_cpu_time_s)
                everyone_s = busy_s
            cpu_j = sources.cpu_w_per_cpu_s * busy_s + served.cpu_j
            cpu_epoch, cpu_fault = served.faults, fault
            self._note_known(sources.cpu_w_per_cpu_s * everyone_s + served.outside_j)
        if cpu is not None:
            cpu_j = cpu.read_j(time_s, own_s, force=force) + served.cpu_j
            noise_j += cpu.noise_j
            cpu_epoch = cpu.epoch + served.faults
            cpu_fault = fault or cpu.cause
        if gpu is not None:
            gpu_j = charged_gpu_j + served.gpu_j
            noise_j += gpu.noise_j
            gpu_epoch, gpu_fault = gpu.epoch, gpu.cause
            if cpu_j is None:  # nothing else shows what is unknown of a server
                gpu_epoch += served.faults
                gpu_fault = gpu.cause or served.fault
        contention = NONE
        if self._neighbours is not None:
            contention = self._neighbours.contention(time_s, cpu_time_s, force=force)
            if sources.cpu_w_per_cpu_s is None and contention is not NONE:
                # A counter measures what sharing a core costs; only a model takes it for work.
                contention = Contention(0.0, contention.queued_s)
        faults = (cpu_epoch, gpu_epoch, cpu_fault, gpu_fault)
        return reading_of((time_s, cpu_time_s, cpu_j, gpu_j, ram_j, noise_j, *faults, contention))

    @property
    def _has_only_cpu_time(self) -> bool:
        """Whether CPU time and clock tell everything, as without counters and servers."""
        sources = self._sources
        modelled = sources.cpu_w_per_cpu_s is not None and not sources.cpu_machine_wide
        return modelled and not self._stepped and self._known_cpu_j is not None

    def _read_time(self, read_s: Callable[[], float]) -> tuple[float, str | None]:
        """CPU seconds, or NaN and why they could not be read."""
        try:
            return read_s(), None
        except MeterFault as fault:
            return self._no_time(fault)

    def _no_time(self, fault: MeterFault) -> tuple[float, str]:
        """What stands for CPU seconds that could not be read."""
        self._faults.setdefault(str(fault), False)
        return math.nan, str(fault)

    def _note_known(self, cpu_j: float) -> None:
        """Remember the last known count of a modelled CPU: a fault must not lose what it shows."""
        if not math.isnan(cpu_j):
            if self._known_cpu_j is None:
                self._origin_cpu_j = cpu_j
            self._known_cpu_j = cpu_j

    @property
    def shares_gpus(self) -> bool:
        """Whether this process is charged only a share of its GPUs."""
        counter = self._sources.gpu_counter
        return counter is not None and counter.sharers > 1

    @property
    def modelled_w(self) -> float | None:
        """Joules per CPU second of a modelled CPU; None if its counters are read."""
        return self._sources.cpu_w_per_cpu_s

    @property
    def joules_per_cpu_s(self) -> float:
        """What a CPU second of a server costs; 0 if the whole machine's is charged in any case."""
        sources = self._sources
        if sources.cpu_counter is not None:
            return sources.cpu_counter.joules_per_cpu_s
        return 0.0 if sources.cpu_machine_wide else sources.cpu_w_per_cpu_s or 0.0

    def charged_gpu_j(self) -> float:
        """Joules of GPUs that this process was charged until now; NaN if unknown."""
        counter = self._sources.gpu_counter
        if counter is None:
            return math.nan
        with self._lock:
            return counter.read_j(System.perf_counter(), math.nan)

    def unmetered(self, gpus: Iterable[int]) -> list[int]:
        """Which GPUs, by index, belong into the figures but are in none."""
        if not self._sources.wants_gpus:
            return []
        metered = {index for index, _ in self.infos["gpu"].devices}
        return sorted(set(gpus) - metered)

    def bill(self, served: ServedMeter) -> None:
        """From now on, add to the readings what servers used for this process.

        Args:
            served: Knows what they used; nothing until now.
        """
        with self._lock:
            self._served = served
            self._is_simple = False

    def share_gpus(self, sharers: int) -> None:
        """Divide the energy of the GPUs evenly by a number of processes.

        Call it only between measurements: readings from before and after are not comparable.

        Args:
            sharers: The number of processes.
        """
        assert self._sources.gpu_counter is not None
        with self._lock:
            self._sources.gpu_counter.sharers = sharers

    def share_constant(self, seconds: Callable[[float], float]) -> None:
        """Charge constant power by the given clock instead of an even share of the time.

        Call it only between measurements: readings from before and after are not comparable.

        Args:
            seconds: Returns what that clock shows at a given time, in seconds.
        """
        with self._lock:
            self._constant_s = seconds

    def lose_constant(self, fault: str) -> None:
        """From now on, have no figure for constant power.

        Args:
            fault: Why, for :meth:`faults`.
        """
        with self._lock:
            self._constant_s = lambda _time_s: math.nan
            self._faults.setdefault(fault, False)

    def host_totals(self) -> HostTotals:
        """Energy that the host used since the meter was opened, or this session's share of it."""
        sources, now, origin = self._sources, self.read(), self._origin
        if sources.cpu_counter is not None:
            cpu_j = self._share(sources.cpu_counter.total_j)
        else:
            known_j = self._known_cpu_j
            cpu_j = None if known_j is None else known_j - self._origin_cpu_j
        return HostTotals(
            duration_s=now.time_s - origin.time_s,
            cpu_j=cpu_j,
            gpu_j=None if sources.gpu_counter is None else self._share(sources.gpu_counter.total_j),
            ram_j=None
            if sources.ram_w is None
            else self._share(sources.ram_w * (now.time_s - origin.time_s)),
            noise_j=now.noise_j,
        )

    def _share(self, host_j: float | None) -> float | None:
        """The share of this session in what the host used as a whole."""
        return None if host_j is None else host_j / self._sources.sessions

    def faults(self) -> list[str]:
        """The faults since the last call."""
        if not (self._faults or any([stepped.faults for stepped in self._stepped])):  # noqa: C419
            return []  # as after nearly every test; a generator would cost more than the rest
        with self._lock:
            found = [fault for stepped in self._stepped for fault in stepped.faults]
            for stepped in self._stepped:
                stepped.faults.clear()
            found += [fault for fault, reported in self._faults.items() if not reported]
            self._faults = dict.fromkeys(self._faults, True)
        return found

    def live_children(self) -> list[int]:
        """PIDs of this process's live children, if there were any at the last reading."""
        clock = self._process_time
        return clock.live_children() if clock.met_children else []

    def close(self) -> None:
        """Close files and stop threads."""
        self._closed.set()
        if self._watcher.is_alive():
            self._watcher.join()  # a closed descriptor may be reused for another file
        for closer in self._sources.closers:
            closer()
        if self._neighbours is not None:
            self._neighbours.close()
        self._process_time.close()
