"""Which integrations a session has."""

from __future__ import annotations

import pytest

from pytest_scer.config.settings import Settings
from pytest_scer.integrations import github
from pytest_scer.integrations.pytest_html import HtmlReport
from pytest_scer.integrations.pytest_json_report import JsonReport


def register(config: pytest.Config, settings: Settings) -> None:
    """Register those whose plugin or runner is there.

    Args:
        config: The pytest config object of the process that prints.
        settings: What the user asked for.
    """
    register_plugin = config.pluginmanager.register
    register_plugin(JsonReport(), "scer-json-report")
    if settings.measures_every_test and hasattr(config.hook, "pytest_html_results_table_row"):
        register_plugin(HtmlReport(), "scer-html")
    if github.is_there():
        register_plugin(github.GitHub(config, settings), "scer-github")
