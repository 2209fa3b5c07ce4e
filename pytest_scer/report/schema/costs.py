"""The fields of a test that a baseline needs: the others of its row are not checked."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, Strict, TypeAdapter
from typing_extensions import NotRequired

from pytest_scer.report.schema.figures import Count, Figure, Finite, Missing, Part
from pytest_scer.report.schema.measurements import Run
from pytest_scer.report.schema.tests import Section


class _Energy(Part):
    cpu: Missing
    gpu: Missing
    ram: Missing


class _Call(Part):
    duration_s: Figure
    cpu_time_s: Missing
    energy_j: _Energy


class _Measurement(_Call):
    uncertainty_j: Missing
    within_session_j: NotRequired[Missing]
    contention_j: NotRequired[Figure]
    run_count: Annotated[Count, Field(ge=1)]
    runs: Annotated[list[Run], Field(min_length=1)] | None


class _Stages(Part):
    call: _Call | None


class _Baseline(Part):
    verdict: Literal["ok", "improved", "regression", "inconclusive", "unmeasured"]
    confirmed: Count
    samples: list[Annotated[tuple[Missing, Missing], Strict(strict=False)]]


class _Stop(Part):
    done: Figure


class _Training(Part):
    planned: Figure
    stopped: _Stop | None


class _Cost(Part):
    nodeid: str
    outcome: Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]
    stages: _Stages
    measurement: _Measurement | None
    units: dict[str, Finite]
    sections: list[Section]
    budget_failed: bool
    reference_j: NotRequired[Missing]
    reference_moved: NotRequired[Missing]
    other_cores: NotRequired[Missing]
    baseline: _Baseline | None
    trainings: NotRequired[list[_Training]]


COST: Final[TypeAdapter[Any]] = TypeAdapter(_Cost)
"""Validates one row of ``tests`` for :func:`pytest_scer.report.costs.load_cost`."""
