"""What a test asks of its training, and where it is resumed."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from pytest_scer.core.training import Lap, Reached
from pytest_scer.models.trainer import Length, Past
from pytest_scer.recording.training_plan import Earlier, Plan, of_trainer

LAPS = (
    Lap(1.0, 1.0, 10.0, 2.0, steps=5.0, warm=False, earlier=True),
    Lap(2.0, 1.0, None, 2.0, steps=5.0, earlier=True),
)
EARLIER = Earlier(LAPS, 10.0, 21.0, 4.5, Reached(1.0, -0.5, None, 2.0))


def saved(**changes: Any) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(json.dumps(EARLIER.state("epoch")))
    return {**state, **changes}


def test_a_state_is_read_as_it_was_written() -> None:
    assert Earlier.read(saved(), "epoch") == EARLIER


def test_an_unknown_energy_stays_unknown() -> None:
    assert math.isnan(Earlier.read(saved(energy_j=None), "epoch").energy_j)


def lap(**changes: Any) -> list[Any]:
    return [{**saved()["laps"][0], **changes}]


@pytest.mark.parametrize(
    "damaged",
    [
        *({}, [], "state", 5, {"version": 1}),
        *(saved(version=2), saved(unit="step"), saved(unit=[])),
        *(saved(laps=None), saved(laps=5), saved(laps=[5]), saved(laps={"done": 1})),
        *(lap(done=-1), lap(size="1"), lap(energy_j=math.nan), lap(duration_s=None)),
        *(lap(steps=True), lap(energy_j=1e300), [{}]),
        *(saved(steps=None), saved(energy_j="5"), saved(energy_j=-5), saved(duration_s=math.inf)),
        *(saved(reached=5), saved(reached={}), saved(reached={**saved()["reached"], "value": ""})),
    ],
)
def test_a_damaged_state_is_refused(damaged: Any) -> None:
    state = saved(laps=damaged) if isinstance(damaged, list) and damaged else damaged
    with pytest.raises(ValueError, match="resume: expected what "):
        Earlier.read(state, "epoch")


PLAN = Plan.checked(1, None, "loss < 1", "5 J", "fail")


def test_the_trainer_knows_its_length() -> None:
    plan, earlier = of_trainer(PLAN, Length(4 / 3, 4), None)
    assert (plan.unit, plan.total, plan.total_steps) == ("epoch", 4 / 3, 4)
    assert (plan.target, plan.stop, plan.fails) == (PLAN.target, PLAN.stop, True)
    assert earlier == Earlier()


def test_where_epochs_have_no_length_the_training_consists_of_steps() -> None:
    plan, earlier = of_trainer(PLAN, Length(None, 40), Past(0.25, 10, None))
    assert (plan.unit, plan.total, plan.total_steps) == ("step", 40, 40)
    assert earlier.laps[0].done == earlier.steps == 10


def test_the_trainer_goes_on_from_the_state_of_its_checkpoint() -> None:
    assert of_trainer(PLAN, Length(4, 20), Past(2.0, 10, saved()))[1] == EARLIER


@pytest.mark.parametrize("state", [None, [], saved(version=2), saved(steps=11.0)])
def test_a_state_that_is_no_use_is_as_none(state: Any) -> None:
    _, earlier = of_trainer(PLAN, Length(4, 20), Past(2.0, 10, state))
    assert (earlier.laps[0].done, earlier.laps[0].energy_j, earlier.steps) == (2, None, 10)
    assert math.isnan(earlier.energy_j)


def test_whole_numbers_of_any_library() -> None:
    assert Plan.checked(np.int64(3), None, None, None, "warn").total == 3
