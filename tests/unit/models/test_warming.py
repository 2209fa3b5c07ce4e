"""What a model does only once is done with one token, and changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from models.small_models import TOKENIZER, gpt2, t5  # noqa: E402

from pytest_scer.models.prompts import encode  # noqa: E402
from pytest_scer.models.warming import is_compiled, run_on_one_token  # noqa: E402


def shapes_of(model: Any, texts: list[str]) -> list[dict[str, Any]]:
    """What the model reads while it is warmed up."""
    read: list[dict[str, Any]] = []

    def watch(_: Any, __: Any, kwargs: Any) -> None:
        read.append({name: value.tolist() for name, value in kwargs.items()})

    handle = model.register_forward_pre_hook(watch, with_kwargs=True)
    try:
        run_on_one_token(model, encode(model, TOKENIZER, texts))
    finally:
        handle.remove()
    return read


def test_one_token_that_is_no_padding() -> None:
    first = ord("a") + 3
    assert shapes_of(gpt2(), ["a", "bcdef"]) == [{"input_ids": [[first]]}]
    assert shapes_of(t5(), ["a"]) == [{"input_ids": [[first]], "decoder_input_ids": [[first]]}]


def test_random_numbers_are_those_without_it() -> None:
    model = gpt2()
    model.train()  # dropout draws some
    try:
        state = torch.random.get_rng_state()
        run_on_one_token(model, encode(model, TOKENIZER, "abc"))
        assert torch.equal(torch.random.get_rng_state(), state)
    finally:
        model.eval()


def test_no_gradients_are_kept() -> None:
    run_on_one_token(gpt2(), encode(gpt2(), TOKENIZER, "abc"))
    assert all(each.grad is None for each in gpt2().parameters())


def test_what_compiles_at_its_first_call() -> None:
    plain = torch.nn.Linear(2, 2)
    assert not is_compiled(plain)
    assert is_compiled(torch.compile(plain, backend="eager"))
    in_place = torch.nn.Linear(2, 2)
    in_place.compile(backend="eager")
    assert is_compiled(torch.nn.Sequential(in_place))
    of_a_method = torch.nn.Linear(2, 2)
    of_a_method.forward = torch.compile(of_a_method.forward, backend="eager")
    assert is_compiled(of_a_method)
    assert is_compiled(len)  # not known: better no extra call
