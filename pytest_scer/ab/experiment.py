"""Rounds of paired runs, until every test is decided or the time is up."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from pytest_scer.ab.channel import Message
from pytest_scer.ab.known import Known
from pytest_scer.ab.noise import COUNTED, MODELLED, Typical
from pytest_scer.ab.pairs import History, Pair, Run
from pytest_scer.ab.planning import (
    MOST_ROUNDS,
    ROUNDS,
    Suspect,
    allocate,
    budget_of_round,
)
from pytest_scer.ab.side import Hello, Side, SideDied, SideFailed
from pytest_scer.ab.trees import Tree
from pytest_scer.ab.verdicts import CLEARED, FEWEST_ROUNDS, Judge, Judged
from pytest_scer.baseline.threshold import Threshold
from pytest_scer.core.units import counted

SUITES: Final = 6
"""The sides may run for this many times as long as the suite takes, by default..."""
MORE_S: Final = 120.0
"""... and this many seconds, unless ``--max-time`` says otherwise."""
_PAIRS_OF_CLEAR: Final = 2
"""Pairs per further round of a test whose growth or saving is clear: one in each order."""
_MORE_PAIRS: Final = 8
_MORE_PAIRS_S: Final = 0.25
"""A short test is repeated in the first round already: up to 8 pairs in 0.25 s, as long as these
repeats take no more than half of the time of the first pairs."""


class Experiment:
    """Runs two copies of a project in turns and records what they cost.

    Attributes:
        tests: What is known of each test that both sides have.
        not_compared: Why other tests are not compared.
        warnings: What the reader must know.
        hello: HEAD's message after it first collected its tests; None before.
        rounds: Number of rounds started.
        most_s: Seconds that the sides may run; None until known.
    """

    def __init__(
        self,
        trees: tuple[Tree, Tree],
        project: Path,
        arguments: Sequence[str],
        max_time_s: float | None,
        progress: Callable[[str], object],
    ) -> None:
        """Set up the comparison without running anything.

        Args:
            trees: The copies of BASE and HEAD.
            project: The top directory of the user's project.
            arguments: Passed to pytest.
            max_time_s: No pair begins after this number of seconds; None for the default.
            progress: Called with a line about each round.
        """
        self._trees = trees
        self._project = project
        self._arguments = arguments
        self._progress = progress
        self._began_s = time.monotonic()
        self._start_s = self._end_s = 0.0
        self._base_s = 0.0
        self._spent_s: list[float] = []
        self._is_decided = False
        self.most_s = max_time_s
        self.tests: dict[str, Known] = {}
        self.not_compared: dict[str, str] = {}
        self.warnings: list[str] = []
        self.hello: Hello | None = None
        self.rounds = 0

    @property
    def elapsed_s(self) -> float:
        """Seconds since the first side started."""
        return time.monotonic() - self._began_s

    @property
    def left_s(self) -> float:
        """Seconds left in which pairs may run; the sides need the rest to end."""
        most_s = self.most_s if self.most_s is not None else float("inf")
        return most_s - self.elapsed_s - self._end_s

    @property
    def threshold(self) -> Threshold:
        """The allowed growth."""
        return Threshold.parse(self.hello.threshold) if self.hello else Threshold()

    # --- running ----------------------------------------------------------------------------

    def run(self) -> None:
        """Run rounds until every test is decided or the time is up.

        Raises:
            SideFailed: A side cannot be compared, or nothing can.
            KeyboardInterrupt: The user interrupted it; measurements so far are kept.
        """
        self._round(self._first_round)
        if self.most_s is None:
            self.most_s = SUITES * self._base_s + MORE_S
        while self.rounds < MOST_ROUNDS:
            suspects, clear = self._suspects()
            undecided = [*clear, *(each.nodeid for each in suspects)]
            if not undecided:
                self._is_decided = True
                return
            budget_s = budget_of_round(self.rounds, self.left_s, self._start_s)
            shortest_s = min(self.tests[nodeid].usual_s for nodeid in undecided)
            if budget_s <= 0 or self.left_s < self._start_s + shortest_s:
                return
            self._progress(
                f"round {self.rounds + 1}: {counted(len(undecided), 'test')} undecided, "
                f"{max(self.left_s, 0):.0f} s left"
            )
            plan = dict.fromkeys(clear, _PAIRS_OF_CLEAR) | allocate(suspects, budget_s)
            try:
                self._round(partial(self._planned_round, plan))
            except SideDied as error:  # what the earlier rounds showed still holds
                self._warn(f"round {self.rounds} was the last one: {error}")
                return

    def _round(self, body: Callable[[tuple[Side, Side]], None]) -> None:
        """Start both sides, run pairs, and end both cleanly."""
        began_s, paired_s = time.monotonic(), self._paired_s
        sides: list[Side] = []
        try:
            for tree in self._trees:
                output = tree.path.parent / f"{tree.name.lower()}.txt"
                sides.append(Side(tree, self._project, self._arguments, self.rounds, output))
            self._greet([side.hello() for side in sides])
            self.rounds += 1
            for known in self.tests.values():
                known.rounds.append([])
            body((sides[0], sides[1]))
            end_began_s = time.monotonic()
            for side in sides:
                trouble = side.end()
                if trouble:
                    self._warn(f"{side.tree.name}: {trouble}")
            self._end_s = time.monotonic() - end_began_s
        finally:
            for side in sides:
                side.stop()
        spent_s = self._paired_s - paired_s
        self._start_s = time.monotonic() - began_s - spent_s
        # The first round covers all tests, whatever is known about them.
        self._spent_s.append(spent_s if self._spent_s else 0.0)

    @property
    def _paired_s(self) -> float:
        return sum(sum(known.pair_s) for known in self.tests.values())

    def _greet(self, hellos: Sequence[Hello]) -> None:
        """Read what the sides collected; the first time, this decides what is compared."""
        base, head = (hello.nodeids for hello in hellos)
        if self.hello is not None:
            for nodeid in set(self.tests) - set(base).intersection(head):
                self._drop(nodeid, "not collected again in a later round")
            return
        self.hello = hellos[1]
        if hellos[0].compared != hellos[1].compared:
            raise SideFailed(
                f"the sides are measured in different ways: BASE {', '.join(hellos[0].compared)}; "
                f"HEAD {', '.join(hellos[1].compared)}"
            )
        if not base and not head:
            raise SideFailed("no tests were collected: check the paths and -k or -m after --")
        self.tests = {nodeid: Known() for nodeid in base if nodeid in set(head)}
        self.not_compared |= {each: "only on BASE" for each in base if each not in self.tests}
        self.not_compared |= {each: "only on HEAD" for each in head if each not in self.tests}
        self._progress(f"round 1: {counted(len(self.tests), 'test')} on both sides")

    def _first_round(self, sides: tuple[Side, Side]) -> None:
        """Run one pair of every test, and more of very short tests."""
        first_s = more_s = 0.0
        for index, nodeid in enumerate(list(self.tests)):
            if self.left_s <= 0:
                self._drop(nodeid, "not reached within --max-time")
                continue
            known, pair_s = self.tests[nodeid], 0.0
            if self._pair(sides, nodeid, index):
                pair_s = known.pair_s[-1]
                first_s += pair_s
            for number in range(1, _MORE_PAIRS):
                if (
                    not pair_s
                    or (number + 1) * pair_s > _MORE_PAIRS_S
                    or more_s > first_s / 2
                    or number >= known.most
                    or not self._may_grow(known)
                    or not self._pair(sides, nodeid, index + number)
                ):
                    break
                more_s += known.pair_s[-1]

    def _planned_round(self, plan: dict[str, int], sides: tuple[Side, Side]) -> None:
        for index, nodeid in enumerate(each for each in list(self.tests) if each in plan):
            for number in range(plan[nodeid]):
                if self.left_s <= self.tests[nodeid].usual_s:
                    break
                if number >= self.tests[nodeid].most:
                    break
                if not self._pair(sides, nodeid, index + number + self.rounds):
                    break

    def _pair(self, sides: tuple[Side, Side], nodeid: str, turn: int) -> bool:
        """Run a test on both sides, one right after the other; return whether that made a pair.

        Args:
            sides: BASE and HEAD.
            nodeid: The test.
            turn: If even, BASE runs first. The side that runs first finds the caches of another
                test.
        """
        known, began_s = self.tests[nodeid], time.monotonic()
        order = sides if turn % 2 == 0 else sides[::-1]
        answers: dict[str, Message] = {}
        for side in order:
            side_began_s = time.monotonic()
            answer = answers[side.tree.name] = side.run(nodeid)
            if self.rounds == 1 and side is sides[0]:
                self._base_s += time.monotonic() - side_began_s
            if answer["trouble"]:
                self._warn(f"{side.tree.name}: {answer['trouble']}")
        bad = {name: each for name, each in answers.items() if each["outcome"] != "passed"}
        if not bad:
            base, head = (
                Run(answers[side.tree.name]["cost_j"], answers[side.tree.name]["duration_s"])
                for side in sides
            )
            known.rounds[-1].append(Pair(base, head))
            known.pair_s.append(time.monotonic() - began_s)
            if not all(each["again"] for each in answers.values()):
                known.most = 1
            return True
        if known.rounds[-1]:  # it passed before in these processes
            known.most = 1
            known.notes.append("does not pass twice in a process: only first runs are compared")
            for each in known.rounds:
                del each[1:]
        else:
            self._drop(nodeid, "; ".join(map(_what_happened, bad, bad.values())))
        return False

    def _drop(self, nodeid: str, why: str) -> None:
        del self.tests[nodeid]
        self.not_compared[nodeid] = why

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    # --- what is known so far ---------------------------------------------------------------

    @property
    def histories(self) -> dict[str, History]:
        """The pairs of each test that has any."""
        found = {nodeid: known.history for nodeid, known in self.tests.items()}
        return {nodeid: history for nodeid, history in found.items() if history.rounds}

    def typical(self, histories: dict[str, History]) -> Typical:
        """The typical noise so far."""
        modelled = self.hello is None or self.hello.modelled
        noise = MODELLED if modelled else COUNTED
        return Typical.of(histories.values(), noise)

    def judged(self) -> dict[str, Judged]:
        """The verdict of each test that has one; a regression stays one once it is found."""
        histories = self.histories
        g_per_j = self.hello.g_per_j if self.hello else 0.0
        judge = Judge.of(self.threshold, g_per_j, histories.values())
        typical, look = self.typical(histories), max(self.rounds, 1)
        return {
            nodeid: self.tests[nodeid].decided
            or judge.judge(history, typical, look, self._could(nodeid, history))
            for nodeid, history in histories.items()
        }

    def _could(self, nodeid: str, history: History) -> list[int]:
        """How many pairs of a test each round would have run if it had been a suspect.

        Such a test gets at least a quarter of the time of each round after the first, and more
        rounds if the comparison ended early because there was no suspect.
        """
        known = self.tests[nodeid]
        most, pair_s = 1 if history.first_only else known.most, max(known.usual_s, 1e-6)
        could = [
            max(len(pairs), min(most, int(spent_s / 4 / pair_s)))
            for pairs, spent_s in zip(known.rounds, self._spent_s, strict=False)
        ]
        if self._is_decided:
            more = max(ROUNDS - self.rounds, 0)
            budget_s = self.left_s / more - self._start_s if more else 0.0
            could += [min(most, int(budget_s / 4 / pair_s))] * (more if budget_s > 0 else 0)
        return [each for each in could if each]

    def _may_grow(self, known: Known) -> bool:
        """Whether a test can still be a regression, judged by its own pairs alone."""
        g_per_j = self.hello.g_per_j if self.hello else 0.0
        judge = Judge(self.threshold, g_per_j, 1, 1)
        history = known.history
        found = judge.judge(history, self.typical({"": history}), self.rounds)
        return found.likely > CLEARED

    def _suspects(self) -> tuple[list[Suspect], list[str]]:
        """The tests to run again, and the clear ones that only need more rounds.

        Regressions are settled here.
        """
        histories = self.histories
        typical = self.typical(histories)
        suspects, clear = [], []
        for nodeid, found in self.judged().items():
            known, history = self.tests[nodeid], histories[nodeid]
            if found.verdict == "regression":
                known.decided = found
            elif found.needs_rounds and found.rounds < FEWEST_ROUNDS:
                clear.append(nodeid)
            elif found.likely > CLEARED:
                suspects.append(
                    Suspect(
                        nodeid,
                        found.worth,
                        sum(typical.precisions(history)),
                        typical.noise.luck**2,
                        typical.pair_variance(history),
                        known.usual_s,
                        1 if history.first_only else known.most,
                    )
                )
        return suspects, clear


def _what_happened(side: str, answer: Message) -> str:
    why = f" ({answer['why']})" if answer.get("why") else ""
    return f"{answer['outcome']} on {side}{why}"
