"""Sessions that torchrun started side by side."""

from __future__ import annotations

from pathlib import Path

from pytest_scer.config.settings import Settings
from pytest_scer.models.distributed import Launch
from pytest_scer.report.files import Output
from pytest_scer.sessions.ranks import name_of, of_rank

SETTINGS = Settings(
    output=(Output("json", Path("out/report.json")), Output("md", Path("report"))),
    save_baseline=Path("base.json"),
    history=Path("history"),
)


def test_the_first_rank_is_as_a_single_process() -> None:
    assert of_rank(SETTINGS, Launch(0, 2)) is SETTINGS
    assert name_of(Launch(0, 2)) == "master"


def test_other_ranks_write_their_own_files_and_no_baseline() -> None:
    own = of_rank(SETTINGS, Launch(1, 2))
    assert [output.path.as_posix() for output in own.output] == [
        "out/report.rank1.json",
        "report.rank1",
    ]
    assert (own.save_baseline, own.history, own.uses_baselines) == (None, None, False)
    assert name_of(Launch(1, 2)) == "rank1"
