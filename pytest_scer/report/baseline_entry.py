"""The comparison of a test, or of the session, with its baseline, as the report holds it."""

from __future__ import annotations

from dataclasses import field

from pytest_scer.core import units
from pytest_scer.lazy_dataclass import dataclass


def times(count: int) -> str:
    """A number of repeats, as in ``3 times``."""
    return "once" if count == 1 else f"{count} times"


@dataclass(slots=True)
class BaselineEntry:
    """The comparison of a test, or of the session, with its baseline.

    Attributes:
        verdict: ``ok``, ``improved``, ``regression``, ``inconclusive``, or ``unmeasured`` if there
            is none.
        comparable: Whether there was something to compare.
        reason: Why there was nothing to compare, or why it was not measured again as often as
            allowed.
        against: The file or directory of the baseline.
        value: The baseline's figure in joules.
        actual: This session's figure in joules.
        components: The compared components.
        corrected_by: What ``actual`` is multiplied by to correct for machine speed; None if it is
            not corrected.
        depends_on_speed: Whether figures are modelled from CPU time, and so follow machine speed.
        change: Growth of the corrected figure; 0.4 is 40 %.
        noise: How much of it may be noise: a regression has ``change - noise`` over ``threshold``.
        detectable: The smallest growth that is found in 9 of 10 cases; None if nothing is known.
        threshold: How much growth is allowed.
        floor_j: A growth up to this number of joules does not count.
        method: What was compared, and where the noise figure comes from.
        baseline_samples: Joules of each run of the baseline, and of the reference workload then.
        samples: The same of this session's runs, the first one first.
        confirmed: How many times it was measured again.
        baseline_g_per_kwh: The baseline's carbon intensity, used for both CO2e figures.
        baseline_co2e_g: The baseline's figure in grams.
        co2e_g: This session's figure in grams.
        baseline_cpu_time_s: CPU seconds of the baseline's newest run.
        cpu_time_s: CPU seconds of this session's first run.
        notes: What else changed: the section or fixture that grew most, units, versions.
    """

    verdict: str
    comparable: bool
    reason: str | None
    against: str
    components: list[str]
    threshold: float
    floor_j: float
    baseline_samples: list[list[float | None]]
    samples: list[list[float | None]]
    baseline_g_per_kwh: float
    value: float | None = None
    actual: float | None = None
    corrected_by: float | None = None
    depends_on_speed: bool = False
    change: float | None = None
    noise: float | None = None
    detectable: float | None = None
    method: str = ""
    confirmed: int = 0
    baseline_co2e_g: float | None = None
    co2e_g: float | None = None
    baseline_cpu_time_s: float | None = None
    cpu_time_s: float | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def corrected_j(self) -> float | None:
        """This session's joules, at the machine speed of the baseline."""
        return None if self.actual is None else self.actual * (self.corrected_by or 1.0)

    @property
    def difference_j(self) -> float:
        """How many joules the change is, in either direction; 0 if nothing was compared."""
        now_j = self.corrected_j
        return 0.0 if now_j is None or self.value is None else abs(now_j - self.value)

    @property
    def text(self) -> str:
        """One line: figure, baseline, change, noise and threshold."""
        if self.change is None or self.noise is None:
            return f"not compared with {self.against}: {self.reason}{self._cpu_seconds}"
        relation = {
            "ok": "within the threshold of",
            "improved": "an improvement by more than the threshold of",
            "regression": "over the threshold of",
            "inconclusive": "too noisy to compare with the threshold of",
        }[self.verdict]
        corrected = ", not corrected for speed" if self.depends_on_speed else ""
        if self.corrected_by is not None:
            corrected = f", corrected for speed x {self.corrected_by:.2f}"
        again = f", measured again {times(self.confirmed)}" if self.confirmed else ""
        return (
            f"{units.quantity(self.corrected_j, 'J')} against {units.quantity(self.value, 'J')} "
            f"({' + '.join(self.components)}{corrected}): {self.change:+.0%} \u00b1 "
            f"{self.noise:.0%}, {relation} {self.threshold:.0%}{again} (baseline {self.against})"
        )

    @property
    def headline(self) -> str:
        """Cost and growth, as in ``Regression: 1.40 J, +42% ± 8% (baseline 986 mJ)``."""
        if self.change is None or self.noise is None:
            return f"Not compared: {self.reason}"
        return (
            f"{self.verdict.capitalize()}: {units.quantity(self.corrected_j, 'J')}, "
            f"{self.change:+.0%} ± {self.noise:.0%} "
            f"(baseline {units.quantity(self.value, 'J')})"
        )

    @property
    def failure_text(self) -> str:
        """The message of a test that this comparison fails; its first line is the headline."""
        lines = [self.headline, f"limit: {self.threshold:+.0%} over the baseline {self.against}"]
        if self.change is None:
            lines += [self._cpu_seconds.removeprefix("; ")] if self._cpu_seconds else []
            return "\n  ".join(lines)
        now, before = (
            units.quantity(grams, "g", suffix="CO2e")
            for grams in (self.co2e_g, self.baseline_co2e_g)
        )
        lines += [
            f"read: {' + '.join(self.components)}{self._speed}; {self.method}",
            f"CO2e: {now} against {before}, both at {self.baseline_g_per_kwh:g} g per kWh",
            *self.notes,
        ]
        if self.reason is not None:
            lines.append(f"reason: {self.reason}")
        if self.verdict == "inconclusive":
            lines.append(
                "remedy: measure it more often (--scer-confirm N), or record more sessions"
            )
        else:
            lines.append(
                "remedy: reduce the work, or accept the new level (pytest-scer accept, "
                "--scer-save-baseline)"
            )
        return "\n  ".join(lines)

    @property
    def _speed(self) -> str:
        if self.corrected_by is not None:
            return f", corrected for machine speed x {self.corrected_by:.2f}"
        return ", not corrected for machine speed" if self.depends_on_speed else ""

    @property
    def _cpu_seconds(self) -> str:
        if self.cpu_time_s is None or self.baseline_cpu_time_s is None:
            return ""
        return (
            f"; CPU time {units.quantity(self.baseline_cpu_time_s, 's')} in the baseline, "
            f"{units.quantity(self.cpu_time_s, 's')} now"
        )
