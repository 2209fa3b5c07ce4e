"""The experiments: each measures all of its variants in turn, once a round."""

from __future__ import annotations

import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence

from overhead.environments import Environment
from overhead.sessions import Sessions, Variant
from overhead.suites import FIRST, INSIDE, JOURNAL, LOADING, LONG, TRIVIAL
from overhead.variants import Variants
from rounds import Json, Rounds


class Experiments:
    """Runs the rounds that are not on file yet."""

    def __init__(self, variants: Variants, sessions: Sessions, given: Namespace) -> None:
        """Run nothing yet.

        Args:
            variants: What is compared.
            sessions: What runs them.
            given: The sizes of the experiments, from the command line.
        """
        self._variants = variants
        self._sessions = sessions
        self._given = given

    def run(self, rounds: Rounds) -> None:
        """Run what is missing.

        Args:
            rounds: Where the figures are kept.
        """
        experiments: dict[str, Callable[[int], Iterator[Json]]] = {
            "slope": self._slope,
            "start": self._start,
            "import": self._import,
            "long": self._long,
            "journal": self._journal,
        }
        for number in range(self._given.rounds):
            for name in self._given.only or experiments:
                print(f"round {number + 1} of {self._given.rounds}: {name}", file=sys.stderr)
                rounds.run(name, number, lambda: list(experiments[name](number)))  # noqa: B023

    def _slope(self, number: int) -> Iterator[Json]:
        for variant in _turned(self._variants.trivial, number):
            for size in (self._given.tests, 2 * self._given.tests):
                count = round(size * variant.share)
                yield self._sessions.run(variant, "slope", variant.test, count)

    def _start(self, number: int) -> Iterator[Json]:
        for again in range(self._given.repeats):
            for variant in _turned(self._variants.first, number + again):
                yield self._sessions.run(variant, "start", FIRST, 1)

    def _import(self, number: int) -> Iterator[Json]:
        pair = (self._variants.bare, self._variants.asleep)
        for again in range(5 * self._given.repeats):
            for variant in _turned(pair, number + again):
                yield self._sessions.run(variant, "import", TRIVIAL, 0, "--collect-only")
            yield {"variant": "import", "import_s": import_s(self._variants.asleep)}

    def _long(self, number: int) -> Iterator[Json]:
        for variant in _turned([self._variants.bare, *self._variants.long], number):
            yield self._sessions.run(variant, "long", LONG, self._given.long, conftest=INSIDE)

    def _journal(self, _number: int) -> Iterator[Json]:
        yield self._sessions.run(
            self._variants.output, "journal", TRIVIAL, self._given.tests, conftest=JOURNAL
        )


def _turned(variants: Sequence[Variant], number: int) -> Sequence[Variant]:
    """The variants, from another one on in each round."""
    shift = number % len(variants)
    return [*variants[shift:], *variants[:shift]]


def import_s(variant: Variant) -> float:
    """Seconds in which a session of a variant loads the plugin, with all that it imports then."""
    arguments = variant.command("--collect-only")[3:]
    return float(
        subprocess.run(
            [variant.environment.python, "-c", LOADING, *arguments, "/dev/null"],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env=variant.environment.variables(),
        ).stdout.splitlines()[-1]
    )


def environments(variants: Variants) -> list[Environment]:
    """The environments that are compared."""
    found: list[Environment] = []
    for variant in variants.trivial:
        if variant.environment not in found:
            found.append(variant.environment)
    return found
