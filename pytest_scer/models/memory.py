"""Which devices a piece of work used, and the most memory it had in use on each.

On a GPU these are the bytes that PyTorch allocated; on the CPU the resident memory of the whole
process (``VmHWM`` of ``proc(5)``), on Linux only. To find the peak of one piece of work, both are
reset when it begins, as benchmarks do: ``torch.cuda.reset_peak_memory_stats``, and ``5`` written to
``/proc/self/clear_refs``.
"""

from __future__ import annotations

import os
import re
from typing import Final

from pytest_scer.models.cuda import devices_in_use
from pytest_scer.models.libraries import function_of
from pytest_scer.system import ON_LINUX, System, read_file

_STATUS: Final = "/proc/self/status"
_RESET: Final = "/proc/self/clear_refs"
_PEAK: Final = re.compile(rb"^VmHWM:\s*(\d+) kB", re.MULTILINE)

Bytes = dict[str, int]
"""Bytes by device: ``cpu``, ``cuda:0``."""


class Peaks:
    """The peaks of nested pieces of work: an outer one is at least as high as those in it."""

    def __init__(self) -> None:
        """Nothing is watched yet."""
        self._open: list[_Work] = []

    def begin(self) -> None:
        """A piece of work begins."""
        self._note()
        self._open.append(_Work(_allocations(), is_cpu_known=_reset_cpu()))
        for index in devices_in_use():
            _reset_gpu(index)

    def end(self) -> Bytes:
        """It has ended; returns its peaks, of the CPU and of the GPUs on which it allocated."""
        self._note()
        work = self._open.pop()
        if self._open:
            self._open[-1].note(work.peaks)
        before, after = work.allocations, _allocations()
        return {
            device: peak
            for device, peak in work.peaks.items()
            if device == "cpu" or after.get(device, 0) > before.get(device, 0)
        }

    def _note(self) -> None:
        if self._open:
            work = self._open[-1]
            work.note({f"cuda:{index}": _peak_gpu(index) for index in devices_in_use()})
            if work.is_cpu_known and (peak := _peak_cpu()) is not None:
                work.note({"cpu": peak})


class _Work:
    def __init__(self, allocations: Bytes, *, is_cpu_known: bool) -> None:
        self.allocations = allocations
        self.is_cpu_known = is_cpu_known
        self.peaks: Bytes = {}

    def note(self, peaks: Bytes) -> None:
        for device, peak in peaks.items():
            self.peaks[device] = max(self.peaks.get(device, 0), peak)


def _reset_cpu() -> bool:
    if not ON_LINUX:
        return False
    try:
        descriptor = System.open(_RESET, os.O_WRONLY)
    except OSError:
        return False
    try:
        return System.write(descriptor, b"5") == 1
    except OSError:
        return False
    finally:
        System.close(descriptor)


def _peak_cpu() -> int | None:
    try:
        found = _PEAK.search(read_file(_STATUS))
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None


def _allocations() -> Bytes:
    """How many allocations there were on each GPU so far."""
    stats = function_of("torch.cuda", "memory_stats")
    if stats is None:
        return {}
    try:
        return {
            f"cuda:{index}": int(stats(index).get("allocation.all.allocated", 0))
            for index in devices_in_use()
        }
    except Exception:
        return {}


def _reset_gpu(index: int) -> None:
    reset = function_of("torch.cuda", "reset_peak_memory_stats")
    try:
        if reset is not None:
            reset(index)
    except Exception:
        return


def _peak_gpu(index: int) -> int:
    peak = function_of("torch.cuda", "max_memory_allocated")
    try:
        return int(peak(index)) if peak is not None else 0
    except Exception:
        return 0
