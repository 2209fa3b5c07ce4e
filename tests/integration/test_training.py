"""``carbon.training``: what epochs cost, what the whole will cost, and stopping early."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from suite import MODELLED, Suite


def test_epochs_are_measured_and_the_whole_is_predicted(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.mark.scer("1 kJ per epoch", "1 kJ per sample", phase="training")
        def test_it(carbon):
            amounts = [30, 10, 11, 9, 10]
            with carbon.training(epochs=5, metric="accuracy >= 0.9") as run:
                spend(cpu=1)
                assert run.predicted is None
                for epoch in run:
                    for batch in run.batches([[1, 2], [3]]):
                        wait(0.5)
                        carbon.count(samples=len(batch))
                    spend(cpu=amounts[epoch])
                    with run.evaluation():
                        for _ in run.batches([1, 2]): pass  # no steps of the training
                        wait(1)
                        run.log(accuracy=0.5 + epoch / 5)
                    with run.checkpoint():
                        spend(ram=2)
            assert [each.energy.value for each in run.predictions] == [161, 111, 96, 81, 81]
            assert all(each.energy.low <= 81 <= each.energy.high for each in run.predictions)
            assert run.predicted.energy.low == run.predicted.energy.high == 81
            assert run.predicted.co2e.value == pytest.approx(0.0081)
            assert run.predicted.duration.value == 10
            assert (run.reached.done, run.reached.energy_j, run.reached.duration_s) == (3, 56, 6)
            assert run.stopped is None
        """
    )
    ran.passed(passed=1)
    test = ran.test("test_it")
    assert test["units"] == {"epoch": 5, "step": 10, "sample": 15}
    sections = {each["name"]: each for each in test["sections"]}
    assert {name: each["parent"] for name, each in sections.items()} == {
        "training": None,
        "epoch": "training",
        "evaluation": "epoch",
        "checkpoint": "epoch",
        "data loading": "epoch",
    }
    assert {each["phase"] for each in sections.values()} == {"training"}
    assert sections["training"]["units"] == test["units"]
    assert sections["epoch"]["units"] == {"epoch": 1, "step": 2, "sample": 3}
    assert sections["epoch"]["measurement"]["energy_j"]["total"] == 12
    assert sections["checkpoint"]["measurement"]["energy_j"]["total"] == 2
    assert [budget["actual"] for budget in test["budgets"]] == [81 / 5, 81 / 15]
    (training,) = test["trainings"]
    assert [lap["energy_j"] for lap in training["laps"]] == [32, 12, 13, 11, 12]
    assert training["energy_j"] == 81
    assert training["laps"][0]["metrics"] == {"accuracy": 0.5}
    assert training["reached"]["co2e_g"] == pytest.approx(0.0056)


def test_it_stops_once_the_limit_is_used(suite: Suite) -> None:
    ran = suite.measure(
        """
        def train(carbon, **given):
            done = []
            with carbon.training(epochs=20, **given) as run:
                for epoch in run:
                    spend(cpu=10); wait(1)
                    done.append(epoch)
            return run, done

        def test_joules(carbon):
            stopped = "stopped after 4 of 20 epochs: used 40.0 J, limit 35 J"
            with pytest.warns(UserWarning, match=stopped):
                run, done = train(carbon, stop_after="35 J")
            assert done == [0, 1, 2, 3]
            assert run.stopped.done == 4
            assert "predicted for all 20: 200 J (200 to 200)" in run.stopped.text

        def test_at_the_limit(carbon):
            with pytest.warns(UserWarning, match="stopped after 3 of 20"):
                _, done = train(carbon, stop_after="3 mgCO2e")
            assert done == [0, 1, 2]

        def test_fails(carbon):
            train(carbon, stop_after="35 J", on_exceed="fail")

        def test_in_an_epoch(carbon):
            steps = []
            with carbon.training(epochs=3, stop_after="35 J") as run:
                for epoch in run:
                    for batch in run.batches(range(5)):
                        spend(cpu=4)
                        steps.append(batch)
            assert len(steps) == 9
            assert "in epoch 2 of 3" in run.stopped.text

        def test_the_last_epoch_uses_it_up(carbon):
            with carbon.training(epochs=3, stop_after="30 J", on_exceed="fail") as run:
                for _ in run: spend(cpu=10)
            assert run.stopped is None

        def test_the_last_batch_of_an_epoch_uses_it_up(carbon):
            with pytest.warns(UserWarning, match="stopped after 2 of 3 epochs: used 22.0 J"):
                with carbon.training(epochs=3, stop_after="20 J") as run:
                    for epoch in run:
                        for batch in run.batches(range(5)):
                            spend(cpu=2)
                        with run.evaluation():
                            spend(cpu=1)

        @pytest.mark.scer("50 J", "30 J", "12 J per epoch", "2 mgCO2e per step")
        def test_budgets_of_a_stopped_one(carbon):
            with pytest.warns(UserWarning, match="Training stopped after 4"):
                with carbon.training(epochs=20, stop_after="35 J") as run:
                    for _ in run:
                        for _ in range(5):  # does not look at run.stopped
                            spend(cpu=2)
                            run.step()

        def test_looking_at_each_step(carbon):
            with pytest.warns(UserWarning, match="stopped in epoch 4 of 20: used 36.0 J"):
                with carbon.training(epochs=20, stop_after="35 J") as run:
                    for _ in run:
                        for _ in range(5):
                            spend(cpu=2)
                            run.step()
                            if run.stopped: break
        """,
        "-Wdefault",
    )
    ran.passed(passed=6, failed=2, warnings=2)
    kept, over, *per = ran.test("test_budgets_of_a_stopped_one")["budgets"]
    assert [kept["verdict"], over["verdict"]] == ["unmeasured", "exceeded"]
    assert [each["verdict"] for each in per] == ["ok", "ok"]
    assert "Not checked: its training was stopped after 4 of 20 epochs, so only" in ran.text
    assert "FAILED test_it.py::test_fails - Training stopped after 4 of 20 epochs" in ran.text
    assert ran.test("test_fails")["budget_failed"]
    (training,) = ran.test("test_joules")["trainings"]
    assert training["stopped"]["actual"] == 40
    (training,) = ran.test("test_in_an_epoch")["trainings"]
    assert len(training["laps"]) == 1  # the second is not complete
    assert ran.test("test_in_an_epoch")["units"] == {"step": 9, "epoch": 1}


def test_noise_alone_fails_no_training_that_was_done(suite: Suite) -> None:
    suite.conftest(MODELLED)
    ran = suite.measure(
        """
        def train(carbon, last):
            with carbon.training(epochs=3, stop_after="30 J", on_exceed="fail") as run:
                for epoch in run: spend(cpu=last if epoch == 2 else 5)

        def test_a_little_over(carbon):
            with pytest.warns(UserWarning, match="Training used 31.0 J, limit 30 J"):
                train(carbon, 21)

        def test_far_over(carbon):
            train(carbon, 60)
        """
    )
    ran.passed(passed=1, failed=1)
    assert ran.test("test_far_over")["trainings"][0]["stopped"]["text"] in ran.text


def test_a_stopped_training_is_compared_with_nothing(suite: Suite) -> None:
    source = """
        @pytest.mark.filterwarnings("ignore")
        def test_it(carbon):
            with carbon.training(epochs=20, stop_after="%d J") as run:
                for _ in run: spend(cpu=10)
    """
    suite.measure(source % 35, "--scer-save-baseline=saved.json").passed(passed=1)
    (suite.path / "report.json").rename(suite.path / "base.json")
    ran = suite.measure(source % 1000, "--scer-baseline=saved.json")
    assert ran.test("test_it")["baseline"] is None
    ran = suite.measure(
        source % 1000, "--scer-baseline=base.json", "--scer-save-baseline=whole.json"
    )
    ran.passed(passed=1)
    assert ran.test("test_it")["baseline"] is None
    ran = suite.measure(source % 35, "--scer-baseline=whole.json")
    ran.passed(passed=1)
    assert ran.test("test_it")["baseline"] is None


def test_steps_without_epochs(suite: Suite) -> None:
    ran = suite.measure(
        """
        def test_it(carbon):
            with carbon.training(total_steps=300) as run:
                for step in run:
                    spend(cpu=1 + (step % 2))
                    carbon.count(tokens=10)
            assert run.predicted.energy.value == 450
            assert len(run.record.laps) <= 128

        def test_batches(carbon):
            with carbon.training(total_steps=4) as run:
                for batch in run.batches(range(9)):
                    spend(cpu=1)
                    if run.predicted:
                        assert run.predicted.energy.value == 4

        def test_own_count(carbon):
            with carbon.training(total_steps=4) as run:
                for _ in run:
                    run.step(samples=8)
            assert run.record.done == 4
        """
    )
    ran.passed(passed=3)
    assert ran.test("test_it")["units"] == {"step": 300, "token": 3000}
    (training,) = ran.test("test_it")["trainings"]
    assert sum(lap["units"]["token"] for lap in training["laps"]) == 3000
    assert sum(lap["energy_j"] for lap in training["laps"]) == 450
    assert ran.test("test_own_count")["units"] == {"step": 4, "sample": 32}


def test_a_resumed_training_continues(suite: Suite) -> None:
    ran = suite.measure(
        """
        import json

        def test_it(carbon):
            with carbon.training(epochs=6, metric="loss < 0.5") as run:
                for epoch in run:
                    spend(cpu=10); wait(2)
                    run.log(loss=0.4)
                    if epoch == 2:
                        state = json.loads(json.dumps(run.state_dict()))
                        break
            done = []
            with carbon.training(epochs=6, metric="loss < 0.5", resume=state) as again:
                for epoch in again:
                    spend(cpu=10); wait(2)
                    done.append(epoch)
            assert done == [3, 4, 5]
            assert [each.energy.value for each in again.predictions] == [60, 60, 60]
            assert again.predicted.duration.value == 12
            assert again.reached == run.reached
            with pytest.warns(UserWarning, match="after 4 of 6"):
                with carbon.training(epochs=6, stop_after="35 J", resume=state) as limited:
                    for _ in limited: spend(cpu=10)
            with pytest.warns(UserWarning, match="after 3 of 6 epochs: used 30.0 J, limit 30 J"):
                with carbon.training(epochs=6, stop_after="30 J", resume=state) as used_up:
                    assert [*used_up] == []
            from pytest_scer.errors import CarbonBudgetExceeded
            with pytest.raises(CarbonBudgetExceeded, match="used 40.0 J, limit 35 J") as caught:
                with carbon.training(
                    epochs=6, stop_after="35 J", resume=state, on_exceed="fail"
                ) as failing:
                    for _ in failing: spend(cpu=10)
            assert caught.value.judgements[0].actual == 40  # not of this run alone
            with pytest.raises(ValueError, match="resume: expected what run.state_dict"):
                carbon.training(total_steps=6, resume=state)
        """
    )
    ran.passed(passed=1)
    training = ran.test("test_it")["trainings"][1]
    assert training["energy_j"] == 30  # of this run alone
    assert [lap["earlier"] for lap in training["laps"]] == [True] * 3 + [False] * 3


def test_what_goes_wrong_in_it(suite: Suite) -> None:
    ran = suite.measure(
        """
        @pytest.mark.parametrize("given, wrong", [
            ({}, "needs epochs=... or total_steps=..."),
            ({"epochs": 0}, "epochs=0: expected a whole number"),
            ({"epochs": True}, "epochs=True"),
            ({"total_steps": 1.5}, "total_steps=1.5"),
            ({"epochs": 1, "metric": "accuracy = 1"}, "metric='accuracy = 1': expected a name"),
            ({"epochs": 1, "metric": "accuracy > much"}, "metric="),
            ({"epochs": 1, "stop_after": "5 W"}, "stop_after='5 W': expected an amount"),
            ({"epochs": 1, "stop_after": "5 J per token"}, "stop_after="),
            ({"epochs": 1, "stop_after": "much"}, "'much' is not a budget"),
            ({"epochs": 1, "on_exceed": "explode"}, "on_exceed='explode'"),
        ])
        def test_arguments(carbon, given, wrong):
            with pytest.raises(ValueError) as caught:
                carbon.training(**given)
            assert wrong in str(caught.value)

        def test_an_exception(carbon):
            with pytest.raises(KeyError):
                with carbon.training(epochs=3) as run:
                    for epoch in run:
                        spend(cpu=10)
                        if epoch == 1:
                            raise KeyError
            carbon.count(tokens=3)

        def test_leaving_the_loop(carbon):
            with carbon.training(epochs=30) as run:
                for epoch in run:
                    spend(cpu=10)
                    for _ in run.batches([1, 2, 3]):
                        break
                    if epoch == 1:
                        break
            assert run.record.done == 2

        def test_a_fault(carbon):
            with carbon.training(epochs=3, stop_after="100 J") as run:
                for epoch in run:
                    spend(cpu=10)
                    meter.fail("broken") if epoch == 1 else meter.recover()
            meter.recover()

        def test_a_warm_up(carbon):
            def train():
                with carbon.training(epochs=2) as run:
                    for _ in run:
                        spend(cpu=1)
                        run.step()
            carbon(train)

        def test_nothing(carbon):
            with carbon.training(epochs=2): pass

        def test_no_batch(carbon):
            with carbon.training(total_steps=3) as run:
                assert [*run.batches([])] == []
            assert run.record.laps == []

        def test_two_loops(carbon):
            with carbon.training(epochs=5) as run:
                for epoch in run:
                    spend(cpu=10)
                    if epoch == 1: break
                assert [*run] == [2, 3, 4]
                assert [*run] == []
            assert run.record.done == 5

        def test_leaving_a_loop_of_steps(carbon):
            with carbon.training(total_steps=30) as run:
                for step in run:
                    spend(cpu=10)
                    if step == 4: break
            assert (run.record.done, run.predicted.energy.value) == (5, 300)

        def test_odd_values(carbon):
            with carbon.training(epochs=1, metric="loss < 1") as run:
                for _ in run:
                    for wrong in (-1, float("nan")):
                        with pytest.raises(ValueError, match="tokens=.*: expected a finite"):
                            run.count(tokens=wrong)
                    with pytest.raises(ValueError, match="loss='low': expected a number"):
                        run.log(loss="low")
                    run.log(loss=float("nan"), other=1e99)
            assert run.reached is None
            assert run.record.laps[0].metrics == {}

        def test_many_epochs(carbon):
            with carbon.training(epochs=300) as run:
                for _ in run: spend(cpu=1)
            assert [each.energy.value for each in run.predictions] == [300] * 300
            assert len(run.record.laps) <= 128
        """,
        "--scer-repeats=2",
        "--scer-min-time=0",
    )
    ran.passed(passed=20)
    broken = ran.test("test_an_exception")
    assert broken["units"] == {"token": 3}
    assert len(broken["trainings"][0]["laps"]) == 1
    assert ran.test("test_leaving_the_loop")["units"] == {"epoch": 2, "step": 2}
    laps = ran.test("test_a_fault")["trainings"][0]["laps"]
    assert [lap["energy_j"] for lap in laps] == [10, None, None]
    assert [lap["predicted"] is None for lap in laps] == [False, True, False]
    repeated = ran.test("test_a_warm_up")
    assert len(repeated["trainings"]) == 2
    assert repeated["units"] == {"epoch": 2, "step": 2}  # of one run


TRAINER = """
import json
import os
import warnings

import torch
from simulation import spend, wait
from transformers import Trainer, TrainingArguments

class Model(torch.nn.Module):
    "Uses 1 J and 1 s in each step of training and of evaluation."

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 1)

    fails_at = None

    def forward(self, input_ids, attention_mask, labels):
        if self.fails_at is not None:
            self.fails_at -= 1
            1 / self.fails_at
        spend(cpu=1)
        wait(1)
        out = self.linear(input_ids.float()).squeeze(-1)
        return {"loss": ((out - labels) ** 2).mean(), "logits": out}

class Data(torch.utils.data.Dataset):
    "Uses 0.25 J to load each of its six samples, of 2.5 tokens on average."

    def __len__(self):
        return 6

    def __getitem__(self, index):
        spend(ram=0.25)
        mask = torch.tensor([1, 1, index % 2])
        return {"input_ids": torch.ones(3), "attention_mask": mask, "labels": torch.tensor(1.0)}

class Stream(torch.utils.data.IterableDataset):
    "The same without a length."

    def __iter__(self):
        return (Data()[index] for index in range(6))

def trainer(callback, path, **given):
    "Four epochs of three steps: 4.5 J to train, and as much to evaluate."
    arguments = dict(
        output_dir=str(path), num_train_epochs=4, per_device_train_batch_size=2,
        per_device_eval_batch_size=2, use_cpu=True, report_to=[], disable_tqdm=True,
        save_strategy="epoch", eval_strategy="epoch", logging_strategy="no",
        dataloader_pin_memory=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Trainer(
            Model(), TrainingArguments(**{**arguments, **given}), train_dataset=Data(),
            eval_dataset=Data(), callbacks=[callback],
        )
"""


def test_the_trainer_of_transformers(suite: Suite) -> None:
    if find_spec("accelerate") is None:
        pytest.skip("accelerate is not installed, which the Trainer needs")
    suite.write(
        """
        import sys

        @pytest.mark.scer(phase="training")
        def test_without_transformers(carbon):
            with pytest.raises(RuntimeError, match="import its Trainer before you call it"):
                carbon.trainer_callback()
            with carbon.training(epochs=1) as run:
                assert [*run] == [0]
            assert "pydantic" not in sys.modules  # the test would be charged its import

        def test_it(carbon, tmp_path):
            from small_trainer import trainer
            callback = carbon.trainer_callback(metric="eval_loss < 1e9")
            trainer(callback, tmp_path).train()
            run = callback.run
            assert [each.energy.value for each in run.predictions] == [36] * 4
            assert (run.reached.done, run.reached.energy_j) == (1, 9)
            again = carbon.trainer_callback()
            trainer(again, tmp_path).train(resume_from_checkpoint=str(tmp_path / "checkpoint-6"))
            assert [each.energy.value for each in again.run.predictions] == [36] * 2
            (tmp_path / "checkpoint-6" / "scer_training.json").write_text('{"version": 1}')
            third = carbon.trainer_callback()
            trainer(third, tmp_path).train(resume_from_checkpoint=str(tmp_path / "checkpoint-6"))
            assert third.run.predictions == [None, None]

        def test_stop(carbon, tmp_path):
            from small_trainer import trainer
            callback = carbon.trainer_callback(stop_after="10 J", on_exceed="fail")
            trainer(callback, tmp_path, eval_strategy="no").train()

        def test_stop_after_an_evaluation(carbon, tmp_path):
            from small_trainer import trainer
            callback = carbon.trainer_callback(stop_after="8 J")
            trainer(callback, tmp_path).train()
            assert callback.run.record.done == 1

        def test_part_of_an_epoch(carbon, tmp_path):
            from small_trainer import trainer
            callback = carbon.trainer_callback()
            trainer(callback, tmp_path, max_steps=4, eval_strategy="no").train()
            assert callback.run.predicted.energy.value == 6.5  # accelerate loads a batch ahead
            assert callback.run.record.how_far() == "1.33 of 1.33 epochs"
            assert callback.run.predictions[0].energy.value == pytest.approx(6)
            last = carbon.trainer_callback(stop_after="6.2 J")  # which the last step exceeds
            with pytest.warns(UserWarning, match="Training used 6.50 J, limit 6.2 J"):
                trainer(last, tmp_path, max_steps=4, eval_strategy="no").train()

        def test_accumulated_gradients(carbon, tmp_path):
            from small_trainer import trainer
            callback = carbon.trainer_callback(metric="eval_loss < 1e9")
            trainer(
                callback, tmp_path, gradient_accumulation_steps=2, num_train_epochs=2,
                eval_strategy="steps", eval_steps=1, eval_on_start=True,
            ).train()
            first, second = callback.run.record.laps
            assert first.units == {"step": 2, "sample": 6, "token": 15, "epoch": 1}
            assert callback.run.record.is_done
            assert callback.run.record.reached.done == 0  # the evaluation before the first epoch

        def test_an_iterable_without_a_length(carbon, tmp_path):
            from small_trainer import Stream, trainer
            callback = carbon.trainer_callback()
            made = trainer(callback, tmp_path, max_steps=6, eval_strategy="no", save_steps=2)
            made.train_dataset = Stream()
            made.train()
            run = callback.run
            assert run.record.how_far() == "6 of 6 steps"
            assert run.predicted.energy.value == run.energy.total

        def test_an_exception(carbon, tmp_path):
            from small_trainer import trainer
            callback = carbon.trainer_callback()
            made = trainer(callback, tmp_path)
            made.model.fails_at = 5
            with pytest.raises(ZeroDivisionError):
                made.train()
            made.model.fails_at = None
            made.train()  # the callback is used again
            assert [each.energy.value for each in callback.run.predictions] == [36] * 4
            assert callback.run.record.laps[0].units["sample"] == 6  # once
            made.model.fails_at = 5
            with pytest.raises(ZeroDivisionError):
                made.train()

        def test_after_an_exception(carbon):
            with carbon.measure("own"):
                carbon.count(tokens=1)

        def test_no_callback_of_ours(carbon, tmp_path):
            from small_trainer import trainer
            callback = carbon.trainer_callback()
            one = trainer(callback, tmp_path)
            one.evaluate()
            one.train()
            one.evaluate()
            assert callback.run.predicted.energy.value == 36
        """
    )
    suite.module("small_trainer", TRAINER)
    ran = suite.run_apart("--scer-output=report.json", "-Wdefault::UserWarning")
    ran.passed(passed=9, failed=1, warnings=1)
    assert "Training stopped in epoch 3 of 4: used 11.0 J, limit 10 J" in ran.text
    training = ran.test("test_it")["trainings"][0]
    assert training["laps"][0]["units"] == {"step": 3, "sample": 6, "token": 15, "epoch": 1}
    sections = {each["name"]: each["measurement"] for each in ran.test("test_stop")["sections"]}
    assert set(sections) == {"training", "epoch", "checkpoint", "data loading"}
    evaluation = next(
        each for each in ran.test("test_it")["sections"] if each["name"] == "evaluation"
    )
    assert evaluation["measurement"]["energy_j"]["total"] == 4.5
    assert evaluation["parent"] == "epoch"
    accumulated = {
        each["name"]: each for each in ran.test("test_accumulated_gradients")["sections"]
    }
    assert accumulated["evaluation"]["measurement"]["run_count"] == 5
    failed, whole, left_open = ran.test("test_an_exception")["trainings"]
    assert [len(each["laps"]) for each in (failed, whole, left_open)] == [0, 4, 0]
    assert failed["energy_j"] > 0
    assert left_open["energy_j"] > 0
    assert ran.test("test_after_an_exception")["sections"][0]["parent"] is None
