"""Which host a worker runs on, and who meters that host.

The controller meters its own host: what its workers use there is in its process tree. Workers that
it reaches over the network run in a process tree of their own, and most often on another machine:
each of them tells what its processes used, and one worker of each machine, elected by the
controller, also tells what the machine used as a whole (counters, memory).
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import platform
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from pytest_scer.meters.base import HostTotals, MeterInfo, Provenance
from pytest_scer.report.model import LOCAL_HOST


def machine() -> str:
    """An anonymous sign of this machine until its next boot."""
    try:
        name = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
    except OSError:
        name = platform.node()
    return hashlib.sha256(name.encode()).hexdigest()[:12]


def path_in_common(session_id: str, kind: str) -> Path:
    """What the workers of one session share on this machine, and no other session does.

    Args:
        session_id: The same for all workers of the session, whatever the user chose.
        kind: The suffix, without its dot.
    """
    sign = hashlib.sha256(f"{session_id} {machine()}".encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"pytest-scer-{sign}.{kind}"


def is_this_machine(address: str) -> bool:
    """Whether a name or a numeric address means this machine, without asking the network."""
    if address in {"localhost", platform.node()}:
        return True
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return parsed.is_loopback or any(
        own.address == str(parsed) for each in psutil.net_if_addrs().values() for own in each
    )


@dataclass(frozen=True)
class Seat:
    """Where a worker runs, as the controller tells it.

    Attributes:
        label: The anonymous label of its host.
        workers: How many workers that host has.
        is_child: Whether its processes are in the controller's process tree.
        is_elected: Whether it meters its host as a whole.
        controller: The sign of the controller's machine.
    """

    label: str
    workers: int
    is_child: bool
    is_elected: bool
    controller: str


class Hosts:
    """The hosts of a session, as the controller sees them from the way it reaches its workers."""

    def __init__(self, specs: Iterable[Any]) -> None:
        """Count the workers of each host.

        Args:
            specs: The execnet specification of each worker.
        """
        self._workers = Counter(map(self._key, specs))
        remote = [key for key in self._workers if any(key)]
        self._labels = {key: f"h{number}" for number, key in enumerate(remote, start=1)}
        self._elected: dict[str, str] = {}
        self._told: dict[str, dict[str, Any]] = {}
        self._machine = machine()

    @staticmethod
    def _key(spec: Any) -> tuple[str | None, ...]:
        """What makes a worker's host: nothing at all for this one."""
        way = spec.ssh, spec.vagrant_ssh, spec.socket, spec.via
        return (None,) * len(way) if not spec.via and is_this_machine(_address(spec)) else way

    def label(self, spec: Any) -> str:
        """The anonymous label of the host that a worker runs on."""
        return self._labels.get(self._key(spec), LOCAL_HOST)

    def seat(self, spec: Any, worker: str) -> Seat:
        """Tell a worker where it runs, and whether it meters its host."""
        key, label = self._key(spec), self.label(spec)
        is_elected = any(key) and self._elected.setdefault(label, worker) == worker
        is_child = not any((spec.ssh, spec.vagrant_ssh, spec.socket, spec.via))
        return Seat(label, self._workers[key] or 1, is_child, is_elected, self._machine)

    def gone(self, worker: str, told: dict[str, Any] | None) -> None:
        """Take in what a worker tells of its host at its end; its successor may be elected."""
        if told is not None:
            self._told[worker] = told
        for label, elected in list(self._elected.items()):
            if elected == worker:
                del self._elected[label]

    @property
    def labels(self) -> list[str]:
        """The labels of all hosts, this one first."""
        return [LOCAL_HOST, *self._labels.values()]

    def add_to(self, local: HostTotals) -> HostTotals:
        """The session's totals: this host's and what the others told."""

        def total(component: str) -> float | None:
            parts = [getattr(local, component), *(told[component] for told in self._told.values())]
            known = [part for part in parts if part is not None]
            return math.fsum(known) if known else None

        return HostTotals(
            local.duration_s, total("cpu_j"), total("gpu_j"), total("ram_j"), local.noise_j
        )


def _address(spec: Any) -> str:
    """Where an execnet specification leads: ``socket=HOST:PORT`` or ``ssh=[USER@]HOST OPTIONS``."""
    if spec.socket:
        return str(spec.socket).rpartition(":")[0]
    return (spec.ssh or "").partition(" ")[0].rpartition("@")[2]


def tell(seat: Seat, totals: HostTotals, infos: Mapping[str, MeterInfo]) -> dict[str, Any] | None:
    """What a worker tells of its host; None where the controller meters that itself.

    A modelled CPU is told by each worker for its own processes; counters and the memory are the
    machine's, told by the elected worker of another machine.
    """
    if seat.is_child:
        return None
    told = asdict(totals)
    meters_machine = seat.is_elected and machine() != seat.controller
    if not meters_machine:
        told["gpu_j"] = told["ram_j"] = None
        if infos["cpu"].provenance is not Provenance.MODELLED:
            told["cpu_j"] = None
    return told
