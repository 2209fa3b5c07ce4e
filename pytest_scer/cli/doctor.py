"""``pytest-scer doctor``."""

from __future__ import annotations

import argparse

from pytest_scer.cli.exit_codes import OK

HELP = "show what can be measured on this machine, and how to enable the rest"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this command."""
    parser.add_argument(
        "--refresh",
        action="store_true",
        help="look at the hardware again; sessions remember what they find until the next boot",
    )


def run(args: argparse.Namespace) -> int:
    """Open the meter as a session would, and describe it."""
    from pytest_scer.cli.printing import print_lines
    from pytest_scer.core import COMPONENTS
    from pytest_scer.core.intensity import Place
    from pytest_scer.formats import diagnosis
    from pytest_scer.formats.terminal.screen import Screen
    from pytest_scer.meters.accuracy import STEADY_S, at_the_end
    from pytest_scer.meters.codecarbon.configuration import configuration
    from pytest_scer.meters.codecarbon.grids import carbon_intensity
    from pytest_scer.meters.codecarbon.package import NAME, cpu_model
    from pytest_scer.meters.machine_cache import forget
    from pytest_scer.meters.opening import Request, open_meter

    conf = configuration()
    if args.refresh:
        forget()
    meter = open_meter(Request(frozenset(COMPONENTS)), conf)
    try:
        infos = at_the_end({name: meter.infos[name] for name in COMPONENTS}, STEADY_S)
    finally:
        meter.close()
    place = conf.place()
    machine = f"{cpu_model()}, {NAME}"
    grid = carbon_intensity(place or Place())
    is_set = place is not None
    print_lines(diagnosis.text(machine, infos, grid, Screen.of(), place_is_set=is_set))
    return OK
