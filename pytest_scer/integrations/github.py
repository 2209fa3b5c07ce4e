"""GitHub Actions: annotations and the step summary."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_scer.config.settings import Settings
from pytest_scer.formats import github as ci
from pytest_scer.nodeids import plain
from pytest_scer.report.entries_from_json import load_test
from pytest_scer.report.model import Report, TestEntry
from pytest_scer.system import System


class GitHub:
    """Writes annotations and the step summary for GitHub's runner; makes no network requests."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        """Start without results.

        Args:
            config: The pytest config object.
            settings: The settings, including what fails the run.
        """
        self._config = config
        self._settings = settings
        # Now, because tests may clear the environment or remove the working directory.
        self._summary = os.environ.get("GITHUB_STEP_SUMMARY")
        self._root = _in_the_repository(config.rootpath)
        self._places: dict[str, ci.Place] = {}
        self._report: Report | None = None
        self._tests: list[TestEntry] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the location of a test, and its record if there will be no report."""
        if report.when == "call":
            file, line, _ = report.location
            nodeid = plain(report.nodeid, self._config)
            self._places[nodeid] = file, None if line is None else line + 1
        record = getattr(report, "scer", None)
        if record is not None and not self._settings.measures_every_test:
            self._tests.append(load_test(record, ()))

    @pytest.hookimpl(trylast=True)
    def pytest_scer_report(self, report: Report) -> None:
        """Write the summary while a failure to do so can still be added to the report."""
        self._report = report
        problem = self._write_summary()
        if problem is not None:
            report.warnings.append(problem)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the annotations, one per line."""
        rows = self._rows()
        if self._report is None and self._tests:
            problem = self._write_summary()
            if problem is not None:
                terminalreporter.line(f"pytest-scer warning: {problem}", yellow=True)
        terminalreporter.ensure_newline()
        for line in ci.workflow_commands(rows, self._places, self._root):
            terminalreporter.line(line)

    def _rows(self) -> list[ci.Row]:
        fail_on = self._settings.fail_on
        if self._report is None:
            return [*ci.of_tests(self._tests, fail_on)]
        whole = ci.of_the_whole(self._report, fail_on)
        return [*whole, *ci.of_tests(self._report.tests, fail_on)]

    def _write_summary(self) -> str | None:
        """Append to the file that the runner names; return the problem, if there is one."""
        if not self._summary:
            return None
        try:
            with System.open_file(self._summary, "a", encoding="utf-8") as file:
                lines = ci.summary(self._report, self._tests, file.tell())
                file.writelines(f"{line}\n" for line in lines)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            return f"the step summary could not be written: {why}"
        return None


def _in_the_repository(root: Path) -> Path:
    """The root directory relative to the repository, or ``.`` if it is outside."""
    repository = os.environ.get("GITHUB_WORKSPACE")
    root = root.resolve()
    if repository and root.is_relative_to(top := Path(repository).resolve()):
        return root.relative_to(top)
    return Path()
