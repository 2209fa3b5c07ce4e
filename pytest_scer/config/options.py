"""Every option and configuration key, once: how each is written and explained.

Every pytest session of every user imports this module. :mod:`pytest_scer.config.settings` holds
the values that were given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

from pytest_scer.config import values
from pytest_scer.core import COMPONENTS
from pytest_scer.formats.writing import KINDS

FAIL_ON: Final = ("budget", "regression", "inconclusive", "unmeasured")
SORT_KEYS: Final = ("energy", "co2e", "duration", "name", "order")


class Option:
    """One setting: how it is written on the command line and in the configuration.

    Neither a tuple nor a dataclass: making such a class takes as long as all the rest of this
    module, in every session.
    """

    __slots__ = (
        "cli",
        "default",
        "directory",
        "file",
        "help",
        "ini",
        "many",
        "metavar",
        "name",
        "parse",
    )

    def __init__(
        self,
        name: str,
        parse: Callable[[str], Any] | None,
        help: str,  # noqa: A002 - as argparse calls it
        metavar: str | None = None,
        *,
        many: bool = False,
        cli: bool = True,
        ini: bool = True,
        default: str = "",
        file: bool = False,
        directory: bool = False,
    ) -> None:
        """Describe a setting.

        Args:
            name: The field of the settings; the flag and the key are made from it.
            parse: From text to value; a ValueError says what would have been right. None for a
                flag.
            help: What it means, as ``pytest --help`` and the reference print it.
            metavar: What stands for its value there.
            many: Whether it may be given several times (a linelist in the configuration).
            cli: Whether there is a command-line option.
            ini: Whether there is a configuration key.
            default: The value where nobody gives one, as the reference prints it.
            file: Whether it may name a file to read, which in the configuration stands beside it.
            directory: Whether that may be a directory as well.
        """
        self.name = name
        self.parse = parse
        self.help = help
        self.metavar = metavar
        self.many = many
        self.cli = cli
        self.ini = ini
        self.default = default
        self.file = file
        self.directory = directory

    @property
    def flag(self) -> str:
        """The command-line option."""
        return "--scer-" + self.name.replace("_", "-")

    @property
    def key(self) -> str:
        """The configuration key."""
        return "scer_" + self.name

    @property
    def ini_type(self) -> Literal["bool", "linelist", "string"]:
        """The type of the configuration key, as pytest names it."""
        if self.parse is None:
            return "bool"
        return "linelist" if self.many else "string"


OPTIONS: Final[tuple[Option, ...]] = (
    Option("report", None, "print the SCER report at the end of the session"),
    Option(
        "output",
        values.output,
        "also write the report to PATH; its suffix chooses the form "
        f"({', '.join(KINDS)}), KIND:PATH names it outright",
        "PATH",
        many=True,
    ),
    Option("budget", values.budget, "budget of the whole session", "BUDGET", many=True),
    Option(
        "test_budget",
        values.budget,
        "default budget of each test that has none of its own",
        "BUDGET",
        many=True,
    ),
    Option(
        "budgets",
        values.budget_rule,
        "PATTERN = BUDGET for each test that matches, the last match wins; sum(PATTERN) = BUDGET "
        "for their total; PATTERN: node ids with * and ?, mark:NAME or model:NAME",
        many=True,
        cli=False,
    ),
    Option(
        "fail_on",
        values.several_of(*FAIL_ON, none=True),
        f"what fails a run: some of {', '.join(FAIL_ON)}; or none",
        "LIST",
        default="budget,regression",
    ),
    Option(
        "stop",
        None,
        "stop the session once a session budget is exhausted; the remaining tests are reported as "
        "not run",
        ini=False,
    ),
    Option(
        "country",
        values.country,
        "where the electricity comes from (ISO 3166-1 alpha-3)",
        "ISO3",
        default="the world average",
    ),
    Option("region", str.strip, "state or province, where CodeCarbon knows it", "NAME"),
    Option(
        "cloud", values.cloud, "cloud region instead, as in gcp/europe-north1", "PROVIDER/REGION"
    ),
    Option(
        "intensity",
        values.number(0, "a carbon intensity"),
        "grams of CO2e per kWh, instead of any table",
        "G",
    ),
    Option(
        "online",
        None,
        "let CodeCarbon look up the location, if none is given, and the live grid (Electricity "
        "Maps, with electricitymaps_api_token from CodeCarbon's configuration)",
    ),
    Option(
        "pue",
        values.number(1, "a power usage effectiveness"),
        "energy of the data centre over its IT energy, at least 1",
        "X",
        default="1",
    ),
    Option(
        "wue", values.number(0, "a water usage effectiveness"), "litres of water per IT kWh", "X"
    ),
    Option(
        "embodied",
        values.embodied,
        "embodied emissions of the hardware: grams per hour of use, or TE=1200 kg, EL=4 y with "
        "optional RR, ToR and TiR; several parts stand apart by ;",
        "G",
    ),
    Option(
        "tracking_mode",
        values.tracking_mode,
        "charge a test the machine's energy or its processes' share; auto: the machine's where a "
        "counter measures it and nothing else runs beside the test, else the share",
        "MODE",
        default="auto",
    ),
    Option(
        "components",
        values.several_of(*COMPONENTS),
        f"what counts: of {','.join(COMPONENTS)}",
        "LIST",
        default=",".join(COMPONENTS),
    ),
    Option(
        "idle",
        values.number(0, "a number of seconds"),
        "measure the idle machine that long first, and report active energy (less what an idle "
        "test is charged) beside the gross figure, in JSON",
        "SECONDS",
    ),
    Option("repeats", values.repeats, "runs of carbon(fn), or auto", "N", default="1"),
    Option(
        "warmup", values.count(0), "runs of carbon(fn) before those that count", "N", default="1"
    ),
    Option(
        "min_time",
        values.number(0, "a number of seconds"),
        "repeat carbon(fn) for at least that long",
        "S",
        default="0.5",
    ),
    Option(
        "max_time",
        values.number(0, "a number of seconds"),
        "and begin no new run after that long",
        "S",
        default="10",
    ),
    Option(
        "baseline",
        values.baseline,
        "compare with an earlier JSON report or baseline file, or with a directory of them (its "
        "history)",
        "PATH",
        file=True,
        directory=True,
    ),
    Option(
        "save_baseline",
        values.save_baseline,
        "write this session as the baseline; a directory adds it to the history",
        "PATH",
        ini=False,
    ),
    Option(
        "save_failed",
        None,
        "replace the baseline file even if the session failed or was interrupted",
        ini=False,
    ),
    Option(
        "history",
        values.history,
        "compare with a history (a directory), and add this session to it if it is complete",
        "PATH",
        file=True,
        directory=True,
    ),
    Option(
        "max_regression",
        values.max_regression,
        "a test over its baseline by more than PCT, and by more than the noise, is a regression; "
        "'10% and 0.5 J' adds an absolute floor",
        "PCT",
        default="10%",
    ),
    Option(
        "confirm",
        values.count(0),
        "measure suspected regressions and inconclusive tests up to N times more before judging "
        "them",
        "N",
        default="0",
    ),
    Option(
        "confirm_time",
        values.number(0, "a number of seconds"),
        "measure tests again for at most S seconds in a session, all together",
        "S",
        default="120",
    ),
    Option(
        "serialize",
        None,
        "under xdist, let no two budgeted tests run beside each other",
    ),
    Option(
        "peers",
        values.peers,
        "rate models among these peers: a file of `pytest-scer rate --collect`, or a CSV of AI "
        "Energy Score",
        "PATH",
        default="the models of the session",
        file=True,
    ),
    Option(
        "scale",
        values.scale,
        "rate them on this scale: scer, stars, or a file of cut-offs",
        "NAME|PATH",
        default="scer",
        file=True,
    ),
    Option(
        "junit",
        None,
        "add figures to the JUnit XML as properties",
    ),
    Option(
        "sort", values.one_of(*SORT_KEYS), "order of the table of tests", "KEY", default="energy"
    ),
    Option("top", values.count(1), "how many tests the table shows", "N", default="20"),
)
