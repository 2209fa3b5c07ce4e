"""Time of its own for a process in a simulated machine: what it computes and what it sleeps.

Imported first, or as a plugin of pytest (``-p own_time``), it puts a clock in place of Python's
that goes on by the CPU time of this process and, at once, by what is slept. The simulated meters
keep the same time. So it does not matter who else uses the real machine, or when this process gets
its turn: to its clock that takes no time. And sleeping costs nobody any.

A RAPL counter moves every millisecond of this time: it is written before the clock is told, since
whoever reads a counter looks at the clock first. An NVIDIA GPU counts when it is asked.

A thread that waits for an event with a timeout is woken at its time; one that sleeps until then, or
longer, goes on when the other waits again. Nobody's sleep begins while a woken thread still has to
get its turn on the real machine.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import simulated_meters as meters

RAPL_TICK_S: Final = 1e-3

_real_wait = threading.Event.wait
_real_set = threading.Event.set


class RaplFiles:
    """The counters of this machine's packages and of their cores, as `powercap.c` writes them."""

    def __init__(self) -> None:
        """Open them; without packages there are none."""
        state = os.environ.get(meters.RAPL_METERS)
        domains = sorted((meters.POWERCAP / "intel-rapl").glob("intel-rapl:?")) if state else []
        domains += [core for domain in domains for core in sorted(domain.glob("intel-rapl:*"))]
        self._descriptors = [os.open(path / "energy_uj", os.O_WRONLY) for path in domains]
        self._meters = meters.meters(Path(state), len(domains)) if state else []
        self._written_s = 0.0
        self._lock = threading.Lock()

    def write(self, now_s: float) -> None:
        """Show what they counted by the last tick, unless that is shown already."""
        tick_at_s = now_s // RAPL_TICK_S * RAPL_TICK_S
        with self._lock:  # and none is shown an earlier one by a thread that comes late
            if tick_at_s <= self._written_s:
                return
            for meter, descriptor in zip(self._meters, self._descriptors, strict=True):
                record = meter.record
                if record.counter_error == 0:
                    count_j = record.base_j + record.counter_w * (tick_at_s - record.since_s)
                    text = f"{count_j % record.range_j * 1e6:016.0f}\n"
                    os.pwrite(descriptor, text.encode(), 0)
                elif record.shown_s == 0.0:
                    meter.leave()
            self._written_s = tick_at_s


@dataclass(eq=False)
class Waiting:
    """A thread that waits for an event, but no longer than until its time."""

    event: threading.Event
    until_s: float
    thread: threading.Thread = field(default_factory=threading.current_thread)
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


class OwnTime:
    """The clock, and who waits for it."""

    def __init__(self) -> None:
        """Go on from the real time."""
        self._offset_s = ctypes.c_double(time.monotonic() - time.process_time())
        self._waiting: list[Waiting] = []
        self._awake: set[threading.Thread] = set()
        self._changed = threading.Condition()
        self._rapl = RaplFiles()
        if meters.NVML_METERS in os.environ:
            # The library that pynvml loads as well.
            ctypes.CDLL("libnvidia-ml.so.1").keep_own_time(ctypes.byref(self._offset_s))

    def now_s(self) -> float:
        """Tell the time."""
        now_s = time.process_time() + self._offset_s.value
        self._rapl.write(now_s)
        for waiting in tuple(self._waiting):
            if waiting.until_s <= now_s:
                self._wake(waiting)
        return now_s

    def sleep(self, seconds: float) -> None:
        """Let that time pass, and let those who wait for a part of it run meanwhile."""
        end_s = self.now_s() + seconds
        self._rest()
        while (next_one := self._next(end_s)) is not None:
            self._pass(next_one.until_s)
            self._wake(next_one)
            self._rest()
        self._pass(end_s)

    def wait(self, event: threading.Event, timeout: float | None = None) -> bool:
        """Stand in for `threading.Event.wait`."""
        if timeout is None or threading.current_thread() is threading.main_thread():
            with self._changed:
                self._awake.discard(threading.current_thread())
                self._changed.notify_all()
            return _real_wait(event, timeout)
        waiting = Waiting(event, self.now_s() + timeout)
        with self._changed:
            self._waiting.append(waiting)
            self._awake.discard(waiting.thread)
            self._changed.notify_all()
        if event.is_set():
            self._wake(waiting)
        waiting.go.acquire()
        return event.is_set()

    def set(self, event: threading.Event) -> None:
        """Stand in for `threading.Event.set`."""
        _real_set(event)
        for waiting in tuple(self._waiting):
            if waiting.event is event:
                self._wake(waiting)

    def _pass(self, until_s: float) -> None:
        with self._changed:
            self._offset_s.value += max(until_s - self.now_s(), 0.0)
        self.now_s()  # for the counters, which moved meanwhile

    def _next(self, end_s: float) -> Waiting | None:
        due = [waiting for waiting in tuple(self._waiting) if waiting.until_s <= end_s]
        return min(due, key=lambda waiting: waiting.until_s, default=None)

    def _rest(self) -> None:
        """Wait until every thread that was woken waits again, or has ended."""
        with self._changed:
            self._awake.discard(threading.current_thread())
            while any(thread.is_alive() for thread in self._awake):
                self._changed.wait(0.1)  # nobody tells when a thread ends

    def _wake(self, waiting: Waiting) -> None:
        try:
            self._waiting.remove(waiting)
        except ValueError:  # somebody else did
            return
        with self._changed:
            self._awake.add(waiting.thread)
        waiting.go.release()


def _begin() -> None:
    own = OwnTime()

    def wait(event: threading.Event, timeout: float | None = None) -> bool:
        return own.wait(event, timeout)

    def set_(event: threading.Event) -> None:
        own.set(event)

    time.perf_counter = time.monotonic = own.now_s
    time.sleep = own.sleep  # type: ignore[assignment]
    threading.Event.wait = wait  # type: ignore[method-assign,assignment]
    threading.Event.set = set_  # type: ignore[method-assign,assignment]


_begin()
