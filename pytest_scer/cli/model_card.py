"""``pytest-scer model-card REPORT``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_scer.cli.exit_codes import OK

if TYPE_CHECKING:
    from pytest_scer.report.model import Report

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
    from pytest_scer.formats import model_card
    from pytest_scer.report.phases import phase_cost
    from pytest_scer.report.reading import read_report

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
        model_card.sentence(report, model, training)
        if arguments.sentence
        else model_card.front_matter(report, training, arguments.training_type)
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
