"""What the files of a history contain: compact baselines, and the levels that users accepted.

Only readers of these files import this module, because it imports pydantic.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, TypeAdapter
from typing_extensions import NotRequired, TypedDict

from pytest_scer.report.schema.figures import Count, Figure, Missing, Time


class _Part(TypedDict):
    # A reader ignores fields that a later release added.
    __pydantic_config__ = ConfigDict(strict=True)  # type: ignore[misc]


class _Meters(_Part):
    cpu: str
    gpu: str
    ram: str


class _Fingerprint(_Part):
    cpu: str
    logical_cores: Count
    gpus: list[str]
    meters: _Meters
    workers: Count
    versions: dict[str, str]


class _Energy(_Part):
    cpu: Missing
    gpu: Missing
    ram: Missing


class _Test(_Part):
    energy_j: _Energy
    cpu_time_s: Figure
    uncertainty_j: Missing
    reference_j: Missing
    reference_moved: NotRequired[Missing]
    reads: Literal["call", "runs", "all"]
    units: dict[str, Figure]
    sections: dict[str, Figure]
    repeats: NotRequired[Annotated[Count, Field(ge=1)]]
    duration_s: NotRequired[Figure]
    other_cores: NotRequired[Missing]


class BaselineSchema(_Part):
    """A compact baseline, version 1."""

    baseline_version: Literal[1]
    session: str
    started_at: Time
    fingerprint: _Fingerprint
    g_per_kwh: Figure
    pue: Annotated[Figure, Field(ge=1)]
    location: str
    tests: dict[str, _Test]
    fixtures: dict[str, Figure]
    regressed: NotRequired[list[str]]
    failed: NotRequired[list[str]]
    commit: NotRequired[str | None]
    branch: NotRequired[str | None]


class _Level(_Part):
    since: Time
    until: Time


class LevelsSchema(_Part):
    """The accepted levels of a history, version 1."""

    levels_version: Literal[1]
    tests: dict[str, _Level]


BASELINE: Final = TypeAdapter(BaselineSchema)
LEVELS: Final = TypeAdapter(LevelsSchema)
