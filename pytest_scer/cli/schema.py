"""``pytest-scer schema``."""

from __future__ import annotations

import argparse
import json

from pytest_scer.cli.exit_codes import OK

HELP = "print the JSON Schema of reports"


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Add no arguments."""


def run(_: argparse.Namespace) -> int:
    """Print the schema."""
    from pytest_scer.report.schema import json_schema

    print(json.dumps(json_schema(), indent=2))
    return OK
