"""pytest-json-report: the record of each test in its report."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest


class JsonReport:
    """Adds ``report.scer`` to the teardown stage of each test in pytest-json-report."""

    @pytest.hookimpl(optionalhook=True, wrapper=True)
    def pytest_json_runtest_stage(
        self, report: pytest.TestReport
    ) -> Generator[None, dict[str, Any], dict[str, Any]]:
        """Add the record to the stage that carries it."""
        stage = yield
        record = getattr(report, "scer", None)
        return stage if record is None else {**stage, "scer": record}
