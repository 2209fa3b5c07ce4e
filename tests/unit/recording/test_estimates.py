from __future__ import annotations

import pytest
from reports import measured

from pytest_scer.core.budget import Budget
from pytest_scer.core.hosted import HostedUse, Range
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.judgement import Limit, Verdict
from pytest_scer.recording.estimates import judged_with_estimates

USE = HostedUse("openai", "gpt", 1, 10, Range(4.0, 6.0), Range(2e-3, 4e-3), "EcoLogits 1")


def _judged(budget: str, *uses: HostedUse, g_per_kwh: float = 360.0) -> tuple[Verdict, object]:
    judged = judged_with_estimates(
        Limit(Budget.parse(budget), "a test"),
        measured(10.0),
        {"token": 10.0},
        Conversion(g_per_kwh, 1.0),
        uses,
    )
    return judged.verdict, None if judged.actual is None else pytest.approx(judged.actual)


@pytest.mark.parametrize(
    ("budget", "verdict", "actual"),
    [
        ("17 J", Verdict.OK, 15.0),
        ("13 J", Verdict.EXCEEDED, 15.0),
        ("15.5 J", Verdict.INCONCLUSIVE, 15.0),
        ("2 J per token", Verdict.OK, 1.5),
        ("5.1 mg", Verdict.OK, 4e-3),  # 10 J are 1 mg; of the estimate the provider's own grams
    ],
)
def test_the_middle_is_added_and_half_the_range_is_uncertain(
    budget: str, verdict: Verdict, actual: float
) -> None:
    assert _judged(budget, USE) == (verdict, actual)


@pytest.mark.parametrize("budget", ["100 W", "1 kJ"])
def test_without_a_figure_of_all_there_is_no_verdict(budget: str) -> None:
    missing = HostedUse("openai", "gpt", 1, 10, reason="unknown model")
    uses = [USE] if budget.endswith("W") else [USE, missing]
    assert _judged(budget, *uses) == (Verdict.UNMEASURED, None)


def test_grams_need_a_grid_that_has_some() -> None:
    assert _judged("1 g", USE, g_per_kwh=0.0) == (Verdict.UNMEASURED, None)
    assert _judged("1 kJ", USE, g_per_kwh=0.0) == (Verdict.OK, 15.0)
