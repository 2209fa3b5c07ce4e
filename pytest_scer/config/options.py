"""The table of all options and configuration keys, with their help texts.

Every pytest session imports this module, even if the plugin is not used.
:mod:`pytest_scer.config.settings` holds the values that the user set.
"""

from __future__ import annotations

from typing import Final, Literal

from pytest_scer.core import COMPONENTS, KINDS, TOP

FAIL_ON: Final = ("budget", "regression", "inconclusive", "unmeasured")
SORT_KEYS: Final = ("energy", "co2e", "duration", "name", "order")


class Option:
    """One setting: its command-line option and its configuration key.

    A plain class because creating a named tuple or dataclass would double the import time of this
    module, in every session.
    """

    __slots__ = (
        "cli",
        "default",
        "directory",
        "file",
        "help",
        "ini",
        "is_flag",
        "many",
        "metavar",
        "name",
    )

    def __init__(
        self,
        name: str,
        help: str,  # noqa: A002 - as argparse calls it
        metavar: str | None = None,
        *,
        is_flag: bool = False,
        many: bool = False,
        cli: bool = True,
        ini: bool = True,
        default: str = "",
        file: bool = False,
        directory: bool = False,
    ) -> None:
        """Describe a setting.

        Args:
            name: The field of the settings; command-line option and key are derived from it.
            help: The text that ``pytest --help`` and the reference print.
            metavar: The placeholder for the value in the help.
            is_flag: Whether it has no value to parse (:data:`pytest_scer.config.values.PARSERS`).
            many: Whether it may be given several times (a linelist in the configuration).
            cli: Whether there is a command-line option.
            ini: Whether there is a configuration key.
            default: The default, as the help and the reference print it.
            file: Whether the value may be the path of a file, so that no output may overwrite it;
                in the configuration it is relative to the configuration file.
            directory: Whether that path may also be a directory.
        """
        self.name = name
        self.is_flag = is_flag
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
        if self.is_flag:
            return "bool"
        return "linelist" if self.many else "string"


OPTIONS: Final[tuple[Option, ...]] = (
    Option("report", "Print the SCER report at the end of the session", is_flag=True),
    Option(
        "output",
        "Also write the report to PATH. The suffix selects the format "
        f"({', '.join(KINDS)}); KIND:PATH sets it explicitly",
        "PATH",
        many=True,
    ),
    Option("budget", "Budget for the whole session", "BUDGET", many=True),
    Option(
        "test_budget",
        "Default budget for each test without a budget of its own",
        "BUDGET",
        many=True,
    ),
    Option(
        "budgets",
        "PATTERN = BUDGET sets the budget of each matching test (the last match wins), "
        "sum(PATTERN) = BUDGET that of their total. PATTERN is a node ID with * and ?, mark:NAME "
        "or model:NAME",
        many=True,
        cli=False,
    ),
    Option(
        "fail_on",
        f"What fails a run: a comma-separated list of {', '.join(FAIL_ON)}; or none",
        "LIST",
        default="budget,regression",
    ),
    Option(
        "stop",
        "Stop the session as soon as a session budget is exhausted. The remaining tests are "
        "reported as not run",
        ini=False,
        is_flag=True,
    ),
    Option(
        "country",
        "Country of the electricity supply (ISO 3166-1 alpha-3 code)",
        "ISO3",
        default="the world average",
    ),
    Option("region", "State or province of the country, if CodeCarbon knows it", "NAME"),
    Option(
        "cloud",
        "Cloud region instead of a country, such as gcp/europe-north1",
        "PROVIDER/REGION",
    ),
    Option(
        "intensity",
        "Carbon intensity in grams of CO2e per kWh, instead of a value from a table",
        "G",
    ),
    Option(
        "online",
        "Let CodeCarbon look up the location, unless you set one, and the live grid intensity "
        "(Electricity Maps, with electricitymaps_api_token from CodeCarbon's configuration)",
        is_flag=True,
    ),
    Option(
        "pue",
        "Power usage effectiveness: energy of the data centre divided by its IT energy, at least 1",
        "X",
        default="1",
    ),
    Option(
        "wue",
        "Water usage effectiveness: litres of water per kWh of IT energy",
        "X",
    ),
    Option(
        "embodied",
        "Embodied emissions of the hardware: grams per hour of use, or TE=1200 kg, EL=4 y with "
        "optional RR, ToR and TiR. Separate several parts with ;",
        "G",
    ),
    Option(
        "source",
        "State what a figure is based on, as KEY=TEXT: pue and embodied name the source of these "
        "figures; place, approach (location-based), grid and year describe --scer-intensity",
        "KEY=TEXT",
        many=True,
    ),
    Option(
        "tracking_mode",
        "What a test is charged: machine (the energy of the machine), process (the share of the "
        "test's processes), or auto (machine if a counter measures it and nothing else runs next "
        "to the test, otherwise process)",
        "MODE",
        default="auto",
    ),
    Option(
        "components",
        f"Components to count: a comma-separated list of {', '.join(COMPONENTS)}",
        "LIST",
        default=",".join(COMPONENTS),
    ),
    Option(
        "idle",
        "Measure the idle machine for that long first. The JSON report then also has active energy "
        "(gross energy minus what an idle test is charged)",
        "SECONDS",
    ),
    Option("repeats", "Number of runs of carbon(fn), or auto", "N", default="1"),
    Option(
        "warmup",
        "Number of warm-up runs of carbon(fn), which are not counted",
        "N",
        default="1",
    ),
    Option(
        "min_time",
        "Repeat carbon(fn) for at least S seconds",
        "S",
        default="0.5",
    ),
    Option(
        "max_time",
        "Start no new run of carbon(fn) after S seconds",
        "S",
        default="10",
    ),
    Option(
        "baseline",
        "Compare with an earlier JSON report or baseline file, or with a directory of them (a "
        "history)",
        "PATH",
        file=True,
        directory=True,
    ),
    Option(
        "save_baseline",
        "Save this session as the baseline. If PATH is a directory, add it to that history",
        "PATH",
        ini=False,
        file=True,
        directory=True,
    ),
    Option(
        "save_failed",
        "Replace the baseline file even if the session failed or was interrupted",
        ini=False,
        is_flag=True,
    ),
    Option(
        "history",
        "Compare with a history (a directory), and add this session to it if it is complete",
        "PATH",
        file=True,
        directory=True,
    ),
    Option(
        "max_regression",
        "A test is a regression if it exceeds its baseline by more than PCT and by more than the "
        "noise. '10% and 0.5 J' adds an absolute floor",
        "PCT",
        default="10%",
    ),
    Option(
        "confirm",
        "Measure suspected regressions and inconclusive tests up to N more times before judging "
        "them",
        "N",
        default="0",
    ),
    Option(
        "confirm_time",
        "Measure tests again for at most S seconds in a session, all together",
        "S",
        default="120",
    ),
    Option(
        "serialize",
        "With pytest-xdist, never run two budgeted tests at the same time",
        is_flag=True,
    ),
    Option(
        "peers",
        "Rate models against these peers: a file from `pytest-scer rate --collect`, or a CSV file "
        "from AI Energy Score",
        "PATH",
        default="the models of the session",
        file=True,
    ),
    Option(
        "protocols",
        'Declare protocols for the marker (protocol="..."): a TOML or JSON file with a table for '
        "each",
        "PATH",
        file=True,
    ),
    Option(
        "scale",
        "Rate models on this scale: scer, stars, or a file of cut-offs",
        "NAME|PATH",
        default="scer",
        file=True,
    ),
    Option(
        "junit",
        "Add the figures to the JUnit XML as properties",
        is_flag=True,
    ),
    Option(
        "sort",
        f"Order of tests and fixtures in the report: {', '.join(SORT_KEYS)}",
        "KEY",
        default="energy",
    ),
    Option(
        "top",
        "Number of tests and fixtures that the report names",
        "N",
        default=str(TOP),
    ),
)
