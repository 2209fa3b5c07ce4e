from __future__ import annotations

from dataclasses import replace

import pytest
from model_calls import calling, generation
from reports import measured, report

from pytest_scer.findings.generations import alike, calls, joules, name


def test_only_calls_with_a_figure_of_the_last_attempt() -> None:
    fault = replace(generation(), measurement=replace(measured(1.0), cpu_j=float("nan")))
    first, last = calling(fault, generation()), calling(generation())
    assert len(list(calls(report(first)))) == 1
    assert len(list(calls(report(first, replace(last, attempt=2))))) == 1
    assert not list(calls(report(last), "embedding"))


def test_names_and_joules() -> None:
    call, test = generation(), calling()
    assert name(test, call) == "gpt2"
    assert name(replace(test, model=None), call) == "GPT2LMHeadModel"
    assert joules(None) == 0
    assert joules(call.prefill) == pytest.approx(40)
    assert alike(test, call) == alike(test, generation(batch=8))
