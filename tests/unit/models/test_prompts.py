"""Prompts in each form in which users have them."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from models.small_models import TOKENIZER, chat_tokenizer, gpt2, t5  # noqa: E402

from pytest_scer.models.prompts import (  # noqa: E402
    all_of,
    can_generate,
    continues_prompt,
    encode,
)


def ids(text: str) -> list[int]:
    """By hand: bytes, moved by the three special tokens, and the end token."""
    return [*(byte + 3 for byte in text.encode()), 1]


def test_a_text_and_several() -> None:
    assert encode(gpt2(), TOKENIZER, "ab").unpadded == [ids("ab")]
    prompts = encode(gpt2(), TOKENIZER, ("a", "bcd"))
    assert prompts.unpadded == [ids("a"), ids("bcd")]
    assert prompts.rows == [[0, 0, *ids("a")], ids("bcd")]  # on the left: GPT continues them
    assert (prompts.requests, prompts.tokens, prompts.padding, prompts.length) == (2, 6, 2, 4)
    assert prompts.tokenized


def test_a_model_that_reads_all_of_a_text_has_padding_on_the_right() -> None:
    assert encode(t5(), TOKENIZER, ["a", "bcd"]).rows == [[*ids("a"), 0, 0], ids("bcd")]
    assert (continues_prompt(gpt2()), continues_prompt(t5())) == (True, False)
    assert can_generate(t5())
    assert not can_generate(object())


@pytest.mark.parametrize(
    "texts", [iter(["a", "bcd"]), {"a": 1, "bcd": 2}.keys(), ("a", "bcd")], ids=type
)
def test_whatever_yields_texts_can_be_read_again(texts: Any) -> None:
    kept = all_of(texts)
    for _ in range(2):
        assert encode(gpt2(), TOKENIZER, kept).tokens == 6


def test_columns_and_arrays_of_texts() -> None:
    np = pytest.importorskip("numpy")
    column = np.array(["a", "bcd"], dtype=object)
    assert encode(gpt2(), TOKENIZER, all_of(column)).unpadded == [ids("a"), ids("bcd")]


def test_what_is_whole_stays_as_it_is() -> None:
    for whole in ("text", {"input_ids": torch.ones(1, 2)}, torch.ones(1, 2), None):
        assert all_of(whole) is whole


def test_a_message_a_conversation_and_several() -> None:
    message = {"role": "user", "content": "hi"}
    single = "u:hi;a:"
    for one in (message, [message]):
        prompts = encode(gpt2(), chat_tokenizer(), one)
        assert (prompts.requests, prompts.tokens) == (1, len(single))
    prompts = encode(gpt2(), chat_tokenizer(), [[message], (message, message)])
    assert (prompts.requests, prompts.tokens) == (2, len(single) + len("u:hi;" + single))


@pytest.mark.parametrize(
    ("prompts", "kind"),
    [([[1, 2]], "list"), (["a", 5], "str"), ([None], "NoneType"), (5, "int"), ([[]], "list")],
)
def test_what_is_no_prompt(prompts: Any, kind: str) -> None:
    message = f"a prompt is {kind!r}: expected texts, conversations (lists of messages with role"
    with pytest.raises(TypeError, match=re.escape(message)):
        encode(gpt2(), TOKENIZER, prompts)


def test_no_prompts() -> None:
    nothing: tuple[Any, ...] = ([], (), iter(()))
    for none in nothing:
        with pytest.raises(ValueError, match="no prompts: expected at least one"):
            encode(gpt2(), TOKENIZER, none)


def test_encoded_prompts_with_and_without_a_mask() -> None:
    padded = torch.tensor([[0, 5, 6], [7, 8, 9]])
    assert encode(gpt2(), None, padded, padding=0).unpadded == [[5, 6], [7, 8, 9]]
    assert encode(gpt2(), None, padded).tokens == 6  # generate() masks none of them
    assert encode(gpt2(), None, torch.tensor([5, 6])).unpadded == [[5, 6]]  # one, not a batch
    mask = torch.tensor([[0, 1, 1], [1, 1, 1]])
    masked = encode(gpt2(), None, {"input_ids": padded, "attention_mask": mask}, padding=None)
    assert (masked.tokens, masked.padding, masked.tokenized) == (5, 1, False)


def test_a_mask_that_covers_a_cache_too() -> None:
    inputs = {"input_ids": torch.tensor([[7, 8]]), "attention_mask": torch.ones(1, 6)}
    prompts = encode(gpt2(), None, inputs)
    assert (prompts.tokens, prompts.unpadded) == (6, [[7, 8]])


def test_prompts_are_where_the_model_is() -> None:
    elsewhere = SimpleNamespace(device=torch.device("meta"))
    for prompts in (["a", "bc"], torch.tensor([[5]])):
        inputs = encode(elsewhere, TOKENIZER, prompts).inputs
        assert {each.device.type for each in inputs.values()} == {"meta"}


def test_prompts_without_tokens() -> None:
    embedded = encode(gpt2(), None, {"inputs_embeds": torch.ones(2, 3, 16)})
    assert (embedded.requests, embedded.rows, embedded.mask) == (2, None, [])
    assert (embedded.tokens, embedded.length, embedded.unpadded) == (0, 0, [])


def test_several_images_of_a_prompt_are_one_request() -> None:
    inputs = {"pixel_values": torch.ones(5, 3), "input_ids": torch.tensor([[7, 8]])}
    assert encode(gpt2(), None, inputs).requests == 1


def test_the_model_gets_no_input_that_it_does_not_take() -> None:
    def tokenizer(**arguments: Any) -> dict[str, Any]:
        given = torch.tensor([[5]])
        return {"input_ids": given, "token_type_ids": given}

    assert "token_type_ids" not in encode(t5(), tokenizer, "a").inputs
    taking = SimpleNamespace(forward=lambda input_ids, token_type_ids: None)
    assert "token_type_ids" in encode(taking, tokenizer, "a").inputs
    assert "token_type_ids" in encode(SimpleNamespace(), tokenizer, "a").inputs  # not known
