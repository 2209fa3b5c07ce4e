"""Floating-point operations against a hand count."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.models.flops import flops_of

SIZES = st.integers(1, 9)


def test_without_torch_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(RuntimeError, match=r"counting FLOPs needs torch, which is not loaded: imp"):
        flops_of(lambda: None)


@given(rows=SIZES, inputs=SIZES, outputs=SIZES)
def test_a_multiply_and_an_add_are_two(rows: int, inputs: int, outputs: int) -> None:
    torch = pytest.importorskip("torch")
    layer = torch.nn.Linear(inputs, outputs, bias=False)
    assert flops_of(lambda: layer(torch.ones(rows, inputs))) == 2 * rows * inputs * outputs


def test_random_numbers_are_those_without_it() -> None:
    torch = pytest.importorskip("torch")
    state = torch.random.get_rng_state()
    assert flops_of(lambda: torch.rand(3)) == 0
    assert torch.equal(torch.random.get_rng_state(), state)
