"""``carbon.compare`` and ``carbon.sweep`` in a session, with a simulated meter."""

from __future__ import annotations

import math

import pytest
from suite import MODELLED, Suite

from pytest_scer.sources.noise import PROCESS

# Each variant waits a second; noise of the same kind as in real runs is left to unit tests.
SUITE = """
import math, re, sys
import numpy as np

def uses(joules, log=None):
    def run(*inputs):
        if log is not None: log.append((joules, *inputs))
        spend(cpu=joules); wait(1)
        return joules
    return run

@pytest.mark.scer("20 J", "5 J per token", max_time=100)
def test_compare(carbon):
    log = []
    compared = carbon.compare(
        {"fp32": uses(12, log), "int8": uses(6, log), 8: uses(7.5, log)}, "same", "inputs",
        units={"tokens": 3}, quality={"fp32": 0.9, "int8": 0.88, 8: 0.88}, repeats=4,
    )
    ratio = compared["int8", "fp32"]
    assert (ratio.value, ratio.low, ratio.high, ratio.pairs) == pytest.approx((0.5, 0.5, 0.5, 4))
    assert ratio < 0.6 and not ratio < 0.5 and ratio > 0.4 and compared["fp32", "fp32"].value == 1
    assert compared.ratio("int8", "fp32", per="tokens") < 0.6
    assert compared.energy("fp32", per="tokens") == 4
    assert compared.results == {"fp32": 12, "int8": 6, 8: 7.5}
    assert compared.pareto == ["fp32", "int8"] and compared.cheapest == "int8"
    assert {entry[1:] for entry in log} == {("same", "inputs")}
    order = [entry[0] for entry in log]
    assert order[:6] == [12, 6, 7.5] * 2 and order[6:9] == [7.5, 6, 12]  # warm-up, and in turn
    with pytest.raises(KeyError, match="the variants are 'fp32', 'int8', '8'"):
        compared["int4", "fp32"]

@pytest.mark.scer(max_time=100)
def test_sweep(carbon):
    def run(batch):
        spend(cpu=8 + batch); wait(1)
        return batch
    curve = carbon.sweep(run, batch=[1, 2, 4, 8], repeats=3, quality=lambda batch: -batch)
    assert curve.unit == "item"
    assert [point.cost for point in curve.points] == [9, 5, 3, 2]
    assert curve.cheapest["batch"] == 8 and curve.cheapest.ratio.value == 1
    assert curve.knee["batch"] in (2, 4)
    assert curve.points[0].ratio > 4 and curve.points[1].result == 2
    assert [(point["batch"], point.quality) for point in curve.pareto] == [
        (1, -1), (2, -2), (4, -4), (8, -8)]

@pytest.mark.scer(max_time=100)
def test_grid(carbon):
    prepared = []
    def prepare(dtype, threads):
        prepared.append(dtype)
        spend(cpu=1000)  # loading is no run
        return dtype, threads
    def run(model):
        dtype, threads = model
        carbon.count(tokens=2, requests=1)
        spend(cpu={"float32": 10, "int8": 4}[dtype] * threads); wait(1)
    curve = carbon.sweep(run, prepare=prepare, dtype=["float32", "int8"], threads=[1, 2], repeats=3)
    assert len(prepared) == 4 and curve.unit == "token" and curve.knee is None
    assert curve.cheapest.name == "dtype=int8, threads=1" and curve.cheapest.cost == 2

@pytest.mark.scer(max_time=100)
def test_what_is_counted(carbon):
    def tokens(joules):  # what counts costs the variant nothing
        spend(cpu=1000); wait(1)
        return {"tokens": joules - 2}
    compared = carbon.compare(
        {"a": uses(2), "b": uses(4)}, units=tokens, per="token", repeats=3,
        quality=lambda joules: None if joules == 2 else joules,
    )
    assert compared["b", "a"] == 2 and compared.energy("b", per="token") == 2
    assert math.isnan(compared.energy("a", per="token")) and compared.pareto == ["b"]
    assert compared.ratio("b", "a", per="token") > 1  # not decided: there is no figure

@pytest.mark.scer(max_time=100)
def test_values_of_any_kind(carbon):
    class Model: pass
    def run(model, size):
        spend(cpu=int(size)); wait(1)
        if size == 4: raise MemoryError("too large")
    curve = carbon.sweep(run, model=[Model(), len], size=np.array([1, 2]), repeats=1)
    assert [point.name for point in curve.points] == [
        "model=Model 1, size=1", "model=Model 1, size=2", "model=len, size=1", "model=len, size=2"]
    assert curve.points[2]["model"] is len and curve.knee is None
    with pytest.raises(MemoryError) as raised:
        carbon.sweep(run, model=[Model()], size=[1, 4], repeats=1)
    notes = getattr(raised.value, "__notes__", [])
    assert sys.version_info < (3, 11) or notes == ["raised by 'model=Model 1, size=4'"]
    carbon.sweep(lambda size: spend(cpu=size), size=[1, 2], repeats=1)  # goes on as usual

@pytest.mark.scer(repeats=3, warmup=0, max_time=100)
def test_a_model_call_runs_once_in_a_run(carbon):
    batches = []
    def model(texts):
        batches.append(len(texts))
        spend(cpu=8 + len(texts)); wait(1)
    curve = carbon.sweep(lambda batch: carbon.embed(model, None, ["a"] * batch), batch=[1, 4])
    assert sorted(batches) == [1] * 3 + [4] * 3
    assert [point.cost for point in curve.points] == [9, 3] and curve.unit == "text"
    assert [(call.units["text"], call.runs) for call in carbon.model_calls] == [(1, 3), (4, 3)]

@pytest.mark.scer(max_time=100)
def test_no_figure(carbon):
    def failing():
        meter.fail("unplugged"); wait(1)
    compared = carbon.compare({"a": failing, "b": uses(1)}, repeats=3)
    meter.recover()
    assert compared["a", "b"] < 0.1  # never decided by a missing figure

@pytest.mark.scer(max_time=100)
def test_too_few(carbon):
    compared = carbon.compare({"a": uses(1), "b": uses(2)}, repeats=2)
    assert compared["b", "a"] < 1.5

def test_inside_a_repeated_call_and_a_section(carbon):
    def outer():
        with carbon.measure("outer"):
            variants = {"a": uses(1), "b": uses(2)}
            carbon.compare(variants, repeats=3, units=lambda joules: {"tokens": joules})
    carbon(outer)

def test_mistakes(carbon):
    async def coroutine(): pass
    work = uses(1)
    pair = {"a": work, "b": work}
    count = carbon.count
    for error, says, call in [
        (ValueError, "at least two variants, not 1", lambda: carbon.compare({"a": work})),
        (TypeError, "functions by name", lambda: carbon.compare([work, work])),
        (TypeError, "3: expected a function", lambda: carbon.compare({"a": work, "b": 3})),
        (TypeError, "coroutine", lambda: carbon.compare({"a": work, "b": coroutine})),
        (ValueError, "no value for 'b'", lambda: carbon.compare(pair, quality={"a": 1})),
        (TypeError, "quality=0.9: expected", lambda: carbon.compare(pair, quality=0.9)),
        (TypeError, "'a': expected a number, not a list",
         lambda: carbon.compare(pair, quality=lambda _: [1], repeats=1)),
        (TypeError, "units=3: expected", lambda: carbon.compare(pair, units=3)),
        (TypeError, "returned 7; expected", lambda: carbon.compare(pair, units=lambda _: 7)),
        (ValueError, "repeats=0", lambda: carbon.compare(pair, repeats=0)),
        (ValueError, "no run called carbon.count(tokens=...)",
         lambda: carbon.compare(pair, repeats=1, per="token")),
        (ValueError, "'1' is there more", lambda: carbon.compare({1: work, "1": work})),
        (ValueError, "got 1", lambda: carbon.sweep(work)),
        (ValueError, "got 1", lambda: carbon.sweep(work, batch=[1])),
        (ValueError, "got 0", lambda: carbon.sweep(work, batch=[])),
        (TypeError, "mode='eager': expected the values", lambda: carbon.sweep(work, mode="eager")),
        (TypeError, "batch=8: expected the values", lambda: carbon.sweep(work, batch=8)),
        (TypeError, "expected a function", lambda: carbon.sweep(work, prepare=1, batch=[1, 2])),
        (TypeError, "expected a function", lambda: carbon.sweep(work, quality=pair, batch=[1, 2])),
        (ValueError, "'n=1' is there more", lambda: carbon.sweep(lambda n: None, n=[1, 1])),
        (ValueError, "no run called",
         lambda: carbon.sweep(lambda n: None, n=[1, 2], repeats=1, per="token")),
        (ValueError, "choose one, as in per='a'",
         lambda: carbon.sweep(lambda n: count(a=1, b=1), n=[1, 2], repeats=1)),
        (ValueError, "choose one, as in per='a'",
         lambda: carbon.sweep(lambda n: count(**{n: 1}), n=["a", "b"], repeats=1)),
    ]:
        with pytest.raises(error, match=re.escape(says)):
            call()
"""


def test_variants_and_points_in_a_session(suite: Suite) -> None:
    ran = suite.measure(SUITE, "--scer-report", "-v")
    ran.passed(passed=9, failed=1, warnings=3)
    compared, sweep = ran.test("test_compare"), ran.test("test_sweep")

    # A failed budget shows what was read: one run of each variant.
    assert ran.joules("test_compare") == 25.5
    assert [budget["verdict"] for budget in compared["budgets"]] == ["exceeded", "ok"]
    assert compared["units"] == {"token": 9}
    assert [section["name"] for section in compared["sections"]] == ["fp32", "int8", "8"]
    assert compared["sections"][0]["measurement"]["run_count"] == 4
    (entry,) = compared["comparisons"]
    assert entry["cheapest"] == "int8"
    assert [each["dominated_by"] for each in entry["variants"]] == [None, None, "int8"]
    assert entry["variants"][0]["energy_j"] == [12] * 4
    assert entry["ratios"][0] == {
        "over": "int8", "under": "fp32", "value": pytest.approx(0.5),
        "low": pytest.approx(0.5), "high": pytest.approx(0.5), "pairs": 4,
    }  # fmt: skip

    (entry,) = sweep["comparisons"]
    assert (entry["cheapest"], entry["unit"]) == ("batch=8", "item")
    assert [each["settings"] for each in entry["variants"]] == [{"batch": n} for n in (1, 2, 4, 8)]
    (missing,) = ran.test("test_no_figure")["comparisons"]
    assert missing["variants"][0]["energy_j"] == [None] * 3
    assert missing["ratios"][0]["value"] is None
    assert missing["luck"] == 0
    (counted,) = ran.test("test_what_is_counted")["comparisons"]
    assert [each["energy_j"] for each in counted["variants"]] == [[2] * 3, [4] * 3]
    assert [each["cost_j"] for each in counted["variants"]] == [None, 2]
    assert counted["cheapest"] == "b"
    nested = ran.test("test_inside_a_repeated_call_and_a_section")
    assert len(nested["comparisons"]) == 1
    assert {each["name"]: each["units"] for each in nested["sections"]} == {
        "outer": {"token": 3},
        "a": {"token": 1},
        "b": {"token": 2},
    }

    text = "\n".join(ran.scer)
    assert "test_compare: 3 variants in 4 rounds" in text
    assert "test_sweep: 4 points over batch in 3 rounds" in text
    assert "dominated" in text
    assert "Not checked: <a / b: no figure> < 0.1" in ran.text
    assert "at least 3 rounds are needed" in ran.text


def test_doubts_fail_where_the_user_wants_that_also_with_workers(suite: Suite) -> None:
    suite.conftest(MODELLED)
    suite.write(SUITE)
    ran = suite.run_apart(
        "--scer-output=report.json", "--scer-fail-on=inconclusive,unmeasured", "-p", "xdist", "-n2",
        "-k", "too_few or no_figure or test_sweep",
    )  # fmt: skip
    ran.passed(passed=1, failed=2)
    assert "FAILED test_it.py::test_too_few - Inconclusive: <b / a: 2 (no interval" in ran.text
    assert "FAILED test_it.py::test_no_figure - Not checked" in ran.text
    (sweep,) = ran.test("test_sweep")["comparisons"]
    assert sweep["cheapest"] == "batch=8"
    assert sweep["luck"] == pytest.approx(math.sqrt(2) * PROCESS.value)
