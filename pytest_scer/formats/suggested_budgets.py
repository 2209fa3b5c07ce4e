"""Suggested budgets as lines of ``scer_budgets``, in TOML or ini."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from pytest_scer.baseline.suggested_budgets import Request, Suggestion, Suggestions
from pytest_scer.core import units

MOST_NAMED: Final = 20
"""How many tests without a budget are named for each reason."""

_PREFIXES: Final = ("mark:", "model:", "sum(")
"""A pattern that begins with one of these is none of a node ID."""


def _toml(line: str) -> str:
    """Write a line as an item of an array: a basic string, https://toml.io/en/v1.0.0#string."""
    escaped = line.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}",'


_FORMS: Final[dict[str, tuple[str, str, str, Callable[[str], str]]]] = {
    "toml": ("[tool.pytest.ini_options] of pyproject.toml", "scer_budgets = [", "]", _toml),
    "ini": ("[pytest] of pytest.ini or tox.ini", "scer_budgets =", "", str),
}
"""The section of each form, what opens and closes the list, and how an item is written."""
FORMS: Final = tuple(_FORMS)
"""The forms of configuration."""


def lines(suggestions: Suggestions, request: Request, form: str) -> Iterator[str]:
    """Yield the configuration, with comments on where each budget comes from.

    Args:
        suggestions: The budgets.
        request: What was asked for.
        form: One of :data:`FORMS`.
    """
    section, opening, closing, item = _FORMS[form]
    yield f"# for the section {section}"
    per = units.per(request.unit)
    yield (
        f"# upper end of each interval + {100 * request.headroom:.3g}%, from "
        f"{_count(suggestions.sessions, 'session')}"
    )
    if suggestions.machines > 1:
        yield (
            f"# these sessions are from {suggestions.machines} different machines, meters or "
            "numbers of workers"
        )
    if suggestions.budgets:
        yield opening
        for text, each in _by_pattern(suggestions.budgets):
            yield f"    # {_origin(each, per)}"
            yield f"    {item(f'{text} = {each.limit}')}"
        if closing:
            yield closing
    yield from _missing(suggestions.missing.items())


def pattern(suggestion: Suggestion) -> str:
    """The pattern that matches a suggestion's tests.

    Wildcards, and characters that a configuration file cannot hold or would take for a comment,
    become ``?``.
    """
    text = "".join(map(_plain, suggestion.nodeid))
    if text.startswith((*_PREFIXES, " ")):
        text = f"?{text[1:]}"
    if text.endswith(" "):
        text = f"{text[:-1]}?"
    return f"{text}[*]" if suggestion.tests > 1 else text


def _plain(character: str) -> str:
    return character if character.isprintable() and character not in "#;*" else "?"


def _by_pattern(budgets: Iterable[Suggestion]) -> list[tuple[str, Suggestion]]:
    """The patterns in the order in which each test gets its own budget: the last match wins.

    A pattern may match the tests of others only where it has at least as many wildcards. If two
    tests have the same pattern, the more expensive one counts.
    """
    chosen: dict[str, Suggestion] = {}
    for each in budgets:
        text = pattern(each)
        if text not in chosen or chosen[text].upper < each.upper:
            chosen[text] = each
    return sorted(chosen.items(), key=lambda row: (row[1].tests == 1, -row[0].count("?")))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun if number == 1 else units.plural(noun)}"


def _origin(suggestion: Suggestion, per: str) -> str:
    shown = units.uncertain(suggestion.value, suggestion.upper - suggestion.value, "J", suffix=per)
    text = f"{shown}, {_count(suggestion.sessions, 'session')}, {_count(suggestion.runs, 'run')}"
    if suggestion.tests > 1:
        text = f"the most expensive of {suggestion.tests} parameter sets: {text}"
    return f"{text}; its marker takes precedence" if suggestion.is_marked else text


def _missing(missing: Iterable[tuple[str, str]]) -> Iterator[str]:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for nodeid, reason in missing:
        by_reason[reason].append(nodeid)
    for reason, nodeids in by_reason.items():
        yield f"# no budget: {''.join(map(_plain, reason))}"
        for nodeid in nodeids[:MOST_NAMED]:
            yield f"#   {''.join(map(_plain, nodeid))}"
        if len(nodeids) > MOST_NAMED:
            yield f"#   and {len(nodeids) - MOST_NAMED:,} more tests"
