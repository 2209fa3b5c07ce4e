from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_scer.core.serving import Pool, Work


class Day:
    """A pool, and a clock that passes while the server works."""

    def __init__(self, price_j: float = 4.0) -> None:
        self.pool = Pool(clock_s=100.0)
        self.price_j = price_j
        self.now_s = 0.0
        self.begun: dict[str, list[float]] = {}

    def work(self, cpu_s: float, gpu_j: float = 0.0) -> None:
        self.now_s += cpu_s
        self.pool.advance(self.pool.clock_s + cpu_s, self.price_j)
        self.pool.add_gpu(gpu_j)

    def begin(self, name: str) -> None:
        self.begun.setdefault(name, []).append(self.now_s)
        self.pool.begin(name, self.now_s)

    def end(self, name: str, tokens: float = 0.0, requests: float = 1.0) -> None:
        work = Work(tokens, requests, 0.0 if tokens else requests)
        self.pool.end(name, self.begun[name].pop(), self.now_s, work)

    def billed(self, name: str) -> float:
        self.pool.settle(name, self.now_s)
        return self.pool.accounts[name].billed.cpu_s


def test_a_single_caller_pays_for_what_was_used_during_its_call() -> None:
    day = Day()
    day.work(5.0)
    day.begin("a")
    day.work(2.0)
    day.end("a", tokens=10)
    day.work(7.0)
    assert day.billed("a") == pytest.approx(2.0)
    assert day.pool.accounts["a"].billed.cpu_j == pytest.approx(8.0)
    assert day.pool.accounts["a"].shared_s == 0


@pytest.mark.parametrize(
    ("tokens", "share"),
    [((30, 10), 0.75), ((0, 0), 0.5), ((0, 10), 0.5)],
    ids=["by tokens", "by requests", "by requests if one counted no tokens"],
)
def test_calls_at_the_same_time_are_divided_once_all_have_ended(
    tokens: tuple[float, float], share: float
) -> None:
    day = Day()
    day.begin("a")
    day.work(1.0)
    day.begin("b")
    day.work(3.0)
    day.end("a", tokens[0])
    day.work(4.0)
    day.end("b", tokens[1])
    assert day.billed("a") == pytest.approx(8.0 * share)
    assert day.billed("b") == pytest.approx(8.0 * (1 - share))
    assert day.pool.accounts["a"].shared_s == pytest.approx(3.0)


def test_what_callers_were_charged_of_gpus_is_divided_as_the_rest() -> None:
    day = Day()
    day.begin("a")
    day.begin("b")
    day.work(4.0, gpu_j=100.0)  # half of it from each
    day.end("a", 30)
    day.end("b", 10)
    day.billed("a")
    day.billed("b")
    assert day.pool.accounts["a"].billed.gpu_j == pytest.approx(75.0)
    assert day.pool.accounts["b"].billed.gpu_j == pytest.approx(25.0)


def test_a_gpu_that_works_while_the_server_uses_no_cpu_is_billed() -> None:
    day = Day()
    day.begin("a")
    day.work(0.0, gpu_j=7.0)
    day.end("a", 1)
    day.billed("a")
    assert day.pool.accounts["a"].billed.gpu_j == pytest.approx(7.0)


def test_a_serial_server_bills_tokens_and_not_the_time_in_its_queue() -> None:
    """Two calls of the same size, of which one waits for the other."""
    day = Day()
    day.begin("first")
    day.begin("waits")
    day.work(1.0)
    day.end("first", 10)
    day.work(1.0)
    day.end("waits", 10)
    assert day.billed("first") == pytest.approx(1.0)
    assert day.billed("waits") == pytest.approx(1.0)


def test_who_needs_a_figure_early_pays_the_average_price_and_the_other_the_rest() -> None:
    day = Day()
    for _ in range(50):
        day.begin("a")
        day.work(1.0)
        day.end("a", 10)
    assert day.billed("a") == pytest.approx(50.0)
    day.begin("b")
    day.begin("a")
    day.work(1.0)
    day.end("a", 10)
    early = day.billed("a") - 50.0
    day.work(2.0)
    day.end("b", 20)
    assert early == pytest.approx(1.0, rel=0.05)
    assert early + day.billed("b") == pytest.approx(3.0)


def test_a_call_in_flight_pays_in_advance_and_not_twice() -> None:
    day = Day()
    day.begin("a")
    day.begin("b")
    day.work(2.0)
    assert day.billed("a") == pytest.approx(1.0)
    assert day.billed("a") == pytest.approx(1.0)
    day.work(2.0)
    day.end("a", 30)
    day.end("b", 10)
    assert day.billed("a") == pytest.approx(3.0)
    assert day.billed("b") == pytest.approx(1.0)


def test_nobody_pays_while_nobody_calls() -> None:
    day = Day()
    day.begin("a")
    day.end("a", 1)
    day.work(9.0)
    assert day.billed("a") == 0
    assert day.pool.used_s == 0


def test_a_failed_call_pays_for_its_time_and_counts_for_nothing() -> None:
    day = Day()
    day.begin("a")
    day.work(2.0)
    day.end("a", requests=0)
    assert day.billed("a") == pytest.approx(2.0)
    assert not day.pool.knows_price


def test_what_a_process_that_died_owes_is_left_to_the_others() -> None:
    day = Day()
    day.begin("dead")
    day.begin("a")
    day.work(2.0)
    day.end("a", 5)
    day.pool.abandon("dead")
    assert day.billed("a") == pytest.approx(2.0)


_EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "end", "bill", "work"]),
        st.sampled_from("abc"),
        st.integers(0, 20),
        st.floats(0, 10),
    ),
    max_size=60,
)


def _happens(day: Day, kind: str, name: str, tokens: int, cpu_s: float) -> None:
    if kind == "begin":
        day.begin(name)
    elif kind == "end" and day.begun.get(name):
        day.end(name, tokens)
    elif kind == "work":
        # Only callers give what they were charged of GPUs.
        day.work(cpu_s, gpu_j=2.0 * cpu_s if any(day.begun.values()) else 0.0)


@given(_EVENTS)
def test_every_second_is_billed_once_whatever_the_order(
    events: list[tuple[str, str, int, float]],
) -> None:
    day = Day(price_j=3.0)
    billed: dict[str, float] = {}

    def bill(name: str) -> None:
        if name in day.pool.accounts:
            now = day.billed(name)
            assert now >= billed.get(name, 0.0)  # readings are cumulative
            billed[name] = now

    for kind, name, tokens, cpu_s in events:
        if kind == "bill":
            bill(name)
        else:
            _happens(day, kind, name, tokens, cpu_s)
        assert math.fsum(billed.values()) <= day.pool.used_s + 1e-6
    for name, begun in day.begun.items():
        while begun:
            day.end(name, 1)
    for name in "abc":
        bill(name)
    assert math.fsum(billed.values()) == pytest.approx(day.pool.used_s, abs=1e-6)
    joules = math.fsum(account.billed.cpu_j for account in day.pool.accounts.values())
    assert joules == pytest.approx(3.0 * day.pool.used_s, abs=1e-6)
    gpu_j = math.fsum(account.billed.gpu_j for account in day.pool.accounts.values())
    assert gpu_j == pytest.approx(2.0 * day.pool.used_s, abs=1e-6)


def test_as_json_it_is_the_same() -> None:
    day = Day()
    day.begin("a")
    day.begin("b")
    day.work(2.0)
    day.end("a", 5)
    data: Any = json.loads(json.dumps(day.pool.dump()))
    assert Pool.load(data) == day.pool
