"""Why a test has no figure."""

from __future__ import annotations

from pytest_scer.core.measurement import Measurement


def why_unmeasured(outcome: str, measured: Measurement | None) -> str | None:
    """Return why a test has no figure, in words; None if it has one.

    Args:
        outcome: The outcome of the test.
        measured: What its budgets read; None if it did not run.
    """
    if measured is None:
        return "the test was skipped" if outcome == "skipped" else "the test did not run"
    if measured.total_j is None:
        return "none of the selected components can be measured on this machine"
    if measured.complete:
        return None
    return measured.fault or "the meter failed while the test ran"
