"""The kinds of pictures that ``plot`` and notebooks know."""

from __future__ import annotations

from pytest_scer.charts.kinds import HISTORY, KINDS, OF_REPORT


def test_every_kind_is_known() -> None:
    assert set(KINDS) == {*OF_REPORT, HISTORY}
    assert all(nothing for _, nothing in OF_REPORT.values())
