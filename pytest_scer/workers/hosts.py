"""Which host a worker runs on, and which process meters that host.

The controller meters its own host, where the workers are in its process tree. Workers that it
reaches over the network run in their own process trees, usually on other machines. Each of them
reports what its processes used, and one worker per machine, elected by the controller, also reports
what the whole machine used (counters, memory).
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import platform
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import psutil

from pytest_scer.core import COMPONENTS
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.accuracy import at_the_end, is_known_about, widest
from pytest_scer.meters.base import Accuracy, HostTotals, MeterInfo, Provenance
from pytest_scer.report.model import LOCAL_HOST

_ACCURACIES: Final = "accuracies"
"""The key of how far the figures of a host may be off, in what its worker reports."""


def machine() -> str:
    """An anonymous ID of this machine, valid until its next boot."""
    try:
        name = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
    except OSError:
        name = platform.node()
    return hashlib.sha256(name.encode()).hexdigest()[:12]


def shared_path(session_id: str) -> Path:
    """A path that only the processes of one session on this machine share.

    Args:
        session_id: An ID that all of them share.
    """
    digest = hashlib.sha256(f"{session_id} {machine()}".encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"pytest-scer-{digest}"


def is_this_machine(address: str) -> bool:
    """Whether a host name or IP address means this machine, without network requests."""
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
    """Where a worker runs; sent by the controller.

    Attributes:
        label: The anonymous label of the worker's host.
        workers: Number of workers on that host.
        is_child: Whether the worker is in the controller's process tree.
        is_elected: Whether the worker meters its host as a whole.
        controller: The anonymous ID of the controller's machine.
    """

    label: str
    workers: int
    is_child: bool
    is_elected: bool
    controller: str


class Hosts:
    """The hosts of a session, as the controller knows them from its workers' execnet specs."""

    def __init__(self, specs: Iterable[Any]) -> None:
        """Count the workers of each host.

        Args:
            specs: The execnet specification of each worker.
        """
        self._workers = Counter(map(self._key, specs))
        remote = [key for key in self._workers if any(key)]
        self._labels = {key: f"h{number}" for number, key in enumerate(remote, start=1)}
        self._elected: dict[str, str] = {}
        self._reported: dict[str, dict[str, Any]] = {}
        self._machine = machine()

    @staticmethod
    def _key(spec: Any) -> tuple[str | None, ...]:
        """What identifies a worker's host: all None for this host."""
        route = spec.ssh, spec.vagrant_ssh, spec.socket, spec.via
        return (None,) * len(route) if not spec.via and is_this_machine(_address(spec)) else route

    def label(self, spec: Any) -> str:
        """The anonymous label of the host that a worker runs on."""
        return self._labels.get(self._key(spec), LOCAL_HOST)

    def seat(self, spec: Any, worker: str) -> Seat:
        """Return where a worker runs, and whether it meters its host."""
        key, label = self._key(spec), self.label(spec)
        is_elected = any(key) and self._elected.setdefault(label, worker) == worker
        is_child = not any((spec.ssh, spec.vagrant_ssh, spec.socket, spec.via))
        return Seat(label, self._workers[key] or 1, is_child, is_elected, self._machine)

    def gone(self, worker: str, totals: dict[str, Any] | None) -> None:
        """Add the totals that a worker reports at its end; its successor may be elected."""
        if totals is not None:
            self._reported[worker] = totals
        for label, elected in list(self._elected.items()):
            if elected == worker:
                del self._elected[label]

    @property
    def labels(self) -> list[str]:
        """The labels of all hosts, this one first."""
        return [LOCAL_HOST, *self._labels.values()]

    def widened(self, meters: Mapping[str, MeterInfo]) -> dict[str, MeterInfo]:
        """Return the meters of this host with intervals that also hold those of other hosts.

        Args:
            meters: How this host is metered.
        """
        reported: dict[str, list[Accuracy | None]] = defaultdict(list)
        for totals in self._reported.values():
            for name, accuracy in totals[_ACCURACIES].items():
                reported[name].append(None if accuracy is None else Accuracy(**accuracy))
        return {
            name: replace(info, accuracy=widest([*_known(info), *reported[name]]))
            if reported[name]
            else info
            for name, info in meters.items()
        }

    def add_to(self, local: HostTotals) -> HostTotals:
        """Return the session's totals: those of this host plus those that workers reported."""

        def total(component: str) -> float | None:
            reported = (totals[component] for totals in self._reported.values())
            known = [part for part in (getattr(local, component), *reported) if part is not None]
            return math.fsum(known) if known else None

        return HostTotals(
            local.duration_s, total("cpu_j"), total("gpu_j"), total("ram_j"), local.noise_j
        )


def _known(info: MeterInfo) -> list[Accuracy | None]:
    return [info.accuracy] if is_known_about(info) else []


def _address(spec: Any) -> str:
    """The host in an execnet spec: ``socket=HOST:PORT`` or ``ssh=[USER@]HOST OPTIONS``."""
    if spec.socket:
        return str(spec.socket).rpartition(":")[0]
    return (spec.ssh or "").partition(" ")[0].rpartition("@")[2]


def totals_to_report(
    seat: Seat, totals: HostTotals, infos: Mapping[str, MeterInfo]
) -> dict[str, Any] | None:
    """What a worker reports about its host; None if the controller meters all of that itself.

    A simulated meter lies in the worker's own process, so each worker reports it. Of another host,
    each worker reports a modelled CPU for its own processes. Counters and memory belong to the
    whole machine, so only the elected worker of another machine reports them.
    """
    meters_machine = seat.is_elected and machine() != seat.controller

    def is_own(name: str) -> bool:
        if infos[name].provenance is Provenance.SIMULATED:
            return True
        of_processes = name == "cpu" and infos[name].provenance is Provenance.MODELLED
        return not seat.is_child and (meters_machine or of_processes)

    own = [name for name in COMPONENTS if is_own(name)]
    if not own:
        return None
    ends = at_the_end(infos, totals.duration_s)
    return {
        **{
            f"{name}_j": getattr(totals, f"{name}_j") if name in own else None
            for name in COMPONENTS
        },
        _ACCURACIES: {
            name: None if (accuracy := ends[name].accuracy) is None else asdict(accuracy)
            for name in own
            if is_known_about(ends[name])
        },
    }
