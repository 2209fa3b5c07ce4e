from __future__ import annotations

from dataclasses import replace

import pytest
from model_calls import generation
from reports import measured

from pytest_scer.core.model_calls import joined, median_call, total_of


def test_figures_per_unit() -> None:
    call = generation(40.0, 60.0, batch=2, tokens=100.0, prompt_tokens=50.0)
    assert call.time_to_first_token_s == 2
    assert call.tokens_per_s == 10
    assert call.j_per_prompt_token == pytest.approx(0.8)
    assert call.j_per_token == pytest.approx(1.0)
    assert call.decode_j_per_token == pytest.approx(0.6)
    assert call.j_per_request == pytest.approx(50)
    assert call.j_per_flop is None
    assert replace(call, units={"flop": 4e12}).j_per_flop == pytest.approx(25e-12)


def test_what_is_missing_is_none() -> None:
    call = replace(generation(), units={}, prefill=None, decode=None)
    figures = (call.time_to_first_token_s, call.tokens_per_s, call.j_per_prompt_token)
    assert figures == (None, None, None)
    assert (call.j_per_token, call.decode_j_per_token, call.j_per_request) == (None, None, None)
    fault = replace(generation(), measurement=replace(measured(1.0), cpu_j=float("nan")))
    assert fault.j_per_token is None


def test_the_median_run() -> None:
    runs = [generation(10.0, decode_j) for decode_j in (50.0, 10.0, 30.0)]
    assert median_call(runs).decode == runs[2].decode
    assert median_call(runs).runs == 3
    assert median_call(runs[:2]).decode == runs[1].decode


def test_a_run_without_a_figure_is_not_the_median() -> None:
    fault = replace(generation(), measurement=replace(measured(1.0), cpu_j=float("nan")))
    run = generation(10.0, 20.0)
    assert median_call([fault, fault, run]).measurement == run.measurement
    assert median_call([fault, fault, run]).runs == 3
    assert not median_call([fault]).measurement.complete


def test_batches_of_one_call() -> None:
    whole = joined([generation(batch=4, padding_tokens=3), generation(batch=2, surplus_tokens=5)])
    assert whole.units == {"token": 200, "request": 6, "prompt_token": 100}
    assert whole.measurement.total_j == pytest.approx(200)
    assert whole.prefill is not None
    assert whole.prefill.total_j == pytest.approx(80)
    assert (whole.batches, whole.facts.batch) == (2, 4)
    assert (whole.padding_tokens, whole.surplus_tokens) == (3, 5)
    assert whole.time_to_first_token_s == 2


def test_a_total() -> None:
    assert total_of([]) is None
    total = total_of([measured(1.0), measured(2.0)])
    assert total is not None
    assert total.total_j == pytest.approx(3)
