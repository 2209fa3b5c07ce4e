"""A training with torchrun: each rank measures its part, and the totals add up once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from importlib.util import find_spec
from typing import Any

import pytest
from suite import Suite

SOURCE = """
import os
import torch
import torch.distributed as dist

@pytest.fixture(scope="session", autouse=True)
def group():
    dist.init_process_group("gloo")
    yield
    dist.destroy_process_group()

@pytest.mark.scer(phase="training", model="pair")
def test_it(carbon):
    rank = dist.get_rank()
    with carbon.training(epochs=4, stop_after="120 J", metric="loss < 1") as run:
        for epoch in run:
            spend(cpu=10 * (rank + 1))
            wait(rank + 1)
            gradient = torch.ones(1)
            dist.all_reduce(gradient)
            carbon.count(tokens=5)
            run.log(loss=2 - epoch)
            if epoch == 1:
                assert run.state_dict()["energy_j"] is None  # the other's part is unknown
                state = run.state_dict(together=True)
    assert gradient == 2
    assert (run.reached.done, run.reached.energy_j) == (3, 90)
    assert [each.energy.value for each in run.predictions] == [120, 120, 120, 120]
    assert run.record.done == 4

    return_to(state, carbon)

def return_to(state, carbon):
    assert (state["energy_j"], [lap["energy_j"] for lap in state["laps"]]) == (60, [30, 30])
    with carbon.training(epochs=2, resume=state) as run:
        assert [*run] == []
    assert run.record.total_j == 60

def test_ranks_agree(carbon, monkeypatch):
    "Each reading costs something, so that a later one would differ."
    rank, read = dist.get_rank(), meter.read
    monkeypatch.setattr(meter, "read", lambda **given: (spend(cpu=rank / 8), read(**given))[1])
    with carbon.training(epochs=9, stop_after="50 J") as run:
        for _ in run:
            spend(cpu=10)
    agreed = [None, None]
    dist.all_gather_object(agreed, (run.record.done, run.stopped.actual, run.record.total_j))
    assert agreed[0] == agreed[1]

def test_stop(carbon):
    rank = dist.get_rank()
    with carbon.training(epochs=4, stop_after="50 J") as run:
        for epoch in run:
            for batch in run.batches([[1, 2]]):
                spend(cpu=10 * (rank + 1))
                dist.all_reduce(torch.ones(1))
    assert run.record.done == 2
    assert run.stopped.actual == 60
"""


def test_each_rank_measures_its_part_and_the_totals_add_up_once(suite: Suite) -> None:
    if find_spec("torch") is None:  # not imported here: other tests replace parts of it
        pytest.skip("torch is not installed")
    suite.write(SOURCE)
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"),
            *("-m", "pytest", "-p", "no:cacheprovider", "--scer-output=report.json"),
        ],
        cwd=suite.path,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    reports = [suite.path / name for name in ("report.json", "report.rank1.json")]
    (first, *_), (second, *_) = (_read(path)["tests"] for path in reports)
    assert [first["worker"], second["worker"]] == ["master", "rank1"]
    assert [_total(each["measurement"]) for each in (first, second)] == [40, 80]
    for rank, test in enumerate((first, second)):
        training, _ = test["trainings"]
        assert (training["ranks"], training["rank"]) == (2, rank)
        assert training["energy_j"] == 40 * (rank + 1)
        assert training["total"]["energy_j"] == 120
        assert [lap["energy_j"] for lap in training["laps"]] == [30] * 4
        assert [lap["duration_s"] for lap in training["laps"]] == [2] * 4
        assert [lap["units"]["token"] for lap in training["laps"]] == [10] * 4
    subprocess.run(
        [sys.executable, "-m", "pytest_scer.cli", "merge", *map(str, reports), "-o", "all.json"],
        cwd=suite.path,
        check=True,
    )
    merged = _read(suite.path / "all.json")
    totals = merged["totals"]
    assert totals["tests_energy_j"] == pytest.approx(totals["energy_j"]["total"], abs=2)  # readings
    joules: dict[str, float] = defaultdict(float)
    for test in merged["tests"]:
        joules[test["nodeid"].rpartition("::")[2]] += _total(test["measurement"])
    assert (joules["test_it"], joules["test_stop"]) == (120, 60)
    per = {each["unit"]: each["energy_per_unit_j"] for each in merged["ratings"][:2]}
    assert per == {"gCO2eq per 1000 tokens": 3, "gCO2eq per epoch": 30}


def _read(path: Any) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return report


def _total(measurement: dict[str, Any]) -> float:
    return float(measurement["energy_j"]["total"])
