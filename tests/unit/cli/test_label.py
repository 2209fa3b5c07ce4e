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
    assert svg.read_text().count("<g id=") == 1
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
        ["--url", "https://example.org/manifest.yaml#small"],
        ["--url", "https://example.org/a manifest.yaml"],
        ["--url", "https://example.org/approved.yaml"],
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


def test_a_label_is_checked_against_its_manifest(
    path: Path, tmp_path: Path, capsys: Captured
) -> None:
    manifest, label = tmp_path / "sci.yaml", tmp_path / "label.svg"
    stated = ["--pue", "1.2", "--pue-source", "operator"]
    assert main(["manifest", str(path), "-o", str(manifest), *stated]) == 0
    assert main(["label", str(manifest), "-o", str(label), "--url", "https://example.org/a"]) == 0
    assert "small: 0.120 gCO2eq per 1000 tokens (draft, incomplete: M)" in capsys.readouterr().out
    assert main(["label", str(label), "--check", str(manifest)]) == 0
    assert f"{label}: shows {manifest}" in capsys.readouterr().out
    # Of the report alone, the PUE is another one.
    assert main(["label", str(path), "-o", str(label)]) == 0
    assert main(["label", str(label), "--check", str(manifest)]) == 1
    assert "error: the label says '0.100', the manifest does not" in capsys.readouterr().out


def test_scores_of_a_manifest_can_be_chosen(path: Path, tmp_path: Path, capsys: Captured) -> None:
    manifest = tmp_path / "sci.yaml"
    main(["manifest", str(path), "-o", str(manifest)])
    assert main(["label", str(manifest), "--model", "medium"]) == 0
    assert capsys.readouterr().out.count("<g id=") == 1
    assert main(["label", str(manifest), "--model", "huge"]) == 4
    assert "no score matches; it has: small, text-generation" in capsys.readouterr().err


def test_a_manifest_with_errors_gets_no_label(path: Path, tmp_path: Path, capsys: Captured) -> None:
    manifest = tmp_path / "sci.yaml"
    main(["manifest", str(path), "-o", str(manifest)])
    manifest.write_text(manifest.read_text().replace("letter: A", "letter: A+++"))
    assert main(["label", str(manifest)]) == 4
    assert "the manifest has errors" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "<svg", "<svg/>", "{}", "\x00", "a: 1"])
def test_what_is_no_label_or_manifest_is_named(
    path: Path, tmp_path: Path, capsys: Captured, text: str
) -> None:
    damaged, manifest = tmp_path / "damaged", tmp_path / "sci.yaml"
    damaged.write_text(text)
    main(["manifest", str(path), "-o", str(manifest)])
    for arguments in (
        [str(damaged), "--check", str(manifest)],
        [str(path), "--check", str(damaged)],
        [str(damaged)],
    ):
        assert main(["label", *arguments]) == 4
        assert "Traceback" not in capsys.readouterr().err
