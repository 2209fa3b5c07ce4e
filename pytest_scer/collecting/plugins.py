"""The complete report, shown to other plugins before it is written."""

from __future__ import annotations

import pytest

from pytest_scer.core.text import printable
from pytest_scer.report.model import Report


def show_to_plugins(report: Report, config: pytest.Config) -> bool:
    """Call the hook ``pytest_scer_report``; a plugin that fails must not cost the user the report.

    Args:
        report: The complete report, which plugins may change.
        config: The pytest config object.

    Returns:
        Whether all plugins did what they wanted; if not, a warning says why.
    """
    problem = None
    try:
        config.hook.pytest_scer_report(config=config, report=report)
    except Exception as error:
        problem = f"the hook pytest_scer_report failed: {error!r}"
        report.warnings.append(problem)
    report.warnings = [printable(str(text)) for text in report.warnings]
    return problem is None
