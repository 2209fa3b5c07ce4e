"""What a session says of measuring tests again, before it does."""

from __future__ import annotations

from pytest_scer.config.settings import Settings


def about_repeats(settings: Settings, workers: int = 1) -> str | None:
    """How often and how long tests may be measured again; None where they are not.

    Args:
        settings: What the user asked for.
        workers: The number of processes that run tests: each has this time.
    """
    if settings.confirm == 0:
        return None
    each = f" in each of {workers} workers" if workers > 1 else " in all"
    return (
        "pytest-scer: suspected regressions and undecided budgets are measured again, each up to "
        f"{settings.confirm} times, for at most {settings.confirm_time:g} s{each} "
        "(--scer-confirm, --scer-confirm-time)"
    )
