from __future__ import annotations

import pytest
from model_calls import calling, generation
from reports import report

from pytest_scer.findings.babbling import find


def test_tokens_after_a_complete_answer() -> None:
    (finding,) = find(report(calling(generation(decode_j=60.0, surplus_tokens=50, runs=2))))
    assert finding.value == pytest.approx(2 * 30)  # half of decoding, twice
    assert finding.text.startswith("50% of 100 generated tokens came after the answer was complete")
    assert finding.nodeids == ["t.py::test_it"]


@pytest.mark.parametrize("surplus", [None, 0, 9])
def test_few_of_them_or_nobody_told(surplus: int | None) -> None:
    assert not list(find(report(calling(generation(surplus_tokens=surplus)))))


def test_nothing_was_generated_or_it_cost_nothing() -> None:
    nothing = generation(tokens=0.0, surplus_tokens=5)
    cheap = generation(decode_j=1.0, surplus_tokens=50)
    assert not list(find(report(calling(nothing, cheap))))
