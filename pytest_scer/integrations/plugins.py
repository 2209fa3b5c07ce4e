"""Register the integrations of a session."""

from __future__ import annotations

import os

import pytest

from pytest_scer.config.settings import Settings
from pytest_scer.integrations.pytest_html import HtmlReport
from pytest_scer.integrations.pytest_json_report import JsonReport
from pytest_scer.integrations.result_lines import ResultLines
from pytest_scer.recording.result_line import is_verbose


def register(config: pytest.Config, settings: Settings) -> None:
    """Register the integrations whose plugin or CI runner is present, and pytest's own lines.

    Args:
        config: The pytest config object of the process that prints.
        settings: The settings of the session.
    """
    register_plugin = config.pluginmanager.register
    if is_verbose(config):
        register_plugin(ResultLines(), "scer-result-lines")
    register_plugin(JsonReport(), "scer-json-report")
    if settings.measures_every_test and hasattr(config.hook, "pytest_html_results_table_row"):
        register_plugin(HtmlReport(), "scer-html")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        from pytest_scer.integrations.github import GitHub

        register_plugin(GitHub(config, settings), "scer-github")
