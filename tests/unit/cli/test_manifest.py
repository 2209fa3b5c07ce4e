"""``pytest-scer manifest``, on a stored report."""

from __future__ import annotations

from pathlib import Path

import pytest
import reports
import yaml
from manifests import complete_report

from pytest_scer.cli import main
from pytest_scer.formats.manifest.afterwards import OPTIONS
from pytest_scer.formats.manifest.answers import ANSWERS

Captured = pytest.CaptureFixture[str]

STATED = [
    "--pue", "1.2", "--pue-source", "operator, 2025",
    "--embodied", "TE=1200 kg, EL=4 y", "--embodied-source", "vendor",
]  # fmt: skip
ANSWERED = [part for answer in ANSWERS if answer.option for part in (answer.option, "said so")]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "manifest.yaml"


def test_manifest_and_its_check(path: Path, out: Path, capsys: Captured) -> None:
    assert main(["manifest", str(path), "--model", "small", "-o", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "draft, incomplete: PUE and source, M\n" in printed
    assert "  missing: M: --embodied and --embodied-source" in printed
    assert (
        "  to add: why this unit represents what the software delivers: --unit-because" in printed
    )
    assert main(["manifest", str(out), "--check"]) == 0
    printed = capsys.readouterr().out
    assert "small-text-generation-inference-per-1000-tokens: consistent\n" in printed
    assert "to add: functional_unit.rationale" in printed
    assert "  missing: M: " in printed
    assert main(["manifest", str(out), "--check", "--strict"]) == 1
    assert main(["manifest", str(out), "--check", "--report", str(path)]) == 0
    assert f"consistent with {path}" in capsys.readouterr().out


def test_with_every_option_only_the_signature_is_missing(
    path: Path, out: Path, capsys: Captured
) -> None:
    assert main(["manifest", str(path), "-o", str(out), *STATED, *ANSWERED]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed == [
        "SCI 1.1",
        "  to add: the attestation, in the file, by the person who signs",
    ]
    assert main(["manifest", "--check", str(out), "--report", str(path)]) == 0
    to_add = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert {line.split(": ")[1].partition(".")[0] for line in to_add} == {"attestation"}
    text = out.read_text()
    for key, value in (
        ("statement", "all true"), ("name", "Ada"), ("role", "head"), ("date", "2026-03-02"),
    ):  # fmt: skip
        mark = next(line for line in text.splitlines() if line.startswith(f"  {key}: 'TODO"))
        text = text.replace(mark, f"  {key}: {value}")
    out.write_text(text)
    assert main(["manifest", "--check", "--strict", str(out), "--report", str(path)]) == 0


def test_each_option_is_named_where_its_text_is_missing(
    path: Path, out: Path, capsys: Captured
) -> None:
    main(["manifest", str(path), "-o", str(out)])
    printed = capsys.readouterr().out
    for option in ("--pue-source", "--embodied-source", *(a.option for a in ANSWERS if a.option)):
        assert option in printed
    assert set(OPTIONS) >= {"pue-source", "embodied-source", "grid-year", "grid-source", "place"}


def test_what_was_stated_afterwards_is_said(path: Path, out: Path) -> None:
    main(["manifest", str(path), "-o", str(out), *STATED])
    document = next(yaml.safe_load_all(out.read_text()))
    assert document["record"]["stated_afterwards"]["pue-source"] == "operator, 2025"
    assert document["calculation"]["energy"]["pue"] == 1.2


def test_a_wrong_manifest_fails(path: Path, out: Path, capsys: Captured) -> None:
    main(["manifest", str(path), "--model", "small", "-o", str(out)])
    document = yaml.safe_load(out.read_text())
    document["calculation"]["score"]["value"] *= 2
    out.write_text(yaml.safe_dump(document))
    assert main(["manifest", str(out), "--check"]) == 1
    assert "error: calculation.score.value" in capsys.readouterr().out


def test_many_errors_are_counted(path: Path, out: Path, capsys: Captured) -> None:
    main(["manifest", str(path), "--model", "small", "-o", str(out)])
    document = yaml.safe_load(out.read_text())
    document["calculation"], document["rating"] = {}, {}
    document["submission"], document["boundary"] = {}, {}
    out.write_text(yaml.safe_dump(document))
    assert main(["manifest", str(out), "--check"]) == 1
    assert "more errors" in capsys.readouterr().out


def test_another_report_is_found(path: Path, out: Path, tmp_path: Path, capsys: Captured) -> None:
    main(["manifest", str(path), "--model", "small", "-o", str(out)])
    other = reports.write(complete_report(), tmp_path / "other.json")
    assert main(["manifest", str(out), "--check", "--report", str(other)]) == 1
    assert "record.report_sha256: the report has " in capsys.readouterr().out
    assert main(["manifest", str(out), "--check", "--report", str(out)]) == 4


@pytest.mark.parametrize(
    "text", ["", "[]", "5", "a: [", "a: 1", "- 1\n---\n- 2", "\x00", "!!python/x y"]
)
def test_a_check_of_nothing_is_bad_usage(out: Path, capsys: Captured, text: str) -> None:
    assert main(["manifest", str(out.with_name("no.yaml")), "--check"]) == 4
    out.write_text(text)
    assert main(["manifest", str(out), "--check"]) == 4
    assert out.name in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--organization", "certified by us"],
        ["--remark", "approved"],
        ["--organization", " "],
        ["--pue", "0.5"],
        ["--place", "France"],
        ["--strict"],
        ["--report", "report.json"],
    ],
)
def test_bad_arguments_are_named(path: Path, arguments: list[str], capsys: Captured) -> None:
    assert main(["manifest", str(path), *arguments]) == 4
    assert arguments[0] in capsys.readouterr().err
