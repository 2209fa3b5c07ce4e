"""``pytest-scer estimate``: known calculators, alone or next to what a report measured."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from pytest_scer.cli import calculators
from pytest_scer.cli.before import Prediction, add_before, check
from pytest_scer.cli.exit_codes import OK
from pytest_scer.cli.numbers import at_least, count_from_1
from pytest_scer.cli.saying import say

HELP = "what known calculators say of a measured run, or of hours and hardware"

OF_REPORT: Final = "REPORT"
"""The name of the sub-command that reads a report; users leave it out."""
CALCULATORS: Final = {
    "green-algorithms": (calculators.green_algorithms, "Green Algorithms 3"),
    "ml-co2-impact": (calculators.ml_co2_impact, "ML CO2 Impact: GPU only, two decimals"),
    "carbontracker": (calculators.carbontracker, "carbontracker 2: from one epoch"),
}


def completed(arguments: Sequence[str]) -> list[str]:
    """The arguments with the name of the sub-command for reports, where users leave it out."""
    first = arguments[0] if arguments else "--help"
    named = first in CALCULATORS or first in ("-h", "--help")
    return list(arguments) if named else [OF_REPORT, *arguments]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add a sub-command for reports, and one for each calculator."""
    methods = parser.add_subparsers(required=True, metavar="REPORT|METHOD")
    _add_report(methods.add_parser(OF_REPORT, help="all three, next to what a report measured"))
    for name, (add, about) in CALCULATORS.items():
        method = methods.add_parser(name, help=about)
        add(method)
        add_before(method)
        method.set_defaults(run_method=_run_calculator)


def run(arguments: argparse.Namespace) -> int:
    """Print the estimates."""
    run_method: Callable[[argparse.Namespace], int] = arguments.run_method
    return run_method(arguments)


def _run_calculator(arguments: argparse.Namespace) -> int:
    estimate: Callable[[argparse.Namespace], Prediction] = arguments.estimate
    prediction = estimate(arguments)
    print("an estimate from your inputs, not a measurement")
    return check(prediction, arguments.budget) if arguments.before else OK


def _add_report(parser: argparse.ArgumentParser) -> None:
    from pytest_scer.sources import estimators

    parser.prog = parser.prog.removesuffix(f" {OF_REPORT}")
    parser.add_argument("report", type=Path, metavar="REPORT", help="a JSON report")
    parser.add_argument(
        "--core-watts",
        type=at_least(0),
        default=estimators.GREEN_ALGORITHMS_CORE.value,
        metavar="W",
        help="TDP of a CPU core (default: %(default)g, Green Algorithms' for any core)",
    )
    parser.add_argument(
        "--gpu-watts",
        type=at_least(0),
        default=estimators.GREEN_ALGORITHMS_GPU.value,
        metavar="W",
        help="TDP of a GPU (default: %(default)g, Green Algorithms' for any GPU)",
    )
    parser.add_argument(
        "--epochs",
        type=count_from_1,
        metavar="N",
        help="carbontracker: predict this number of epochs from the runs of the sections called "
        "epoch, or from the session",
    )
    parser.add_argument(
        "--times",
        type=at_least(0),
        default=1.0,
        metavar="N",
        help="--before: this number of runs like the measured one (default: %(default)g)",
    )
    add_before(parser)
    parser.set_defaults(run_method=_run_report)


def _run_report(arguments: argparse.Namespace) -> int:
    from pytest_scer.core.budget import Budget
    from pytest_scer.formats.estimated import lines
    from pytest_scer.report.estimated import Assumptions, estimate
    from pytest_scer.report.reading import read_report

    report = read_report(arguments.report)
    given = Assumptions(arguments.core_watts, arguments.gpu_watts, arguments.epochs)
    try:
        found = list(estimate(report, given))
    except ValueError as error:
        raise ValueError(f"{arguments.report}: {error}") from None
    say("\n".join(lines(report, found)))
    if not arguments.before:
        return OK
    own = [Budget.parse(each.limit) for each in report.budgets if each.target is None]
    return check(Prediction.of_report(report, arguments.times), arguments.budget or own)
