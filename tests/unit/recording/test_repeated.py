"""Calls of models in the runs of a repeated call."""

from __future__ import annotations

from dataclasses import replace

from model_calls import generation
from reports import measured

from pytest_scer.recording.repeated import RepeatedCall


def test_each_call_of_a_model_is_the_median_of_the_runs() -> None:
    call = RepeatedCall()
    first = replace(generation(decode_j=90.0), first_call=measured(7.0))
    call.model_calls = [
        [first, generation(batch=8)],
        [generation(decode_j=20.0), generation(batch=8)],
        [generation(decode_j=30.0)],  # one call less
    ]
    found, batched = call.median_model_calls()
    assert found.measurement.total_j == 40.0 + 30.0
    assert found.runs == 3
    assert found.first_call == measured(7.0)  # of the run that was the first one
    assert (batched.facts.batch, batched.runs) == (8, 2)


def test_without_calls_there_are_none() -> None:
    assert list(RepeatedCall().median_model_calls()) == []
