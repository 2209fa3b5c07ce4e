"""Fingerprints: what two sessions must have in common so that their energy can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from pytest_scer.core import COMPONENTS
from pytest_scer.lazy_dataclass import dataclass
from pytest_scer.meters.base import MeterInfo, Provenance
from pytest_scer.report.model import DIFFERS, Environment, Report

_ABSENT: Final = Provenance.ABSENT.value
_CONSTANT: Final = Provenance.CONSTANT.value
_MEASURED: Final = Provenance.MEASURED.value
_MODELLED: Final = Provenance.MODELLED.value
_SIMULATED: Final = Provenance.SIMULATED.value
_SAME_CODE: Final = frozenset({"pytest-scer", "pytest", "codecarbon"})


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Machine, meters, tracking mode, workers and versions of a session.

    Attributes:
        cpu: The CPU model.
        logical_cores: Number of hardware threads.
        gpus: The names of the GPUs.
        meters: How each component was metered: provenance, tracking mode and source.
        workers: Number of processes that ran tests in parallel.
        versions: Versions of Python and of relevant packages.
    """

    cpu: str
    logical_cores: int
    gpus: tuple[str, ...]
    meters: Mapping[str, str]
    workers: int
    versions: Mapping[str, str]

    @classmethod
    def of(
        cls, environment: Environment, meters: Mapping[str, MeterInfo], workers: int
    ) -> Fingerprint:
        """The fingerprint of a session with this environment and these meters."""
        versions = {"python": environment.python, **environment.versions}
        return cls(
            environment.cpu_model,
            environment.logical_cores,
            tuple(str(gpu["name"]) for gpu in environment.gpus),
            {name: _meter(meters[name]) for name in COMPONENTS},
            workers,
            {name: versions[name] for name in sorted(versions) if name not in _SAME_CODE},
        )

    @classmethod
    def of_report(cls, report: Report) -> Fingerprint:
        """The fingerprint of a report; for a merged one, of all its machines in merge order."""
        found = cls.of(report.environment, report.meters, report.session.workers)
        hosts = [host for host in report.session.hosts if "environment" in host]
        if not hosts:
            return found
        cores = [int(host["environment"]["logical_cores"]) for host in hosts]
        gpus = [str(gpu["name"]) for host in hosts for gpu in host["environment"]["gpus"]]
        return replace(
            found,
            cpu=_each([str(host["environment"]["cpu_model"]) for host in hosts]),
            logical_cores=cores[0] if len(set(cores)) == 1 else sum(cores),
            gpus=found.gpus if len(set(gpus)) <= 1 else tuple(gpus),
            meters={
                name: f"{meter}: {_each([str(host['meters'][name]) for host in hosts])}"
                if meter.endswith(DIFFERS)
                else meter
                for name, meter in found.meters.items()
            },
        )

    @property
    def compared(self) -> tuple[str, ...]:
        """The components whose energy depends on the work.

        A constant power only reflects how long a test took, which another load on the machine may
        double. Such components are left out if there is any other.
        """
        present = [name for name in COMPONENTS if self.meters[name] != _ABSENT]
        working = [name for name in present if not self.meters[name].startswith(_CONSTANT)]
        return tuple(working or present)

    @property
    def modelled(self) -> bool:
        """Whether a compared component is modelled from CPU time and not read from a counter."""
        return any(self.meters[name].startswith(_MODELLED) for name in self.compared)

    @property
    def not_measured(self) -> list[str]:
        """The compared components that no meter measures, each with what its figures are."""
        bases = {name: self.meters[name].partition(",")[0] for name in self.compared}
        return [f"{name} ({basis})" for name, basis in bases.items() if basis != _MEASURED]

    @property
    def simulated(self) -> bool:
        """Whether what is compared is simulated."""
        return all(self.meters[name].startswith(_SIMULATED) for name in self.compared)


def _each(texts: Sequence[str]) -> str:
    """The values of several hosts: one if they agree, else all of them."""
    return texts[0] if len(set(texts)) == 1 else " + ".join(texts)


def _meter(info: MeterInfo) -> str:
    if info.provenance is Provenance.ABSENT:
        return _ABSENT
    mode = f", {info.tracking_mode.value}" if info.tracking_mode else ""
    return f"{info.provenance.value}{mode}: {info.source}"


class Differences(NamedTuple):
    """The differences between two sessions.

    Attributes:
        blocking: Why their energy cannot be compared; empty if it can.
        noted: Other differences, which may be the cause of a change.
    """

    blocking: list[str]
    noted: list[str]


def differences(base: Fingerprint, head: Fingerprint) -> Differences:
    """Compare two fingerprints.

    A different machine, meter or number of workers changes the energy although the tests are the
    same, so it blocks the comparison. A different version of Python or of a library is part of
    what is tested, so it is only noted.
    """
    blocking = []
    for what, mine, theirs in (
        ("CPU", base.cpu, head.cpu),
        ("hardware threads", base.logical_cores, head.logical_cores),
        ("GPUs", ", ".join(base.gpus) or "none", ", ".join(head.gpus) or "none"),
        *(
            (f"{name} meter", base.meters[name], head.meters[name])
            for name in COMPONENTS
            if name in base.compared or name in head.compared
        ),
        ("workers", base.workers, head.workers),
    ):
        if mine != theirs:
            blocking.append(f"{what}: {mine} in the baseline, {theirs} now")
    noted = [
        f"{name} {base.versions.get(name, 'not loaded')} in the baseline, "
        f"{head.versions.get(name, 'not loaded')} now"
        for name in sorted({*base.versions, *head.versions})
        if base.versions.get(name) != head.versions.get(name)
    ]
    return Differences(blocking, noted)
