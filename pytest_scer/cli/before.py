"""``pytest-scer estimate --before``: ask or refuse before a run that would exceed a budget."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from pytest_scer.cli.exit_codes import FAILED, OK
from pytest_scer.cli.saying import say
from pytest_scer.core.budget import Budget
from pytest_scer.core.intensity import Conversion
from pytest_scer.core.judgement import Judgement, Limit, Verdict, judge
from pytest_scer.core.measurement import Measurement
from pytest_scer.core.units import JOULES_PER_KWH
from pytest_scer.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from pytest_scer.report.model import Report

_OPTION = "--budget"


@dataclass(frozen=True)
class Prediction:
    """What a run is expected to cost.

    Attributes:
        measurement: Its energy and duration.
        conversion: Converts its joules to grams of CO2e.
        units: The functional units that it produces.
    """

    measurement: Measurement
    conversion: Conversion
    units: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of_calculator(cls, energy_kwh: float, co2e_g: float, hours: float) -> Prediction:
        """The result of a calculator, which includes its PUE and states no uncertainty.

        Args:
            energy_kwh: Its energy.
            co2e_g: Its grams of CO2e.
            hours: The duration of the run.
        """
        joules = energy_kwh * JOULES_PER_KWH
        measured = Measurement(hours * 3600, 0.0, joules, None, None, 0.0)
        return cls(measured, Conversion(co2e_g / energy_kwh if energy_kwh else 0.0, 1.0))

    @classmethod
    def of_report(cls, report: Report, times: float) -> Prediction:
        """A number of runs like the one of a report.

        Args:
            report: The report.
            times: How many runs.
        """
        from pytest_scer.core.measurement import scaled
        from pytest_scer.meters.noise import noise_of
        from pytest_scer.report.build import sum_of_units

        totals = report.totals
        whole = Measurement(
            report.session.duration_s, 0.0, totals.cpu_j, totals.gpu_j, totals.ram_j, 0.0
        )
        counted = {unit: times * count for unit, count in sum_of_units(report.tests).items()}
        return cls(scaled(noise_of(report.meters).add_to(whole), times), report.conversion, counted)


def add_before(parser: argparse.ArgumentParser) -> None:
    """Add ``--before`` and its budgets."""
    parser.add_argument(
        "--before",
        action="store_true",
        help="before a run: if it would exceed a budget, ask on a terminal, else exit with 1",
    )
    parser.add_argument(
        _OPTION,
        action="append",
        type=_budget,
        default=[],
        metavar="BUDGET",
        help="a budget for --before, as in '50 kJ' or '2 gCO2e'; may be given several times "
        "(default: those of the report's session)",
    )


def _budget(text: str) -> Budget:
    try:
        return Budget.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def check(prediction: Prediction, budgets: Sequence[Budget]) -> int:
    """Print the verdict on each budget; ask or refuse if one would be exceeded.

    Args:
        prediction: What the run is expected to cost.
        budgets: The budgets.

    Returns:
        The exit code: 0 to run it.

    Raises:
        ValueError: There is no budget.
    """
    if not budgets:
        raise ValueError(f"--before needs a limit: {_OPTION} '50 kJ'")
    found = list(_judged(prediction, budgets))
    for judgement in found:
        say(_said(judgement))
    if all(judgement.verdict is not Verdict.EXCEEDED for judgement in found):
        return OK
    if _is_wanted():
        return OK
    print("refused: the run would exceed its budget")
    return FAILED


def _judged(prediction: Prediction, budgets: Sequence[Budget]) -> Iterator[Judgement]:
    for budget in budgets:
        limit = Limit(budget, _OPTION)
        yield judge(
            limit, prediction.measurement, prediction.units, prediction.conversion, who="the run"
        )


def _said(judgement: Judgement) -> str:
    budget = judgement.limit.budget
    if judgement.actual is None:
        return f"budget {budget.text}: not checked: {judgement.reason}"
    cost = budget.show_amount(judgement.actual, judgement.uncertainty or None)
    verdict = {
        Verdict.OK: "within budget",
        Verdict.EXCEEDED: "over budget",
        Verdict.INCONCLUSIVE: "may exceed it",
    }[judgement.verdict]
    return f"budget {budget.text}: the run would cost {cost}: {verdict}"


def _is_wanted() -> bool:
    """Ask whether to run it anyway; no without a terminal."""
    if not _has_a_terminal():
        return False
    try:
        return input("Run it anyway? [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _has_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
