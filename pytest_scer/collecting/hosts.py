"""What the collector asks of the hosts of a session whose tests run in other processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from pytest_scer.meters.base import HostTotals, MeterInfo


class Hosts(Protocol):
    """The hosts of a session whose tests run in other processes."""

    @property
    def labels(self) -> list[str]:
        """Their anonymous labels, this host first."""

    def label(self, spec: Any) -> str:
        """The label of the host that a worker runs on."""

    def add_to(self, local: HostTotals) -> HostTotals:
        """This host's totals and those of the others."""

    def widened(self, meters: Mapping[str, MeterInfo]) -> dict[str, MeterInfo]:
        """This host's meters, with the accuracy that the totals of all hosts have."""
