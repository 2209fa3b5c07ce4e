"""Names that break out of what they are printed in: the output of every command, and of GitHub.

Properties of what is printed, whatever its layout: no control characters, and no line that a CI
runner would take for a command.
"""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePath

import hostile
import pytest
import reports

from pytest_scer.cli import main
from pytest_scer.formats import github

COMMANDS = (
    "show report.json --top 1000",
    "show report.json -v",
    "show report.json -q",
    "compare report.json report.json",
    "compare report.json report.json -v",
    "suggest report.json",
    "compare report.json report.json --format md",
    "compare report.json report.json --format json",
    "history history",
    "accept history NAME",
    "rate report.json other.json",
    "what-if report.json --requests-per-day 3 --country FRA",
    "manifest report.json",
    "label report.json",
    "model-card report.json --model NAME",
    "model-card report.json --model NAME --sentence",
    "merge report.json other.json -o merged.json",
    "plot report.json budgets -o budgets.svg",
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a report, as the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "history").mkdir()
    return tmp_path


def _write(name: str, place: Path) -> None:
    made = hostile.report(name)
    reports.write(made, place / "report.json")
    reports.write(made, place / "history" / "one.json")
    made.session.id = "other"
    reports.write(made, place / "other.json")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_prints_no_commands(
    place: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    for name in hostile.NAMES:
        _write(name, place)
        code = main([name if word == "NAME" else word for word in command.split()])
        out, err = capsys.readouterr()
        assert (code, err) == (0, "")
        assert hostile.commands(out) == []
        assert not hostile.CONTROL.search(out), command


@pytest.mark.parametrize("name", hostile.NAMES)
def test_a_workflow_command_is_one_line_and_ours(name: str) -> None:
    made = hostile.report(name)
    rows = [*github.of_the_whole(made, frozenset()), *github.of_tests(made.tests, frozenset())]
    assert rows
    for line in github.workflow_commands(rows, {}, PurePath()):
        assert not re.search("[\r\n]", line)
        assert re.match(r"::(error|warning) (file=[^,]*,)?title=[^:]*::", line), line


def test_an_error_names_the_file_and_is_no_command(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = place / "a\n::error::b.json"
    path.write_text("no report")
    assert main(["show", str(path)]) == 4
    _, err = capsys.readouterr()
    assert hostile.commands(err) == []
    assert "b.json" in err


def test_json_for_other_programs_is_as_it_was(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write("::error::x", place)
    assert main(["compare", "report.json", "report.json", "--format", "json"]) == 0
    assert "::error::x" in json.loads(capsys.readouterr().out)["tests"]
