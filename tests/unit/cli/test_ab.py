"""What follows `--` is for pytest, and what stands in front of it is checked."""

from __future__ import annotations

import argparse

import pytest

from pytest_scer.cli import ab, main


def test_what_follows_two_hyphens_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[argparse.Namespace] = []

    def run(arguments: argparse.Namespace) -> int:
        seen.append(arguments)
        return 0

    monkeypatch.setattr(ab, "run", run)
    for given in (["a"], ["a", "b"], ["a", "--", "-k", "x", "--", "y"], ["a", "b", "--"]):
        assert main(["ab", *given]) == 0
    assert [(each.base, each.head, each.rest) for each in seen] == [
        ("a", None, []),
        ("a", "b", []),
        ("a", None, ["-k", "x", "--", "y"]),
        ("a", "b", []),
    ]


@pytest.mark.parametrize("given", [["a", "-k", "x"], ["a", "b", "c"]])
def test_arguments_for_pytest_without_them_are_refused_with_the_remedy(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["ab", *given])
    assert exit_.value.code == 4
    assert "arguments for pytest go after --" in capsys.readouterr().err
