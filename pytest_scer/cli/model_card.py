"""``pytest-scer model-card REPORT``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_scer.cli.exit_codes import OK
from pytest_scer.cli.saying import say

if TYPE_CHECKING:
    from pytest_scer.report.model import Report

HELP = "print the co2_eq_emissions of a Hugging Face model card (training only)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the report, the model, and what the report does not contain."""
    parser.add_argument("report", type=Path, metavar="REPORT")
    parser.add_argument("--model", help="the model, if several were trained")
    parser.add_argument(
        "--training-type", choices=("pre-training", "fine-tuning"), help="left out if not given"
    )
    parser.add_argument(
        "--sentence", action="store_true", help="print a sentence for a paper instead"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the YAML front matter, or the sentence.

    Raises:
        ValueError: The report has no training, that of several models, or no complete figure.
    """
    from pytest_scer.formats import model_card
    from pytest_scer.report.phases import phase_cost
    from pytest_scer.report.reading import read_report

    report = read_report(arguments.report)
    model = _model(report, arguments)
    training = phase_cost(report, model, "training")
    if training.unmeasured:
        raise ValueError(
            f"{arguments.report}: the training of {model} was measured only in part, so a card "
            f"would understate it: no figure for {', '.join(training.unmeasured)}"
        )
    if not training.energy_j > 0:
        raise ValueError(
            f"{arguments.report}: the training of {model} used no energy: there is no figure"
        )
    say(
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
            f"{arguments.report}: no training was measured, but co2_eq_emissions covers only "
            'training: mark a test with phase="training" and model="..."'
        )
    if arguments.model is None and len(trained) > 1:
        raise ValueError(f"--model: several were trained, choose one of {', '.join(trained)}")
    if arguments.model not in (None, *trained):
        raise ValueError(f"--model {arguments.model}: expected one of {', '.join(trained)}")
    model: str = arguments.model or trained[0]
    return model
