"""Register options and keys with pytest, and look up what the user set."""

from __future__ import annotations

import os
from typing import Any

import pytest

from pytest_scer.config.options import OPTIONS, Option


def raw_value(config: pytest.Config, option: Option) -> tuple[Any, str]:
    """Return a setting as the user wrote it, and its source; None if it is not set."""
    if option.cli:
        given = config.getoption(f"scer_{option.name}", default=None)
        if given is not None:
            return given, option.flag
    if option.ini:
        try:
            given = config.getini(option.key)
        except (TypeError, ValueError, pytest.UsageError, Warning) as error:
            raise pytest.UsageError(f"{_in_file(config, option)}: {error}") from None
        if given is not None and given != []:
            source = _in_file(config, option)
            _check_type(option, given, source)
            return _relative_to_ini(config, option, given) if option.file else given, source
    return None, ""


def _in_file(config: pytest.Config, option: Option) -> str:
    """The name of a key, and of the file that it stands in."""
    from pytest_scer.core.text import printable  # not in sessions without any key

    where = "" if config.inipath is None else f" ({printable(config.inipath.name)})"
    return option.key + where


def _check_type(option: Option, given: object, source: str) -> None:
    """Check what pytest does not: TOML tables may hold values of any type.

    Raises:
        pytest.UsageError: It is neither text nor, if the option is repeatable, a list of texts.
    """
    if option.is_flag:
        return
    values = given if option.many and isinstance(given, list) else [given]
    if not all(isinstance(value, str) for value in values):
        expected = "a list of strings" if option.many else "a string"
        raise pytest.UsageError(f"{source}: {given!r} is not {expected}")


def _relative_to_ini(config: pytest.Config, option: Option, given: str) -> str:
    """Resolve a path relative to the configuration file, if it exists there."""
    if config.inipath is None or not given.strip():
        return given
    path = config.inipath.parent / given
    exists = os.path.exists(path) if option.directory else os.path.isfile(path)
    return str(path) if exists else given


def anything_given(config: pytest.Config) -> bool:
    """Whether the user set any option or key."""
    return any(raw_value(config, option)[0] is not None for option in OPTIONS)


def add_options(parser: pytest.Parser) -> None:
    """Register every option and key with pytest."""
    group = parser.getgroup("scer", "energy and CO2e of tests (pytest-scer)")
    for option in OPTIONS:
        text = option.help + (f" (default: {option.default})" if option.default else "")
        if option.cli:
            kind: dict[str, Any] = {"action": "append" if option.many else "store"}
            if option.is_flag:
                kind = {"action": "store_true"}
            else:
                kind["metavar"] = option.metavar
            group.addoption(
                option.flag,
                dest=f"scer_{option.name}",
                default=None,
                help=(text + " (repeatable)" * option.many).replace("%", "%%"),
                **kind,
            )
        if option.ini:
            parser.addini(option.key, help=text, type=option.ini_type, default=None)
