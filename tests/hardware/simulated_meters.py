"""Control of the simulated meters from tests: their power draw and their faults.

`meter.h` is the C side of the same records. This module imports nothing from the project, so tests
inside a simulated machine can use it, too: there, `packages()` and `gpus()` return the machine's
own devices.
"""

from __future__ import annotations

import mmap
import os
import struct
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

RAPL_METERS = "RAPL_METERS"
NVML_METERS = "NVML_METERS"
POWERCAP = Path("/sys/class/powercap")

# Return codes of the NVML API reference.
NOT_SUPPORTED = 3
GPU_IS_LOST = 15

_FORMAT = struct.Struct("10d")
# For a counter whose file is left to the test.
_LEFT = -1.0


class Record(NamedTuple):
    """One meter, field by field as in `meter.h`."""

    base_j: float
    since_s: float
    counter_w: float
    tick_s: float = 0.0
    range_j: float = 0.0
    power_w: float = 0.0
    limit_w: float = 0.0
    counter_error: float = 0.0
    power_error: float = 0.0
    shown_s: float = 0.0


class Meter:
    """A meter with a known draw: the energy between two instants is watts times seconds."""

    def __init__(self, state: mmap.mmap, index: int) -> None:
        """Access one record of a state file.

        Args:
            state: The mapped file, shared with the program that simulates the meter.
            index: The index of the record.
        """
        self._state = state
        self._offset = index * _FORMAT.size

    @property
    def record(self) -> Record:
        """The current record."""
        return Record(*_FORMAT.unpack_from(self._state, self._offset))

    def _write(self, record: Record) -> None:
        # Copy the whole record at once, so that no reader sees a new slope with an old base.
        self._state[self._offset : self._offset + _FORMAT.size] = _FORMAT.pack(*record)

    def _set_slope(self, counter_w: float, jump_j: float = 0.0) -> None:
        """Continue from the current count with another slope."""
        record = self.record
        now_s = time.monotonic()
        if record.tick_s > 0:
            now_s = now_s // record.tick_s * record.tick_s
        counted_j = record.base_j + record.counter_w * (now_s - record.since_s)
        self._write(record._replace(base_j=counted_j + jump_j, since_s=now_s, counter_w=counter_w))

    def draw(self, watts: float) -> None:
        """Draw another power from now on; implausible values are allowed."""
        self._set_slope(watts)
        self._write(self.record._replace(power_w=watts))

    def leave(self) -> None:
        """Say that nobody but the test writes the counter's file, while its error is set."""
        self._write(self.record._replace(shown_s=_LEFT))

    def stall(self) -> None:
        """Stop the counter but keep the reported power; `draw` restarts the counter."""
        self._set_slope(0.0)

    def jump(self, energy_j: float) -> None:
        """Move the counter at once by a number of joules, backwards if negative."""
        self._set_slope(self.record.counter_w, energy_j)


class Gpu(Meter):
    """A GPU as reported by NVML."""

    def fail(self, counter_error: int = GPU_IS_LOST, power_error: int = GPU_IS_LOST) -> None:
        """Return these codes (0: success); the counter continues to count internally."""
        self._write(self.record._replace(counter_error=counter_error, power_error=power_error))

    def recover(self) -> None:
        """Return values again."""
        self.fail(0, 0)


class Package(Meter):
    """A RAPL package: a meter, and the file that shows its count."""

    def __init__(self, state: mmap.mmap, index: int, energy_uj: Path) -> None:
        """Access one package.

        Args:
            state: The mapped file of all packages.
            index: The package's number.
            energy_uj: The path of its counter as seen by this process.
        """
        super().__init__(state, index)
        self.energy_uj = energy_uj

    def show(self, text: str) -> None:
        """Show this text instead of the count until `recover`, also through open descriptors.

        Args:
            text: At most as long as a count (16 characters), which overwrites it later.
        """
        self._write(self.record._replace(counter_error=1, shown_s=0.0))
        while self.record.shown_s != _LEFT:
            time.sleep(1e-3)
        with self.energy_uj.open("r+") as file:
            file.truncate()
            file.write(text)

    def recover(self) -> None:
        """Show the counter again, with all it counted meanwhile."""
        self._write(self.record._replace(counter_error=0, shown_s=0.0))

    def vanish(self) -> None:
        """Remove the counter permanently; open descriptors read nothing from then on."""
        self.show("")
        self.energy_uj.unlink()

    def forbid(self) -> None:
        """Revoke the permission to read; as always on Linux, open descriptors keep theirs."""
        self.energy_uj.chmod(0)

    def permit(self) -> None:
        """Restore the permission to read."""
        self.energy_uj.chmod(0o444)


def create(path: Path, records: Iterable[Record]) -> None:
    """Write the state file that the meters share."""
    path.write_bytes(b"".join(_FORMAT.pack(*record) for record in records))


def _map(path: Path) -> mmap.mmap:
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), 0)


def meters(state: Path, count: int) -> list[Meter]:
    """Give the first meters of a state file, whatever they are."""
    mapped = _map(state)
    return [Meter(mapped, index) for index in range(count)]


def packages(state: Path | None = None, powercap: Path = POWERCAP) -> list[Package]:
    """Return the simulated packages, one for each `intel-rapl:N`.

    Args:
        state: Their state file; by default, the one of the machine that this process runs in.
        powercap: The path of their tree.
    """
    mapped = _map(state or Path(os.environ[RAPL_METERS]))
    found = sorted((powercap / "intel-rapl").glob("intel-rapl:?"))
    return [Package(mapped, n, domain / "energy_uj") for n, domain in enumerate(found)]


def gpus(state: Path | None = None) -> list[Gpu]:
    """Return the simulated GPUs.

    Args:
        state: Their state file; by default, the one of the machine that this process runs in.
    """
    mapped = _map(state or Path(os.environ[NVML_METERS]))
    return [Gpu(mapped, index) for index in range(len(mapped) // _FORMAT.size)]
