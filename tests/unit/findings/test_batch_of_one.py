from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from model_calls import calling, generation
from reports import measured, report

from pytest_scer.core.model_calls import ModelCall
from pytest_scer.findings.batch_of_one import find
from pytest_scer.report.comparisons import SWEEP, ComparisonEntry, VariantEntry
from pytest_scer.report.model import Finding


def found(single: ModelCall, batched: ModelCall) -> list[Finding]:
    return list(find(report(calling(single, name="test_one"), calling(batched, name="test_eight"))))


def test_a_batch_was_cheaper_per_token() -> None:
    (finding,) = found(generation(runs=2), generation(batch=8, tokens=800.0))
    assert finding.value == pytest.approx(2 * (100 - 100 * 100 / 800))
    assert "gpt2 worked on one request at a time; at 8 it used 120 mJ per token" in finding.text
    assert finding.nodeids == ["t.py::test_one"]


def test_a_sweep_works_on_one_request_on_purpose() -> None:
    single = calling(generation(), name="test_sweep")
    points = [VariantEntry("batch=1", [1.0]), VariantEntry("batch=8", [4.0])]
    single.comparisons = [ComparisonEntry(SWEEP, points)]
    batched = calling(generation(batch=8, tokens=800.0), name="test_eight")
    assert not list(find(report(single, batched)))


def test_little_is_saved_or_less_than_is_known() -> None:
    assert found(generation(), generation(60.0, 540.0, batch=8, tokens=800.0))
    assert not found(generation(), generation(70.0, 580.0, batch=8, tokens=800.0))
    assert not found(
        replace(generation(), measurement=measured(100.0, uncertainty_j=90.0)),
        generation(batch=8, tokens=800.0),
    )


def test_only_calls_that_are_alike_are_compared() -> None:
    batched = generation(batch=8, tokens=800.0)
    different: dict[str, Any] = {"dtype": "int8", "device": "cuda:0", "parameters": 5}
    for name, value in different.items():
        other = replace(batched, facts=replace(batched.facts, **{name: value}))
        assert not found(generation(), other)
    assert not found(batched, batched)
    longer = replace(batched, facts=replace(batched.facts, prompt_length=76))
    assert not found(generation(), longer)
    assert not found(generation(), generation(batch=8, tokens=8 * 151.0))  # longer answers
    assert found(generation(), generation(batch=8, tokens=8 * 149.0))
    assert not found(generation(), generation())
