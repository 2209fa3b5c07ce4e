"""CodeCarbon's logger."""

from __future__ import annotations

import logging

from pytest_scer.meters.codecarbon.package import quiet


def test_codecarbons_logger_is_silent_and_left_as_it_was() -> None:
    logger = logging.getLogger("codecarbon")
    with quiet():
        assert logger.disabled
    assert not logger.disabled
