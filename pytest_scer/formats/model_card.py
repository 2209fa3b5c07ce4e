"""The ``co2_eq_emissions`` of a Hugging Face model card, which covers training only."""

from __future__ import annotations

import json

from pytest_scer import __version__
from pytest_scer.core.shown import visible
from pytest_scer.formats.accuracy import interval
from pytest_scer.meters.base import Provenance
from pytest_scer.report.model import Report
from pytest_scer.report.phases import PhaseCost
from pytest_scer.report.setting import hardware
from pytest_scer.scoring.sci import JOULES_PER_KWH, fixed_point


def front_matter(report: Report, training: PhaseCost, training_type: str | None) -> str:
    """Return the ``co2_eq_emissions`` of a model card as YAML front matter.

    Args:
        report: The report.
        training: The cost of training the model.
        training_type: ``pre-training`` or ``fine-tuning``; left out if None.
    """
    # Every JSON string is a YAML string. Fixed point, since the hub reads `1.2e-05` as 1.2.
    fields = {
        "emissions": fixed_point(report.conversion.grams(training.energy_j), 4),
        "source": json.dumps(
            f"{_method(report)}; {_components(report)}; operational emissions only"
        ),
        "training_type": training_type and json.dumps(training_type),
        "geographical_location": json.dumps(report.carbon_intensity.location),
        "hardware_used": json.dumps("; ".join(hardware(report, ()))),
    }
    lines = [f"  {name}: {value}" for name, value in fields.items() if value is not None]
    return "\n".join(["---", "co2_eq_emissions:", *lines, "---"])


def _method(report: Report) -> str:
    codecarbon = report.environment.versions.get("codecarbon", "")
    return f"pytest-scer {__version__} with CodeCarbon {codecarbon}".strip()


def _components(report: Report) -> str:
    """How each component was obtained, and how far it may be off."""
    return ", ".join(
        f"{name.upper()} {info.provenance.value}"
        + (f" (error {interval(info.accuracy)})" if info.accuracy else "")
        for name, info in report.meters.items()
        if info.provenance is not Provenance.ABSENT
    )


def sentence(report: Report, model: str, training: PhaseCost) -> str:
    """Describe the training of a model in a sentence for a paper."""
    grid = report.carbon_intensity
    kwh = fixed_point(training.energy_j / JOULES_PER_KWH, report.digits)
    grams = fixed_point(report.conversion.grams(training.energy_j), report.digits)
    year = f", {grid.year}" if grid.year else ""
    return visible(
        f"Training {model} used {kwh} kWh in {training.duration_s:.3g} s on "
        f"{'; '.join(hardware(report, ()))} ({_components(report)}; {_method(report)}), which at "
        f"{grid.g_per_kwh:g} gCO2e per kWh ({grid.location}{year}) and a PUE of {report.pue:g} is "
        f"{grams} g of CO2e (operational emissions only)."
    )
