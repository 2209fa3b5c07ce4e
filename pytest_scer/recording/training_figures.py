"""What a test learns about the cost of its training."""

from __future__ import annotations

from typing import Any

from pytest_scer.core.training import Reached, Stop, Training
from pytest_scer.recording.testrun import TestRun
from pytest_scer.recording.training_account import TrainingAccount
from pytest_scer.recording.training_plan import Forecast


class TrainingFigures:
    """The figures of a training, also while it runs."""

    def __init__(self, test: TestRun, section: Any, account: TrainingAccount) -> None:
        """Show a training.

        Args:
            test: The test that trains.
            section: The section of the training: a ``pytest_scer.carbon.Section``.
            account: What it has used.
        """
        self._test, self._section, self._account = test, section, account
        self._conversion = test.session.conversion

    @property
    def record(self) -> Training:
        """Its record in the report, of all ranks and earlier runs."""
        return self._account.record

    @property
    def energy(self) -> Any:
        """Joules of this process in this run: ``.cpu``, ``.gpu``, ``.ram`` and ``.total``."""
        return self._section.energy

    @property
    def co2e(self) -> float:
        """Grams of CO2e of this process in this run; NaN if the meter failed."""
        return float(self._section.co2e)

    @property
    def duration(self) -> float:
        """Seconds of this run."""
        return float(self._section.duration)

    @property
    def predicted(self) -> Forecast | None:
        """What the whole is predicted to use, as of the last epoch; None before the first ends."""
        predictions = self.predictions
        return predictions[-1] if predictions else None

    @property
    def predictions(self) -> list[Forecast | None]:
        """The prediction after each epoch of this run; None without a figure."""
        return [
            None if each is None else Forecast.of(each, self._conversion)
            for each in self._account.predictions
        ]

    @property
    def stopped(self) -> Stop | None:
        """Why the training was stopped; None if it was not."""
        return self.record.stopped

    @property
    def reached(self) -> Reached | None:
        """When the metric reached its target, and what had been used then; None if it did not.

        With several processes it is known at the end of the epoch.
        """
        return self.record.reached
