"""Pipelines of transformers: what is counted, against a hand count."""

from __future__ import annotations

import re
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from hypothesis import HealthCheck, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from models.clock import Clock  # noqa: E402
from models.small_models import ENDS, bert, chat_tokenizer, classifier, gpt2  # noqa: E402
from transformers import (  # noqa: E402
    FeatureExtractionPipeline,
    TextClassificationPipeline,
    TextGenerationPipeline,
)

from pytest_scer.core.model_calls import ModelCall  # noqa: E402
from pytest_scer.models.counting import Prefixes  # noqa: E402
from pytest_scer.models.pipelines import PipelineCall  # noqa: E402

TOKENIZER = chat_tokenizer()  # of its own, because pipelines change where it pads
FEW = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
TEXTS = st.lists(st.text("abc ü", min_size=1, max_size=9), min_size=1, max_size=4)


def measured(pipe: Any, inputs: Any, **arguments: Any) -> tuple[ModelCall, Any]:
    call = PipelineCall(pipe, inputs, arguments)
    run = call.run(Clock().read)
    return call.call_of(run, Prefixes()), run.output


def generating() -> Any:
    return TextGenerationPipeline(model=gpt2(), tokenizer=TOKENIZER)


@FEW
@given(texts=TEXTS, batch=st.integers(1, 3))
def test_tokens_of_each_batch(texts: list[str], batch: int) -> None:
    settings = {"max_new_tokens": 7, "do_sample": False, "eos_token_id": ENDS}
    call, output = measured(generating(), texts, batch_size=batch, return_tensors=True, **settings)
    lengths = [len(text.encode()) + 1 for text in texts]  # the tokenizer adds an end token
    assert call.units["request"] == len(texts)
    assert call.units["prompt_token"] == sum(lengths)
    generated = 0
    for number, row in enumerate(output):
        first = number // batch * batch
        width = max(lengths[first : first + batch])
        for token in row[0]["generated_token_ids"][width:]:
            generated += 1
            if token in ENDS:
                break
    assert call.units["token"] == generated
    assert call.batches == -(-len(texts) // batch)
    assert call.facts.batch == min(batch, len(texts))
    assert "generate" not in vars(gpt2())


def test_prefill_and_decode_are_those_of_its_batches() -> None:
    settings = {"max_new_tokens": 3, "min_new_tokens": 3, "do_sample": False}
    call, _ = measured(generating(), ["ab", "c"], batch_size=1, **settings)
    assert call.task == "generation"
    assert call.prefill is not None
    assert call.decode is not None
    # Readings: start, then start, first token and end of each batch, then end.
    assert (call.measurement.cpu_j, call.prefill.cpu_j, call.decode.cpu_j) == (7, 2, 2)
    assert call.time_to_first_token_s == 1


def test_the_models_own_generate_comes_back() -> None:
    model = gpt2.__wrapped__()
    own = model.generate = lambda *args, **kwargs: type(model).generate(model, *args, **kwargs)
    pipe = TextGenerationPipeline(model=model, tokenizer=TOKENIZER)
    measured(pipe, "ab", max_new_tokens=2)
    assert vars(model)["generate"] is own


def test_a_conversation_is_one_request() -> None:
    pipe = TextGenerationPipeline(model=gpt2(), tokenizer=chat_tokenizer())
    call, _ = measured(pipe, [{"role": "user", "content": "hi"}], max_new_tokens=2)
    assert (call.units["request"], call.units["prompt_token"]) == (1, len("u:hi;a:"))


def test_answers_that_were_complete() -> None:
    settings = {"max_new_tokens": 5, "min_new_tokens": 5}
    call = PipelineCall(generating(), "ab", settings, complete=lambda _: True)
    assert call.call_of(call.run(Clock().read), None).surplus_tokens == 4


@FEW
@given(texts=TEXTS, batch=st.integers(1, 3))
def test_embedding_and_classifying(texts: list[str], batch: int) -> None:
    pipe = FeatureExtractionPipeline(model=bert(), tokenizer=TOKENIZER)
    call, output = measured(pipe, texts, batch_size=batch)
    lengths = [len(text.encode()) + 1 for text in texts]
    assert (call.task, call.units) == ("embedding", {"text": len(texts), "token": sum(lengths)})
    padded = sum(
        max(part) * len(part) - sum(part)
        for part in (lengths[n : n + batch] for n in range(0, len(lengths), batch))
    )
    assert call.padding_tokens == padded
    assert len(output) == len(texts)
    pipe = TextClassificationPipeline(model=classifier(), tokenizer=TOKENIZER)
    call, _ = measured(pipe, texts, batch_size=batch)
    assert (call.task, call.units) == ("classification", {"inference": len(texts)})
    assert not classifier()._forward_pre_hooks


def test_one_text_and_an_iterator() -> None:
    pipe = TextClassificationPipeline(model=classifier(), tokenizer=TOKENIZER)
    assert measured(pipe, "ab")[0].units == {"inference": 1}
    call = PipelineCall(pipe, iter(["ab", "c"]), {})
    call.keep_inputs()
    for _ in range(2):
        made = call.run(Clock().read)
        assert len(made.output) == 2
        assert call.call_of(made, None).units == {"inference": 2}


def test_it_is_warmed_up_with_one_token_and_counts_operations() -> None:
    call = PipelineCall(generating(), "ab", {"max_new_tokens": 2})
    call.warm_up()
    call.count_flops()
    made = call.run(Clock().read)
    assert call.call_of(made, None).units["flop"] > 0


@pytest.mark.parametrize("pipe", [object(), len, "text"])
def test_what_is_no_pipeline(pipe: Any) -> None:
    message = f"{type(pipe).__name__} is not a pipeline of transformers"
    with pytest.raises(TypeError, match=re.escape(message)):
        PipelineCall(pipe, "a", {})
