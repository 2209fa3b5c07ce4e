from __future__ import annotations

from dataclasses import replace

from model_calls import calling, generation
from reports import measured, report

from pytest_scer.core.model_calls import ModelCall, ModelFacts
from pytest_scer.formats.markdown_report import dump_report
from pytest_scer.formats.model_calls import calls_of, figures, problems, runs
from pytest_scer.report.model import Report


def shown(*calls: ModelCall) -> dict[str, list[str]]:
    return {each.header: list(each.cells) for each in figures(calls, digits=2)}


def test_the_columns_have_what_is_known() -> None:
    cells = shown(generation(40.0, 60.0, batch=4, tokens=100.0, prompt_tokens=50.0))
    assert cells == {
        "per token": ["1.0 J"],
        "per request": ["25.0 J"],
        "prompt token": ["800 mJ"],
        "tokens/s": ["10.0"],
        "to first": ["2.0 s"],
        "batch": ["4"],
        "context": ["150"],
        "memory": ["3 GiB"],
        "dtype": ["float32"],
        "device": ["cpu"],
        "attention": ["sdpa"],
        "strategy": ["greedy_search"],
        "parameters": ["7,000,000,000"],
    }


def test_a_call_of_which_less_is_known() -> None:
    embedding = ModelCall("embedding", measured(4.0), {"text": 2.0, "flop": 4e9}, ModelFacts())
    cells = shown(replace(embedding, first_call=measured(5.0)), generation())
    assert cells["per token"][0] == "-"
    assert cells["per request"][0] == "2 J"
    assert cells["first call"] == ["5.0 J", "-"]
    assert cells["per GFLOP"][0] == "1.0 J"
    assert cells["memory"][0] == "-"


def test_the_most_expensive_comes_first_in_markdown_too() -> None:
    made: Report = report(
        calling(generation(), name="test_a"), calling(generation(50.0, 90.0), name="test_b")
    )
    assert [nodeid for nodeid, _ in calls_of(made)] == ["t.py::test_b", "t.py::test_a"]
    text = "".join(dump_report(made))
    assert "| calls of models | per token | per request |" in text
    assert text.index("`test_b` | 1.4") < text.index("`test_a` | 1.0")


def test_a_figure_that_is_missing_is_no_zero() -> None:
    fault = replace(measured(5.0), cpu_j=float("nan"))
    call = replace(generation(), measurement=fault, first_call=fault)
    cells = shown(call, replace(generation(), first_call=measured(5.0)))
    assert (cells["per token"][0], cells["per request"][0], cells["first call"][0]) == ("-",) * 3


def test_a_call_of_which_nothing_is_known_has_a_row_and_a_reason() -> None:
    problem = "nothing was counted: odd | <b>"
    call = ModelCall("generation", measured(4.0), {}, problem=problem, runs=3)
    assert shown(call) == {"per token": ["-"]}
    assert problems([call, generation(), call]) == [problem]
    assert (runs(call), runs(generation())) == (" (3 runs)", "")
    text = "".join(dump_report(report(calling(call))))
    assert "| `test_it` (3 runs) | - |" in text
    assert "* nothing was counted: odd \\| &lt;b&gt;" in text


def test_a_gpus_memory_is_that_of_the_gpus() -> None:
    call = generation()
    facts = replace(call.facts, peak_memory={"cpu": 2**33, "cuda:0": 2**20, "cuda:1": 2**20})
    assert shown(replace(call, facts=facts))["memory"] == ["2 MiB"]
