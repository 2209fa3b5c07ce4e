"""``pytest-scer label``, on a stored report."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from pytest_scer.cli import main

Captured = pytest.CaptureFixture[str]


def test_label_writes_svg_and_png(path: Path, tmp_path: Path) -> None:
    svg, png = tmp_path / "label.svg", tmp_path / "label.png"
    chosen = ["--model", "small", "--width", "120"]
    assert main(["label", str(path), "-o", str(svg), "--png", str(png), *chosen]) == 0
    assert svg.read_text().count("<g ") == 1
    data = png.read_bytes()
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">I", data[16:20]) == (120,)


def test_label_prints_where_no_file_is_named(path: Path, capsys: Captured) -> None:
    assert main(["label", str(path)]) == 0
    assert capsys.readouterr().out.startswith("<?xml")


@pytest.mark.parametrize("command", ["label", "manifest"])
def test_what_is_not_there_is_answered_with_what_is(
    path: Path, capsys: Captured, command: str
) -> None:
    assert main([command, str(path), "--model", "huge"]) == 4
    assert "no score matches; the report has: small, text-generation" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--url", "ftp://x"],
        ["--url", "http://example.org/manifest.yaml"],
        ["--width", "0"],
        ["-o", "/nowhere/label.svg"],
        ["-o", "label.svg", "--png", "label.svg"],
    ],
)
def test_bad_arguments_of_label(path: Path, arguments: list[str]) -> None:
    assert main(["label", str(path), *arguments]) == 4


def test_what_cannot_be_written_leaves_what_was_there(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    svg = tmp_path / "label.svg"
    svg.write_text("the last one")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert main(["label", str(path), "-o", str(svg)]) == 4
    assert svg.read_text() == "the last one"
    assert sorted(tmp_path.iterdir()) == [svg, path]
