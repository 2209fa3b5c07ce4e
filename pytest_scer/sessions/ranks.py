"""Sessions that ``torchrun`` started side by side, one for each rank of a distributed training."""

from __future__ import annotations

from dataclasses import replace

from pytest_scer.config.settings import Settings
from pytest_scer.models.distributed import Launch
from pytest_scer.report.files import Output
from pytest_scer.report.model import LOCAL_WORKER


def of_rank(settings: Settings, launch: Launch) -> Settings:
    """The settings of one rank: each writes its own outputs, and the first compares and saves.

    ``report.json`` is that of the first rank, ``report.rank1.json`` that of the second:
    ``pytest-scer merge`` adds them up.
    """
    if launch.rank == 0:
        return settings
    output = tuple(
        Output(kind, path.with_name(f"{path.stem}.rank{launch.rank}{path.suffix}"))
        for kind, path in settings.output
    )
    return replace(settings, output=output, baseline=None, save_baseline=None, history=None)


def name_of(launch: Launch) -> str:
    """The name of a rank's process in the report."""
    return f"rank{launch.rank}" if launch.rank else LOCAL_WORKER
