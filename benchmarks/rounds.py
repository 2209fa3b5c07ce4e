"""Figures that are measured in rounds: kept in a file, summed up with their spread.

In a round all variants of an experiment run in turn, so that what else the machine does hits all of
them. Ratios and differences are those within a round. A round is written when it is complete, as
one JSON object per line; a run that was stopped goes on with the next one.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

SOURCE = Path(__file__).resolve().parents[1]

Json = dict[str, Any]


class Spread(NamedTuple):
    """A median with its quartiles.

    Attributes:
        low: A quarter of the figures are lower.
        middle: The median.
        high: A quarter of the figures are higher.
    """

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, figures: Iterable[float]) -> Spread:
        """The spread of at least one figure."""
        found = list(figures)
        if len(found) == 1:
            return cls(*found * 3)
        low, _, high = quantiles(found, n=4, method="inclusive")
        return cls(low, median(found), high)

    def text(self, form: str = ".2f", *, unit: float = 1.0) -> str:
        """The median, and the quartiles in brackets.

        Args:
            form: The format of each figure.
            unit: What the figures are divided by.
        """
        low, middle, high = (format(figure / unit, form) for figure in self)
        return f"{middle} ({low} to {high})"


class Rounds:
    """The rounds of a benchmark, those of earlier calls included."""

    def __init__(self, file: Path, about: Json) -> None:
        """Read what is on file, or begin the file.

        Args:
            file: Where the rounds are kept.
            about: What the figures depend on.

        Raises:
            SystemExit: The file is about something else.
        """
        self._file = file
        lines = file.read_text().splitlines() if file.exists() else []
        rows = [json.loads(line) for line in lines]
        if not rows:
            rows = [{"began": datetime.now(tz=timezone.utc).strftime("%Y-%m-%d"), "about": about}]
            self._append(rows[0])
        if rows[0]["about"] != about:
            raise SystemExit(
                f"{file} is about {rows[0]['about']}, not {about}: choose another --output"
            )
        self.began: str = rows[0]["began"]
        self.about: Json = rows[0]["about"]
        self._rows = rows[1:]

    def _append(self, row: Json) -> None:
        with self._file.open("a", encoding="utf-8") as out:
            out.write(json.dumps(row) + "\n")

    def run(self, experiment: str, number: int, measure: Callable[[], list[Json]]) -> None:
        """Run a round and keep it, unless it is on file.

        Args:
            experiment: Which experiment.
            number: Which of its rounds.
            measure: Runs the round; returns the figures of each session.
        """
        if any((row["experiment"], row["round"]) == (experiment, number) for row in self._rows):
            return
        load = os.getloadavg()[0]
        row = {"experiment": experiment, "round": number, "load": load, "sessions": measure()}
        self._rows.append(row)
        self._append(row)

    def of(self, experiment: str) -> list[list[Json]]:
        """The sessions of each round of an experiment."""
        return [row["sessions"] for row in self._rows if row["experiment"] == experiment]

    def heading(self, versions: Iterable[str]) -> Iterator[str]:
        """What a reader has to know of the figures: date, machine, versions and load.

        Args:
            versions: Further lines.
        """
        loads = [row["load"] for row in self._rows]
        yield f"* {self.began}, commit {self.about['commit']}"
        yield f"* {self.about['machine']}; {self.about['system']}"
        yield from (f"* {each}" for each in versions)
        if loads:
            yield f"* load before each round: {Spread.of(loads).text('.1f')}"


def machine_facts() -> Json:
    """What the figures of a run depend on: the code and the machine."""
    git = ("git", "-C", str(SOURCE))
    commit = _output(*git, "rev-parse", "--short", "HEAD") or "unknown"
    changed = _output(*git, "status", "--porcelain", "--", "pytest_scer", "benchmarks")
    return {
        "commit": commit + (" with changes" if changed else ""),
        "machine": f"{_processor()}, {os.cpu_count()} hardware threads",
        "system": f"{platform.system()} {platform.release()}",
    }


def _output(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _processor() -> str:
    cpus = Path("/proc/cpuinfo")
    names = [
        line.partition(":")[2].strip()
        for line in (cpus.read_text().splitlines() if cpus.exists() else [])
        if line.startswith("model name")
    ]
    return names[0] if names else platform.processor() or platform.machine()


def paired(
    sessions: Iterable[Mapping[str, float]],
    others: Iterable[Mapping[str, float]],
    figure: str,
    combine: Callable[[float, float], float],
) -> list[float]:
    """Combine a figure of each session with that of the other session in its round.

    Args:
        sessions: One of each round.
        others: What they are compared with, in the same order.
        figure: Which figure.
        combine: Such as a difference or a ratio.
    """
    return [
        combine(one[figure], other[figure]) for one, other in zip(sessions, others, strict=True)
    ]


def table(headers: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """The lines of a Markdown table, whose first column is text."""
    names = list(headers)
    yield f"| {' | '.join(names)} |"
    yield f"| --- |{' ---: |' * (len(names) - 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def put_into(page: Path, name: str, lines: Iterable[str]) -> None:
    """Replace the figures of a benchmark on a page of the documentation.

    Args:
        page: The page, which has a comment at the start and the end of the figures.
        name: The name in these comments.
        lines: The new figures.
    """
    begin, end = f"<!-- figures of {name} -->", f"<!-- end of {name} -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, ended, after = rest.partition(end)
    if not (found and ended):
        raise SystemExit(f"{page} has no {begin} ... {end}")
    text = "\n".join((begin, "", *lines, "", end))
    page.write_text(before + text + after, encoding="utf-8")
