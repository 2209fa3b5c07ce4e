"""pytest's own result lines: with ``-v``, each shows what its test used."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from pytest_scer.recording.result_line import ENERGY, is_verbose

_Status = tuple[str, str, Any]


class ResultLines:
    """Adds the energy of a test to the word on its line, as in ``PASSED 1.2 J``.

    Only while pytest logs the report: other plugins and the summary ask for the same word later.
    """

    def __init__(self) -> None:
        """Start with no report."""
        self._logged: object = None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> Generator[None, None, None]:
        """Note which report is being logged."""
        self._logged = report
        try:
            return (yield)
        finally:
            self._logged = None
            report.__dict__.pop(ENERGY, None)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport, config: pytest.Config
    ) -> Generator[None, _Status, _Status]:
        """Add the energy to the word of a verbose line."""
        status = yield
        energy = getattr(report, ENERGY, None)
        if energy is None or report is not self._logged or not is_verbose(config):
            return status
        category, letter, word = status
        if isinstance(word, tuple):
            text, markup = word
            return category, letter, (f"{text} {energy}", markup)
        return category, letter, f"{word} {energy}" if word else word
