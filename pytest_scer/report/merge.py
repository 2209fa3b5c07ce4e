"""Merge the reports of the shards of one test run."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pytest_scer.meters.accuracy import is_known_about, widest
from pytest_scer.meters.base import MeterInfo, Provenance
from pytest_scer.report.model import DIFFERS, Finding, Report, Totals
from pytest_scer.report.reading import read_report

_NO_ACTIVE: Final = (
    "shards drew different power when idle: active energy is only in their own reports"
)


class CannotMerge(ValueError):
    """Reports cannot be merged; the message says which, and why."""


def merge(paths: Iterable[Path]) -> Report:
    """Read shards one after another and add them up.

    Each shard is a separate host in the result, labelled with its start, environment and meters, so
    that you can tell different hardware apart. Joules are added up, and the lists of tests,
    fixtures and session budgets joined. ``duration_s`` is the sum of the shards' metered times. The
    session starts with its earliest shard, and the ``start_s`` of all tests counts from there.

    Raises:
        CannotMerge: Two shards are the same session, or differ in carbon intensity, PUE, WUE or
            embodied emissions, so that their grams cannot be added up.
    """
    merged: Report | None = None
    seen: dict[str, Path] = {}
    for path in paths:
        shard = read_report(path)
        for session_id in _session_ids(shard):
            if session_id in seen:
                raise CannotMerge(
                    f"{path}: the same session as in {seen[session_id]}; pass each session once"
                )
            seen[session_id] = path
        if merged is None:
            merged = _as_hosts(shard, 0)
            first = path
        else:
            _check(merged, first, shard, path)
            _add(merged, _as_hosts(shard, len(merged.session.hosts)))
    if merged is None:
        raise CannotMerge("nothing to merge: no report was given")
    if len(seen) > 1:
        merged.session = replace(merged.session, id=uuid.uuid4().hex[:12])
    return merged


def _session_ids(report: Report) -> list[str]:
    """Return the IDs of the sessions in a report: its own, or those merged into it."""
    return [str(host.get("session", report.session.id)) for host in report.session.hosts]


def _as_hosts(shard: Report, number: int) -> Report:
    """Number a shard's hosts from ``number``, and add session, environment and meters to each."""
    labels: dict[str, str] = {}
    hosts: list[dict[str, Any]] = []
    for host in shard.session.hosts:
        labels[host["label"]] = label = f"h{number + len(hosts)}"
        hosts.append(
            {
                "session": shard.session.id,
                "started_at": shard.session.started_at,
                "environment": asdict(shard.environment),
                "meters": {
                    name: f"{info.provenance.value}: {info.source}"
                    for name, info in shard.meters.items()
                },
                **host,
                "label": label,
            }
        )
    shard.session.hosts = hosts
    for test in shard.tests:
        test.host = labels.get(test.host, test.host)
    return shard


def _check(merged: Report, first: Path, shard: Report, path: Path) -> None:
    for what, mine, theirs in (
        (
            "carbon intensity in g per kWh",
            merged.carbon_intensity.g_per_kwh,
            shard.carbon_intensity.g_per_kwh,
        ),
        ("PUE", merged.pue, shard.pue),
        ("WUE in L per kWh", merged.wue_l_per_kwh, shard.wue_l_per_kwh),
        ("embodied emissions", merged.embodied, shard.embodied),
    ):
        if mine != theirs:
            raise CannotMerge(
                f"{path}: {what} is {theirs}, but {mine} in {first}: "
                "emissions add up only if all shards use the same value"
            )


def _since(report: Report, started_at: str) -> None:
    """State when the tests of a report started since an earlier moment."""
    moved = datetime.fromisoformat(report.session.started_at) - datetime.fromisoformat(started_at)
    moved_s = moved.total_seconds()
    for test in report.tests:
        if test.start_s is not None:
            test.start_s += moved_s
        test.starts_s = {stage: start_s + moved_s for stage, start_s in test.starts_s.items()}
    for fixture in report.fixtures:
        if fixture.start_s is not None:
            fixture.start_s += moved_s


def _add(merged: Report, shard: Report) -> None:
    mine, theirs = merged.session, shard.session
    started_at = min(mine.started_at, theirs.started_at)
    for each in (merged, shard):
        _since(each, started_at)
    statuses = [each for each in (mine.exit_status, theirs.exit_status) if each is not None]
    merged.session = replace(
        mine,
        started_at=started_at,
        duration_s=mine.duration_s + theirs.duration_s,
        exit_status=max(statuses) if len(statuses) == 2 else None,
        interrupted=mine.interrupted or theirs.interrupted,
        workers=mine.workers + theirs.workers,
        hosts=mine.hosts + theirs.hosts,
        commit=mine.commit if mine.commit == theirs.commit else None,
        branch=mine.branch if mine.branch == theirs.branch else None,
    )
    if merged.pue_source != shard.pue_source:
        merged.pue_source = None
    if merged.embodied_source != shard.embodied_source:
        merged.embodied_source = None
    merged.meters = {
        name: _common(merged.meters[name], shard.meters[name]) for name in merged.meters
    }
    merged.totals = _sum(merged.totals, shard.totals)
    merged.confirming_energy_j += shard.confirming_energy_j
    merged.tests += shard.tests
    merged.fixtures += shard.fixtures
    merged.not_run += shard.not_run
    merged.budgets += shard.budgets
    # A line whose tests run in another shard is used.
    merged.unused_budgets = [line for line in merged.unused_budgets if line in shard.unused_budgets]
    merged.warnings += shard.warnings
    merged.protocols = tuple(dict.fromkeys(merged.protocols + shard.protocols))
    if merged.idle != shard.idle:  # one idle power cannot hold for the tests of both
        merged.idle = None
        if _NO_ACTIVE not in merged.warnings:
            merged.warnings.append(_NO_ACTIVE)
    if asdict(merged.environment) != asdict(shard.environment):
        text = "shards ran in different environments; see session.hosts"
        if not any(finding.text == text for finding in merged.findings):
            merged.findings.append(Finding("hosts", text))
    known = {(finding.kind, finding.text, *finding.nodeids) for finding in merged.findings}
    merged.findings += [
        finding
        for finding in shard.findings
        if (finding.kind, finding.text, *finding.nodeids) not in known
    ]


def _common(mine: MeterInfo, theirs: MeterInfo) -> MeterInfo:
    """Combine the meters of a component on two hosts.

    The weaker provenance counts, and the interval that holds those of both.
    """
    if mine == theirs:
        return mine
    order = list(Provenance)
    present = [each for each in (mine, theirs) if each.provenance is not Provenance.ABSENT]
    weaker = max(present or [mine], key=lambda info: order.index(info.provenance))
    return replace(
        weaker,
        source=DIFFERS,
        detail="see session.hosts",
        watts=mine.watts if mine.watts == theirs.watts else None,
        accuracy=widest(each.accuracy for each in (mine, theirs) if is_known_about(each)),
    )


def _sum(mine: Totals, theirs: Totals) -> Totals:
    def both(first: float | None, second: float | None) -> float | None:
        known = [each for each in (first, second) if each is not None]
        return math.fsum(known) if known else None

    return Totals(
        cpu_j=both(mine.cpu_j, theirs.cpu_j),
        gpu_j=both(mine.gpu_j, theirs.gpu_j),
        ram_j=both(mine.ram_j, theirs.ram_j),
        tests_energy_j=mine.tests_energy_j + theirs.tests_energy_j,
        fixtures_energy_j=mine.fixtures_energy_j + theirs.fixtures_energy_j,
        confirming_energy_j=mine.confirming_energy_j + theirs.confirming_energy_j,
    )
