"""Merging the reports of shards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reports import CONSTANT, MEASURED, entry, measured, report, write

from pytest_scer.meters.accuracy import GPU_UNREADABLE, RAM_CONSTANT, RAPL_AMD, RAPL_INTEL
from pytest_scer.meters.base import ABSENT, MeterInfo
from pytest_scer.report.merge import merge
from pytest_scer.report.model import FixtureEntry, Report
from pytest_scer.report.reading import read_report


def shards(directory: Path, *meters: dict[str, MeterInfo]) -> Report:
    """The merged reports of sessions that were metered in these ways."""
    paths = []
    for number, of_host in enumerate(meters):
        made = report(meters=of_host)
        made.session.id = f"{number:012}"
        paths.append(write(made, directory / f"{number}.json"))
    return merge(paths)


INTEL = {"cpu": replace(MEASURED, accuracy=RAPL_INTEL), "gpu": ABSENT, "ram": ABSENT}
AMD = {"cpu": replace(MEASURED, accuracy=RAPL_AMD), "gpu": ABSENT, "ram": ABSENT}


def test_shards_of_one_kind_have_its_accuracy(tmp_path: Path) -> None:
    assert shards(tmp_path, INTEL, INTEL).meters["cpu"].accuracy == RAPL_INTEL


def test_different_shards_have_the_widest_interval(tmp_path: Path) -> None:
    merged = shards(tmp_path, INTEL, AMD, INTEL).meters["cpu"].accuracy
    assert merged is not None
    assert (merged.low, merged.high, merged.evidence) == (-0.25, 0.10, "judgement")
    assert RAPL_INTEL.source in merged.source
    assert RAPL_AMD.source in merged.source


def test_a_component_that_one_shard_does_not_have_keeps_the_accuracy_of_the_other(
    tmp_path: Path,
) -> None:
    memory = {**INTEL, "ram": replace(CONSTANT, accuracy=RAM_CONSTANT)}
    assert shards(tmp_path, INTEL, memory).meters["ram"].accuracy == RAM_CONSTANT


def test_with_a_shard_of_unknown_accuracy_nothing_bounds_the_total(tmp_path: Path) -> None:
    merged = shards(tmp_path, INTEL, {**INTEL, "cpu": MEASURED})
    assert merged.meters["cpu"].accuracy is None
    assert merged.plausible_j is None


def test_a_gpu_that_one_shard_cannot_read_bounds_nothing(tmp_path: Path) -> None:
    unreadable = {**INTEL, "gpu": replace(ABSENT, accuracy=GPU_UNREADABLE)}
    gpu = {**INTEL, "gpu": replace(MEASURED, accuracy=RAPL_INTEL)}
    for meters in ((INTEL, unreadable), (gpu, unreadable)):
        merged = shards(tmp_path, *meters)
        assert merged.meters["gpu"].accuracy is not None
        assert not merged.meters["gpu"].accuracy.is_bounded
        assert merged.plausible_j is None


def test_tests_of_shards_start_since_the_earliest_shard(tmp_path: Path) -> None:
    paths = []
    for number, minute in enumerate((2, 0, 5)):
        timed = entry(f"m{number}", start_s=1.5, starts_s={"setup": 1.5, "call": 2.0})
        built = FixtureEntry("data", "module", timed.nodeid, "master", measured(1.0), start_s=1.75)
        made = report(timed, entry(f"n{number}"), fixtures=[built])
        made.session.id = f"{number:012}"
        made.session.started_at = f"2026-03-01T12:{minute:02}:00+00:00"
        paths.append(write(made, tmp_path / f"{number}.json"))
    merged = merge(paths)
    assert merged.session.started_at == "2026-03-01T12:00:00+00:00"
    starts = {test.model: test.start_s for test in merged.tests}
    assert (starts["m0"], starts["m1"], starts["m2"]) == (121.5, 1.5, 301.5)
    assert starts["n0"] is None  # of an old report
    assert merged.tests[0].starts_s == {"setup": 121.5, "call": 122.0}
    assert [fixture.start_s for fixture in merged.fixtures] == [121.75, 1.75, 301.75]
    assert [host["started_at"][14:16] for host in merged.session.hosts] == ["02", "00", "05"]
    assert [test.start_s for test in read_report(write(merged, tmp_path / "m.json")).tests] == [
        test.start_s for test in merged.tests
    ]
