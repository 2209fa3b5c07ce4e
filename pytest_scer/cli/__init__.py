"""The ``pytest-scer`` command: one module for each sub-command."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from pytest_scer import __version__
from pytest_scer.cli.exit_codes import OK, USAGE
from pytest_scer.core.memory import uncollected
from pytest_scer.core.shown import harmless

COMMANDS = (
    "show",
    "report",
    "plot",
    "compare",
    "ab",
    "history",
    "accept",
    "suggest",
    "merge",
    "recover",
    "rate",
    "label",
    "manifest",
    "model-card",
    "what-if",
    "estimate",
    "sources",
    "doctor",
    "schema",
)
"""The sub-commands, in the order of the help. Each is a module of this package with ``HELP``,
``add_arguments(parser)`` and ``run(arguments)``, which returns the exit code."""


PASS_ON = ("ab",)
"""Sub-commands that pass what follows ``--`` on to another program, as ``arguments.rest``."""


class _Parser(argparse.ArgumentParser):
    """An argument parser that exits with pytest's exit code for bad usage."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: error: {message}\n")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command."""
    command = _Parser(
        prog="pytest-scer", description="Work with reports of the energy and CO2e of tests."
    )
    command.add_argument("--version", action="version", version=f"pytest-scer {__version__}")
    names = command.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    for name in COMMANDS:
        module = import_module(f"{__name__}.{name.replace('-', '_')}")
        sub = names.add_parser(name, help=module.HELP, description=module.HELP)
        module.add_arguments(sub)
        sub.set_defaults(run=module.run)
    return command


def _without_rest(arguments: list[str]) -> list[str]:
    """The arguments in front of ``--``, for a command that passes on what is behind it."""
    if "--" not in arguments or arguments[0] not in PASS_ON:
        return arguments
    return arguments[: arguments.index("--")]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: Its arguments; by default those of the process.

    Returns:
        The exit code: 0 for success, 1 for an exceeded budget, a regression or a manifest with
        errors, 2 if the user interrupted it, 4 for bad usage or bad input.
    """
    _print_substitutes()
    given = list(sys.argv[1:] if argv is None else argv)
    own, command = _without_rest(given), parser()
    arguments, unknown = command.parse_known_args(own)
    if unknown:
        hint = "; arguments for pytest go after --" if own[0] in PASS_ON else ""
        command.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
    arguments.rest = given[len(own) + 1 :]
    try:
        with uncollected():
            code: int = arguments.run(arguments)
        sys.stdout.flush()
    except ValueError as error:  # bad input: the message names the file and the remedy
        print(f"pytest-scer: error: {harmless(str(error))}", file=sys.stderr)
        return USAGE
    except BrokenPipeError:  # the reader closed the pipe, as `head` does
        return _closed_pipe()
    except OSError as error:  # such as a full disk behind the standard output
        what = error.filename or "the output"
        print(f"pytest-scer: error: {harmless(f'{what}: {error.strerror}')}", file=sys.stderr)
        return USAGE
    return code


def _print_substitutes() -> None:
    """Print a substitute for each character that the encoding of an output lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace" if stream is sys.stdout else "backslashreplace")


def _closed_pipe() -> int:
    # Python flushes the output when it exits, which would fail again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return OK
