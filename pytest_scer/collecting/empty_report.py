"""The report of a session before its first test."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

import pytest

from pytest_scer.collecting.commit import checkout_of
from pytest_scer.config.settings import Settings
from pytest_scer.recording.metering import Metered
from pytest_scer.report.model import Environment, Report, SessionInfo, Totals


def empty_report(
    config: pytest.Config,
    settings: Settings,
    metered: Metered,
    environment: Environment,
    *,
    started_at: datetime,
    workers: int,
    hosts: Iterable[str],
) -> Report:
    """Start a report: interrupted until the session completes it.

    Args:
        config: The pytest config object.
        settings: The settings of the session.
        metered: What the session is measured with.
        environment: Where it runs.
        started_at: When it started.
        workers: Number of processes that run tests.
        hosts: The anonymous labels of their hosts.
    """
    checkout = checkout_of(config.rootpath)
    return Report(
        session=SessionInfo(
            id=uuid.uuid4().hex[:12],
            started_at=started_at.isoformat(timespec="seconds"),
            duration_s=0.0,
            exit_status=None,
            interrupted=True,
            workers=workers,
            hosts=[{"label": label} for label in hosts],
            commit=checkout.commit,
            branch=checkout.branch,
        ),
        environment=environment,
        meters=dict(metered.infos),
        carbon_intensity=metered.carbon_intensity,
        pue=metered.pue,
        wue_l_per_kwh=metered.wue_l_per_kwh,
        totals=Totals(None, None, None, 0.0, 0.0),
        tests=[],
        idle=metered.idle_since(started_at.timestamp()),
        pue_source=settings.stated.get("pue"),
        embodied=settings.embodied,
        embodied_source=settings.stated.get("embodied"),
        scale=settings.scale,
        peers=settings.peers,
        protocols=tuple(settings.protocols.values()),
    )
