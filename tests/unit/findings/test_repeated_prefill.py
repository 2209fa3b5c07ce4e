from __future__ import annotations

import pytest
from model_calls import calling, generation
from reports import report

from pytest_scer.findings.repeated_prefill import find


def test_a_beginning_that_was_read_before() -> None:
    first, second = generation(), generation(prefill_j=40.0, shared_prefix_tokens=40)
    (finding,) = find(report(calling(first, second)))
    assert finding.value == pytest.approx(40 * 40 / 50)
    assert "copy.deepcopy" in (finding.remedy or "")
    assert finding.text.startswith("40 prompt tokens had been read before")


def test_a_short_or_small_part_is_none() -> None:
    for call in (
        generation(shared_prefix_tokens=31),
        generation(prompt_tokens=400.0, shared_prefix_tokens=90),
        generation(prefill_j=0.5, shared_prefix_tokens=50),
    ):
        assert not list(find(report(calling(call))))
