"""Shards of a matrix, made one report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_scer.cli import main
from pytest_scer.report.reading import read_report

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def shards(pytester: pytest.Pytester) -> list[Path]:
    """Two halves of a suite, each with its report."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.fixture(scope="module")
        def model():
            return sum(range(100_000))

        @pytest.mark.parametrize("number", range(6))
        @pytest.mark.scer("1 kJ", model="m", category="c", phase="inference")
        def test_one(number, model, carbon):
            carbon.count(tokens=10)
        """
    )
    paths = []
    for name, half in (("a", "0 or 1 or 2"), ("b", "3 or 4 or 5")):
        result = pytester.runpytest_subprocess(
            f"--scer-output={name}.json", "-k", half, "--scer-budget=1 MJ"
        )
        result.assert_outcomes(passed=3, deselected=3)
        paths.append(pytester.path / f"{name}.json")
    return paths


def _merge(out: Path, *reports: Path) -> int:
    return main(["merge", *map(str, reports), "-o", str(out)])


def test_joules_and_tests_add_up(shards: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "all.json"
    assert _merge(out, *shards) == 0
    whole, parts = read_report(out), [read_report(path) for path in shards]
    assert [test.nodeid for test in whole.tests] == [
        test.nodeid for part in parts for test in part.tests
    ]
    assert whole.totals.total_j == pytest.approx(sum(p.totals.total_j or 0 for p in parts))
    assert whole.totals.tests_energy_j == pytest.approx(
        sum(part.totals.tests_energy_j for part in parts)
    )
    assert whole.session.duration_s == pytest.approx(sum(p.session.duration_s for p in parts))
    assert len(whole.fixtures) == 2
    assert len(whole.budgets) == 2
    assert [host["label"] for host in whole.session.hosts] == ["h0", "h1"]
    assert {test.host for test in whole.tests} == {"h0", "h1"}
    totals = json.loads(out.read_text())["totals"]
    assert totals["energy_j"]["total"] == pytest.approx(
        totals["tests_energy_j"] + totals["fixtures_energy_j"] + totals["overhead_energy_j"]
    )


def test_scores_are_of_all_shards(shards: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "all.json"
    assert _merge(out, *shards) == 0
    (row,) = json.loads(out.read_text())["ratings"]
    assert row["units"] == 60


def test_merged_reports_merge_again(shards: list[Path], tmp_path: Path) -> None:
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    assert _merge(first, shards[0]) == 0
    assert _merge(second, first, shards[1]) == 0
    assert len(read_report(second).tests) == 6


def test_the_same_shard_twice_is_noticed(
    shards: list[Path], tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "all.json"
    assert _merge(out, *shards) == 0
    assert _merge(tmp_path / "again.json", out, shards[1]) == 4
    assert "the same session as in" in capsys.readouterr().err
    assert not (tmp_path / "again.json").exists()


def _change(path: Path, target: Path, **values: object) -> Path:
    data = json.loads(path.read_text())
    for key, value in values.items():
        data[key] = {**data[key], **value} if isinstance(value, dict) else value
    target.write_text(json.dumps(data))
    return target


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"carbon_intensity": {"g_per_kwh": 12.5}}, "carbon intensity"),
        ({"pue": 1.5}, "PUE"),
        ({"wue_l_per_kwh": 0.5}, "WUE"),
        ({"schema_version": 2}, "schema version 2"),
    ],
)
def test_what_cannot_be_added_up_is_refused(
    shards: list[Path], tmp_path: Path, capsys: Capture, change: dict[str, object], said: str
) -> None:
    other = _change(shards[1], tmp_path / "other.json", **change)
    assert _merge(tmp_path / "all.json", shards[0], other) == 4
    error = capsys.readouterr().err
    assert said in error
    assert "other.json" in error
    assert not (tmp_path / "all.json").exists()


def test_other_hardware_stays_apart(shards: list[Path], tmp_path: Path) -> None:
    other = _change(
        shards[1],
        tmp_path / "other.json",
        environment={"cpu": {"model": "Another CPU", "logical_cores": 64}},
        meters={
            "cpu": {
                "source": "RAPL",
                "provenance": "measured",
                "tracking_mode": "machine",
                "resolution_s": 0.001,
                "detail": "",
            }
        },
    )
    out = tmp_path / "all.json"
    assert _merge(out, shards[0], other) == 0
    report = read_report(out)
    assert report.meters["cpu"].source == "differs between hosts"
    assert report.meters["cpu"].provenance.value == "modelled"
    models = [host["environment"]["cpu_model"] for host in report.session.hosts]
    assert models[1] == "Another CPU"
    assert models[0] != models[1]
    assert any(finding.kind == "hosts" for finding in report.findings)


def test_a_file_that_is_no_report(tmp_path: Path, capsys: Capture) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    assert _merge(tmp_path / "all.json", bad) == 4
    assert "bad.json" in capsys.readouterr().err
    assert _merge(tmp_path / "all.json", tmp_path / "absent.json") == 4
    assert "absent.json: No such file" in capsys.readouterr().err
