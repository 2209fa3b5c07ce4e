"""GitHub Actions: annotations and the summary of the step, where its runner asks for them."""

from __future__ import annotations

import os

import pytest

from pytest_scer.report import ci
from pytest_scer.report.model import Report
from pytest_scer.settings import Settings


class GitHub:
    """Writes what GitHub's runner reads; it sends nothing anywhere."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is known yet.

        Args:
            settings: What fails the run.
        """
        self._settings = settings
        self._places: dict[str, ci.Place] = {}
        self._report: Report | None = None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note where a test is."""
        if report.when == "call":
            file, line, _ = report.location
            self._places[report.nodeid] = file, None if line is None else line + 1

    @pytest.hookimpl(trylast=True)
    def pytest_scer_report(self, report: Report) -> None:
        """Write the summary, into the file that the runner names."""
        self._report = report
        path = os.environ.get("GITHUB_STEP_SUMMARY")
        if not path:
            return
        try:
            with open(path, "a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in ci.summary(report))
        except OSError as error:
            report.warnings.append(f"the step summary could not be written: {error.strerror}")

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the annotations, each on a line of its own."""
        if self._report is not None:
            terminalreporter.ensure_newline()
            for line in ci.workflow_commands(self._report, self._places, self._settings.fail_on):
                terminalreporter.line(line)
