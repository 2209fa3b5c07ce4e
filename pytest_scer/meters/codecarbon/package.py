"""The CodeCarbon package itself: its version, its logger, and its CPU detection."""

from __future__ import annotations

import logging
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Final

from pytest_scer.meters.processor import model_name

VERSION: Final = version("codecarbon")
NAME: Final = f"CodeCarbon {VERSION}"


def versions() -> dict[str, str]:
    """The version of CodeCarbon that the figures depend on."""
    return {"codecarbon": VERSION}


@contextmanager
def quiet() -> Iterator[None]:
    """Silence CodeCarbon's logger, which prints during imports and construction.

    The logger is restored afterwards, for tests that use CodeCarbon themselves.
    """
    logger = logging.getLogger("codecarbon")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def cpu_model() -> str:
    """The brand string of the CPU; empty if unknown.

    On Linux it is read from ``/proc/cpuinfo`` directly; CodeCarbon's library reads it there too,
    but only after a second of other work.
    """
    found = model_name()
    if found:
        return found
    from codecarbon.core.util import detect_cpu_model

    return detect_cpu_model() or platform.processor()
