"""All of ``pytest-scer ab``: copies, rounds and the report."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

from pytest_scer.ab.experiment import Experiment
from pytest_scer.ab.known import Known
from pytest_scer.ab.noise import noise_floor
from pytest_scer.ab.side import SideFailed
from pytest_scer.ab.trees import Repository, Tree, set_up, trees
from pytest_scer.ab.verdicts import Judged
from pytest_scer.report.ab import AbReport, AbTest


def compare(
    directory: Path,
    base: str,
    head: str | None,
    arguments: Sequence[str],
    *,
    setup: str | None = None,
    max_time_s: float | None = None,
    progress: Callable[[str], object] = str,
) -> AbReport:
    """Compare two commits of the repository that contains a directory.

    Args:
        directory: Where to run pytest.
        base: A commit.
        head: A commit; None for the work tree.
        arguments: Passed to pytest.
        setup: A command to run in each copy first.
        max_time_s: No run begins after this number of seconds; None for the default.
        progress: Called with a line about each step.

    Raises:
        ValueError: Something cannot be compared; the message says what, and what to do about it.
    """
    if sys.platform == "win32":
        raise SideFailed("pytest-scer ab needs a POSIX system: sides inherit a socket")
    repository = Repository(directory)
    with trees(repository, base, head) as both:
        if setup is not None:
            for tree in both:
                progress(f"--setup in {tree.name}")
                set_up(tree, setup)
        experiment = Experiment(both, repository.top, arguments, max_time_s, progress)
        interrupted = False
        try:
            experiment.run()
        except KeyboardInterrupt:
            interrupted = True
        return _report(experiment, both, interrupted=interrupted)


def _report(experiment: Experiment, both: tuple[Tree, Tree], *, interrupted: bool) -> AbReport:
    judged = experiment.judged()
    if not judged and not interrupted:
        reasons = "; ".join(f"{name}: {why}" for name, why in experiment.not_compared.items())
        raise SideFailed(f"no test passed on both sides, so nothing can be compared: {reasons}")
    hello = experiment.hello
    detectable = [each.detectable for each in judged.values() if each.base_j >= each.floor_j]
    typical = median(detectable) if detectable else None
    threshold = experiment.threshold
    return AbReport(
        both[0].title,
        both[1].title,
        threshold.text,
        threshold.share,
        hello.compared if hello else (),
        hello.g_per_j if hello else 0.0,
        {nodeid: _entry(each, experiment.tests[nodeid]) for nodeid, each in judged.items()},
        experiment.not_compared,
        noise_floor(experiment.histories.values()),
        typical,
        experiment.rounds,
        experiment.elapsed_s,
        experiment.most_s,
        interrupted,
        (*experiment.warnings, *_warnings(typical, threshold.share, experiment)),
        hello.fail_on if hello else frozenset(),
    )


def _warnings(detectable: float | None, threshold: float, experiment: Experiment) -> Iterator[str]:
    if detectable is not None and round(detectable, 2) > threshold:
        time_s = f"{experiment.most_s:.0f}" if experiment.most_s is not None else "a longer time"
        yield (
            f"a growth between the threshold of {threshold:.0%} and {detectable:.0%} may have gone "
            f"unseen in most tests: give the comparison more time (--max-time, now {time_s} s), a "
            "quieter machine, or fewer tests (-k, paths)"
        )


def _entry(found: Judged, known: Known) -> AbTest:
    more = ["repeats find the work done: only first runs of a process count"]
    return AbTest(
        found.verdict,
        found.base_j,
        found.head_j,
        found.change,
        found.low,
        found.high,
        found.detectable,
        found.floor_j,
        found.rounds,
        found.pairs,
        (*known.notes, *(more if found.first_only else ())),
        tuple(tuple(map(math.exp, ratios)) for ratios in known.history.ratios),
    )
