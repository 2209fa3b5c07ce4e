"""Embedding and classifying: what is counted, against a hand count."""

from __future__ import annotations

import re
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from models.clock import Clock  # noqa: E402
from models.small_models import TOKENIZER, bert  # noqa: E402

from pytest_scer.core.model_calls import ModelCall  # noqa: E402
from pytest_scer.models.texts import Texts  # noqa: E402

FEW = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)


def measured(model: Any, texts: Any, tokenizer: Any = TOKENIZER, **more: Any) -> ModelCall:
    call = Texts(model, tokenizer, texts, "embedding", "text", more)
    return call.call_of(call.run(Clock().read), None)


def bytes_of(texts: list[str]) -> list[int]:
    return [len(text.encode()) + 1 for text in texts]  # the tokenizer adds an end token


@FEW
@given(texts=st.lists(TEXT, min_size=1, max_size=4))
def test_each_text_and_each_token_that_is_read(texts: list[str]) -> None:
    call, lengths = measured(bert(), texts), bytes_of(texts)
    assert call.units == {"text": len(texts), "token": sum(lengths)}
    assert call.padding_tokens == max(lengths) * len(texts) - sum(lengths)
    facts = call.facts
    assert (facts.batch, facts.prompt_length, facts.context) == (
        len(texts),
        max(lengths),
        max(lengths),
    )
    # Readings: start, encoded, end.
    assert call.measurement.cpu_j == 2
    assert call.tokenization is not None
    assert call.tokenization.cpu_j == 1
    assert call.prefill is None


def test_one_text_an_iterator_and_encoded_texts() -> None:
    assert measured(bert(), "abc").units == {"text": 1, "token": 4}
    assert measured(bert(), iter(["abc", "d"])).units == {"text": 2, "token": 6}
    encoded = TOKENIZER(["abc", "d"], padding=True, return_tensors="pt")
    call = measured(bert(), encoded, None)
    assert (call.units, call.padding_tokens) == ({"text": 2, "token": 6}, 2)
    assert call.tokenization is None


def test_the_output_is_the_models_without_gradients() -> None:
    call = Texts(bert(), TOKENIZER, ["abc"], "embedding", "text", {"output_hidden_states": True})
    output = call.run(Clock().read).output
    assert len(output.hidden_states) == 2
    assert not output.last_hidden_state.requires_grad


def test_a_function_reads_texts_and_its_tokens_are_counted_with_a_tokenizer() -> None:
    assert measured(lambda texts: texts, ["abc", "d"], None).units == {"text": 2}
    call = measured(lambda texts: texts, ["abc", "d"])
    assert call.units == {"text": 2, "token": 6}
    assert (call.facts.batch, call.facts.prompt_length) == (None, 4)
    assert call.tokenization is None


class Sentences:
    """Like a model of sentence-transformers."""

    tokenizer = TOKENIZER
    max_seq_length = 4

    def parameters(self) -> list[Any]:
        return []

    def modules(self) -> list[Any]:
        return []

    def encode(self, texts: list[str], *, size: int = 1) -> list[list[int]]:
        return [[len(text)] * size for text in texts]


def test_what_has_encode_gets_texts_and_cuts_long_ones() -> None:
    call = Texts(Sentences(), None, ["abcdefgh", "a"], "embedding", "text", {"size": 2})
    run = call.run(Clock().read)
    assert run.output == [[8, 8], [1, 1]]
    assert call.call_of(run, None).units == {"text": 2, "token": 4 + 2}


def test_it_is_warmed_up_with_one_text() -> None:
    read: list[list[str]] = []

    class Watched(Sentences):
        def encode(self, texts: list[str], *, size: int = 1) -> list[list[int]]:
            read.append(texts)
            return super().encode(texts, size=size)

    Texts(Watched(), None, ["a", "b"], "embedding", "text", {}).warm_up()
    assert read == [["a"]]


@pytest.mark.parametrize(
    ("model", "tokenizer", "texts", "error", "message"),
    [
        (object(), None, "a", TypeError, "object is no model: it cannot be called"),
        (len, None, [], ValueError, "no texts: expected at least one"),
        ("bert", None, ["a"], TypeError, "BertModel reads tokens: pass its tokenizer"),
        ("bert", TOKENIZER, [5], TypeError, "a prompt is 'int': expected texts"),
    ],
)
def test_what_cannot_be_read(
    model: Any, tokenizer: Any, texts: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=re.escape(message)):
        measured(bert() if model == "bert" else model, texts, tokenizer)
