"""Calls of real small models on a simulated meter: what each forward pass costs is known."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

import pytest
from suite import Suite

HAS_MODELS = find_spec("torch") is not None and find_spec("transformers") is not None
if HAS_MODELS:  # pytester forgets what an inner session imports, and torch can't be imported twice
    for module in (
        "torch._dynamo",
        "torch.utils.flop_counter",
        "transformers.generation.candidate_generator",
        "transformers.models.bert.modeling_bert",
        "transformers.pipelines",
        "models.small_models",
    ):
        import_module(module)

# Per forward pass: 10 J where the prompt is read, 1 J for each token after it.
MODELS = """
import sys
import torch
from models.small_models import ENDS, TOKENIZER, gpt2, t5
import models.small_models as small
from simulation import spend, wait

def charged(model):
    "Spends with each forward pass."
    def charge(module, args, kwargs):
        ids = kwargs["input_ids"]
        spend(cpu=10 if ids.shape[1] > 1 else 1)
        wait(1)
    model.register_forward_pre_hook(charge, with_kwargs=True)
    return model

GPT2 = charged(small.gpt2.__wrapped__())
"""


@pytest.fixture
def models(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Suite:
    if not HAS_MODELS:
        pytest.skip("torch or transformers is not installed")
    monkeypatch.syspath_prepend(str(suite.path))
    (suite.path / "own_models.py").write_text(MODELS, encoding="utf-8")
    monkeypatch.delitem(sys.modules, "own_models", raising=False)
    return suite


def test_a_generation_in_a_report(models: Suite) -> None:
    ran = models.measure(
        """
        from own_models import GPT2, TOKENIZER

        EXACT = {"do_sample": False, "max_new_tokens": 5, "min_new_tokens": 5}

        @pytest.mark.scer("3 J per token", phase="inference", model="gpt2")
        def test_once(carbon):
            output = carbon.generate(GPT2, TOKENIZER, ["abc", "abcdefg"], **EXACT)
            assert output.shape == (2, 8 + 5)
            assert carbon.model_calls[-1].j_per_request == 7

        @pytest.mark.scer("20 J")
        def test_repeated(carbon):
            carbon.generate(GPT2, TOKENIZER, "abc", repeats=3, warmup=1, **EXACT)

        def test_in_a_section(carbon):
            with carbon.measure("all") as section:
                carbon.generate(GPT2, TOKENIZER, "abc", complete=lambda text: True, **EXACT)
            assert section.energy.total == 14

        def test_in_a_repeated_function(carbon):
            carbon(lambda: carbon.generate(GPT2, TOKENIZER, "abc", **EXACT))

        def test_not_what_a_model_is(carbon):
            carbon.generate(lambda: None, TOKENIZER, "abc")
        """,
        "--scer-min-time=0",
        "--scer-max-time=1000",
        "--scer-report",
    )
    ran.passed(passed=4, failed=1)
    once = ran.test("test_once")
    counts = {"token": 10, "request": 2, "prompt_token": 4 + 8}
    assert once["units"] == counts
    assert once["measurement"]["energy_j"]["total"] == 14  # the first call is apart
    assert once["stages"]["call"]["energy_j"]["total"] == 15
    assert [budget["actual"] for budget in once["budgets"]] == [1.4]
    sections = {each["name"]: each for each in once["sections"]}
    energy = {name: each["measurement"]["energy_j"]["total"] for name, each in sections.items()}
    assert energy == {"first call": 1, "prefill": 10, "tokenization": 0, "decode": 4}
    assert sections["prefill"]["units"] == sections["decode"]["units"] == counts
    assert sections["tokenization"]["parent"] == "prefill"

    (call,) = once["model_calls"]
    assert call["units"] == counts
    assert call["j_per_prompt_token"] == 10 / 12
    assert (call["j_per_token"], call["decode_j_per_token"], call["j_per_request"]) == (1.4, 0.4, 7)
    assert (call["time_to_first_token_s"], call["tokens_per_s"]) == (1, 2)
    assert (call["batch"], call["prompt_length"], call["context"]) == (2, 8, 13)
    assert (call["dtype"], call["device"], call["strategy"]) == ("float32", "cpu", "greedy_search")
    assert call["first_call"]["energy_j"]["total"] == 1
    assert call["padding_tokens"] == 4
    scores = {each["unit"]: each for each in ran.json["ratings"] if each["model"] == "gpt2"}
    assert scores["gCO2eq per 1000 tokens"]["energy_per_unit_j"] == 1.4

    repeated = ran.test("test_repeated")
    assert repeated["measurement"]["run_count"] == 3
    assert repeated["units"] == {"token": 5, "request": 1, "prompt_token": 4}
    assert repeated["stages"]["call"]["energy_j"]["total"] == 4 * 14
    assert [each["runs"] for each in repeated["model_calls"]] == [3]

    section = ran.test("test_in_a_section")
    assert [
        each["units"].get("token") for each in section["sections"] if each["name"] == "all"
    ] == [5]
    assert section["units"]["token"] == 5
    assert section["model_calls"][0]["surplus_tokens"] == 4
    assert ran.test("test_in_a_repeated_function")["units"]["token"] == 5
    assert "function has no generate()" in ran.text
    assert "calls of models" in ran.text


def test_pipelines_and_texts(models: Suite) -> None:
    ran = models.measure(
        """
        import torch
        from own_models import GPT2, TOKENIZER
        from transformers import (
            BertConfig, BertForSequenceClassification, FeatureExtractionPipeline,
            TextClassificationPipeline, TextGenerationPipeline,
        )

        SIZE = {"vocab_size": 259, "hidden_size": 16, "num_hidden_layers": 1}
        CONFIG = BertConfig(num_attention_heads=2, intermediate_size=32, **SIZE)
        BERT = BertForSequenceClassification(CONFIG).eval()

        def test_generating(carbon):
            pipe = TextGenerationPipeline(model=GPT2, tokenizer=TOKENIZER)
            settings = {"max_new_tokens": 3, "min_new_tokens": 3}
            outputs = carbon.pipeline(pipe, ["abc", "de", "f"], batch_size=2, **settings)
            assert len(outputs) == 3
            assert "generate" not in vars(GPT2)

        def test_classifying(carbon):
            pipe = TextClassificationPipeline(model=BERT, tokenizer=TOKENIZER)
            assert len(carbon.pipeline(pipe, ["good", "bad"])) == 2
            assert carbon.classify(BERT, TOKENIZER, ["good", "bad"]).logits.shape == (2, 2)

        def test_embedding(carbon):
            pipe = FeatureExtractionPipeline(model=BERT.bert, tokenizer=TOKENIZER)
            assert len(carbon.pipeline(pipe, ["abc", "de"])) == 2
            carbon.embed(BERT.bert, TOKENIZER, ["abc", "de"], flops=True, repeats=2)
            carbon.embed(lambda texts: texts, TOKENIZER, ["abc", "de"])

        @pytest.mark.scer("1 J per flop")
        def test_operations(carbon):
            layer = torch.nn.Linear(4, 3)
            assert carbon.flops(layer, torch.ones(2, 4)) == 2 * 2 * 4 * 3

        def test_compiling(carbon):
            compiled = torch.compile(lambda x: x + 1, backend="eager")
            with carbon.measure("forward"):
                compiled(torch.ones(2))
        """,
        "--scer-min-time=0",
    )
    ran.passed(passed=5)
    assert ran.test("test_generating")["units"] == {"token": 9, "request": 3, "prompt_token": 9}
    (call,) = ran.test("test_generating")["model_calls"]
    assert (call["batches"], call["batch"]) == (2, 2)
    assert call["prefill"]["energy_j"]["total"] + call["decode"]["energy_j"]["total"] == 2 * 12
    assert ran.test("test_classifying")["units"] == {"inference": 4, "token": 9}
    embedding = ran.test("test_embedding")
    flops = embedding["model_calls"][1]["units"]["flop"]
    assert embedding["units"] == {"text": 6, "token": 21, "flop": flops}
    assert [each["verdict"] for each in ran.test("test_operations")["budgets"]] == ["ok"]
    compiling = {each["name"]: each for each in ran.test("test_compiling")["sections"]}
    assert compiling["compilation"]["parent"] == "forward"
    if sys.platform == "linux":
        assert compiling["forward"]["peak_memory"]["cpu"] > 2**20


def test_without_the_libraries_a_sentence_says_so(suite: Suite) -> None:
    """A session without torch, as on a machine where it is not installed."""
    ran = suite.measure(
        """
        import sys

        @pytest.fixture(autouse=True)
        def nothing_loaded(monkeypatch):
            for name in ("torch", "transformers"):
                monkeypatch.delitem(sys.modules, name, raising=False)

        def test_generate(carbon):
            carbon.generate(object(), None, "abc")

        def test_pipeline(carbon):
            carbon.pipeline(object(), "abc")

        def test_flops(carbon):
            carbon.flops(len, "abc")

        def test_a_function_needs_neither(carbon):
            assert carbon.embed(lambda texts: [len(text) for text in texts], None, ["abc"]) == [3]
        """
    )
    ran.passed(passed=1, failed=3)
    for name in ("carbon.generate needs transformers", "carbon.pipeline needs transformers"):
        assert f"{name}, which is not loaded: import it in the test" in ran.text
    assert "counting FLOPs needs torch" in ran.text
    assert ran.test("test_a_function_needs_neither")["units"] == {"text": 1}
