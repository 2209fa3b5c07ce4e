"""Lines of ``scer_budgets`` that match no test, as far as a session can know."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pytest

from pytest_scer.config.settings import Settings
from pytest_scer.core.budget_rules import Pattern
from pytest_scer.report.model import Report

# Options that leave out tests without deselecting them.
_NARROWING = ("lf", "ignore", "ignore_glob", "deselect", "continue_on_collection_errors")


def _selected(config: pytest.Config, deselected: Collection[str]) -> list[str]:
    """What the session selected: beginnings of node IDs, all of whose tests were collected.

    It is an empty string for the whole suite, and nothing if tests were left out one by one.
    """
    if deselected or any(config.getoption(name, default=None) for name in _NARROWING):
        return []
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        return [""]
    return list(_of_arguments(config))


def _of_arguments(config: pytest.Config) -> Iterator[str]:
    root = config.rootpath.resolve()
    for argument in config.args:
        path = (config.invocation_params.dir / argument).resolve()
        if path.exists() and path.is_relative_to(root):  # else part of a file, or a package's name
            name = path.relative_to(root).as_posix()
            yield "" if name == "." else f"{name}/" if path.is_dir() else f"{name}::"


def unused_budgets(
    report: Report, settings: Settings, config: pytest.Config, deselected: Collection[str]
) -> list[str]:
    """Return the lines whose tests were all collected and ran, and which match none of them.

    Args:
        report: The report, with all tests.
        settings: The settings, with the lines.
        config: The pytest config object.
        deselected: The tests that were deselected.
    """
    if report.session.interrupted or report.not_run or not report.tests:
        return []
    roots = _selected(config, deselected)
    return [
        f"{settings.sources['budgets']}: {rule.text}"
        for rule in settings.budgets
        if _is_covered(rule.pattern, roots)
        and not any(
            rule.pattern.matches(test.nodeid, test.marks, test.model) for test in report.tests
        )
    ]


def about(lines: Collection[str], settings: Settings) -> Iterator[str]:
    """Yield a warning for each unused line, with what is wrong if that can be seen.

    Args:
        lines: The lines, from :func:`unused_budgets`.
        settings: The settings, with the lines.
    """
    mistakes = {
        f"{settings.sources['budgets']}: {rule.text}": rule.likely_mistake
        for rule in settings.budgets
    }
    for line in lines:
        yield f"{line}: matches none of the tests" + (
            f"; {mistake}" if (mistake := mistakes[line]) else ""
        )


def _is_covered(pattern: Pattern, roots: Collection[str]) -> bool:
    """Whether all tests that a pattern could match were selected."""
    if "" in roots:
        return True
    if pattern.text.startswith(("mark:", "model:")):
        return False
    literal = pattern.text.removeprefix("sum(").partition("*")[0].partition("?")[0]
    return any(literal.startswith(root) for root in roots)
