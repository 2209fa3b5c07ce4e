"""What workers report of their hosts."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from pytest_scer.meters.accuracy import CHIP_UNKNOWN, RAM_CONSTANT, TDP_KNOWN
from pytest_scer.meters.base import ABSENT, HostTotals, MeterInfo, Provenance
from pytest_scer.workers import hosts
from pytest_scer.workers.hosts import Hosts, Seat, totals_to_report

CPU = MeterInfo("CPU time x 2 W", Provenance.MODELLED, accuracy=TDP_KNOWN)
RAM = MeterInfo("20 W constant", Provenance.CONSTANT, accuracy=RAM_CONSTANT)
LOCAL = {"cpu": CPU, "gpu": ABSENT, "ram": RAM}
REMOTE = {**LOCAL, "cpu": replace(CPU, accuracy=CHIP_UNKNOWN)}
USED = HostTotals(10.0, 30.0, None, 200.0)
SPEC = SimpleNamespace(ssh=None, vagrant_ssh=None, socket=None, via=None)


def told(reported: dict[str, object] | None) -> Hosts:
    """The hosts of a session, one of whose workers reported this."""
    known = Hosts([SPEC])
    known.gone("gw0", reported)
    return known


def test_a_child_of_the_controller_reports_nothing() -> None:
    assert totals_to_report(Seat("h0", 1, True, False, hosts.machine()), USED, LOCAL) is None
    assert told(None).widened(LOCAL) == LOCAL


def test_a_simulated_meter_is_reported_by_each_worker() -> None:
    """It lies in the worker's process, where the controller cannot read it."""
    simulated = MeterInfo("simulated", Provenance.SIMULATED)
    infos = {"cpu": simulated, "gpu": ABSENT, "ram": RAM}
    reported = totals_to_report(Seat("h0", 2, True, False, hosts.machine()), USED, infos)
    assert reported == {"cpu_j": 30.0, "gpu_j": None, "ram_j": None, "accuracies": {"cpu": None}}
    assert told(reported).add_to(USED).cpu_j == 60.0


def test_another_host_widens_the_intervals(monkeypatch: pytest.MonkeyPatch) -> None:
    seat = Seat("h1", 1, False, True, "another machine")
    reported = totals_to_report(seat, USED, REMOTE)
    assert json.loads(json.dumps(reported)) == reported
    widened = told(reported).widened(LOCAL)
    assert widened["cpu"].accuracy is not None
    assert (widened["cpu"].accuracy.low, widened["cpu"].accuracy.high) == (-0.65, 1.9)
    assert widened["ram"] == RAM
    assert widened["gpu"] == ABSENT


def test_of_another_host_whose_accuracy_is_unknown_nothing_is_known() -> None:
    seat = Seat("h1", 1, False, True, "another machine")
    reported = totals_to_report(seat, USED, {**REMOTE, "cpu": replace(CPU, accuracy=None)})
    assert told(reported).widened(LOCAL)["cpu"].accuracy is None


def test_a_worker_reports_only_what_it_meters() -> None:
    seat = Seat("h1", 2, False, False, "another machine")
    reported = totals_to_report(seat, USED, REMOTE)
    assert reported is not None
    assert list(reported["accuracies"]) == ["cpu"]
