from __future__ import annotations

import pytest
from model_calls import calling, generation
from reports import measured, report

from pytest_scer.findings.slow_tokenizer import find


def test_a_gpu_that_waits_for_the_tokenizer() -> None:
    call = generation(device="cuda:0", tokenization=measured(10.0, 1.0), runs=3)
    (finding,) = find(report(calling(call)))
    assert finding.value == pytest.approx(30)
    assert finding.text == "the GPU waited 3.0 s for the tokenizer: 30 J"


def test_a_cpu_or_a_fast_one_is_none() -> None:
    for call in (
        generation(tokenization=measured(10.0, 1.0)),
        generation(device="cuda:0", tokenization=measured(10.0, 0.9)),
        generation(device="cuda:0", tokenization=measured(0.3, 1.0)),
        generation(device="cuda:0"),
    ):
        assert not list(find(report(calling(call))))
