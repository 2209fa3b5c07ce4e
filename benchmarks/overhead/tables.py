"""The tables: every figure beside its goal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import sub, truediv

from overhead.sessions import Variant
from overhead.suites import LONG_S
from overhead.variants import ASLEEP, BARE, Variants
from rounds import Json, Rounds, Spread, paired, table

IMPORT_GOAL_S, LONG_GOAL, JOURNAL_GOAL_S = 3e-3, 0.005, 30e-6


class Tables:
    """Sums up the rounds on file."""

    def __init__(self, rounds: Rounds, variants: Variants) -> None:
        """Sum up nothing yet.

        Args:
            rounds: Where the figures are.
            variants: What was compared.
        """
        self._rounds = rounds
        self._variants = variants

    def lines(self) -> Iterator[str]:
        """All tables; only those of experiments that have run."""
        parts: dict[str, Callable[[], Iterator[str]]] = {
            "slope": self._slope,
            "start": self._start,
            "import": self._import,
            "long": self._long,
            "journal": self._journal,
        }
        yield "Medians of the rounds (quartiles); ratios and differences are those within a round."
        for name, part in parts.items():
            if self._rounds.of(name):
                yield ""
                yield from part()
        for name, why in self._variants.missing.items():
            yield ""
            yield f"Not measured here: {name} ({why})."

    def _of(self, experiment: str, variant: str) -> list[Json]:
        """The sessions of a variant, in order."""
        return [
            session
            for sessions in self._rounds.of(experiment)
            for session in sessions
            if session["variant"] == variant
        ]

    def _present(self, experiment: str, variants: Sequence[Variant]) -> Iterator[Variant]:
        """The variants that were measured."""
        return (each for each in variants if self._of(experiment, each.name))

    def _added(self, experiment: str, variant: Variant, figure: str) -> Spread:
        return Spread.of(
            paired(
                self._of(experiment, variant.name),
                self._of(experiment, variant.beside),
                figure,
                sub,
            )
        )

    # --- trivial tests ----------------------------------------------------------------------

    def _each(self, variant: str) -> list[Json]:
        """What one more test cost in each round: CPU and wall seconds."""
        found = []
        for sessions in self._rounds.of("slope"):
            own = sorted(
                (each for each in sessions if each["variant"] == variant),
                key=lambda each: int(each["size"]),
            )
            if own:
                few, many = own
                more = many["size"] - few["size"]
                found.append(
                    {name: (many[name] - few[name]) / more for name in ("cpu_s", "wall_s")}
                    | {"sizes": f"{few['size']:,} to {many['size']:,}"}
                )
        return found

    def _slope(self) -> Iterator[str]:
        headers = ("trivial tests", "from .. to", "CPU us each", "added", "ratio", "wall ratio")
        yield from table((*headers, "goal"), self._slope_rows())

    def _slope_rows(self) -> Iterator[Sequence[str]]:
        for variant in self._present("slope", self._variants.trivial):
            own, beside = self._each(variant.name), self._each(variant.beside)
            cells = [variant.name, own[0]["sizes"]]
            cells.append(Spread.of(each["cpu_s"] for each in own).text(".0f", unit=1e-6))
            if beside:
                added = Spread.of(paired(own, beside, "cpu_s", sub))
                ratio, wall = (
                    Spread.of(paired(own, beside, figure, truediv)).text()
                    for figure in ("cpu_s", "wall_s")
                )
                cells += [added.text("+.0f", unit=1e-6), ratio, wall]
            else:
                cells += ["", "1", "1"]
            yield [*cells, "" if variant.goal is None else f"{variant.goal:.2f}"]

    # --- start ------------------------------------------------------------------------------

    def _start(self) -> Iterator[str]:
        headers = ("start, to the first test", "CPU s", "CPU s added", "wall s added")
        yield from table((*headers, "goal", "whole session, wall s added"), self._start_rows())

    def _start_rows(self) -> Iterator[Sequence[str]]:
        for variant in self._present("start", self._variants.first):
            own = self._of("start", variant.name)
            cells = [variant.name, Spread.of(each["first_cpu_s"] for each in own).text()]
            if not variant.beside:
                yield [*cells, "", "", "", ""]
                continue
            cpu, wall, whole = (
                self._added("start", variant, figure).text("+.3f")
                for figure in ("first_cpu_s", "first_wall_s", "wall_s")
            )
            goal = variant.start_goal_s
            yield [*cells, cpu, wall, "" if goal is None else f"+{goal:.2f}", whole]

    def _import(self) -> Iterator[str]:
        figures = [each["import_s"] for each in self._of("import", "import")]
        asleep = self._variants.asleep
        rows = [("import of the plugin", Spread.of(figures), f"{IMPORT_GOAL_S * 1e3:.0f}")]
        rows += [
            (
                f"added to `--collect-only` without tests, {name}",
                self._added("import", asleep, figure),
                "",
            )
            for name, figure in (("CPU", "cpu_s"), ("wall", "wall_s"))
        ]
        yield from table(
            (f"{ASLEEP}, {len(figures)} times", "ms", "goal"),
            ([name, spread.text(".1f", unit=1e-3), goal] for name, spread, goal in rows),
        )

    # --- long tests -------------------------------------------------------------------------

    def _long(self) -> Iterator[str]:
        size = self._of("long", BARE)[0]["size"]
        title = f"{size} tests of {LONG_S * 1e3:.0f} ms, half of them asleep"
        headers = ("CPU ms each", "CPU us added", "of the CPU time", "of the wall time", "goal")
        yield from table(
            (title, *headers, "other threads, CPU us each", "wall clock, added"),
            self._long_rows(size),
        )
        yield ""
        yield (
            "A working test ends after 100 ms of CPU time of its thread, however fast the machine "
            "is, so the CPU time added is known to a few microseconds. *Of the wall time*: the "
            "same time as a share of bare pytest's wall time. *Wall clock*: what a clock shows, "
            "with the noise of the machine."
        )

    def _long_rows(self, size: int) -> Iterator[Sequence[str]]:
        bare = self._of("long", BARE)
        cpu_s = Spread.of(each["inside_cpu_s"] / size for each in bare)
        yield [BARE, cpu_s.text(".2f", unit=1e-3), *[""] * 6]
        for variant in self._present("long", self._variants.long):
            own = self._of("long", variant.name)
            added_s = paired(own, bare, "inside_cpu_s", sub)
            of_wall = [
                more / each["inside_wall_s"] for more, each in zip(added_s, bare, strict=True)
            ]
            ratios = paired(own, bare, "inside_cpu_s", truediv)
            walls = paired(own, bare, "inside_wall_s", truediv)
            yield [
                variant.name,
                Spread.of(each["inside_cpu_s"] / size for each in own).text(".2f", unit=1e-3),
                Spread.of(each / size for each in added_s).text("+.0f", unit=1e-6),
                Spread.of(ratio - 1 for ratio in ratios).text("+.2%"),
                Spread.of(of_wall).text("+.2%"),
                f"{LONG_GOAL:.1%}",
                Spread.of(each["threads_s"] / size for each in own).text(".0f", unit=1e-6),
                Spread.of(ratio - 1 for ratio in walls).text("+.2%"),
            ]

    def _journal(self) -> Iterator[str]:
        sessions = [each for round_ in self._rounds.of("journal") for each in round_]
        lines = sessions[0]["lines"]
        rows = [
            (name, Spread.of(each[figure] / each["lines"] for each in sessions), goal)
            for name, figure, goal in (
                ("CPU of the thread", "write_cpu_s", f"{JOURNAL_GOAL_S * 1e6:.0f}"),
                ("wall, with what waits for the disk", "write_s", ""),
            )
        ]
        yield from table(
            (f"journal, {lines:,} tests", "us each", "goal"),
            ([name, spread.text(".1f", unit=1e-6), goal] for name, spread, goal in rows),
        )
