"""``pytest-scer doctor``."""

from __future__ import annotations

import argparse

from pytest_scer.cli.exit_codes import OK

HELP = "show what can be measured on this machine, and how to enable the rest"


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Add no arguments."""


def run(_: argparse.Namespace) -> int:
    """Open the meter as a session would, and describe it."""
    from pytest_scer.core import COMPONENTS
    from pytest_scer.core.intensity import Place
    from pytest_scer.formats.accuracy import SCOPE_IN_WORDS, of_meter
    from pytest_scer.meters.accuracy import SCOPE, STEADY_S, at_the_end, is_known_about
    from pytest_scer.meters.codecarbon.configuration import configuration
    from pytest_scer.meters.codecarbon.grids import carbon_intensity
    from pytest_scer.meters.codecarbon.package import NAME, cpu_model
    from pytest_scer.meters.diagnosis import advise
    from pytest_scer.meters.opening import Request, open_meter

    conf = configuration()
    meter = open_meter(Request(frozenset(COMPONENTS)), conf)
    try:
        infos = at_the_end({name: meter.infos[name] for name in COMPONENTS}, STEADY_S)
    finally:
        meter.close()
    advice = advise(infos)
    print(f"{cpu_model()}, {NAME}")
    for name, info in infos.items():
        print(f"\n{name}: {info.provenance.value}")
        if info.resolution_s is not None:
            mode = f", {info.tracking_mode.value}" if info.tracking_mode else ""
            print(f"  source:     {info.source}{mode}")
            print(f"  resolution: {info.resolution_s:g} s")
        if info.detail:
            print(f"  detail:     {info.detail}")
        if is_known_about(info):
            print(f"  accuracy:   {of_meter(info)}")
        if name in advice:
            print(f"  why:        {advice[name].reason}")
            if advice[name].remedy:
                print(f"  remedy:     {advice[name].remedy}")
    print(f"\n{SCOPE_IN_WORDS}\n  source:     {SCOPE.source}")
    place = conf.place()
    grid = carbon_intensity(place or Place())
    print(f"\ngrid: {grid.g_per_kwh:g} gCO2e per kWh, {grid.location} ({grid.source})")
    if place is None:
        print("  remedy:     set --scer-country ISO3, --scer-cloud or --scer-intensity")
    return OK
