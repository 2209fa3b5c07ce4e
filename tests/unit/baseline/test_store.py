from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest
import reports
from pasts import past

from pytest_scer.baseline import store
from pytest_scer.baseline.history import Baseline
from pytest_scer.baseline.store import BadBaseline, read_past
from pytest_scer.report.documents import BadFile
from pytest_scer.report.model import Finding


class TestFiles:
    def test_a_baseline_comes_back_as_it_was_to_six_digits(self, tmp_path: Path) -> None:
        saved = past(test_x=1.23456789)
        path = store.save(saved, tmp_path / "b.json")
        back = read_past(path)
        assert back.tests["test_a.py::test_x"].energy_j["cpu"] == 1.23457
        assert back.fingerprint == saved.fingerprint
        assert [path.name for path in tmp_path.iterdir()] == ["b.json"]

    def test_a_test_is_a_line_and_lines_are_sorted(self, tmp_path: Path) -> None:
        text = store.save(past(test_b=1, test_a=2), tmp_path / "b.json").read_text()
        lines = [line.split(":")[0] for line in text.splitlines() if '"test_a.py::' in line]
        assert len(lines) == 2
        assert lines == sorted(lines)

    def test_a_directory_gets_one_file_a_session(self, tmp_path: Path) -> None:
        for day in (2, 1):
            store.save(past(day, test_x=1), tmp_path)
        loaded = Baseline.load(tmp_path)
        assert [each.session for each in loaded.sessions] == ["id1", "id2"]

    @pytest.mark.parametrize(
        ("content", "says"),
        [("", "not JSON"), ("[]", "not a pytest-scer report"), ('{"a": 1}', "no schema_version"),
         ('{"schema_version": 99}', "schema version 99"),
         ('{"baseline_version": 99}', "baseline version 99"),
         ('{"baseline_version": 1}', "damaged")],
    )  # fmt: skip
    def test_what_is_no_baseline_is_refused(self, tmp_path: Path, content: str, says: str) -> None:
        path = tmp_path / "b.json"
        path.write_text(content)
        with pytest.raises(BadFile, match=says) as error:
            read_past(path)
        assert str(path) in str(error.value)

    @pytest.mark.parametrize(
        ("field", "value", "says"),
        [
            ("cpu_time_s", -1, "greater than or equal to 0"),
            *(("repeats", value, "repeats: Input should be") for value in (0, -1, 1.5, True, "3")),
            *(("units", value, "damaged") for value in ({"token": "x"}, {"token": -1}, ["token"])),
        ],
    )
    def test_a_field_that_cannot_be_is_refused(
        self, tmp_path: Path, field: str, value: Any, says: str
    ) -> None:
        path = store.save(past(test_x=1), tmp_path / "b.json")
        data = json.loads(path.read_text())
        data["tests"]["test_a.py::test_x"][field] = value
        path.write_text(json.dumps(data))
        with pytest.raises(BadBaseline, match=says):
            read_past(path)

    def test_a_report_with_fields_of_a_later_version_is_read(self, tmp_path: Path) -> None:
        made = reports.report(reports.entry("m", reports.measured(10.0)))
        made.findings.append(Finding("boundary", "x"))
        form = reports.as_json(made)
        for part in (form["session"], form["carbon_intensity"], form["findings"][0]):
            part["of_a_later_version"] = 1
        path = tmp_path / "report.json"
        path.write_text(json.dumps(form))
        assert list(read_past(path).tests) == ["test_it.py::test_m_inference"]

    def test_a_write_that_fails_leaves_the_old_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = store.save(past(test_x=1), tmp_path / "b.json")
        before = path.read_bytes()

        def fail(*_: object) -> None:
            raise OSError("disk full")

        monkeypatch.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="disk full"):
            store.save(past(test_x=2), path)
        assert path.read_bytes() == before
        assert [each.name for each in tmp_path.iterdir()] == ["b.json"]

    def test_what_failed_and_what_regressed_comes_back(self, tmp_path: Path) -> None:
        saved = past(regressed=["test_x"], test_x=1)
        saved = dataclasses.replace(saved, failed=frozenset({"test_a.py::test_y"}))
        back = read_past(store.save(saved, tmp_path / "b.json"))
        assert (back.regressed, back.failed) == (saved.regressed, saved.failed)

    def test_one_of_before_there_were_histories_is_read(self, tmp_path: Path) -> None:
        path = store.save(past(test_x=1), tmp_path / "b.json")
        data = json.loads(path.read_text())
        for name in ("regressed", "failed"):
            del data[name]
        for name in ("duration_s", "reference_moved", "repeats"):
            del data["tests"]["test_a.py::test_x"][name]
        path.write_text(json.dumps(data))
        assert read_past(path).tests["test_a.py::test_x"].duration_s == 0


def test_commit_and_branch_are_kept(tmp_path: Path) -> None:
    saved = dataclasses.replace(past(small=1.0), commit="0123abc", branch="main")
    read = read_past(store.save(saved, tmp_path / "baseline.json"))
    assert (read.commit, read.branch) == ("0123abc", "main")
