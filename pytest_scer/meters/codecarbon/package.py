"""The CodeCarbon package itself: its version, and its logger."""

from __future__ import annotations

import logging
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Final

from pytest_scer.meters.processor import model_name

NAME: Final = f"CodeCarbon {version('codecarbon')}"


def versions() -> dict[str, str]:
    """The version of CodeCarbon that the figures rest on."""
    return {"codecarbon": version("codecarbon")}


@contextmanager
def quiet() -> Iterator[None]:
    """Keep CodeCarbon's logger, which prints while it is imported and constructed, off the screen.

    It is as it was afterwards, for tests that use CodeCarbon themselves.
    """
    logger = logging.getLogger("codecarbon")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def cpu_model() -> str:
    """The brand string of the CPU; empty where the system does not tell.

    On Linux from ``/proc/cpuinfo``: CodeCarbon's library finds it there too, after a second of
    other work.
    """
    found = model_name()
    if found:
        return found
    from codecarbon.core.util import detect_cpu_model

    return detect_cpu_model() or platform.processor()
