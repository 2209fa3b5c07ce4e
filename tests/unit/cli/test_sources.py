"""``pytest-scer sources``."""

from __future__ import annotations

import json

import pytest

from pytest_scer.cli import main

Captured = pytest.CaptureFixture[str]


def test_all_subjects_are_listed(capsys: Captured) -> None:
    assert main(["sources"]) == 0
    printed = capsys.readouterr().out
    for subject in ("power", "grids", "accuracy", "noise", "estimators", "equivalents"):
        assert f"\n{subject}\n" in f"\n{printed}"
    assert "not checked" in printed.splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("equivalents", ["smartphone charges", "hours of streamed video"]),
        ("iea", ["world average", "carbontracker: world average"]),
        ("TREE", ["Green Algorithms: CO2 that a mature tree takes up"]),
    ],
)
def test_a_text_chooses(text: str, names: list[str], capsys: Captured) -> None:
    assert main(["sources", text, "--format", "json"]) == 0
    found = [row["name"] for row in json.loads(capsys.readouterr().out)["sources"]]
    assert set(names) <= set(found)
    assert len(found) < 10


def test_a_text_that_matches_nothing_names_the_subjects(capsys: Captured) -> None:
    assert main(["sources", "phlogiston"]) == 4
    assert "'phlogiston'; the subjects are power, grids" in capsys.readouterr().err
