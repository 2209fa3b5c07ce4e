"""The calculators of ``pytest-scer estimate``, with what a user enters into them."""

from __future__ import annotations

import argparse

from pytest_scer.cli.before import Prediction
from pytest_scer.cli.numbers import at_least, count, count_from_1, share


def green_algorithms(parser: argparse.ArgumentParser) -> None:
    """Add the options of Green Algorithms."""
    from pytest_scer.sources import estimators
    from pytest_scer.sources.grids import WORLD

    positive = at_least(0)
    parser.add_argument("--hours", type=positive, required=True, help="duration of one run")
    parser.add_argument("--cores", type=count, default=0, help="number of CPU cores")
    parser.add_argument(
        "--core-watts", type=positive, default=estimators.GREEN_ALGORITHMS_CORE.value
    )
    parser.add_argument("--cpu-usage", type=share, default=1.0, help="0 to 1")
    parser.add_argument("--gpus", type=count, default=0)
    parser.add_argument("--gpu-watts", type=positive, default=estimators.GREEN_ALGORITHMS_GPU.value)
    parser.add_argument("--gpu-usage", type=share, default=1.0, help="0 to 1")
    parser.add_argument("--memory", type=positive, default=0.0, metavar="GB")
    parser.add_argument("--pue", type=at_least(1), default=estimators.GREEN_ALGORITHMS_PUE.value)
    parser.add_argument("--intensity", type=positive, default=WORLD.value, help="g per kWh")
    parser.add_argument("--runs", type=count_from_1, default=1)
    parser.set_defaults(estimate=_print_green_algorithms)


def _print_green_algorithms(arguments: argparse.Namespace) -> Prediction:
    from pytest_scer.scoring.estimates import green_algorithms
    from pytest_scer.scoring.sci import fixed_point

    found = green_algorithms(
        arguments.hours,
        cores=arguments.cores,
        w_per_core=arguments.core_watts,
        cpu_usage=arguments.cpu_usage,
        gpus=arguments.gpus,
        w_per_gpu=arguments.gpu_watts,
        gpu_usage=arguments.gpu_usage,
        memory_gb=arguments.memory,
        pue=arguments.pue,
        g_per_kwh=arguments.intensity,
        runs=arguments.runs,
    )
    print("Green Algorithms 3 (Lannelongue, Grealey, Inouye, 2021)")
    print(f"energy:    {fixed_point(found.energy_kwh, 4)} kWh, PUE {arguments.pue:g} included")
    print(f"emissions: {fixed_point(found.co2e_g, 4)} gCO2e at {arguments.intensity:g} g per kWh")
    trees = fixed_point(found.tree_months)
    print(f"trees:     {trees} tree-months, contested: see pytest-scer sources tree")
    print(f"driving:   {fixed_point(found.car_km)} km in an average European car")
    hours = arguments.hours * arguments.runs
    return Prediction.of_calculator(found.energy_kwh, found.co2e_g, hours)


def ml_co2_impact(parser: argparse.ArgumentParser) -> None:
    """Add the options of ML CO2 Impact."""
    parser.add_argument("--gpu-watts", type=at_least(0), required=True, help="TDP of the GPU")
    parser.add_argument("--hours", type=at_least(0), required=True)
    parser.add_argument("--intensity", type=at_least(0), required=True, help="g per kWh")
    parser.add_argument("--offset", type=at_least(0), default=0.0, metavar="PERCENT")
    parser.set_defaults(estimate=_print_ml_co2)


def _print_ml_co2(arguments: argparse.Namespace) -> Prediction:
    from pytest_scer.scoring.estimates import ml_co2_impact
    from pytest_scer.scoring.sci import fixed_point

    found = ml_co2_impact(
        arguments.gpu_watts, arguments.hours, arguments.intensity, arguments.offset
    )
    print("ML CO2 Impact (Lacoste and others, 2019): GPU only, rounded at each step as on its page")
    print(f"energy:    {found.energy_kwh:.2f} kWh")
    print(f"emissions: {found.co2e_kg:.2f} kgCO2e at {found.kg_per_kwh:.2f} kg per kWh")
    same = (
        f"{fixed_point(found.car_km)} km by car",
        f"{fixed_point(found.coal_kg)} kg of coal",
        f"{fixed_point(found.seedlings)} tree seedlings in ten years",
    )
    print(f"equals:    {', '.join(same)}, as on its page")
    if arguments.offset:
        print(f"offset:    {found.offset_kg:.2f} kgCO2e by the provider; not part of any score")
    return Prediction.of_calculator(found.energy_kwh, found.co2e_kg * 1000, arguments.hours)


def carbontracker(parser: argparse.ArgumentParser) -> None:
    """Add the options of carbontracker."""
    from pytest_scer.sources.estimators import CARBONTRACKER_WORLD

    parser.add_argument(
        "--watts",
        type=at_least(0),
        action="append",
        required=True,
        help="mean power of a device; give it once for each device",
    )
    parser.add_argument("--epoch-seconds", type=at_least(0), required=True)
    parser.add_argument(
        "--epochs", type=count_from_1, required=True, help="of the whole training run"
    )
    parser.add_argument(
        "--intensity", type=at_least(0), default=CARBONTRACKER_WORLD.value, help="g per kWh"
    )
    parser.set_defaults(estimate=_print_carbontracker)


def _print_carbontracker(arguments: argparse.Namespace) -> Prediction:
    from pytest_scer.scoring import estimates
    from pytest_scer.scoring.sci import fixed_point
    from pytest_scer.sources.estimators import CARBONTRACKER_PUE

    epoch_kwh = estimates.carbontracker_epoch_kwh(
        [[watts] for watts in arguments.watts], arguments.epoch_seconds
    )
    total_kwh = estimates.carbontracker_prediction_kwh([epoch_kwh], arguments.epochs)
    grams = fixed_point(total_kwh * arguments.intensity, 4)
    print(f"carbontracker 2 (Anthony, Kanding, Selvan, 2020), PUE {CARBONTRACKER_PUE.value}")
    print(f"epoch:     {fixed_point(epoch_kwh, 4)} kWh")
    print(f"training:  {fixed_point(total_kwh, 4)} kWh for {arguments.epochs} epochs")
    print(f"emissions: {grams} gCO2e at {arguments.intensity:g} g per kWh")
    car_km = estimates.carbontracker_car_km(total_kwh * arguments.intensity)
    print(f"driving:   {fixed_point(car_km)} km")
    hours = arguments.epoch_seconds * arguments.epochs / 3600
    return Prediction.of_calculator(total_kwh, total_kwh * arguments.intensity, hours)
