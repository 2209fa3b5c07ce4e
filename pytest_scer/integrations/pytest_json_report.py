"""pytest-json-report: the record of a test in its report."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest


class JsonReport:
    """Puts ``report.scer`` beside the other figures of a test's teardown in pytest-json-report."""

    @pytest.hookimpl(optionalhook=True, wrapper=True)
    def pytest_json_runtest_stage(
        self, report: pytest.TestReport
    ) -> Generator[None, dict[str, Any], dict[str, Any]]:
        """Add the record to the stage that carries it."""
        stage = yield
        record = getattr(report, "scer", None)
        return stage if record is None else {**stage, "scer": record}
