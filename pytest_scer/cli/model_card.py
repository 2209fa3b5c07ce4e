"""``pytest-scer model-card REPORT``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_scer.cli.exit_codes import OK

if TYPE_CHECKING:
    from pytest_scer.report.model import Report
    from pytest_scer.report.phases import PhaseCost

HELP = "print the co2_eq_emissions of a Hugging Face model card: training only"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The report, the model, and what the report cannot know."""
    parser.add_argument("report", type=Path, metavar="REPORT")
    parser.add_argument("--model", help="the model, where the report trained several")
    parser.add_argument(
        "--training-type", choices=("pre-training", "fine-tuning"), help="left out if not given"
    )
    parser.add_argument(
        "--sentence", action="store_true", help="print a sentence for a paper instead"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the YAML front matter, or the sentence.

    Raises:
        ValueError: There is no training in the report, more than one, or one without a figure.
    """
    from pytest_scer.report.phases import phase_cost
    from pytest_scer.report.schema import read_report

    report = read_report(arguments.report)
    model = _model(report, arguments)
    training = phase_cost(report, model, "training")
    if training.unmeasured:
        raise ValueError(
            f"{arguments.report}: the training of {model} is not measured whole: "
            f"{', '.join(training.unmeasured)} has no figure, and a card would understate it"
        )
    if not training.energy_j > 0:
        raise ValueError(f"{arguments.report}: the training of {model} took no energy: no figure")
    print(
        _sentence(report, model, training)
        if arguments.sentence
        else _card(report, training, arguments.training_type)
    )
    return OK


def _model(report: Report, arguments: argparse.Namespace) -> str:
    from pytest_scer.report.phases import models_of_phase

    trained = models_of_phase(report, "training")
    if not trained:
        raise ValueError(
            f"{arguments.report}: no training was measured, and co2_eq_emissions is about "
            'training: mark the test with phase="training" and model="..."'
        )
    if arguments.model is None and len(trained) > 1:
        raise ValueError(f"--model: which of {', '.join(trained)}?")
    if arguments.model not in (None, *trained):
        raise ValueError(f"--model {arguments.model}: trained were {', '.join(trained)}")
    model: str = arguments.model or trained[0]
    return model


def _card(report: Report, training: PhaseCost, training_type: str | None) -> str:
    from pytest_scer.report.ratings import hardware
    from pytest_scer.scoring.sci import fixed_point

    # A JSON string is a YAML string; fixed point, since the hub reads `1.2e-05` as 1.2.
    fields = {
        "emissions": fixed_point(report.conversion.grams(training.energy_j), 4),
        "source": json.dumps(f"{_method(report)}; operational emissions only"),
        "training_type": training_type and json.dumps(training_type),
        "geographical_location": json.dumps(report.carbon_intensity.location),
        "hardware_used": json.dumps("; ".join(hardware(report, ()))),
    }
    lines = [f"  {name}: {value}" for name, value in fields.items() if value is not None]
    return "\n".join(["---", "co2_eq_emissions:", *lines, "---"])


def _method(report: Report) -> str:
    from pytest_scer import __version__

    codecarbon = report.environment.versions.get("codecarbon", "")
    return f"pytest-scer {__version__} over CodeCarbon {codecarbon}".strip()


def _sentence(report: Report, model: str, training: PhaseCost) -> str:
    from pytest_scer.meters.base import Provenance
    from pytest_scer.report.ratings import hardware
    from pytest_scer.scoring.sci import JOULES_PER_KWH, fixed_point

    grid = report.carbon_intensity
    kwh = fixed_point(training.energy_j / JOULES_PER_KWH)
    grams = fixed_point(report.conversion.grams(training.energy_j))
    meters = ", ".join(
        f"{name.upper()} {info.provenance.value}"
        for name, info in report.meters.items()
        if info.provenance is not Provenance.ABSENT
    )
    year = f", {grid.year}" if grid.year else ""
    return (
        f"Training {model} used {kwh} kWh in {training.duration_s:.3g} s on "
        f"{'; '.join(hardware(report, ()))} ({meters}; {_method(report)}), which at "
        f"{grid.g_per_kwh:g} gCO2e per kWh ({grid.location}{year}) and a PUE of {report.pue:g} is "
        f"{grams} g of CO2e (operational emissions only)."
    )
