"""``pytest-scer manifest``, on a stored report."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pytest_scer.cli import main

Captured = pytest.CaptureFixture[str]


def test_manifest_and_its_check(path: Path, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "manifest.yaml"
    assert main(["manifest", str(path), "--model", "small", "-o", str(out)]) == 0
    assert main(["manifest", str(out), "--check"]) == 0
    printed = capsys.readouterr().out
    assert "small-text-generation-inference-per-1000-tokens: the arithmetic is correct" in printed
    assert "to add: functional_unit.rationale" in printed
    assert main(["manifest", str(out), "--check", "--strict"]) == 1


def test_a_wrong_manifest_fails(path: Path, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "manifest.yaml"
    main(["manifest", str(path), "--model", "small", "-o", str(out)])
    document = yaml.safe_load(out.read_text())
    document["calculation"]["score"]["value"] *= 2
    out.write_text(yaml.safe_dump(document))
    assert main(["manifest", str(out), "--check"]) == 1
    assert "error: calculation.score.value" in capsys.readouterr().out


def test_a_check_of_nothing_is_bad_usage(tmp_path: Path, capsys: Captured) -> None:
    assert main(["manifest", str(tmp_path / "no.yaml"), "--check"]) == 4
    (tmp_path / "empty.yaml").write_text("")
    assert main(["manifest", str(tmp_path / "empty.yaml"), "--check"]) == 4
    assert "contains no manifest" in capsys.readouterr().err
