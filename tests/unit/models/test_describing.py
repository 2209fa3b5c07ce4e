"""What is known of a model, whatever stands for one."""

from __future__ import annotations

from dataclasses import asdict
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

from pytest_scer.core.model_calls import ModelFacts
from pytest_scer.models.describing import describe


class Weights:
    def numel(self) -> int:
        return 7


class Config:
    """Like a GenerationConfig."""

    def __init__(self) -> None:
        self.cache_implementation: str | None = None

    def update(self, **settings: Any) -> None:
        vars(self).update(settings)

    def get_generation_mode(self, assistant: object) -> SimpleNamespace:
        return SimpleNamespace(value="assisted_generation" if assistant else "greedy_search")


class Model:
    """Like a PreTrainedModel."""

    dtype = "torch.bfloat16"
    device = "cuda:0"
    config = SimpleNamespace(_attn_implementation="sdpa")

    def __init__(self) -> None:
        self.generation_config = Config()

    def parameters(self) -> list[Weights]:
        return [Weights(), Weights()]


def test_a_model() -> None:
    expected = ModelFacts("Model", 14, "bfloat16", "cuda:0", "sdpa")
    assert describe(Model()) == expected


def test_a_model_on_several_devices() -> None:
    model = Model()
    model.hf_device_map = {"a": 1, "b": 0, "c": "cpu", "d": 1}  # type: ignore[attr-defined]
    assert describe(model).device == "cpu, cuda:0, cuda:1"


def test_how_it_generates() -> None:
    model, arguments = Model(), {"cache_implementation": "static", "assistant_model": Model()}
    facts = describe(model, arguments)
    assert (facts.strategy, facts.cache) == ("assisted_generation", "static")
    assert facts.assistant == "Model"
    assert model.generation_config.cache_implementation is None  # only a copy was changed
    facts = describe(model, {"past_key_values": Weights()})
    assert (facts.strategy, facts.cache) == ("greedy_search", "Weights")


def test_a_compiled_model_is_the_one_that_was_compiled() -> None:
    assert describe(SimpleNamespace(_orig_mod=Model())).architecture == "Model"


def test_what_a_mock_says_is_no_fact() -> None:
    """It has every attribute; a report holds only texts and numbers of it."""
    facts = describe(MagicMock(), {})
    assert facts.architecture == "MagicMock"
    assert facts.attention is None
    for name, value in asdict(facts).items():
        assert value is None or type(value) in (str, int, dict), name


@pytest.mark.parametrize("model", [object(), None, 5])
def test_of_what_is_no_model_only_the_type_is_known(model: object) -> None:
    assert describe(model, {}) == ModelFacts(type(model).__name__)


def test_a_function_has_its_own_name() -> None:
    assert describe(Model.parameters) == ModelFacts("Model.parameters")
