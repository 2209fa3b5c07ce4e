"""Sessions on a machine whose speed changes, drawn from a model of noise: for error rates.

The logarithm of what a test costs is its level, plus its reaction times that of the reference
workload (the state of the machine), plus noise, of which a third of the variance is the session's.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from pytest_scer.baseline.change import Change, Comparison
from pytest_scer.baseline.gate import Gate
from pytest_scer.baseline.noise import MODELLED, Known, Sample, suite_noise

BUSY = math.log(1.6)
"""What a busy neighbour on the sibling hyperthread makes of the workload's cost."""
REACTIONS = (0.56, 1.47)
"""How strongly tests follow the workload."""

State = Callable[[random.Random], float]


def calm(dice: random.Random) -> float:
    """The state of a machine without neighbours."""
    return dice.gauss(0, 0.05)


def busy(dice: random.Random) -> float:
    """The state beside a neighbour."""
    return BUSY + dice.gauss(0, 0.05)


def either(dice: random.Random) -> float:
    """Now the one, now the other."""
    return dice.choice((calm, busy))(dice)


@dataclass
class Found:
    """What the gate said of many sessions.

    Attributes:
        alarms: Sessions in which an unchanged test was a regression.
        sessions: All of them.
        hits: Tests that had grown and were a regression.
        grown: All of those that had.
        undecided: Unchanged tests that were inconclusive.
        repeats: How often unchanged tests were measured again.
        detectable: What the gate said it would find, of the tests that had grown.
    """

    alarms: int = 0
    sessions: int = 0
    hits: int = 0
    grown: int = 0
    undecided: int = 0
    repeats: int = 0
    detectable: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Simulation:
    """A suite whose every session is judged against a history.

    Attributes:
        history: The state of the machine in each session of the history.
        now: Its state in the session that is judged.
        days: The number of sessions of the history.
        tests: The number of tests.
        repeats: As ``--scer-confirm``.
        sd: The noise of a single run.
        known: What the gate knows of such meters.
        corrected: Whether costs are divided by the workload's.
        noisy: Every test of this number has four times the noise; 0 for none.
        threshold: As ``--scer-max-regression``.
        reactions: How strongly its tests follow the workload.
    """

    history: State = calm
    now: State = calm
    days: int = 5
    tests: int = 30
    repeats: int = 20
    sd: float = 0.065
    known: Known = MODELLED
    corrected: bool = True
    noisy: int = 0
    threshold: float = 0.1
    reactions: tuple[float, float] = REACTIONS

    def run(self, sessions: int, growth: float | None = 0.0, seed: int = 1) -> Found:
        """Judge this number of sessions, each with a history of its own.

        Args:
            sessions: The number.
            growth: Of the first test, 0.4 is 40 %; None for what the gate calls detectable.
            seed: The same makes the same sessions.
        """
        dice, found = random.Random(seed), Found(sessions=sessions)
        for _ in range(sessions):
            self._session(dice, growth, found)
        return found

    def _session(self, dice: random.Random, growth: float | None, found: Found) -> None:
        suite = [(dice.uniform(*self.reactions), self._sd(index)) for index in range(self.tests)]
        days = []
        for _ in range(self.days):
            state = self.history(dice)
            days.append([_Test(dice, state, *test, self.known).run() for test in suite])
        bases = [list(runs) for runs in zip(*days, strict=True)]
        noise = suite_noise(bases, self.known, corrected=self.corrected)
        gate = Gate(self.threshold, 0.0, self.tests, noise, self.corrected, self.repeats)
        state, alarm = self.now(dice), False
        for index, base in enumerate(bases):
            test = _Test(dice, state, *suite[index], self.known)
            first = test.run()
            grown = 0.0 if index else growth
            if grown is None:
                grown = gate.compare(base, [first]).detectable or 0.0
            said, again = self._judge(gate, base, test, first, math.log1p(grown))
            if index == 0 and growth != 0:
                found.grown += 1
                found.hits += said.verdict is Change.REGRESSION
                found.detectable.append(said.detectable or 0.0)
            else:
                alarm |= said.verdict is Change.REGRESSION
                found.undecided += said.verdict is Change.INCONCLUSIVE
                found.repeats += again
        found.alarms += alarm

    def _sd(self, index: int) -> float:
        return self.sd * (4 if self.noisy and index % self.noisy == self.noisy - 1 else 1)

    def _judge(
        self, gate: Gate, base: list[Sample], test: _Test, first: Sample, growth: float
    ) -> tuple[Comparison, int]:
        head = [_grown(first, growth)]
        if self.repeats and gate.is_suspect(base, head[0]):
            while not gate.is_decided(base, head):
                head.append(_grown(test.run(), growth))
        return gate.compare(base, head), len(head) - 1


class _Test:
    """A test within one session."""

    def __init__(
        self, dice: random.Random, state: float, reaction: float, sd: float, known: Known
    ) -> None:
        self._dice = dice
        self._state = state + dice.gauss(0, 0.05)  # the moment of this test
        self._middle = reaction * self._state + dice.gauss(0, sd * math.sqrt(known.kept))
        self._sd = sd * math.sqrt(1 - known.kept)
        self._repeat_differs = dice.gauss(0, known.repeat_differs)
        self._runs = 0

    def run(self) -> Sample:
        """Once more; the workload is measured with a noise of 2 %."""
        dice = self._dice
        differs = self._repeat_differs if self._runs else 0.0
        self._runs += 1
        cost_j = math.exp(self._middle + differs + dice.gauss(0, self._sd))
        reference_j = math.exp(self._state + dice.gauss(0, 0.02))
        return Sample(cost_j, reference_j, abs(dice.gauss(0, 0.05)), duration_s=cost_j / 4)


def _grown(sample: Sample, growth: float) -> Sample:
    return Sample(
        sample.cost_j * math.exp(growth),
        sample.reference_j,
        sample.moved,
        duration_s=sample.duration_s * math.exp(growth),
    )
