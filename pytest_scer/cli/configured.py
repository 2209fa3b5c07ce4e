"""What pytest's configuration says of the working directory."""

from __future__ import annotations

from pathlib import Path


def history_of(given: Path | None, remedy: str) -> Path:
    """Return the history that was given, or otherwise that of ``scer_history``.

    Args:
        given: The directory on the command line, if any.
        remedy: How to name one there.

    Raises:
        ValueError: There is none.
    """
    if given is not None:
        return given
    configured = _configured_history()
    if configured is None:
        raise ValueError(f"no history: set scer_history in pytest's configuration, or {remedy}")
    return configured


def _configured_history() -> Path | None:
    """Read ``scer_history`` as a session in this directory would, without the user's code."""
    import pytest

    from pytest_scer.config.options import OPTIONS
    from pytest_scer.config.registration import raw_value

    option = next(each for each in OPTIONS if each.name == "history")
    # Without conftest files, options that they add to addopts are unknown.
    config = pytest.Config.fromdictargs({}, ["--capture=no", "--noconftest", "-o", "addopts="])
    given, _ = raw_value(config, option)
    return Path(given) if given else None
