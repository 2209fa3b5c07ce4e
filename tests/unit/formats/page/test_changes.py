"""The changes of a page: before, now, and what follows from them."""

from __future__ import annotations

import pytest
import reported_suite

from pytest_scer.formats.page import changes


def test_a_change_follows_from_what_is_shown_before_and_now() -> None:
    row = changes.row("t", "t", reported_suite.compared("regression", 2.0, 0.5))
    assert row.before.value == 2.0
    assert row.now.value == pytest.approx(3.0)  # corrected for machine speed
    assert row.change.value == 0.5
