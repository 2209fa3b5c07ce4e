from __future__ import annotations

from dataclasses import replace

import pytest
from model_calls import calling, generation
from reports import report

from pytest_scer.findings.padding import find


def test_padding_of_prompts_and_requests_that_had_ended() -> None:
    call = generation(40.0, 60.0, padding_tokens=50, idle_tokens=100, runs=3)
    (finding,) = find(report(calling(call)))
    assert finding.value == pytest.approx(3 * (0.5 * 40 + 0.5 * 60))
    assert finding.text.startswith("50% of the positions that models computed in batches")


def test_of_what_does_not_generate_the_whole_call_counts() -> None:
    call = generation(40.0, 60.0, tokens=100.0, padding_tokens=100)
    embedding = replace(call, task="embedding", prefill=None, decode=None, units={"token": 100.0})
    (finding,) = find(report(calling(embedding)))
    assert finding.value == pytest.approx(50)


def test_a_little_is_none() -> None:
    assert not list(find(report(calling(generation(padding_tokens=10, idle_tokens=40)))))
    assert not list(find(report(calling(generation(0.5, 0.5, idle_tokens=100)))))
    assert not list(find(report(calling(generation()))))
