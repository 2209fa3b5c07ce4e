"""Options and keys in pytest: registering them, and finding what the user wrote."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_scer.config.options import OPTIONS, Option


def raw_value(config: pytest.Config, option: Option) -> tuple[Any, str]:
    """A setting as the user wrote it, and where; None where nobody did."""
    if option.cli:
        given = config.getoption(f"scer_{option.name}", default=None)
        if given is not None:
            return given, option.flag
    if option.ini:
        source = option.key + (f" ({config.inipath.name})" if config.inipath is not None else "")
        try:
            given = config.getini(option.key)
        except (TypeError, ValueError, pytest.UsageError) as error:
            raise pytest.UsageError(f"{source}: {error}") from None
        if given is not None and given != []:
            return _beside_its_file(config, option, given) if option.file else given, source
    return None, ""


def _beside_its_file(config: pytest.Config, option: Option, given: str) -> str:
    """A file that the configuration names, which it means to lie beside itself."""
    if config.inipath is None or not given.strip():
        return given
    path = config.inipath.parent / given
    is_there = path.exists() if option.directory else path.is_file()
    return str(path) if is_there else given


def anything_given(config: pytest.Config) -> bool:
    """Whether the user set anything at all."""
    return any(raw_value(config, option)[0] is not None for option in OPTIONS)


def add_options(parser: pytest.Parser) -> None:
    """Register every option and key with pytest."""
    group = parser.getgroup("scer", "energy and CO2e of tests (pytest-scer)")
    for option in OPTIONS:
        text = option.help + (f" (default: {option.default})" if option.default else "")
        if option.cli:
            kind: dict[str, Any] = {"action": "append" if option.many else "store"}
            if option.parse is None:
                kind = {"action": "store_true"}
            else:
                kind["metavar"] = option.metavar
            group.addoption(
                option.flag,
                dest=f"scer_{option.name}",
                default=None,
                help=text.replace("%", "%%"),
                **kind,
            )
        if option.ini:
            parser.addini(option.key, help=text, type=option.ini_type, default=None)
